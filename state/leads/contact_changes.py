"""A contact as a person or a new mapping changed it: written with its keys, and told in the feed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.contact import Contact
from connector.domain.lead import WorkspaceId
from connector.domain.matching import MatchKey, match_keys
from connector.wire.contact import contact_json, contact_value
from connector.wire.event import EventType
from state.chunks import chunks
from state.engine import Params, Tx
from state.events import NewEvent, append_event

CHANGE_CONTACT = """
    UPDATE contacts SET revision = revision + 1, body = :body, edited = :edited, updated_at_ms = :now_ms
     WHERE id = :contact_id
    RETURNING revision, crm_id"""
DROP_KEY = """
    DELETE FROM contact_keys
     WHERE workspace_id = :workspace_id AND kind = :kind AND value = :value AND contact_id = :contact_id"""
ADD_KEY = """
    INSERT INTO contact_keys (workspace_id, kind, value, contact_id)
    VALUES (:workspace_id, :kind, :value, :contact_id) ON CONFLICT DO NOTHING"""
SHARING = """
    SELECT contact_id FROM contact_keys
     WHERE workspace_id = :workspace_id AND kind = :kind AND value = :value AND contact_id <> :contact_id
     ORDER BY contact_id LIMIT 5"""
SUPERSEDE = """
    UPDATE deliveries SET state = 'superseded', settled_at_ms = :now_ms
     WHERE contact_id = :contact_id AND state = 'parked'"""
ACCEPTED = """
    SELECT MAX(revision) AS revision FROM deliveries
     WHERE workspace_id = :workspace_id AND lead_id IN {leads} AND contact_id = :contact_id
       AND state = 'delivered'"""
"""By the leads of the contact, for which there is an index; one by contact would be written with every lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChange:
    """One contact before and after, the lead that it is about, and the event that tells of it.

    `accepted_at_ms` is since when somebody waits for the event; None: nobody does, and it says nothing of how fast
    leads come.
    """

    workspace_id: WorkspaceId
    contact_id: str
    lead_id: str | None
    before: Contact = field(repr=False)
    after: Contact = field(repr=False)
    edited: frozenset[str] = field(repr=False)
    event_type: EventType
    accepted_at_ms: int | None
    lead: object = field(repr=False)


def store_contact(tx: Tx, change: ContactChange, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Write the contact with its keys, and append the event that tells of it."""
    now_ms = int(now.timestamp() * 1000)
    body = {"body": contact_json(change.after), "edited": json.dumps(sorted(change.edited)), "now_ms": now_ms}
    changed = tx.row(CHANGE_CONTACT, {"contact_id": change.contact_id, **body})
    if changed is None:
        raise LookupError("the contact vanished inside its transaction")
    old, new = match_keys(change.before), match_keys(change.after)
    _keys(tx, DROP_KEY, change, [key for key in old if key not in new])
    _keys(tx, ADD_KEY, change, [key for key in new if key not in old])
    event = NewEvent(
        workspace_id=change.workspace_id,
        type=change.event_type,
        data={"crm_id": changed["crm_id"], "contact": contact_value(change.after), "lead": change.lead},
        contact_id=change.contact_id,
        revision=int(changed["revision"]),
        lead_id=change.lead_id,
        accepted_at_ms=change.accepted_at_ms,
    )
    append_event(tx, event, now=now, new_id=new_id)


def supersede_parked(tx: Tx, contact_id: str, *, now_ms: int) -> int:
    """Let events of the contact that the CRM refused rest for good: a later one takes their place."""
    return tx.execute(SUPERSEDE, {"contact_id": contact_id, "now_ms": now_ms})


def sharing(tx: Tx, workspace_id: WorkspaceId, contact: Contact) -> list[str]:
    """Return other contacts that share an address or a number: perhaps the same person."""
    own = {"workspace_id": workspace_id, "contact_id": contact.contact_id}
    return [
        row["contact_id"]
        for key in match_keys(contact)
        for row in tx.rows(SHARING, {**own, "kind": key.kind, "value": key.value})
    ]


def accepted_revision(tx: Tx, workspace_id: WorkspaceId, contact: Contact) -> int | None:
    """Return the highest revision of the contact that the CRM took."""
    own = {"workspace_id": workspace_id, "contact_id": contact.contact_id}
    found = [
        row["revision"]
        for listed, params in chunks([lead.lead_id for lead in contact.leads])
        if (row := tx.row(ACCEPTED.replace("{leads}", listed), {**own, **params}))
    ]
    return max((revision for revision in found if revision is not None), default=None)


def _keys(tx: Tx, sql: str, change: ContactChange, keys: Sequence[MatchKey]) -> None:
    own: Mapping[str, object] = {"workspace_id": change.workspace_id, "contact_id": change.contact_id}
    rows: list[Params] = [{**own, "kind": key.kind, "value": key.value} for key in keys]
    if rows:
        tx.execute_many(sql, rows)
