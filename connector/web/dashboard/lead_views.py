"""Leads as people see them: rows of the readings become views."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connector.domain.reconciling import RETENTION_MS
from connector.web.dashboard.views import Fact, LeadRow, LeadTrace, TraceStep
from connector.web.dashboard.views.words import LeadState

Row = Mapping[str, Any]

NEVER = datetime.max.replace(tzinfo=UTC)

RECEIVED = {
    "webhook": "Facebook told us of the lead",
    "reconcile": "Found by reading the form at Facebook",
    "import": "Imported from a file",
}
NEXT_STEPS: Mapping[LeadState, str] = {
    "held": "It is read by itself once its account is connected again; nothing is lost meanwhile.",
    "parked": "Mend what the reason names, then replay it.",
}
_STAGES: Mapping[str, LeadState] = {
    "fetch": "fetching",
    "held": "held",
    "resolve": "matching",
    "test": "test",
    "parked": "parked",
}
_DELIVERIES: Mapping[str, LeadState] = {"waiting": "sending", "delivered": "delivered", "parked": "parked"}
_TECHNICAL = frozenset({"inbox_url"})
"""Members of a lead that nobody answered."""


def at(ms: int | None) -> datetime | None:
    """Return the instant of milliseconds since the epoch."""
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)


def instant(ms: int) -> datetime:
    """Return the instant of milliseconds since the epoch."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def state_of(row: Row) -> LeadState:
    """Return where a lead stands: its stage, or that of its event once it is a contact."""
    if row["stage"] in _STAGES:
        return _STAGES[row["stage"]]
    return _DELIVERIES.get(row["delivery"] or "delivered", "delivered")


def lead_row(row: Row) -> LeadRow:
    """Return one line of a list."""
    contact = row["contact"]
    return LeadRow(
        id=row["lead_id"],
        received_at=instant(row["received_at_ms"]),
        name=contact.get("full_name") if contact else None,
        form_name=row["form_name"],
        page_name=row["page_name"] or f"Page {row['page_id']}",
        state=state_of(row),
        reason=row["refusal"] if row["delivery"] == "parked" else row["reason"],
        drops_at=_drops_at(row),
    )


def _drops_at(row: Row) -> datetime | None:
    """Return when Meta deletes a lead that is not read yet: 90 days after it was given, which was before we knew."""
    if row["stage"] not in {"fetch", "held"} or row["received_via"] != "webhook":
        return None
    return instant(row["received_at_ms"] + RETENTION_MS)


def lead_trace(life: Row, *, may_replay: bool, root: str = "") -> LeadTrace:
    """Return everything of one lead; what came first stands first, what is still to come last."""
    lead = lead_row(life)
    raw = life["raw"] if isinstance(life["raw"], dict) else {}
    return LeadTrace(
        lead=lead,
        steps=tuple(sorted(_steps(life), key=lambda step: (step.at is None, step.at or NEVER))),
        answers=tuple(_answers(raw)),
        contact=tuple(_contact(life["contact"] or {})),
        ids=tuple(_ids(life, raw)),
        crm_id=life["crm_id"],
        next_step=NEXT_STEPS.get(lead.state),
        may_replay=may_replay and lead.state in {"parked", "delivered", "held"},
        undo_id=next((one["id"] for one in life["corrections"] if one["may_undo"]), None)
        if may_replay
        else None,
        repair_href=f"{root}/repairs" if may_replay and life["delivery"] == "parked" else None,
    )


def _steps(life: Row) -> Iterator[TraceStep]:
    said = RECEIVED.get(life["received_via"], "Received")
    yield TraceStep(at=instant(life["received_at_ms"]), title=said, icon="bell", tone="info")
    if life["fetched_at_ms"] is not None:
        yield TraceStep(
            at=instant(life["fetched_at_ms"]), title="Read from Facebook", icon="download", tone="good"
        )
    if life["resolved_at_ms"] is not None:
        yield _resolved(life)
    for merge in life["merges"]:
        why = f"Recognised by {merge['why']}."
        yield TraceStep(
            at=instant(merge["merged_at_ms"]), title="Joined a known contact", text=why, icon="person"
        )
    for correction in life["corrections"]:
        yield from _corrected(correction)
    for delivery in life["deliveries"]:
        yield from _tries(delivery)
    if life["stage"] in {"fetch", "held", "parked"}:
        yield _resting(life)


