"""The query language of files.list, as far as a daemon that keeps backups speaks it.

https://developers.google.com/workspace/drive/api/guides/ref-search-terms
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from adapters.sandbox.google.replies import drive_refusal

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z]+)|(?P<sign><=|>=|!=|[=<>(){}]))")
_ESCAPED = re.compile(r"\\(.)")


class Found(Protocol):
    """What a term may ask of a file."""

    @property
    def name(self) -> str: ...
    @property
    def mime_type(self) -> str: ...
    @property
    def parents(self) -> tuple[str, ...]: ...
    @property
    def app_properties(self) -> dict[str, str]: ...
    @property
    def created_at(self) -> float: ...
    @property
    def modified_at(self) -> float: ...


Test = Callable[[Found, bool], bool]
"""From a file and whether it is in the bin to whether it matches."""


def parse_query(text: str) -> Test:
    """Return the test that a query stands for. Raises Refusal (400 invalid) on anything else."""
    if not text.strip():
        return lambda _file, _trashed: True
    reader = _Reader(_tokens(text))
    test = reader.any_of()
    if reader.rest:
        raise _invalid()
    return test


@dataclass(slots=True)
class _Reader:
    """Reads by recursive descent: `or` binds weakest, `not` strongest."""

    rest: list[tuple[str, str]]

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self._took("word", "or"):
            tests.append(self.all_of())
        return lambda file, trashed: any(test(file, trashed) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self._took("word", "and"):
            tests.append(self.one())
        return lambda file, trashed: all(test(file, trashed) for test in tests)

    def one(self) -> Test:
        if self._took("word", "not"):
            test = self.one()
            return lambda file, trashed: not test(file, trashed)
        if self._took("sign", "("):
            test = self.any_of()
            self._must("sign", ")")
            return test
        if self.rest and self.rest[0][0] == "text":
            parent = self._text()
            self._must("word", "in")
            self._must("word", "parents")
            return lambda file, _trashed: parent in file.parents
        return self._term(self._take("word"))

    def _term(self, field: str) -> Test:
        match field:
            case "trashed":
                wanted = self._boolean()
                return lambda _file, trashed: trashed is wanted
            case "appProperties":
                return self._property()
            case "name":
                return self._name()
            case "mimeType":
                sign, value = self._take("sign"), self._text()
                if sign not in {"=", "!="}:
                    raise _invalid()
                return lambda file, _trashed: (file.mime_type == value) is (sign == "=")
            case "createdTime" | "modifiedTime":
                return self._time(field)
            case _:
                raise _invalid()

    def _boolean(self) -> bool:
        sign, value = self._take("sign"), self._take("word")
        if sign not in {"=", "!="} or value not in {"true", "false"}:
            raise _invalid()
        return (value == "true") is (sign == "=")

    def _property(self) -> Test:
        self._must("word", "has")
        self._must("sign", "{")
        self._must("word", "key")
        self._must("sign", "=")
        key = self._text()
        self._must("word", "and")
        self._must("word", "value")
        self._must("sign", "=")
        value = self._text()
        self._must("sign", "}")
        return lambda file, _trashed: file.app_properties.get(key) == value

    def _name(self) -> Test:
        if self._took("word", "contains"):  # of names only beginnings of words are found
            start = self._text().lower()
            return lambda file, _trashed: any(w.startswith(start) for w in _words(file.name))
        sign, value = self._take("sign"), self._text()
        if sign not in {"=", "!="}:
            raise _invalid()
        return lambda file, _trashed: (file.name == value) is (sign == "=")

    def _time(self, field: str) -> Test:
        sign, at = self._take("sign"), _moment(self._text())
        tests: dict[str, Callable[[float], bool]] = {
            "=": lambda value: value == at,
            "!=": lambda value: value != at,
            "<": lambda value: value < at,
            "<=": lambda value: value <= at,
            ">": lambda value: value > at,
            ">=": lambda value: value >= at,
        }
        test = tests.get(sign)
        if test is None:
            raise _invalid()
        is_created = field == "createdTime"
        return lambda file, _trashed: test(file.created_at if is_created else file.modified_at)

    def _text(self) -> str:
        return _ESCAPED.sub(r"\1", self._take("text")[1:-1])

    def _take(self, kind: str) -> str:
        if not self.rest or self.rest[0][0] != kind:
            raise _invalid()
        return self.rest.pop(0)[1]

    def _took(self, kind: str, value: str) -> bool:
        if self.rest and self.rest[0] == (kind, value):
            self.rest.pop(0)
            return True
        return False

    def _must(self, kind: str, value: str) -> None:
        if not self._took(kind, value):
            raise _invalid()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = list[tuple[str, str]](), 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _invalid()
        tokens.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return tokens


def _words(name: str) -> list[str]:
    return [name.lower(), *re.split(r"[\s_.-]+", name.lower())]


def _moment(text: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid() from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _invalid() -> Exception:
    return drive_refusal("invalid", "Invalid Value")
