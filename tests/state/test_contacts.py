"""Fetched leads become contacts: matched, merged, audited and announced in one transaction."""

import json
from typing import Any

import pytest
from fake_clock import FakeClock
from support.rooms import MAIN, PAGE, Rooms, raw

from connector.domain.contact import contact_id_for
from connector.domain.work import ParkedLead, ResolveWork
from connector.wire.event import event_from_bytes
from state.leads.contacts import LEASE_MS, SqlResolver

PHONE, OTHER_PHONE = "+919876543210", "+919123456780"
COUNTS = """
    SELECT (SELECT COUNT(*) FROM contacts) AS contacts, (SELECT COUNT(*) FROM contact_keys) AS keys,
           (SELECT COUNT(*) FROM events) AS events, (SELECT COUNT(*) FROM deliveries) AS deliveries,
           (SELECT COUNT(*) FROM merges) AS merges, (SELECT SUM(last_sequence) FROM workspaces) AS sequence"""


@pytest.fixture(autouse=True)
async def page(rooms: Rooms) -> None:
    await rooms.connect(PAGE)


async def resolved(rooms: Rooms, *records: dict[str, object]) -> None:
    """Take leads in one after the other."""
    for record in records:
        await rooms.fetch({str(record["id"]): record})
        assert await rooms.resolve() == 1


async def test_a_first_lead_makes_a_contact_with_its_event(rooms: Rooms) -> None:
    await resolved(rooms, raw("1", full_name="Asha Rao", email="Asha@Example.com", phone=PHONE))
    (contact,) = await rooms.contacts()
    assert contact["contact_id"] == contact_id_for(MAIN, "1")
    (event,) = await rooms.events()
    assert event["type"] == "contact.created"
    assert event["data"]["contact"] == contact
    assert (event["data"]["sequence"], event["data"]["revision"]) == (1, 1)
    assert event["data"]["lead"]["lead_id"] == "1"
    (lead,) = await rooms.rows("SELECT * FROM leads")
    assert (lead["stage"], lead["contact_id"]) == ("contact", contact["contact_id"])
    assert lead["due_at_ms"] is None
    assert lead["normaliser"]
    (delivery,) = await rooms.rows("SELECT * FROM deliveries")
    assert delivery["accepted_at_ms"] == lead["received_at_ms"]
    keys = await rooms.rows("SELECT kind, value FROM contact_keys ORDER BY kind")
    assert [tuple(key.values()) for key in keys] == [("email", "asha@example.com"), ("phone", PHONE)]


async def test_a_second_lead_is_merged_and_leaves_an_audit_row(rooms: Rooms, clock: FakeClock) -> None:
    await resolved(rooms, raw("1", full_name="Asha Rao", email="asha@example.com"))
    (before,) = await rooms.contacts()
    await clock.advance(60)
    await resolved(rooms, raw("2", email="asha@example.com", phone=PHONE, company_name="Rao Ltd"))
    (after,) = await rooms.contacts()
    assert [lead["lead_id"] for lead in after["leads"]] == ["1", "2"]
    (merge,) = await rooms.rows("SELECT * FROM merges")
    assert (json.loads(merge["before"]), json.loads(merge["after"])) == (before, after)
    assert (merge["lead_id"], merge["why"], merge["contact_id"]) == ("2", "email", before["contact_id"])
    assert merge["undone_at_ms"] is None
    first, second = await rooms.events()
    assert [first["type"], second["type"]] == ["contact.created", "contact.updated"]
    assert [event["data"]["revision"] for event in (first, second)] == [1, 2]
    assert await rooms.value("SELECT revision FROM contacts") == 2


async def test_the_new_number_of_a_merge_matches_the_third_lead(rooms: Rooms) -> None:
    await resolved(
        rooms,
        raw("1", email="asha@example.com"),
        raw("2", email="asha@example.com", phone=PHONE),
        raw("3", phone=PHONE),
    )
    (contact,) = await rooms.contacts()
    assert len(contact["leads"]) == 3
    assert await rooms.value("SELECT revision FROM contacts") == 3


