"""Consents: proof of what was shown and whether it was ticked. No tick means no, silence is not recorded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from connector.domain.contact import Consent
from connector.domain.lead import ConsentCheckbox, Form, Lead
from connector.domain.mapping.rules import OptInRule
from connector.domain.normalise.answers import UNNAMED
from connector.domain.times import rfc3339_seconds

_TICKED = frozenset(["1", "true", "on"])


def consents(lead: Lead, form: Form | None, opt_ins: Sequence[OptInRule] = ()) -> tuple[Consent, ...]:
    """Return one consent per checkbox answered; said twice and differently, it is not granted.

    Only a checkbox that the mapping names may set an opt-in: a required one proves nothing about marketing.
    """
    names = {_comparable(rule.checkbox): rule.opt_in for rule in opt_ins}
    boxes = {_comparable(box.key): box for box in form.checkboxes} if form else {}
    ticked: dict[str, bool] = {}
    for answer in lead.consent_answers:
        key = answer.key.strip() or UNNAMED
        ticked[key] = ticked.get(key, True) and answer.is_checked.strip().casefold() in _TICKED
    return tuple(
        replace(
            _consent(key, granted, boxes.get(_comparable(key)), lead, form),
            opt_in=names.get(_comparable(key)),
        )
        for key, granted in ticked.items()
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
