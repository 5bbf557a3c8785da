"""Normalise one lead that a person wrote down, without an account: to try the rules, and for test vectors."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import uuid5

from connector.domain.contact import CONTACT_IDS, Contact
from connector.domain.normalise import normalise
from connector.domain.raw import form_from_graph, lead_from_graph
from connector.domain.raw_values import mapping, text

_FORM_KEYS = ("questions", "legal_content", "privacy_policy_url")


def contact_from_input(raw: object, *, now: datetime) -> Contact:
    """Return the contact of one input: a lead as the Graph API sends it, with what is known around it.

    Beside the lead's own keys (which may also stand under `lead`): `country_hint`, `form_locale`,
    `questions`, `legal_content`, or a whole `form`. A line {"input": …} is unwrapped. Total; the same input
    gives the same contact id.
    """
    line = mapping(raw)
    given = mapping(line["input"]) if isinstance(line.get("input"), Mapping) else line
    lead = lead_from_graph({**given, **mapping(given.get("lead"))})
    form = mapping(given.get("form"))
    known = {key: given[key] for key in _FORM_KEYS if key in given}
    if given.get("form_locale"):
        known["locale"] = given["form_locale"]
    about_form = {"id": lead.form_id, **form, **known}
    return normalise(
        lead,
        form_from_graph(about_form) if form or known else None,
        country_hint=text(given.get("country_hint")),
        contact_id=str(uuid5(CONTACT_IDS, f"preview\n{lead.id or _canonical(given)}")),
        now=now,
    )


def _canonical(given: Mapping[str, object]) -> str:
    try:
        return json.dumps(given, sort_keys=True, default=str)
    except (TypeError, ValueError, RecursionError):  # no JSON: keys of several types, cycles
        return text(given) or ""
