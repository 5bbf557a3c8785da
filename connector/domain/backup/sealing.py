"""Sealed backups: the key, the sheet of paper that keeps it, and reading such a sheet again.

Files are sealed for recipients (age1…): who seals cannot open. With a pass phrase the key itself is sealed once, and
its sheet alone opens nothing.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.errors import BadInputError
from connector.domain.times import rfc3339_seconds

ENDING = ".age"
PHRASE_CHARS_MIN = 12

_IDENTITY = re.compile(r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}")
_LOCKED = re.compile(
    r"-----BEGIN AGE ENCRYPTED FILE-----\s[A-Za-z0-9+/=\s]{1,8000}-----END AGE ENCRYPTED FILE-----"
)
_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingKey:
    """A pair: `recipient` is public and seals, `identity` is secret and opens."""

    recipient: str
    identity: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sheet:
    """What a key sheet holds: the identity, or the identity under a pass phrase."""

    identity: str | None = None
    locked_identity: str | None = None


def check_phrase(phrase: str) -> None:
    """Raise BadInputError for a pass phrase that a computer guesses: a stolen sheet can be tried offline."""
    if len(phrase) < PHRASE_CHARS_MIN or len(set(phrase)) < PHRASE_CHARS_MIN // 2:
        raise BadInputError(
            f"The pass phrase is too weak: take at least {PHRASE_CHARS_MIN} characters, such as five random words."
        )


def key_sheet(*, workspace: str, recipient: str, made_at: datetime, secret: str) -> str:
    """Return a page to print once: plain text, 72 columns. `secret`: the identity, or the locked one."""
    is_locked = _LOCKED.search(secret) is not None
    opens = (
        "Your pass phrase, which is not on this page, and this block open the backups.\n"
        "Keep the two apart. Without both the backups cannot be opened by anybody."
        if is_locked
        else "Whoever has this page can open the backups. Lock it away, off this computer.\n"
        "Without it the backups cannot be opened by anybody."
    )
    lines = [
        "KEY SHEET FOR SEALED CALL LOG BACKUPS",
        "",
        f"Workspace   {workspace}",
        f"Made        {rfc3339_seconds(made_at)}",
        f"Sealed for  {recipient}",
        "",
        opens,
        "",
        "----- the key -----",
        "",
        secret.strip(),
        "",
        *(() if is_locked else ("The same in groups, for typing:", "", *_groups(secret.strip()), "")),
        "----- how to open a backup without this program -----",
        "",
        "Install age (https://age-encryption.org), save the key above as key.txt:",
        "",
        "    age -d -i key.txt -o calls.jsonl calls.jsonl.age",
        "",
    ]
    return "\n".join(lines)


def _groups(identity: str) -> Sequence[str]:
    groups = (identity[at : at + _GROUP] for at in range(0, len(identity), _GROUP))
    return textwrap.wrap(" ".join(groups), width=60, break_on_hyphens=False)


def read_sheet(text: str) -> Sheet:
    """Return what a sheet, a key file or a typed key holds. Raises BadInputError: no key is in it."""
    if found := _LOCKED.search(text):
        return Sheet(locked_identity=found[0] + "\n")
    upper = text.upper()
    if found := _IDENTITY.search(upper) or _IDENTITY.search("".join(upper.split())):
        return Sheet(identity=found[0])
    raise BadInputError("There is no key in it: a key begins with AGE-SECRET-KEY-1 and has 74 characters.")
