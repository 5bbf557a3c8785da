"""Who a repeated lead belongs to."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connector.domain.contact import Contact
from connector.domain.matching import (
    Attach,
    Candidate,
    Create,
    MatchKey,
    Unchanged,
    decide,
    match_keys,
    with_possible_duplicates,
)
from connector.domain.preview import contact_from_input

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
PHONE, OTHER_PHONE = "+919876543210", "+919123456780"


def contact(id_: str, lead_id: str = "", **answers: str) -> Contact:
    given: dict[str, Any] = {
        "field_data": [{"name": name, "values": [value]} for name, value in answers.items()],
        "lead": {"id": lead_id or f"lead {id_}"},
    }
    return replace(contact_from_input(given, now=NOW), contact_id=id_)


def of(*contacts: Contact) -> list[Candidate]:
    return [Candidate(contact=one) for one in contacts]


def test_keys_are_valid_addresses_and_personal_numbers() -> None:
    draft = contact("d", email="Asha@example.com", phone=PHONE, work_email="no", whatsapp_number="12")
    assert match_keys(draft) == (
        MatchKey(kind="email", value="asha@example.com"),
        MatchKey(kind="phone", value=PHONE),
    )
    assert match_keys(contact("d", phone="+18003569377", full_name="Asha Rao")) == ()
    assert match_keys(contact("d", email="test@fb.com", phone=PHONE)) == ()


def test_nobody_known_is_a_new_contact() -> None:
    assert decide(contact("d", email="a@example.com"), [], []) == Create()


def test_the_same_address_attaches_to_the_oldest() -> None:
    old, newer = contact("1", email="a@example.com"), contact("2", email="a@example.com")
    decision = decide(contact("d", email="a@example.com"), of(old, newer), [])
    assert decision == Attach(contact=old, why="email", possible_duplicates=("2",))


def test_address_and_number_of_one_contact() -> None:
    known = contact("1", email="a@example.com", phone=PHONE)
    draft = contact("d", email="a@example.com", phone=PHONE)
    assert decide(draft, of(known), of(known)) == Attach(contact=known, why="both")


def test_address_and_number_of_two_contacts_attach_by_address_and_flag() -> None:
    by_email, by_phone = contact("1", email="a@example.com"), contact("2", phone=PHONE)
    draft = contact("d", email="a@example.com", phone=PHONE)
    decision = decide(draft, of(by_email), of(by_phone))
    assert decision == Attach(contact=by_email, why="email", possible_duplicates=("2",))
    flagged = with_possible_duplicates(by_email, ("2", "1"))
    assert flagged.possible_duplicates == ("2",)
    assert "possible_duplicate" in flagged.flags
    assert with_possible_duplicates(flagged, ("2",)) == flagged
    assert with_possible_duplicates(by_email, ()) is by_email


def test_number_alone_attaches() -> None:
    known = contact("1", phone=PHONE, full_name="Asha Rao")
    for draft in (
        contact("d", phone=PHONE),
        contact("d", phone=PHONE, email="a@example.com", full_name="Ravi Rao"),
    ):
        assert decide(draft, [], of(known)) == Attach(contact=known, why="phone")


def test_same_name_with_another_address_attaches() -> None:
    known = contact("1", phone=PHONE, email="a@example.com", full_name="Ásha Rao")
    draft = contact("d", phone=PHONE, email="b@example.com", full_name="RAO asha")
    assert decide(draft, [], of(known)) == Attach(contact=known, why="phone")


def test_a_missing_name_is_no_other_name() -> None:
    known = contact("1", phone=PHONE, email="a@example.com")
    draft = contact("d", phone=PHONE, email="b@example.com", full_name="Asha")
    assert decide(draft, [], of(known)) == Attach(contact=known, why="phone")


def test_another_address_and_another_name_is_someone_else() -> None:
    known = contact("1", phone=PHONE, email="a@example.com", full_name="Asha Rao")
    draft = contact("d", phone=PHONE, email="b@example.com", full_name="Ravi Rao")
    assert decide(draft, [], of(known)) == Create(possible_duplicates=("1",))


def test_the_first_who_may_be_the_same_person_wins() -> None:
    sister = contact("1", phone=PHONE, email="a@example.com", full_name="Asha Rao")
    self_ = contact("2", phone=PHONE, full_name="Ravi Rao")
    draft = contact("d", phone=PHONE, email="b@example.com", full_name="Ravi Rao")
    assert decide(draft, [], of(sister, self_)) == Attach(contact=self_, why="phone")


def test_a_known_lead_is_unchanged() -> None:
    known = contact("1", lead_id="7", email="a@example.com", full_name="Asha")
    assert decide(
        contact("d", lead_id="7", email="a@example.com", full_name="Asha"), of(known), []
    ) == Unchanged(contact=known)


def test_a_known_lead_that_tells_more_attaches_where_it_is() -> None:
    older = contact("0", email="a@example.com")
    known = contact("1", lead_id="7", email="a@example.com")
    draft = contact("d", lead_id="7", email="a@example.com", full_name="Asha")
    assert decide(draft, of(older, known), []) == Attach(contact=known, why="email")


def test_tests_and_people_stay_apart() -> None:
    person = contact("1", phone=PHONE)
    test = contact("2", email="test@fb.com", phone=PHONE)
    assert decide(test, [], of(person)) == Create()
    assert decide(contact("d", phone=PHONE), [], of(test)) == Create()


def test_edits_travel_with_the_contact() -> None:
    known = Candidate(contact=contact("1", email="a@example.com"), edited=frozenset(["full_name"]))
    decision = decide(contact("d", email="a@example.com", phone=OTHER_PHONE), [known], [])
    assert isinstance(decision, Attach)
    assert decision.edited == {"full_name"}