async def test_the_same_lead_twice_says_nothing_twice(rooms: Rooms) -> None:
    await resolved(rooms, raw("1", full_name="Asha Rao"))  # no key: only its own lead tells who it is
    await rooms.records.replay_leads({"lead_id": "1"}, limit=1, reread=False, dry_run=False)
    assert await rooms.resolve() == 1
    assert len(await rooms.events()) == 1
    assert len(await rooms.contacts()) == 1
    assert await rooms.value("SELECT stage FROM leads") == "contact"


async def test_a_lead_parked_after_it_made_a_contact_still_knows_it(rooms: Rooms) -> None:
    await resolved(rooms, raw("1", full_name="Asha Rao"))
    await rooms.records.replay_leads({"lead_id": "1"}, limit=1, reread=False, dry_run=False)
    (work,) = await rooms.resolver.claim(limit=1)
    await rooms.resolver.commit([(work, ParkedLead(reason="our own fault"))])
    await rooms.records.replay_leads({"lead_id": "1"}, limit=1, reread=False, dry_run=False)
    assert await rooms.resolve() == 1
    assert len(await rooms.events()) == 1


async def test_an_exception_late_in_the_transaction_leaves_nothing(rooms: Rooms) -> None:
    await rooms.fetch({"1": raw("1", full_name="Asha", email="a@example.com"), "2": raw("2", full_name="B")})
    works = await rooms.resolver.claim(limit=50)
    before = await rooms.rows(COUNTS)
    stages = await rooms.rows("SELECT * FROM leads ORDER BY id")
    ids = iter(
        ["only-one"]
    )  # the second event finds no id: the transaction fails after the first was written

    def no_more() -> str:
        try:
            return next(ids)
        except StopIteration:
            raise RuntimeError("no id left") from None

    resolver = SqlResolver(rooms.engine, rooms.clock, no_more)
    with pytest.raises(RuntimeError, match="no id left"):
        await resolver.commit([(work, rooms.outcome(work)) for work in works])
    assert await rooms.rows(COUNTS) == before
    assert await rooms.rows("SELECT * FROM leads ORDER BY id") == stages
    assert await rooms.resolver.commit([(work, rooms.outcome(work)) for work in works]) == 2
    assert [event["data"]["sequence"] for event in await rooms.events()] == [1, 2]


