"""Looks for what must never be in a log: secrets, and the people behind the leads."""

import json
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from adapters.sandbox.google.world import GoogleWorld
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world import World

_EMAIL = re.compile(r"[^\s\"'<>()=&?/,;:\\]+(?:@|%40)[^\s\"'<>()=&?/,;:\\]+")
_DIGITS = re.compile(r"\d{7,}")
_SPACED = re.compile(r"\+?\d[\d ()-]{6,}\d")
BEGIN = 8
"""Characters of a word by which it is looked up."""


class Leaks:
    """Knows every sandbox of a test session, and so everything that a log must not hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._worlds: list[World] = []
        self._google: list[GoogleWorld] = []
        self._secrets: set[str] = set()
        self._count = 0

    def new_log(self, name: str) -> Path:
        """Return where the next log goes."""
        self._count += 1
        return self.folder / f"{self._count:04d}-{name}.log"

    def watch(self, sandbox: Sandbox) -> None:
        """Let nothing of this sandbox's world be logged."""
        self._worlds.append(sandbox.world)
        self._google.append(sandbox.google.world)
        self.secret(*(client.secret for client in sandbox.google.world.clients.values()))
        self.secret(sandbox.signing_secret, sandbox.signing_secret.removeprefix("whsec_"))
        self.secret(sandbox.world.app_secret, sandbox.world.verify_token)

    def secret(self, *values: str) -> None:
        """Let none of these values be logged."""
        self._secrets.update(values)

    def in_logs(self) -> list[str]:
        """Return every leak in every log of the session as `file: what`; an empty list is what we want."""
        needles = self._needles()
        return [
            f"{path.name}: {leak}"
            for path in sorted(self.folder.glob("*.log"))
            for leak in needles.found_in(path.read_text(encoding="utf-8", errors="replace"))
        ]

    def secrets_in(self, text: str) -> list[str]:
        """Return which secrets and tokens are in the text; people may be in it: pages and mails are for people."""
        plain = text.casefold()
        return sorted(one for one in self._tokens() if any(way in plain for way in _ways(one.casefold())))

    def in_text(self, text: str) -> list[str]:
        """Return what of it is in the text, in any of the ways that it could be written."""
        return self._needles().found_in(text)

    def _tokens(self) -> set[str]:
        """Return every secret that was told, and every token and code that a provider ever gave."""
        facebook = {s for world in self._worlds for s in (*world.tokens, *world.codes)}
        google = {
            s for world in self._google for s in (*world.refresh_tokens, *world.access_tokens, *world.codes)
        }
        return self._secrets | facebook | google

    def _needles(self) -> "_Needles":
        answers = {answer for world in self._worlds for answer in _answers(world)}
        names = {value for kind, value in answers if kind == "FULL_NAME"}
        names |= {person.name for world in self._worlds for person in world.people.values()}
        secrets = self._tokens()
        return _Needles(
            words={way: word for word in secrets | names for way in _ways(word.strip().casefold())},
            emails={value.casefold() for kind, value in answers if kind == "EMAIL"}
            | {account.email.casefold() for world in self._google for account in world.accounts.values()},
            phones={_digits(value).removeprefix("00") for kind, value in answers if kind == "PHONE"},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needles:
    """What to look for: `words` in every way of writing them."""

    words: Mapping[str, str]
    emails: AbstractSet[str]
    phones: AbstractSet[str]

    def found_in(self, text: str) -> list[str]:
        plain = text.casefold()
        # a session knows ten thousands of words, and its logs are long: most of the words begin with what is nowhere
        begins = {plain[at : at + BEGIN] for at in range(len(plain))}
        found = {
            word
            for way, word in self.words.items()
            if (len(way) < BEGIN or way[:BEGIN] in begins) and way in plain
        }
        found |= self.emails & {mail.replace("%40", "@") for mail in _EMAIL.findall(plain)}
        written = {*_DIGITS.findall(plain), *map(_digits, _SPACED.findall(plain))}
        found |= self.phones & {number.removeprefix("00") for number in written}
        return sorted(found)


def _answers(world: World) -> Iterable[tuple[str, str]]:
    for lead in world.leads.values():
        types = {question.key: question.type for question in world.forms[lead.form_id].questions}
        for field in lead.field_data:
            values = field.get("values")
            for value in values if isinstance(values, list) else ():
                if str(value).strip():
                    yield types.get(str(field["name"]), ""), str(value)


def _ways(value: str) -> set[str]:
    """Return a value as it is, inside JSON, and inside an address."""
    return {value, json.dumps(value)[1:-1].casefold(), quote(value, safe="").casefold()}


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