def _resolved(life: Row) -> TraceStep:
    if life["stage"] == "test":
        text = "A test lead of Facebook's: it is kept out of the CRM."
        return TraceStep(at=instant(life["resolved_at_ms"]), title="Recognised as a test", text=text)
    flags = ", ".join((life["contact"] or {}).get("flags", ())) or None
    facts = (Fact(name="Flags", value=flags),) if flags else ()
    if life["mapping_version"]:
        facts = (Fact(name="Mapping of the form", value=f"version {life['mapping_version']}"), *facts)
    return TraceStep(
        at=instant(life["resolved_at_ms"]), title="Made a contact", icon="person", tone="good", facts=facts
    )


def _corrected(correction: Row) -> Iterator[TraceStep]:
    who = correction["actor_name"] or correction["actor"]
    facts = tuple(
        Fact(name=change["place"], value=f"{change['before'] or '(empty)'} → {change['after'] or '(empty)'}")
        for change in correction["changes"]
    )
    yield TraceStep(
        at=instant(correction["repaired_at_ms"]),
        title="Corrected by hand",
        text=f"{who} changed the contact; later leads do not overwrite it.",
        icon="person",
        tone="info",
        facts=facts,
    )
    if correction["undone_at_ms"] is not None:
        yield TraceStep(
            at=instant(correction["undone_at_ms"]), title="The correction was taken back", icon="person"
        )


def _resting(life: Row) -> TraceStep:
    reason = life["reason"]
    if life["stage"] == "fetch":
        title = f"To be read, try {life['attempts'] + 1}" if life["attempts"] else "To be read"
        return TraceStep(at=None, title=title, text=reason, icon="clock", tone="info")
    if life["stage"] == "held":
        return TraceStep(
            at=None, title="Held until its account is connected", text=reason, icon="pause", tone="warning"
        )
    return TraceStep(at=None, title="Parked", text=reason, icon="cross", tone="bad")


def _tries(delivery: Row) -> Iterator[TraceStep]:
    for made in delivery["tries"]:
        status = made["status"]
        taken = status is not None and 200 <= status < 300  # noqa: PLR2004 - HTTP's success
        facts = [Fact(name="Took", value=f"{made['duration_ms']} ms")]
        if status is not None:
            facts.insert(0, Fact(name="Status", value=str(status)))
        yield TraceStep(
            at=instant(made["at_ms"]),
            title="The CRM took it" if taken else f"Try {made['attempt']} at the CRM failed",
            text=None if taken else made["reason"],
            icon="check" if taken else "send",
            tone="good" if taken else "warning",
            facts=tuple(facts),
        )
    if delivery["state"] == "waiting" and delivery["due_at_ms"] is not None:
        yield TraceStep(
            at=None, title="Next try at the CRM", text=f"Event {delivery['sequence']}.", icon="send"
        )


def _answers(raw: Mapping[str, Any]) -> Iterator[Fact]:
    field_data = raw.get("field_data")
    for answer in field_data if isinstance(field_data, list) else ():
        name = answer.get("name") if isinstance(answer, dict) else None
        if not isinstance(name, str) or name in _TECHNICAL:
            continue
        values = answer.get("values")
        listed = values if isinstance(values, list) else () if values is None else (values,)
        yield Fact(name=name, value=", ".join(str(value) for value in listed) or "(blank)")


def _contact(contact: Mapping[str, Any]) -> Iterator[Fact]:
    if name := contact.get("full_name"):
        yield Fact(name="Name", value=name)
    yield from _values("E-mail", contact.get("emails", ()))
    yield from _values("Phone", contact.get("phones", ()))
    for name, label in (("organization", "Organisation"), ("job_title", "Job"), ("birthday", "Birthday")):
        if value := contact.get(name):
            yield Fact(name=label, value=str(value))
    if leads := contact.get("leads"):
        yield Fact(name="Leads of this contact", value=str(len(leads)))


def contact_facts(contact: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Return what people look at of a contact."""
    return tuple(_contact(contact))


def _values(label: str, entries: Sequence[Mapping[str, Any]]) -> Iterator[Fact]:
    for entry in entries:
        doubt = "" if entry.get("valid") else " (not valid)"
        yield Fact(name=label, value=f"{entry.get('value') or entry.get('raw')}{doubt}")


def _ids(life: Row, raw: Mapping[str, Any]) -> Iterator[Fact]:
    yield Fact(name="Lead", value=life["lead_id"])
    yield Fact(name="Page", value=life["page_id"])
    if life["form_id"]:
        yield Fact(name="Form", value=life["form_id"])
    for kind, label in (("campaign", "Campaign"), ("adset", "Ad set"), ("ad", "Ad")):
        if value := raw.get(f"{kind}_name") or raw.get(f"{kind}_id"):
            yield Fact(name=label, value=str(value))
    if platform := raw.get("platform"):
        yield Fact(name="Platform", value=str(platform))
