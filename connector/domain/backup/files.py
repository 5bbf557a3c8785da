"""The files of a backup: their formats, what was written, and what Drive holds of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

BackupFormat = Literal["jsonl", "csv", "csv_excel", "xlsx", "xml", "parquet"]
"""jsonl is the lossless one, which a restore reads first; csv is for machines, csv_excel for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """What a writer needs to know. `zone` is the IANA name of the report's zone, for times that people read."""

    zone: str
    separator: str = ","  # of csv_excel; csv always has commas


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """A finished file of a run on our disk. The digests are lower-case hex over the bytes as they lie there.

    Of a sealed file `rows` and `format` are those of what is inside, and `plain_…` what comes out when it is opened.
    """

    path: Path
    name: str
    format: BackupFormat
    media_type: str
    rows: int
    size_bytes: int
    sha256: str
    md5: str
    owner: str | None = None  # the user or phone it is about, where a format has one file for each
    is_sealed: bool = False  # encrypted
    plain_size_bytes: int
    plain_sha256: str
    part: str | None = None  # of a run that is cut by time: the month, such as 2026-03


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file as it is to be made in Drive, under an id asked for before.

    `marks` become appProperties: private to our Cloud project, key and value at most 124 bytes together, 30 at most.
    """

    id: str
    name: str
    folder_id: str
    media_type: str
    size_bytes: int
    marks: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file as Drive tells of it. Digests are lower-case hex; Drive may not have them right after the upload."""

    id: str
    name: str
    size_bytes: int | None
    md5: str | None
    sha256: str | None
    is_trashed: bool
    folder_id: str | None
    created_at: str | None  # RFC 3339, as Drive writes it
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """How far an upload is: the bytes that Drive has acknowledged, and the file once it has them all."""

    acknowledged_bytes: int
    file: StoredFile | None = None
