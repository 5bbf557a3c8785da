"""Call 1.0: one phone call of one employee, whatever it was collected by.

Field names are the public schema's (docs/crm-engineers.md); additive changes raise the minor version, renames and
retypes the major one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from connector.domain.errors import BadInputError, require_aware

SCHEMA_VERSION = "1.0"

Direction = Literal["inbound", "outbound", "unknown"]
CallType = Literal[
    "incoming", "outgoing", "missed", "voicemail", "rejected", "blocked", "answered_externally", "unknown"
]
CallStatus = Literal["answered", "no_answer", "busy", "failed", "canceled", "unknown"]
Channel = Literal["cellular", "wifi", "voip", "whatsapp", "cloud", "unknown"]
Precision = Literal["ms", "s", "min"]
Warned = Literal[
    "dst_gap", "dst_overlap", "duration_differs", "duration_implausible", "type_unknown", "status_unknown"
]


class BadRowError(BadInputError):
    """One row cannot become a call; the message says why, without what the row holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a call came from. `native_id` is the source's own id, kept as text."""

    system: str
    native_id: str | None = None
    device_id: str | None = None
    file: str | None = None
    row: int | None = None
    modified_at: datetime | None = None  # aware; when the source last changed it

    def __post_init__(self) -> None:
        if self.modified_at is not None:
            require_aware(self.modified_at, "Source.modified_at")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class User:
    """The employee. `phone` is E.164 or null."""

    id: str | None = None
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Peer:
    """The other party. `number` is E.164, or null for short codes, names and hidden numbers; raw is kept always."""

    number: str | None
    number_raw: str
    presentation: int | None = None  # Android: 1 allowed, 2 restricted, 3 unknown, 4 payphone, 5 unavailable
    extension: str | None = None
    region: str | None = None  # ISO 3166-1 alpha-2
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sim:
    """Which SIM or line. `subscription_id` is the source's text: an ICCID, or the phone's own number for it."""

    slot: str | None = None
    subscription_id: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Recording:
    """Where a recording lies; it is not copied."""

    url: str | None = None
    file: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Call:
    """One call. Times are aware and UTC; `duration_seconds` is talk time as the source tells it.

    Every text is free of lone surrogates and NUL, so that it can be stored and encoded anywhere.
    """

    schema_version: str = SCHEMA_VERSION
    call_id: str = ""
    source: Source
    user: User
    direction: Direction
    type: CallType
    type_code: int | None = None
    status: CallStatus
    peer: Peer
    from_number: str | None = None
    to_number: str | None = None
    started_at: datetime
    started_at_precision: Precision
    utc_offset_minutes: int | None = None
    tz: str | None = None
    duration_seconds: int
    ended_at: datetime | None = None
    sim: Sim = field(default_factory=Sim)
    channel: Channel = "unknown"
    is_video: bool = False
    note: str | None = None
    disposition: str | None = None
    tags: tuple[str, ...] = ()
    recording: Recording = field(default_factory=Recording)
    contact_id: str | None = None
    lead_id: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Warned, ...] = ()
    first_seen_at: datetime | None = None
    updated_at: datetime | None = None
    imported_by: str | None = None

    def __post_init__(self) -> None:
        require_aware(self.started_at, "Call.started_at")
        for at in (self.ended_at, self.first_seen_at, self.updated_at):
            if at is not None:
                require_aware(at, "a time of a Call")
        if self.duration_seconds < 0:
            raise ValueError("a call's duration is not negative")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RawCall:
    """One row as a source tells it: texts by the names of `FIELDS`, and what no name fits in `extra`.

    `row` is the line or the number of the record, counted from 1; `text` the row itself, bounded.
    """

    system: str
    row: int
    text: str
    fields: Mapping[str, str]
    extra: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RejectedRow:
    """A row of a file that became nothing: where it stands, its text (bounded) and why."""

    line: int
    text: str
    reason: str


TEXT_CHARS_MAX = 500
"""Characters of a rejected row that are kept."""

FIELDS = frozenset({
    "started_at", "date", "time", "ended_at", "duration", "type", "direction", "status", "is_incoming", "is_missed",
    "number", "normalized_number", "from_number", "to_number", "country_code", "region", "presentation", "extension",
    "name", "user_id", "user_name", "user_phone", "device_id", "native_id", "modified_at", "tz",
    "utc_offset_minutes", "sim_slot", "subscription_id", "sim_label", "component", "features", "channel", "is_video",
    "note", "disposition", "tags", "recording_url", "recording_file", "contact_id", "lead_id", "system",
})  # fmt: skip
"""What a row can tell; the names that `--map` takes."""


def bounded(text: str) -> str:
    """Return a row's text as it may be shown: one line, at most 500 characters."""
    flat = " ".join(text[: TEXT_CHARS_MAX * 2].split())
    return storable(flat if len(flat) <= TEXT_CHARS_MAX else flat[: TEXT_CHARS_MAX - 1] + "…")


def storable(text: str) -> str:
    """Return text that any database and any encoder takes: no NUL, no lone surrogate."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
