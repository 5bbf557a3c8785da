"""People who sign in: what each role may do, which addresses and passwords are taken."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NewType

from email_validator import EmailNotValidError, validate_email

from connector.domain.lead import WorkspaceId

PersonId = NewType("PersonId", str)

Role = Literal["owner", "admin", "viewer"]
ROLES: Sequence[Role] = ("viewer", "admin", "owner")
"""Lowest first."""

Action = Literal["read", "connect", "disconnect", "replay", "change", "export", "audit", "people"]
"""What is asked of a workspace. change: its settings; audit: reading who did what; people: who may do what."""

_ADMIN: frozenset[Action] = frozenset(
    {"read", "connect", "disconnect", "replay", "change", "export", "audit"}
)
_MAY: Mapping[Role, frozenset[Action]] = {
    "viewer": frozenset({"read"}),
    "admin": _ADMIN,
    "owner": _ADMIN | {"people"},
}

PASSWORD_CHARS_MIN = 12
PASSWORD_CHARS_MAX = 256
"""More would only let a stranger make us hash a lot."""
_PASSWORD_KINDS_MIN = 5
EMAIL_CHARS_MAX = 254
NAME_CHARS_MAX = 200

SignedInBy = Literal["password", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Whoever looks at a page: `roles` holds one role for each workspace that is theirs to see."""

    person_id: PersonId
    name: str = field(repr=False)
    email: str = field(repr=False)
    roles: Mapping[WorkspaceId, Role]

    def may(self, workspace_id: WorkspaceId, action: Action) -> bool:
        """Tell whether they may do this there; nothing at all in a workspace that is not theirs."""
        role = self.roles.get(workspace_id)
        return role is not None and action in _MAY[role]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInSession:
    """One browser that is signed in. `id` names it in pages and opens nothing.

    `workspace_id` is set when an owner or a CRM's token made the link: it shows that workspace alone, as admin
    at most.
    """

    id: str
    viewer: Viewer
    by: SignedInBy
    has_password: bool
    workspace_id: WorkspaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A line of the list of browsers that somebody is signed in with. `label`: "Firefox on Linux"."""

    id: str
    label: str
    by: SignedInBy
    created_at_ms: int
    seen_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in. `password_hash` None: only by link."""

    id: PersonId
    name: str = field(repr=False)
    email: str = field(repr=False)
    password_hash: str | None = field(default=None, repr=False)
    is_removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person's place in one workspace. `seen_at_ms` None: not signed in within what sessions remember.

    `is_accepted` False: they have an account elsewhere and have not joined. Until then the workspace learns
    nothing of them: `name` is the address, and `seen_at_ms` tells of its own sessions only.
    """

    person_id: PersonId
    name: str = field(repr=False)
    email: str = field(repr=False)
    workspace_id: WorkspaceId
    role: Role
    has_password: bool
    created_at_ms: int
    seen_at_ms: int | None = None
    is_accepted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """A one-time link that stands: for whom, until when, and where it leads.

    `name` is the address where the link is confined to `workspace_id`: who made it may know no more.
    """

    name: str = field(repr=False)
    expires_at_ms: int
    return_to: str
    workspace_id: WorkspaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedLink:
    """A one-time link just used up. `session` is the token of what it opened, or of what the browser keeps."""

    person_id: PersonId
    workspace_id: WorkspaceId | None
    return_to: str
    session: str = field(repr=False)


def lower(one: Role, other: Role) -> Role:
    """Return the lesser of two roles."""
    return min(one, other, key=ROLES.index)


def email_key(text: str) -> str | None:
    """Return what two writings of one address share, or None when it is no address. Total.

    The local part is compared without case, though a server may tell cases apart: people do not. The domain
    is compared as DNS does. Source: RFC 5321, 2.4; RFC 5891.
    """
    if len(text) > EMAIL_CHARS_MAX:
        return None
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except (EmailNotValidError, ValueError):  # ValueError: what its IDNA decoder lets through
        return None
    return f"{checked.local_part.casefold()}@{checked.ascii_domain.casefold()}"


def display_name(text: str) -> str:
    """Return a person's name as shown: printable, one line, bounded; may be empty."""
    visible = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
    return " ".join(visible.split())[:NAME_CHARS_MAX]


def password_bytes(password: str) -> bytes:
    """Return what is hashed: the same for every way that a keyboard may compose the same characters.

    Source: NIST SP 800-63B, 5.1.1.2.
    """
    return unicodedata.normalize("NFKC", password).encode(errors="replace")


def password_problem(password: str, *, email: str) -> str | None:
    """Return why a new password is not taken, as a sentence, or None. Long beats odd: no rules on kinds.

    Source: NIST SP 800-63B, 5.1.1.2.
    """
    if len(password) < PASSWORD_CHARS_MIN:
        return f"Use at least {PASSWORD_CHARS_MIN} characters; a few words in a row are good."
    if len(password) > PASSWORD_CHARS_MAX:
        return f"Use at most {PASSWORD_CHARS_MAX} characters."
    plain = password.casefold()
    if len(set(plain)) < _PASSWORD_KINDS_MIN:
        return "Use more different characters."
    if plain in email.casefold() or email.casefold() in plain:
        return "The password must not be made of your e-mail address."
    return None
