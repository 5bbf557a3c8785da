"""Which value a CRM's complaint is about, and what a person's correction makes of a contact."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.contact import Contact, MappedField
from connector.domain.delivery import FieldError
from connector.domain.merging import merge
from connector.domain.preview import contact_from_input
from connector.domain.repairing import Corrected, Refused, corrected, place_of, repair_fields

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 9, 2, 12, tzinfo=UTC)
GOOD = "+919876543210"


def contact(**answers: str) -> Contact:
    given: dict[str, Any] = {
        "field_data": [{"name": name, "values": [value]} for name, value in answers.items()],
        "lead": {"id": "1", "form_id": "9"},
        "created_time": "2026-08-30T10:00:00+0000",
        "country_hint": "IN",
    }
    return contact_from_input(given, now=NOW)


ASHA = contact(
    full_name="Asha Rao",
    email="asha@example.com",
    work_email="rao@work.example",
    phone="12",
    **{"Which budget?": "High", "0": "zero"},
)


def fixed(one: Contact, edited: frozenset[str] = frozenset(), **values: str) -> Corrected:
    places = {place.replace("__", "."): value for place, value in values.items()}
    done = corrected(one, edited, places, country_hint="IN", now=LATER)
    assert isinstance(done, Corrected)
    return done


@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("phone", "phones.0"),
        ("contact.phones[0].value", "phones.0"),
        ("/data/contact/phones/0/value", "phones.0"),
        ("phones[7]", "phones.0"),
        ("Email", "emails.0"),
        ("contact.emails[1].value", "emails.1"),
        ("name", "full_name"),
        ("last_name", "family_name"),
        ("date_of_birth", "birthday"),
        ("custom_fields[0].values", "custom_fields.Which budget?"),
        ("custom_fields.which budget?", "custom_fields.Which budget?"),
        ("Which budget?", "custom_fields.Which budget?"),
        ("custom_fields[99999]", None),
        ("address", None),
        ("", None),
        ("contact", None),
    ],
)
def test_a_complaint_finds_its_value(named: str, place: str | None) -> None:
    assert place_of(ASHA, named) == place


@given(st.text(max_size=300))
def test_whatever_a_crm_calls_a_field_it_is_one_of_ours_or_none(named: str) -> None:
    fields, others = repair_fields(ASHA, [FieldError(field=named, message="no")])
    assert sum(len(one.messages) for one in fields) + len(others) == 1


def test_what_is_complained_about_stands_first() -> None:
    fields, others = repair_fields(
        ASHA, [FieldError(field="phone", message="too short"), FieldError(field="address", message="missing")]
    )
    assert (fields[0].place, fields[0].value, fields[0].messages) == ("phones.0", "12", ("too short",))
    assert others == ("address: missing",)


def test_an_empty_value_that_the_crm_wants_is_offered() -> None:
    fields, _ = repair_fields(contact(phone=GOOD), [FieldError(field="email", message="is required")])
    assert (fields[0].place, fields[0].value) == ("emails.0", "")


def test_a_national_number_is_read_where_the_page_is() -> None:
    done = fixed(ASHA, phones__0="098765 43210")
    (phone,) = done.contact.phones
    assert (phone.value, phone.valid, phone.primary, phone.labels) == (
        GOOD,
        True,
        True,
        ASHA.phones[0].labels,
    )
    assert "phone_invalid" not in done.contact.flags
    assert done.contact.updated_at == "2026-09-02T12:00:00.000Z"


def test_an_address_is_taken_away_and_the_next_becomes_primary() -> None:
    done = fixed(ASHA, emails__0="")
    assert [(email.value, email.primary) for email in done.contact.emails] == [("rao@work.example", True)]


def test_an_address_that_is_there_already_is_not_doubled() -> None:
    done = fixed(ASHA, emails__1="asha@example.com")
    assert [(email.value, email.primary) for email in done.contact.emails] == [("asha@example.com", True)]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("emails.0", "asha@"),
        ("phones.0", "13"),
        ("phones.0", "+919876543210 or +919123456780"),
        ("birthday", "01/02/2000"),
        ("birthday", "2020-01-01"),
        ("full_name", "x" * 2001),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_value(place: str, value: str) -> None:
    done = corrected(ASHA, (), {place: value, "organization": "Rao"}, country_hint="IN", now=LATER)
    assert isinstance(done, Refused)
    assert set(done.messages) == {place}


def test_an_age_is_told_anew() -> None:
    done = fixed(ASHA, birthday="2010-01-01")
    assert (done.contact.birthday, "minor" in done.contact.flags) == ("2010-01-01", True)
    grown = fixed(done.contact, birthday="1990-01-01")
    assert "minor" not in grown.contact.flags


def test_answers_keep_the_label_of_their_option() -> None:
    place = "custom_fields.Which budget?"
    done = corrected(ASHA, (), {place: "Low\n\nHigh"}, country_hint=None, now=LATER)
    assert isinstance(done, Corrected)
    (field, _) = done.contact.custom_fields
    assert (field.values, field.value_labels) == (("Low", "High"), ("Low", "High"))


def test_values_as_they_were_change_nothing() -> None:
    fields, _ = repair_fields(ASHA, [])
    done = corrected(
        ASHA, ("job_title",), {one.place: one.value for one in fields}, country_hint="IN", now=LATER
    )
    assert done == Corrected(contact=ASHA, edited=frozenset({"job_title"}))


def test_places_that_are_none_are_passed_over() -> None:
    done = fixed(ASHA, csrf="x", revision="3", emails__9="a@example.com", contact_id="stolen", flags="minor")
    assert done.changes == ()


def test_the_same_lead_told_again_changes_nothing_back() -> None:
    done = fixed(ASHA, phones__0=GOOD, emails__0="asha.rao@example.com", full_name="Asha R. Rao")
    again = merge(done.contact, ASHA, edited=done.edited, now=LATER)
    assert again == done.contact


def test_a_value_struck_and_given_back_is_kept_again() -> None:
    once = fixed(ASHA, emails__0="other@example.com")
    back = fixed(once.contact, once.edited, emails__0="asha@example.com")
    assert merge(back.contact, ASHA, edited=back.edited, now=LATER) == back.contact
    assert "emails!asha@example.com" not in back.edited


PLACES = [one.place for one in repair_fields(ASHA, [])[0]] + ["birthday", "organization", "nothing"]


@given(
    st.dictionaries(
        st.sampled_from(PLACES), st.text(max_size=60) | st.sampled_from([GOOD, "b@example.com", ""])
    )
)
def test_any_correction_is_total_and_survives_its_lead(values: dict[str, str]) -> None:
    done = corrected(ASHA, (), values, country_hint="IN", now=LATER)
    if isinstance(done, Refused):
        assert set(done.messages) <= set(values)
        return
    text = repr(replace(done.contact, full_name=None)) + str(done.changes)
    assert "\0" not in text
    again = merge(done.contact, ASHA, edited=done.edited, now=LATER)
    assert (again.emails, again.phones) == (done.contact.emails, done.contact.phones)
    assert {one.place for one in done.changes} <= set(values)


def test_a_corrected_answer_of_a_mapped_field_has_its_type_again() -> None:
    budget = MappedField(
        key="deal_amount",
        label="Budget",
        values=("a lot", "12"),
        value_labels=("a lot", "12"),
        question="budget",
        type="number",
        typed_values=(None, 12),
    )
    mapped = replace(ASHA, custom_fields=(budget,))
    values = {"custom_fields.deal_amount": "13000\n12\nmore"}
    done = corrected(mapped, frozenset(), values, country_hint=None, now=LATER)
    assert isinstance(done, Corrected)
    (after,) = done.contact.custom_fields
    assert isinstance(after, MappedField)
    assert (after.values, after.typed_values) == (("13000", "12", "more"), (13000, 12, None))
