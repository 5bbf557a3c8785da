"""A form with its mapping as JSON: for the API and the command line."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connector.domain.lead import Question
from connector.domain.mapping.forms import (
    KnownForm,
    PreviewedLead,
    RemapCount,
    RemapProgress,
    StoredMapping,
)
from connector.domain.times import rfc3339
from connector.wire.mapping import mapping_value


def form_value(form: KnownForm) -> dict[str, Any]:
    """Return the form, what it asks, and the mapping in force with its version (0: none was ever saved)."""
    current = form.current
    return {
        "form_id": form.id,
        "name": form.name,
        "page_id": form.page_id,
        "page_name": form.page_name,
        "status": form.status,
        "is_live": form.is_live,
        "is_connected": form.is_connected,
        "created_time": _time(form.created_ms),
        "successor_of": form.successor_of,
        "questions": [_question(one) for one in form.questions] if form.is_asked_known else None,
        "checkboxes": [
            {"key": box.key, "text": box.text, "is_required": box.is_required} for box in form.checkboxes
        ],
        "hidden_fields": list(form.hidden),
        "version": form.version,
        "mapping": mapping_value(form.mapping),
        "saved_at": _time(current.saved_at_ms) if current else None,
        "saved_by": {"kind": current.actor_kind, "id": current.actor} if current else None,
        "carried_over_from": _origin(current) if current else None,
    }


def version_value(stored: StoredMapping) -> dict[str, Any]:
    """Return one saved version."""
    return {
        "version": stored.version,
        "mapping": mapping_value(stored.mapping),
        "saved_at": _time(stored.saved_at_ms),
        "saved_by": {"kind": stored.actor_kind, "id": stored.actor},
        "carried_over_from": _origin(stored),
    }


def preview_value(leads: Sequence[PreviewedLead], count: RemapCount) -> dict[str, Any]:
    """Return what a draft makes of the newest leads, and what applying it to all past ones would do."""
    return {
        "leads": [
            {
                "lead_id": one.lead_id,
                "received_at": _time(one.received_at_ms),
                "parked": one.parked,
                "failed": one.is_faulty,
                "changes": [
                    {"field": change.name, "before": change.before, "after": change.after}
                    for change in one.changes
                ],
            }
            for one in leads
        ],
        "past_leads": count_value(count),
    }


def count_value(count: RemapCount) -> dict[str, Any]:
    """Return what applying a mapping to past leads would do."""
    return {
        "leads": count.leads,
        "looked_at": count.looked_at,
        "contacts_changed": count.contacts_changed,
        "left_alone": count.left_alone,
        "failed": count.failed,
        "is_whole": count.is_whole,
    }


def progress_value(progress: RemapProgress) -> dict[str, Any]:
    """Return how far an application is."""
    return {
        "id": progress.id,
        "state": progress.state,
        "leads": progress.total,
        "done": progress.seen,
        "contacts_changed": progress.changed,
        "left_alone": progress.left_alone,
        "failed": progress.failed,
        "created_at": _time(progress.created_at_ms),
        "settled_at": _time(progress.settled_at_ms),
    }


def _question(question: Question) -> dict[str, Any]:
    options = [{"key": one.key, "label": one.label} for one in question.options]
    return {"key": question.key, "type": question.type, "label": question.label, "options": options}


def _origin(stored: StoredMapping) -> dict[str, Any] | None:
    if stored.origin is None:
        return None
    return {"form_id": stored.origin, "version": stored.origin_version}


def _time(at_ms: int | None) -> str | None:
    return rfc3339(datetime.fromtimestamp(at_ms / 1000, UTC)) if at_ms is not None else None
