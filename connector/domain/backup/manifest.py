"""The manifest of a backup: what a run wrote, so that a restore can prove that nothing is missing or changed.

Field names are those of the JSON beside the files. Additions raise the minor version; what an older program must not
read raises the major one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from connector.domain.backup.files import BackupFormat, WrittenFile
from connector.domain.call import SCHEMA_VERSION
from connector.domain.errors import require_aware

MANIFEST_VERSION = "1.0"
NAME_CHARS_MAX = 255
FILES_MAX = 20_000

BackupKind = Literal["full", "incremental", "monthly"]
"""full: every call. incremental: what came or changed since the run before. monthly: every call, a file a month."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MD5 = re.compile(r"[0-9a-f]{32}")
_BAD_IN_NAMES = re.compile(r"[/\\\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ManifestFile:
    """One file of a run: `sha256` and `md5` are over the bytes that lie in Drive, `plain_…` over what is inside."""

    name: str
    format: BackupFormat
    media_type: str
    rows: int
    size_bytes: int
    sha256: str
    md5: str
    is_sealed: bool
    plain_size_bytes: int
    plain_sha256: str
    owner: str | None = None
    part: str | None = None

    def __post_init__(self) -> None:
        if not is_plain_name(self.name):
            raise ValueError("a file's name is a path or empty or too long")
        if not (_SHA256.fullmatch(self.sha256) and _SHA256.fullmatch(self.plain_sha256)):
            raise ValueError("a SHA-256 is not 64 lower-case hex digits")
        if not _MD5.fullmatch(self.md5):
            raise ValueError("an MD5 is not 32 lower-case hex digits")
        if min(self.rows, self.size_bytes, self.plain_size_bytes) < 0:
            raise ValueError("a count is negative")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Manifest:
    """What a run wrote. `since` (inclusive) and `until` (exclusive) bound the starts that it was asked for.

    `calls` counts records, each once however many files hold it; `calls_sha256` is their `CallsDigest`. `settings`
    travel along so that a new installation can take them over: no secrets, but whose phone is whose, so seal a
    manifest where its files are sealed. `recipients`: for whom the files are sealed (age1…), which tells which key
    sheet opens them.
    """

    manifest_version: str = MANIFEST_VERSION
    run_id: str
    workspace_id: str
    kind: BackupKind
    created_at: datetime
    zone: str
    since: datetime | None = None
    until: datetime | None = None
    base_run_id: str | None = None  # of an incremental run: the run that it goes on from
    calls: int
    first_started_at: datetime | None = None
    last_started_at: datetime | None = None
    calls_sha256: str
    files: tuple[ManifestFile, ...] = ()
    recipients: tuple[str, ...] = ()
    call_schema_version: str = SCHEMA_VERSION
    state_schema_version: int | None = None
    program_version: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        times = (self.created_at, self.since, self.until, self.first_started_at, self.last_started_at)
        for at in times:
            if at is not None:
                require_aware(at, "a time of a manifest")
        if not _SHA256.fullmatch(self.calls_sha256):
            raise ValueError("`calls_sha256` is not 64 lower-case hex digits")
        if self.calls < 0 or len(self.files) > FILES_MAX:
            raise ValueError("a count is out of range")
        if len({file.name for file in self.files}) != len(self.files):
            raise ValueError("two files have one name")
        short = [kind for kind in self.formats if self.rows_of(kind) != self.calls]
        if short:
            raise ValueError(f"the files of {short[0]} do not add up to {self.calls} calls")

    @property
    def formats(self) -> Sequence[BackupFormat]:
        """Return the formats that the run wrote, in the order of the files."""
        return tuple(dict.fromkeys(file.format for file in self.files))

    def rows_of(self, kind: BackupFormat) -> int:
        """Return how many calls the files of a format hold together."""
        return sum(file.rows for file in self.files if file.format == kind)

    def restorable(self) -> Sequence[ManifestFile]:
        """Return the files that a restore reads."""
        return restorable(self.files)


LOSSLESS: Sequence[BackupFormat] = ("jsonl", "csv", "csv_excel", "xlsx", "parquet")
"""Formats that hold a Call exactly, the quickest to read first; the last needs a library that may not be there."""


class _OfFormat(Protocol):
    @property
    def format(self) -> BackupFormat | None: ...


FileT = TypeVar("FileT", bound=_OfFormat)


def restorable(files: Sequence[FileT]) -> Sequence[FileT]:
    """Return those that a restore reads: of the first format that holds every call exactly; none: empty."""
    for kind in LOSSLESS:
        if found := [file for file in files if file.format == kind]:
            return found
    return ()


def manifest_file(written: WrittenFile) -> ManifestFile:
    """Return a finished file as a manifest tells of it."""
    return ManifestFile(**{name: getattr(written, name) for name in ManifestFile.__dataclass_fields__})


def is_plain_name(name: str) -> bool:
    """Tell whether a name can be made in a folder of ours: no path, no control characters, at most 255 bytes."""
    return (
        name not in {"", ".", ".."}
        and not _BAD_IN_NAMES.search(name)
        and len(name.encode("utf-8", "replace")) <= NAME_CHARS_MAX
    )
