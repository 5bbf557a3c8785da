"""Consents: proof of what was shown and whether it was ticked. No tick means no, silence is not recorded."""

from datetime import datetime

from connector.domain.contact import Consent
from connector.domain.lead import ConsentCheckbox, Form, Lead
from connector.domain.normalise.answers import UNNAMED
from connector.domain.times import rfc3339_seconds

_TICKED = frozenset(["1", "true", "on"])


def consents(lead: Lead, form: Form | None) -> tuple[Consent, ...]:
    """Return one consent per checkbox answered; said twice and differently, it is not granted."""
    boxes = {_comparable(box.key): box for box in form.checkboxes} if form else {}
    ticked: dict[str, bool] = {}
    for answer in lead.consent_answers:
        key = answer.key.strip() or UNNAMED
        ticked[key] = ticked.get(key, True) and answer.is_checked.strip().casefold() in _TICKED
    return tuple(
        _consent(key, granted, boxes.get(_comparable(key)), lead, form) for key, granted in ticked.items()
    )


def _consent(key: str, granted: bool, box: ConsentCheckbox | None, lead: Lead, form: Form | None) -> Consent:  # noqa: FBT001 - the value itself
    return Consent(
        key=key,
        granted=granted,
        text=(box.text or None) if box else None,
        disclaimer=form.disclaimer_body if form else None,
        privacy_policy_url=form.privacy_policy_url if form else None,
        at=moment(lead.created_at),
        form_id=lead.form_id or (form.id if form else None) or None,
    )


def moment(at: datetime | None) -> str | None:
    """Return the lead's own time as the contact writes it."""
    return rfc3339_seconds(at) if at else None


def _comparable(key: str) -> str:
    return key.strip().casefold()