async def test_who_lost_the_lease_writes_nothing(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.fetch({"1": raw("1", email="a@example.com")})
    (lost,) = await rooms.resolver.claim(limit=1)
    await clock.advance(LEASE_MS / 1000)
    (held,) = await rooms.resolver.claim(limit=1)
    assert held.attempts == 2
    assert await rooms.resolver.commit([(lost, rooms.outcome(lost))]) == 0
    await rooms.resolver.retry(lost, due_at_ms=0, reason="x")
    assert await rooms.events() == []
    assert await rooms.resolver.commit([(held, rooms.outcome(held))]) == 1
    assert len(await rooms.events()) == 1


async def test_retried_leads_are_due_when_told(rooms: Rooms, clock: FakeClock) -> None:
    await rooms.fetch({"1": raw("1")})
    (work,) = await rooms.resolver.claim(limit=1)
    due_ms = clock.now_ms() + 2_000
    await rooms.resolver.retry(work, due_at_ms=due_ms, reason="KeyError")
    assert await rooms.resolver.next_due_ms() == due_ms
    assert await rooms.resolver.claim(limit=1) == ()
    await clock.advance(2)
    assert [again.attempts for again in await rooms.resolver.claim(limit=1)] == [2]


async def test_address_and_number_of_two_people_are_not_merged(rooms: Rooms) -> None:
    await resolved(
        rooms,
        raw("1", full_name="Asha Rao", email="asha@example.com"),
        raw("2", full_name="Ben Katz", email="ben@example.com", phone=PHONE),
        raw("3", email="asha@example.com", phone=PHONE),
    )
    asha, ben = sorted(await rooms.contacts(), key=lambda one: str(one["full_name"]))
    assert [lead["lead_id"] for lead in asha["leads"]] == ["1", "3"]
    assert asha["possible_duplicates"] == [ben["contact_id"]]
    assert "possible_duplicate" in asha["flags"]
    assert [lead["lead_id"] for lead in ben["leads"]] == ["2"]


async def test_a_family_that_shares_a_number_stays_apart(rooms: Rooms) -> None:
    await resolved(
        rooms,
        raw("1", full_name="Asha Rao", email="asha@example.com", phone=PHONE),
        raw("2", full_name="Vikram Rao", email="vikram@example.com", phone=PHONE),
    )
    asha, vikram = sorted(await rooms.contacts(), key=lambda one: str(one["full_name"]))
    assert vikram["possible_duplicates"] == [asha["contact_id"]]
    assert asha["possible_duplicates"] == []


@pytest.mark.parametrize(("sharers", "contacts"), [(5, 5), (6, 7)])
async def test_a_number_of_more_than_five_contacts_says_nothing(
    rooms: Rooms, sharers: int, contacts: int
) -> None:
    for n in range(sharers):
        await resolved(rooms, raw(f"{n}", full_name=f"Person {n}", email=f"p{n}@example.com", phone=PHONE))
    assert len(await rooms.contacts()) == sharers
    await resolved(rooms, raw("new", phone=PHONE))
    assert len(await rooms.contacts()) == contacts


async def test_workspaces_know_nothing_of_each_other(rooms: Rooms) -> None:
    await rooms.connect("200", workspace="second", person="9002")
    await resolved(rooms, raw("1", email="asha@example.com"))
    await rooms.fetch({"2": raw("2", email="asha@example.com")}, page="200")
    assert await rooms.resolve() == 1
    assert len(await rooms.contacts()) == 2
    (one,), (other,) = await rooms.events(), await rooms.events("second")
    assert (one["data"]["sequence"], other["data"]["sequence"]) == (1, 1)
    assert one["data"]["contact"]["contact_id"] != other["data"]["contact"]["contact_id"]


async def test_the_crms_own_id_goes_along_later(rooms: Rooms) -> None:
    await resolved(rooms, raw("1", email="asha@example.com"))
    await rooms.engine.write(lambda tx: tx.execute("UPDATE contacts SET crm_id = 'crm-7'"))
    await resolved(rooms, raw("2", email="asha@example.com"))
    first, second = await rooms.events()
    assert "crm_id" not in first["data"]
    assert second["data"]["crm_id"] == "crm-7"


async def test_odd_text_is_stored_and_told(rooms: Rooms) -> None:
    odd: dict[str, Any] = raw("1", email="asha@example.com")
    odd["field_data"].append({"name": "note\x00\ud800", "values": ["a\x00b", "\ud800", "😀", "\u2028"]})
    await rooms.fetch({"1": odd})
    assert await rooms.resolve() == 1
    (entry,) = await rooms.feed.after(MAIN, 0, limit=10)
    event = event_from_bytes(entry.body)
    assert event.data.contact is not None
    assert event.data.contact.emails[0].value == "asha@example.com"


async def test_every_event_reads_as_an_event(rooms: Rooms) -> None:
    await resolved(
        rooms, raw("1", email="a@example.com", note="x"), raw("2", email="a@example.com", phone=PHONE)
    )
    for entry in await rooms.feed.after(MAIN, 0, limit=10):
        event = event_from_bytes(entry.body)
        assert event.data.sequence == entry.sequence
        assert event.data.contact is not None
        assert event.data.lead is not None


async def test_claimed_work_carries_what_normalising_takes(rooms: Rooms) -> None:
    await rooms.forms.store(PAGE, "300", '{"id": "300"}')  # type: ignore[arg-type]  # a FormId is a str
    await rooms.workspaces.change(MAIN, {"region": "IN"})
    await rooms.fetch({"1": raw("1", phone="98765 43210")})
    (work,) = await rooms.resolver.claim(limit=50)
    assert isinstance(work, ResolveWork)
    assert (work.country_hint, work.form, work.page_name) == ("IN", '{"id": "300"}', "Page 100")
    await rooms.resolver.commit([(work, rooms.outcome(work))])
    (contact,) = await rooms.contacts()
    assert contact["phones"][0]["value"] == "+919876543210"
