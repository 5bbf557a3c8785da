"""Events to the CRM: their bytes, made once, and the JSON Schema that describes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter

from connector.domain.connection import Health, PageState, Provider
from connector.domain.contact import Consent, Contact
from connector.domain.lead import ReceivedVia
from connector.domain.times import rfc3339

EventType = Literal[
    "contact.created",
    "contact.updated",
    "contact.erased",
    "connection.changed",
    "backup.finished",
    "backup.failed",
    "alert.raised",
    "alert.resolved",
    "ping",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """One question as answered: every value, with the labels the person saw."""

    name: str
    label: str | None
    type: str | None
    values: tuple[str, ...]
    value_labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadView:
    """The lead that caused an event. Times are RFC 3339, UTC, Z; ids are text."""

    lead_id: str
    created_time: str | None
    page_id: str | None
    page_name: str | None
    form_id: str | None
    form_name: str | None
    campaign_id: str | None
    campaign_name: str | None
    adset_id: str | None
    adset_name: str | None
    ad_id: str | None
    ad_name: str | None
    platform: str | None
    is_organic: bool | None
    answers: tuple[AnswerView, ...] = field(repr=False)
    consents: tuple[Consent, ...]
    received_via: ReceivedVia


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """A condition that a person must know."""

    key: str
    severity: Literal["warning", "critical"]
    title: str
    remedy: str
    raised_at: str
    resolved_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPageView:
    """A Page that is read with the connection, and whether it can be."""

    page_id: str
    name: str
    state: PageState


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """A connected account after a change of its health. It names no person."""

    id: str
    provider: Provider
    state: Health
    reason: str | None
    remedy: str | None
    waiting_leads: int
    waiting_since: str | None
    pages: tuple[ConnectionPageView, ...]
    changed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupEventView:
    """A backup of call logs that is over: in the Drive and compared, or failed. It names no person."""

    run_id: str
    schedule_id: str
    schedule: str
    kind: Literal["full", "incremental", "monthly"]
    calls: int
    files: int
    size_bytes: int
    calls_sha256: str | None
    finished_at: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventData:
    """What an event carries.

    `contact` and `lead` come with contact events, `alert` with alert events, `connection` with connection events,
    `backup` with backup events.
    """

    workspace: str
    sequence: int
    revision: int | None = None
    crm_id: str | None = None
    contact: Contact | None = None
    lead: LeadView | None = None
    alert: AlertView | None = None
    connection: ConnectionView | None = None
    backup: BackupEventView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The body of one POST, and one entry of the feed."""

    type: EventType
    timestamp: str
    data: EventData


_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_LEAD: TypeAdapter[LeadView] = TypeAdapter(LeadView)
_CONNECTION: TypeAdapter[ConnectionView] = TypeAdapter(ConnectionView)
_BACKUP: TypeAdapter[BackupEventView] = TypeAdapter(BackupEventView)


def lead_value(lead: LeadView) -> dict[str, Any]:
    """Return the lead as JSON values."""
    value: dict[str, Any] = _LEAD.dump_python(lead, mode="json")
    return value


def connection_value(connection: ConnectionView) -> dict[str, Any]:
    """Return the connection as JSON values."""
    value: dict[str, Any] = _CONNECTION.dump_python(connection, mode="json")
    return value


def backup_value(backup: BackupEventView) -> dict[str, Any]:
    """Return the backup as JSON values."""
    value: dict[str, Any] = _BACKUP.dump_python(backup, mode="json")
    return value


def event_bytes(event_type: EventType, at: datetime, data: Mapping[str, object]) -> bytes:
    """Return the body of an event; absent parts are left out. These bytes are stored and never made again."""
    present = {key: value for key, value in data.items() if value is not None}
    body = {"type": event_type, "timestamp": rfc3339(at), "data": present}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def event_from_bytes(body: bytes) -> Event:
    """Return an event as a receiver reads it. Raises pydantic's ValidationError."""
    return _EVENT.validate_json(body)


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of every event."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Connector event",
        **_EVENT.json_schema(mode="serialization"),
    }
