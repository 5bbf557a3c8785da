"""What a later lead adds, and what it must not touch."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.contact import Address, Contact
from connector.domain.matching import with_possible_duplicates
from connector.domain.merging import merge
from connector.domain.merging_addresses import merged_addresses
from connector.domain.preview import contact_from_input

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 9, 2, 12, tzinfo=UTC)


def contact(
    lead_id: str, made: str | None = None, boxes: dict[str, str] | None = None, **answers: str
) -> Contact:
    given: dict[str, Any] = {
        "field_data": [{"name": name, "values": [value]} for name, value in answers.items()],
        "lead": {"id": lead_id, "form_id": "9"},
        "created_time": made,
        "country_hint": "IN",
        "custom_disclaimer_responses": [
            {"checkbox_key": key, "is_checked": ticked} for key, ticked in (boxes or {}).items()
        ],
    }
    return contact_from_input(given, now=NOW)


def test_lists_grow_and_the_primary_stays() -> None:
    first = contact("1", email="a@example.com", phone="98765 43210")
    second = contact("2", email="b@example.com", work_email="A@example.com", phone="91234 56780")
    merged = merge(first, second, now=LATER)
    assert [(e.value, e.labels, e.primary) for e in merged.emails] == [
        ("a@example.com", ("main", "work"), True),
        ("b@example.com", ("main",), False),
    ]
    assert [(p.value, p.primary) for p in merged.phones] == [
        ("+919876543210", True),
        ("+919123456780", False),
    ]
    assert [lead.lead_id for lead in merged.leads] == ["1", "2"]
    assert (merged.contact_id, merged.created_at) == (first.contact_id, first.created_at)
    assert merged.updated_at == "2026-09-02T12:00:00.000Z"


def test_the_first_valid_address_becomes_primary_beside_invalid_ones() -> None:
    merged = merge(contact("1", email="a@b"), contact("2", email="a@example.com"), now=LATER)
    assert [(e.value, e.primary) for e in merged.emails] == [(None, False), ("a@example.com", True)]
    assert "no_contact_point" not in merged.flags
    assert "email_invalid" in merged.flags


def test_empty_fields_are_filled_and_full_ones_stay() -> None:
    first = contact("1", full_name="Asha Rao", job_title="Cook")
    second = contact(
        "2", full_name="Asha R", job_title="Chef", company_name="Corp", gender="f", dob="1990-03-04"
    )
    merged = merge(first, second, now=LATER)
    assert (merged.full_name, merged.job_title, merged.organization) == ("Asha Rao", "Cook", "Corp")
    assert (merged.gender, merged.birthday) == ("female", "1990-03-04")
    assert merge(second, contact("3", full_name="-", job_title="n/a"), now=LATER).job_title == "Chef"


def test_name_parts_are_filled_only_from_the_same_name() -> None:
    first = contact("1", full_name="Asha Rao")
    same = merge(first, contact("2", first_name="Asha", last_name="Rao"), now=LATER)
    assert (same.given_name, same.family_name, same.name_source) == ("Asha", "Rao", "full_name")
    other = merge(first, contact("2", first_name="Ravi", last_name="Rao"), now=LATER)
    assert (other.given_name, other.family_name) == (None, None)


def test_edited_values_stay_even_empty_ones() -> None:
    first = contact("1", email="a@example.com", city="Pune", q="old", r="old")
    edited = frozenset(["full_name", "job_title", "addresses", "custom_fields.q"])
    second = contact("2", full_name="Asha", job_title="Cook", city="Pune", zip="411001", q="new", r="new")
    merged = merge(first, second, edited=edited, now=LATER)
    assert (merged.full_name, merged.job_title, merged.addresses) == (None, None, first.addresses)
    assert {one.key: one.values for one in merged.custom_fields} == {"q": ("old",), "r": ("new",)}
    all_kept = merge(first, second, edited=frozenset(["custom_fields"]), now=LATER)
    assert {one.values for one in all_kept.custom_fields} == {("old",)}


def test_custom_fields_follow_the_newest_lead() -> None:
    may, june = "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"
    old, new = contact("1", may, q="old", r="r"), contact("2", june, q="new", s="s")
    for merged in (merge(old, new, now=LATER), merge(new, old, now=LATER)):
        assert {one.key: one.values for one in merged.custom_fields} == {
            "q": ("new",),
            "r": ("r",),
            "s": ("s",),
        }
        assert [lead.lead_id for lead in merged.leads] == ["1", "2"]


def test_consent_is_never_taken_back_by_silence() -> None:
    may, june = "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"
    merged = merge(contact("1", may, {"calls": "1"}), contact("2", june), now=LATER)
    assert [(c.key, c.granted) for c in merged.consents] == [("calls", True)]
    again = merge(merged, contact("3", june, {"calls": ""}), now=LATER)
    assert [(c.granted, c.at) for c in again.consents] == [(True, may), (False, june)]


def test_the_same_lead_again_changes_nothing() -> None:
    first, second = (
        contact("1", email="a@example.com"),
        contact("2", "2026-05-01T00:00:00Z", phone="12", q="x"),
    )
    once = merge(first, second, now=NOW)
    assert merge(once, second, now=LATER) is once


def test_a_lead_told_again_adds_to_its_entry() -> None:
    first = contact("1")
    named = replace(first.leads[0], campaign_name="Diwali", form_id=None, utm={"source": "fb"})
    merged = merge(first, replace(first, leads=(named,)), now=LATER)
    (lead,) = merged.leads
    assert (lead.campaign_name, lead.form_id, lead.utm) == ("Diwali", "9", {"source": "fb"})


def test_leads_without_ids_are_kept_apart() -> None:
    first, second = contact("", "2026-05-01T00:00:00Z"), contact("", "2026-06-01T00:00:00Z")
    merged = merge(first, second, now=LATER)
    assert len(merged.leads) == 2
    assert merge(merged, second, now=LATER) is merged


def test_flags_of_later_leads_are_added_but_never_the_test() -> None:
    merged = merge(contact("1", email="a@example.com"), contact("2", phone="12"), now=LATER)
    assert merged.flags == ("phone_invalid",)
    tested = merge(merged, contact("3", email="test@fb.com"), now=LATER)
    assert (tested.is_test, "test_lead" in tested.flags) == (False, False)


def test_possible_duplicates_are_united_without_oneself() -> None:
    first = with_possible_duplicates(contact("1"), ("x",))
    second = with_possible_duplicates(contact("2"), ("y", first.contact_id))
    merged = merge(first, second, now=LATER)
    assert merged.possible_duplicates == ("x", "y")
    assert "possible_duplicate" in merged.flags


PUNE = Address(locality="Pune", country="India", country_code="IN")


@pytest.mark.parametrize(
    ("other", "merged"),
    [
        (Address(postal_code="411001"), (replace(PUNE, postal_code="411001"),)),
        (Address(locality="PUNE", country="Bharat", country_code="IN"), (PUNE,)),
        (Address(locality="Goa"), (PUNE, Address(locality="Goa"))),
        (Address(country="Ameria"), (PUNE, Address(country="Ameria"))),
    ],
)
def test_addresses_are_filled_or_appended(other: Address, merged: tuple[Address, ...]) -> None:
    assert merged_addresses((PUNE,), (other,)) == merged
    assert merged_addresses(merged, (other,)) == merged
