"""The provider's JSON to values. Total: any JSON gives a lead or a form; what cannot be read is left out.

Wire names stop here. Source: developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from connector.domain.lead import (
    Answer,
    ConsentAnswer,
    ConsentCheckbox,
    Form,
    FormId,
    Lead,
    LeadId,
    PageId,
    Question,
    QuestionOption,
)
from connector.domain.raw_values import identifier, items, mapping, scrub, switch, text, texts

_MILLISECONDS_FROM = 10**11  # as seconds this is the year 5138
_UNIX = re.compile(r"\d{9,13}")
_SPACES = re.compile(r"\s+")
_DEFAULT_KEYS = {"PHONE": "phone_number", "ZIP": "zip_code", "DOB": "date_of_birth"}


def lead_from_graph(
    raw: object, *, page_id: str | None = None, page_name: str | None = None, form_name: str | None = None
) -> Lead:
    """Return the lead in `raw`; what the caller knows about its page and form wins over what `raw` says.

    A lead without an id gets the id "".
    """
    lead = mapping(raw)
    page = identifier(page_id) or identifier(lead.get("page_id"))
    form = identifier(lead.get("form_id"))
    return Lead(
        id=LeadId(identifier(lead.get("id"), zero=True) or ""),
        created_at=instant(lead.get("created_time")),
        page_id=PageId(page) if page else None,
        page_name=text(page_name) or text(lead.get("page_name")),
        form_id=FormId(form) if form else None,
        form_name=text(form_name) or text(lead.get("form_name")),
        ad_id=identifier(lead.get("ad_id")),
        ad_name=text(lead.get("ad_name")),
        adset_id=identifier(lead.get("adset_id")),
        adset_name=text(lead.get("adset_name")),
        campaign_id=identifier(lead.get("campaign_id")),
        campaign_name=text(lead.get("campaign_name")),
        platform=text(lead.get("platform")),
        is_organic=switch(lead.get("is_organic")),
        partner_name=text(lead.get("partner_name")),
        retailer_item_id=text(lead.get("retailer_item_id")),
        answers=tuple(_answers(lead.get("field_data"))),
        consent_answers=tuple(_consent_answers(lead.get("custom_disclaimer_responses"))),
    )


def instant(raw: object) -> datetime | None:
    """Return `created_time` in UTC: ISO 8601 with any offset (none means UTC) or unix time; else None."""
    if isinstance(raw, str) and _UNIX.fullmatch(raw.strip()):
        raw = int(raw)
    try:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return datetime.fromtimestamp(raw / 1000 if raw >= _MILLISECONDS_FROM else raw, tz=UTC)
        if isinstance(raw, str):
            at = datetime.fromisoformat(raw.strip())
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):  # all three for times outside the calendar
        return None
    return None


def _answers(raw: object) -> Iterator[Answer]:
    """Read every member; names may be missing and shapes wrong, but no answer is lost for it."""
    if isinstance(raw, Mapping):  # name → value, as some exporters write it
        yield from (Answer(name=scrub(str(name)), values=texts(value)) for name, value in raw.items())
        return
    for member in items(raw):
        if not isinstance(member, Mapping):
            yield Answer(name="", values=texts(member))
            continue
        values = texts(member.get("values"))
        yield Answer(name=text(member.get("name")) or "", values=values or texts(member.get("value")))


def _consent_answers(raw: object) -> Iterator[ConsentAnswer]:
    for member in map(mapping, items(raw)):
        if member:
            key = text(member.get("checkbox_key")) or text(member.get("key")) or ""
            yield ConsentAnswer(key=key, is_checked=text(member.get("is_checked")) or "")


def form_from_graph(raw: object) -> Form:
    """Return the form in `raw`. A form without an id gets the id ""."""
    form = mapping(raw)
    legal = mapping(form.get("legal_content"))
    disclaimer = mapping(legal.get("custom_disclaimer"))
    return Form(
        id=FormId(identifier(form.get("id")) or ""),
        name=text(form.get("name")),
        locale=text(form.get("locale")),
        questions=tuple(_question(member) for member in map(mapping, items(form.get("questions"))) if member),
        checkboxes=tuple(_checkbox(box) for box in map(mapping, items(disclaimer.get("checkboxes"))) if box),
        disclaimer_body=_shown(disclaimer),
        privacy_policy_url=_privacy_policy_url(form, legal),
    )


def tracking_keys(raw: object) -> tuple[str, ...]:
    """Return the keys of a form's hidden fields: an object when written, a list of key and value when read."""
    tracked = mapping(raw).get("tracking_parameters")
    if isinstance(tracked, Mapping):
        return tuple(str(key) for key in tracked)
    keys = (mapping(one).get("key") for one in items(tracked))
    return tuple(key for key in keys if isinstance(key, str))


def _question(raw: Mapping[str, object]) -> Question:
    kind, label = (text(raw.get("type")) or "").strip().upper(), text(raw.get("label")) or ""
    key = text(raw.get("key"))
    if not key:  # the author set none: the provider names the answer after the type or the label
        key = _SPACES.sub("_", label.strip().lower()) if kind in {"", "CUSTOM"} else _default_key(kind)
    return Question(key=key, type=kind, label=label, options=tuple(_options(raw.get("options"))))


def _default_key(kind: str) -> str:
    return _DEFAULT_KEYS.get(kind, kind.lower())


def _options(raw: object) -> Iterator[QuestionOption]:
    for member in items(raw):
        if isinstance(member, Mapping):
            label = text(member.get("value")) or text(member.get("label")) or ""
            key = text(member.get("key")) or label
        else:
            key = label = text(member) or ""
        if key:
            yield QuestionOption(key=key, label=label)


def _checkbox(raw: Mapping[str, object]) -> ConsentCheckbox:
    key = text(raw.get("key")) or text(raw.get("id")) or ""
    return ConsentCheckbox(
        key=key, text=_prose(raw.get("text")), is_required=switch(raw.get("is_required")) is True
    )


def _shown(disclaimer: Mapping[str, object]) -> str | None:
    """Return the disclaimer as the person saw it: its title above its body."""
    return (
        "\n".join(part for part in (text(disclaimer.get("title")), _prose(disclaimer.get("body"))) if part)
        or None
    )


def _prose(raw: object) -> str:
    """Return plain text, or the text inside {"text": …, "url_entities": …}, or a list of either."""
    if isinstance(raw, Mapping) and "text" in raw:
        return _prose(raw["text"]) if isinstance(raw["text"], str) else text(raw["text"]) or ""
    if isinstance(raw, list):
        return "\n".join(
            part for item in raw if (part := _prose(item) if not isinstance(item, list) else text(item))
        )
    return text(raw) or ""


def _privacy_policy_url(form: Mapping[str, object], legal: Mapping[str, object]) -> str | None:
    for place in (legal, form):
        policy = mapping(place.get("privacy_policy"))
        if found := text(policy.get("url")) or text(policy.get("link")):
            return found
        if found := text(place.get("privacy_policy_url")):
            return found
    return None
