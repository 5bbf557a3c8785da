"""What a CRM backend keeps: every attempt, the contacts, and every breach of the contract that it noticed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Json = Mapping[str, object]
ViolationKind = Literal["bad_signature", "bad_body", "body_changed", "revision_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One POST as it came in; `order` counts all POSTs from 0. `status` 0: it got no answer."""

    order: int
    event_id: str
    type: str
    sequence: int | None
    attempt: int | None
    is_replay: bool
    contact_id: str | None
    revision: int | None
    digest: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int


@dataclass(slots=True, kw_only=True)
class CrmContact:
    """A record under a contact id: the highest revision wins. `contact` is None once erased."""

    crm_id: str
    revision: int
    contact: Json | None = field(repr=False)
    revisions: list[int] = field(default_factory=list)  # as accepted, repeats left out


@dataclass(frozen=True, slots=True)
class Violation:
    """A breach of the contract."""

    kind: ViolationKind
    event_id: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """The parts of an event that the record needs."""

    type: str
    contact_id: str | None
    revision: int | None
    contact: Json | None = field(repr=False)


def parse_event(body: bytes) -> Event | None:
    """Take an event apart; None when it is none."""
    try:
        event = json.loads(body)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return None
    data = event.get("data")
    data = data if isinstance(data, dict) else {}
    contact = data.get("contact")
    contact = contact if isinstance(contact, dict) else None
    contact_id = (contact or data).get("contact_id")
    revision = data.get("revision")
    return Event(
        type=event["type"],
        contact_id=contact_id if isinstance(contact_id, str) else None,
        revision=revision if isinstance(revision, int) else None,
        contact=contact,
    )


class CrmRecord:
    """The idempotent store behind the endpoint."""

    def __init__(self, *, keep_attempts: bool = True) -> None:
        self.attempts: list[Attempt] = []
        self.by_id: dict[str, list[Attempt]] = {}
        self.contacts: dict[str, CrmContact] = {}
        self.violations: list[Violation] = []
        self.accepted: dict[str, str] = {}  # event id → digest of its body
        self.digests: dict[str, str] = {}  # event id → digest of the first attempt
        self.requests = 0
        self.duplicates = 0
        self._keep_attempts = keep_attempts

    def note(self, headers: Mapping[str, str], body: bytes, event: Event | None, status: int) -> None:
        """Record one attempt and compare its bytes with earlier ones under the same id."""
        event_id = headers.get("webhook-id", "")
        digest = hashlib.sha256(body).hexdigest()
        first = self.digests.setdefault(event_id, digest)
        if first != digest:
            self.violations.append(Violation("body_changed", event_id))
        if self._keep_attempts:
            one = _attempt(self.requests, headers, body, event, digest, status)
            self.attempts.append(one)
            self.by_id.setdefault(event_id, []).append(one)
        self.requests += 1

    def accept(self, event_id: str, body: bytes, event: Event) -> str | None:
        """Apply an event once and return the CRM's id of its contact, None when it has no contact."""
        if event_id in self.accepted:
            self.duplicates += 1
            known = self.contacts.get(event.contact_id or "")
            return None if known is None else known.crm_id
        self.accepted[event_id] = hashlib.sha256(body).hexdigest()
        return None if event.contact_id is None else self._upsert(event_id, event.contact_id, event)

    def _upsert(self, event_id: str, contact_id: str, event: Event) -> str:
        revision = event.revision or 0
        known = self.contacts.get(contact_id)
        if known is None:
            known = CrmContact(crm_id=f"crm-{len(self.contacts) + 1}", revision=-1, contact=None)
            self.contacts[contact_id] = known
        if known.revisions and revision <= known.revisions[-1]:
            detail = f"{contact_id}: {revision} after {known.revisions[-1]}"
            self.violations.append(Violation("revision_order", event_id, detail))
        known.revisions.append(revision)
        if revision > known.revision:
            known.revision = revision
            known.contact = None if event.type == "contact.erased" else event.contact
        return known.crm_id


def _attempt(
    order: int, headers: Mapping[str, str], body: bytes, event: Event | None, digest: str, status: int
) -> Attempt:
    return Attempt(
        order=order,
        event_id=headers.get("webhook-id", ""),
        type=event.type if event else "",
        sequence=_number(headers.get("connector-sequence")),
        attempt=_number(headers.get("connector-attempt")),
        is_replay=headers.get("connector-replay") == "true",
        contact_id=event.contact_id if event else None,
        revision=event.revision if event else None,
        digest=digest,
        headers=headers,
        body=body,
        status=status,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
