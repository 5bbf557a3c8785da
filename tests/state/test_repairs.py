"""What the CRM refused is corrected by hand: a new revision goes out, later leads keep off, and it can be undone."""

import pytest
from support.rooms import MAIN, PAGE, Rooms, raw

from connector.domain.audit import Actor
from connector.domain.delivery import Delivered, FieldError, Parked
from connector.domain.lead import WorkspaceId
from connector.domain.repairing import Corrected, Refused
from connector.domain.work import AttemptRecord
from connector.ports.repairs import Outdated, RefusedEvent
from state.leads.repairs import SqlRepairs

BAD, GOOD = "12", "+919876543210"
ACTOR = Actor(kind="person", name="per_1")
STATES = "SELECT sequence, state, revision FROM deliveries WHERE contact_id IS NOT NULL ORDER BY sequence"


@pytest.fixture
def repairs(rooms: Rooms) -> SqlRepairs:
    return SqlRepairs(rooms.engine, rooms.clock, rooms.new_id)


async def refuse(rooms: Rooms, field: str = "phone", message: str = "invalid") -> None:
    """Let the CRM answer 422 to everything that is due."""
    parked = Parked(reason="the CRM refused the contact", errors=(FieldError(field=field, message=message),))
    for work in await rooms.deliveries.claim(limit=50):
        tried = AttemptRecord(at_ms=rooms.clock.now_ms(), duration_ms=1, status=422, reason=None)
        assert await rooms.deliveries.settle(work, parked, tried)


async def accept(rooms: Rooms) -> None:
    for work in await rooms.deliveries.claim(limit=50):
        tried = AttemptRecord(at_ms=rooms.clock.now_ms(), duration_ms=1, status=200, reason=None)
        assert await rooms.deliveries.settle(work, Delivered(), tried)


async def one_refused(rooms: Rooms, repairs: SqlRepairs, **answers: str) -> RefusedEvent:
    """Make one contact that the CRM refuses."""
    await rooms.connect(PAGE)
    given = {"full_name": "Asha Rao", "email": "asha@example.com", "phone_number": BAD, **answers}
    await rooms.fetch({"1": raw("1", **given)})
    await rooms.resolve()
    await refuse(rooms)
    (refused,) = await repairs.refused(MAIN, before=2**62, limit=9)
    return refused


async def fix(
    repairs: SqlRepairs, refused: RefusedEvent, **values: str
) -> Corrected | Refused | Outdated | None:
    given = {place.replace("__", "."): value for place, value in values.items()}
    return await repairs.correct(MAIN, refused.event_id, given, revision=refused.revision, actor=ACTOR)


