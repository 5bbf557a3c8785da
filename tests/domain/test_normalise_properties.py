"""What must hold for every lead, however broken."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.domain.contact import Contact
from connector.domain.lead import Answer, Lead, LeadId
from connector.domain.merging import merge
from connector.domain.normalise import normalise
from connector.domain.normalise.addresses import postal_code
from connector.domain.normalise.dates import parse_birthday
from connector.domain.normalise.emails import email_address
from connector.domain.normalise.phone_numbers import read_phone
from connector.domain.normalise.phones import regions
from connector.domain.normalise.text import clean, is_placeholder
from connector.domain.preview import contact_from_input
from connector.domain.raw import form_from_graph, lead_from_graph

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 9, 2, 12, tzinfo=UTC)

NAMES = [
    *("full_name", "first_name", "last_name", "email", "work_email", "phone_number", "whatsapp_number"),
    *("street_address", "city", "state", "zip_code", "country", "date_of_birth", "gender", "job_title"),
    *("company_name", "utm_source", "which_course", "", "ÅRSTID", "inbox"),
]
VALUES = [
    *("Asha Rao", "RAVI", "王小明", "98765 43210", "+91 98765 43210", "022 2778 1234 ext. 12", "N/A", "."),
    *("asha@example.com", "Asha <ASHA@example.com>", "asha@gmial.com", "India", "Deutschland", "Maharashtra"),
    *("411001.0", "sw1a 1aa", "1990-03-04", "03/04/1990", "19 avril 1987", "male", "masculino", "Engineer"),
    *("+91 98765 43210 / +91 91234 56780", "<test lead: dummy data for x>", " ", "z:04109", "p:+4930123456"),
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(VALUES)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
values = st.sampled_from(VALUES) | st.text()
answers = st.builds(
    Answer,
    name=st.sampled_from(NAMES) | st.text(max_size=12),
    values=st.lists(values, max_size=3).map(tuple),
)
leads = st.builds(
    Lead,
    id=st.sampled_from(["1", "2", "3"]).map(LeadId),
    created_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    answers=st.lists(answers, max_size=8).map(tuple),
)


def contact_of(lead: Lead, hint: str | None = None) -> Contact:
    return normalise(lead, None, country_hint=hint, contact_id="c1", now=NOW)


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from leaves(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from leaves(member)


def is_kept(value: str, contact: Contact) -> bool:
    text = clean(value)
    if is_placeholder(text):
        return True
    code = contact.addresses[0].country_code if contact.addresses else None
    numbers = read_phone(value, regions(answer=code, hint=None, locale=None)).numbers
    born = parse_birthday(text, order=None, today=date(9999, 1, 1))
    forms = {value, value.strip(), text, postal_code(text), *(number.e164 for number in numbers)}
    forms.add(email_address(value) or value)
    if len(text) > 5 and not born_is_flag(text):
        forms.add(str(born))
    if contact.gender and text.casefold() in {
        "m",
        "f",
        "o",
        "male",
        "female",
        "man",
        "woman",
        "other",
        "custom",
    }:
        return True
    held = list(leaves(asdict(contact)))
    return any(form in leaf for form in forms for leaf in held)


def born_is_flag(text: str) -> bool:
    return isinstance(parse_birthday(text, order=None, today=NOW.date()), str)


@given(raw=json_values, questions=json_values, lead=json_values, boxes=json_values, hint=scalars)
@settings(max_examples=200, deadline=None)
def test_no_json_breaks_it(raw: object, questions: object, lead: object, boxes: object, hint: object) -> None:
    given = {
        "field_data": raw,
        "questions": questions,
        "lead": lead,
        "custom_disclaimer_responses": boxes,
        "legal_content": {"custom_disclaimer": boxes, "privacy_policy": raw},
        "country_hint": hint,
        "form_locale": hint,
        "created_time": hint,
    }
    contact = contact_from_input(given, now=NOW)
    assert contact_from_input(given, now=NOW) == contact
    json.dumps(asdict(contact), ensure_ascii=False).encode()
    assert "\0" not in "".join(leaves(asdict(contact)))


@given(json_values)
@settings(deadline=None)
def test_readers_and_preview_take_any_json(raw: object) -> None:
    lead_from_graph(raw, page_id="7")
    form_from_graph(raw)
    contact_from_input(raw, now=NOW)


@given(leads)
@settings(max_examples=200, deadline=None)
@example(Lead(id=LeadId("1"), answers=(Answer(name="", values=("kept",)),)))
@example(Lead(id=LeadId("1"), answers=(Answer(name="gender", values=("m", "M", "x")),)))
@example(
    Lead(
        id=LeadId("1"),
        answers=(Answer(name="job_title", values=("a", "b")), Answer(name="JOB_TITLE", values=("c",))),
    )
)
def test_no_answer_is_lost(lead: Lead) -> None:
    contact = contact_of(lead)
    lost = [value for answer in lead.answers for value in answer.values if not is_kept(value, contact)]
    assert lost == []


@given(
    st.lists(st.sampled_from([n for n in NAMES if n]), max_size=6), st.sampled_from(["", " ", "\u200b", "\n"])
)
def test_blank_answers_invent_nothing(names: list[str], blank: str) -> None:
    given: dict[str, Any] = {"field_data": [{"name": name, "values": [blank]} for name in names]}
    contact = contact_from_input(given, now=NOW)
    assert contact.full_name is contact.given_name is contact.family_name is contact.birthday is None
    assert contact.gender is contact.gender_text is contact.organization is contact.job_title is None
    assert [*contact.emails, *contact.phones, *contact.addresses, *contact.consents] == []
    assert "no_contact_point" in contact.flags


@given(st.sampled_from(VALUES) | st.text() | st.emails())
@settings(deadline=None)
def test_outputs_read_as_themselves(value: str) -> None:
    if address := email_address(value):
        assert email_address(address) == address
    for number in read_phone(value, (("IN", "country_hint"),)).numbers:
        assert [again.e164 for again in read_phone(number.e164, ()).numbers] == [number.e164]
    assert clean(clean(value)) == clean(value)


@given(leads, leads)
@settings(max_examples=200, deadline=None)
def test_merging_twice_is_merging_once(first: Lead, second: Lead) -> None:
    existing, draft = contact_of(first, "IN"), contact_of(second, "IN")
    once = merge(existing, draft, now=NOW)
    assert merge(once, draft, now=LATER) is once
    assert merge(existing, existing, now=LATER) is existing


@given(leads, leads)
@settings(max_examples=200, deadline=None)
def test_merging_empties_nothing_and_unites_leads(first: Lead, second: Lead) -> None:
    existing, draft = contact_of(first, "IN"), contact_of(second, "IN")
    merged = merge(existing, draft, now=LATER)
    for name in ("full_name", "given_name", "family_name", "birthday", "gender", "organization", "job_title"):
        if getattr(existing, name):
            assert getattr(merged, name) == getattr(existing, name)
    known = {email.value for email in existing.emails} | {phone.value for phone in existing.phones}
    assert known <= {email.value for email in merged.emails} | {phone.value for phone in merged.phones}
    assert {lead.lead_id for lead in merged.leads} == {first.id, second.id}
    times = [lead.created_time for lead in merged.leads if lead.created_time]
    assert times == sorted(times)
    assert {field.key for field in existing.custom_fields} <= {field.key for field in merged.custom_fields}
    assert sum(email.primary for email in merged.emails) <= 1
    assert sum(phone.primary for phone in merged.phones) <= 1