async def test_a_corrected_value_goes_out_as_a_new_revision(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    assert refused.errors == (FieldError(field="phone", message="invalid"),)
    assert isinstance(await fix(repairs, refused, phones__0=GOOD), Corrected)
    assert await repairs.refused(MAIN, before=2**62, limit=9) == []
    first, second = await rooms.events()
    assert second["type"] == "contact.created"  # the CRM has none yet
    assert second["data"]["revision"] == 2
    assert [phone["value"] for phone in second["data"]["contact"]["phones"]] == [GOOD]
    assert second["data"]["lead"] == first["data"]["lead"]
    assert [(row["state"], row["revision"]) for row in await rooms.rows(STATES)] == [
        ("superseded", 1),
        ("waiting", 2),
    ]
    (line,) = await rooms.rows("SELECT actor, action, subject, detail FROM audit")
    assert (line["actor"], line["action"], line["subject"]) == ("per_1", "contact.corrected", "1")
    assert GOOD not in line["detail"]


async def test_later_leads_do_not_bring_the_old_value_back(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    await fix(repairs, refused, phones__0=GOOD, full_name="Asha R. Rao")
    await rooms.fetch({"2": raw("2", full_name="A Rao", email="asha@example.com", phone_number=BAD)})
    await rooms.resolve()
    (contact,) = await rooms.contacts()
    assert [phone["value"] for phone in contact["phones"]] == [GOOD]
    assert contact["full_name"] == "Asha R. Rao"
    assert "phone_invalid" not in contact["flags"]
    assert len(contact["leads"]) == 2


async def test_matching_follows_the_corrected_address(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    await fix(repairs, refused, emails__0="asha.rao@example.com")
    await rooms.fetch({"2": raw("2", email="asha.rao@example.com"), "3": raw("3", email="asha@example.com")})
    await rooms.resolve()
    assert sorted(len(contact["leads"]) for contact in await rooms.contacts()) == [1, 2]


async def test_another_contact_with_the_address_is_pointed_out(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    await rooms.fetch({"2": raw("2", full_name="Ben", email="ben@example.com")})
    await rooms.resolve()
    done = await fix(repairs, refused, emails__0="ben@example.com")
    assert isinstance(done, Corrected)
    assert "possible_duplicate" in done.contact.flags


async def test_a_bad_value_writes_nothing(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    done = await fix(repairs, refused, phones__0="13", full_name="Asha R. Rao")
    assert isinstance(done, Refused)
    assert set(done.messages) == {"phones.0"}
    (still,) = await repairs.refused(MAIN, before=2**62, limit=9)
    assert still == refused
    assert len(await rooms.events()) == 1


async def test_a_contact_that_moved_on_is_not_overwritten(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    await rooms.fetch({"2": raw("2", email="asha@example.com", phone_number="+919123456780")})
    await rooms.resolve()
    assert isinstance(await fix(repairs, refused, phones__0=GOOD), Outdated)


async def test_nothing_is_done_twice_or_for_another_workspace(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    other = await repairs.correct(
        WorkspaceId("other"),
        refused.event_id,
        {"phones.0": GOOD},
        revision=refused.revision,
        actor=ACTOR,
    )
    assert other is None
    await fix(repairs, refused, phones__0=GOOD)
    assert await fix(repairs, refused, phones__0="+919123456780") is None
    assert len(await rooms.events()) == 2


async def test_an_update_stays_an_update_once_the_crm_has_the_contact(
    rooms: Rooms, repairs: SqlRepairs
) -> None:
    await rooms.connect(PAGE)
    await rooms.fetch({"1": raw("1", email="asha@example.com")})
    await rooms.resolve()
    await accept(rooms)
    await rooms.fetch({"2": raw("2", email="asha@example.com", phone_number=BAD)})
    await rooms.resolve()
    await refuse(rooms)
    (refused,) = await repairs.refused(MAIN, before=2**62, limit=9)
    await fix(repairs, refused, phones__0=GOOD)
    assert [event["type"] for event in await rooms.events()] == [
        "contact.created",
        "contact.updated",
        "contact.updated",
    ]


async def test_a_correction_is_undone_while_nothing_came_after_it(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    (before,) = await rooms.contacts()
    await fix(repairs, refused, phones__0=GOOD)
    repair_id = str(await rooms.value("SELECT id FROM repairs"))
    assert await repairs.undo(MAIN, repair_id, actor=ACTOR)
    assert not await repairs.undo(MAIN, repair_id, actor=ACTOR)  # once
    (after,) = await rooms.contacts()
    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}
    assert (await rooms.events())[-1]["data"]["revision"] == 3
    assert await rooms.value("SELECT edited FROM contacts") == "[]"
    assert await rooms.value("SELECT COUNT(*) FROM contact_keys WHERE kind = 'phone'") == 0


async def test_what_later_leads_built_on_is_not_undone(rooms: Rooms, repairs: SqlRepairs) -> None:
    refused = await one_refused(rooms, repairs)
    await fix(repairs, refused, phones__0=GOOD)
    await rooms.fetch({"2": raw("2", email="asha@example.com", city="Pune")})
    await rooms.resolve()
    assert not await repairs.undo(MAIN, str(await rooms.value("SELECT id FROM repairs")), actor=ACTOR)


async def test_leads_that_became_no_contact_are_listed(rooms: Rooms, repairs: SqlRepairs) -> None:
    await rooms.connect(PAGE)
    await rooms.fetch({"1": raw("1", email="kid@example.com", date_of_birth="2020-01-01")})
    await rooms.resolve()
    rows = await repairs.parked(MAIN, limit=9)
    assert [(row["lead_id"], row["reason"]) for row in rows] in ([], [("1", "minor_under_13")])
