"""Mails are part of the transaction that raises or resolves; each goes once, to those who can mend it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.people import add_person, remove_person
from support.rooms import MAIN, Rooms

from connector.domain.alert import Alert
from connector.domain.alerts_catalogue import CRM_OUTAGE, LEAD_MINOR, MAIL_FAILING
from connector.domain.mail import Again, Dropped, GivenUp, MailFacts, MailWork, Sent
from state.alerts import raise_alert, resolve_alert
from state.engine import Row, Tx
from state.sqlite import SqliteEngine

ALERT = Alert(key="connection.lost:c", severity="critical", title="T.", remedy="R.", workspace_id=MAIN)
MAILS = "SELECT * FROM mails ORDER BY created_at_ms, kind, stage, recipient"


@pytest.fixture
async def staffed(rooms: Rooms) -> Rooms:
    """Mail is on; main has an owner, an admin, a viewer and a former admin; another workspace an owner."""
    await rooms.mails.switch(on=True)
    await rooms.workspaces.add("second")
    for name, role in (("Olga", "owner"), ("Adam", "admin"), ("Vera", "viewer"), ("Fred", "admin")):
        await add_person(rooms.engine, name, role)
    await add_person(rooms.engine, "Sam", "owner", workspace="second")
    await remove_person(rooms.engine, "fred")
    return rooms


async def mails(rooms: Rooms) -> Sequence[Row]:
    return await rooms.rows(MAILS)


async def claimed(rooms: Rooms) -> list[tuple[MailWork, MailFacts]]:
    """Claim everything that is due, with its facts."""
    found = []
    for work in await rooms.mails.claim(limit=50):
        facts = await rooms.mails.facts(work)
        assert facts is not None
        found.append((work, facts))
    return found


async def test_owners_and_admins_are_told_half_a_minute_later(staffed: Rooms, clock: FakeClock) -> None:
    assert await staffed.alerts.raise_once(ALERT)
    assert [(row["kind"], row["recipient"]) for row in await mails(staffed)] == [
        ("raised", "adam"),
        ("raised", "olga"),
    ]
    await clock.advance(29)
    assert await claimed(staffed) == []
    await clock.advance(1)
    found = await claimed(staffed)
    assert {facts.address for _, facts in found} == {"adam@example.com", "olga@example.com"}
    assert await claimed(staffed) == []


async def test_raising_again_tells_nobody_again(staffed: Rooms, clock: FakeClock) -> None:
    await asyncio.gather(*(staffed.alerts.raise_once(ALERT) for _ in range(8)))
    assert [row["state"] for row in await mails(staffed)] == ["waiting", "waiting"]
    await clock.advance(30)
    for work, _ in await claimed(staffed):
        await staffed.mails.settle(work, Sent())
    await staffed.alerts.raise_once(ALERT)
    await clock.advance(30)
    assert await claimed(staffed) == []


async def test_what_concerns_all_goes_to_the_owners_of_all(staffed: Rooms) -> None:
    await add_person(staffed.engine, "Olga", "owner", workspace="second")
    await staffed.alerts.raise_once(CRM_OUTAGE.alert())
    assert [row["recipient"] for row in await mails(staffed)] == ["olga", "sam"]


async def test_some_alerts_are_for_the_dashboard_alone(staffed: Rooms) -> None:
    await staffed.alerts.raise_once(MAIL_FAILING.alert(reason="it is away"))
    await staffed.alerts.raise_once(LEAD_MINOR.alert("main", "1", workspace_id=MAIN))
    assert await mails(staffed) == []
    assert len(await staffed.alerts.open()) == 2


async def test_without_a_mail_server_nothing_is_queued(staffed: Rooms) -> None:
    await staffed.alerts.raise_once(ALERT)
    await staffed.mails.switch(on=False)
    assert [row["state"] for row in await mails(staffed)] == ["dropped", "dropped"]
    await staffed.alerts.raise_once(CRM_OUTAGE.alert())
    assert len(await mails(staffed)) == 2
    assert await staffed.mails.next_due_ms() is None
    assert len(await staffed.alerts.open()) == 2


async def test_where_mail_was_never_switched_on_nothing_is_queued(rooms: Rooms) -> None:
    await add_person(rooms.engine, "Olga", "owner")
    await rooms.alerts.raise_once(ALERT)
    assert await mails(rooms) == []


async def test_an_alert_and_its_mails_are_stored_together_or_not_at_all(
    staffed: Rooms, clock: FakeClock
) -> None:
    def dies(tx: Tx) -> NoReturn:
        raise_alert(tx, alert=ALERT, now=clock.now(), new_id=staffed.new_id)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await staffed.engine.write(dies)
    assert await mails(staffed) == []
    assert await staffed.alerts.open() == []
    assert await staffed.events() == []
    assert await staffed.alerts.raise_once(ALERT)  # the next one finds nothing half done
    assert len(await mails(staffed)) == 2

    def dies_resolving(tx: Tx) -> NoReturn:
        resolve_alert(tx, key=ALERT.key, now=clock.now(), new_id=staffed.new_id)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        await staffed.engine.write(dies_resolving)
    assert [row["state"] for row in await mails(staffed)] == ["waiting", "waiting"]


async def test_what_is_over_before_its_mail_left_is_not_mailed(staffed: Rooms, clock: FakeClock) -> None:
    await staffed.alerts.raise_once(ALERT)
    await clock.advance(20)
    await staffed.alerts.resolve(ALERT.key)
    await clock.advance(60)
    assert await claimed(staffed) == []
    assert {row["state"] for row in await mails(staffed)} == {"dropped"}


async def test_the_end_is_told_to_those_who_were_told(staffed: Rooms, clock: FakeClock) -> None:
    await staffed.alerts.raise_once(ALERT)
    await clock.advance(30)
    for work, facts in await claimed(staffed):
        sent = facts.address == "olga@example.com"
        await staffed.mails.settle(work, Sent() if sent else GivenUp(reason="550"))
    await staffed.alerts.resolve(ALERT.key)
    ((_, facts),) = await claimed(staffed)
    assert (facts.kind, facts.address, facts.told) == ("resolved", "olga@example.com", "yes")
    assert facts.resolved_at == clock.now()


async def test_a_mail_on_its_way_while_it_ends_is_followed_by_its_end(
    staffed: Rooms, clock: FakeClock
) -> None:
    await staffed.alerts.raise_once(ALERT)
    await clock.advance(30)
    under_way = await claimed(staffed)
    await staffed.alerts.resolve(ALERT.key)
    assert {facts.told for _, facts in await claimed(staffed)} == {"not yet"}
    for work, _ in under_way:
        assert await staffed.mails.settle(work, Sent())
    await clock.advance(300)
    assert [(facts.kind, facts.told) for _, facts in await claimed(staffed)] == [("resolved", "yes")] * 2


async def test_an_end_by_something_worse_is_not_told(staffed: Rooms, clock: FakeClock) -> None:
    await staffed.alerts.raise_once(ALERT)
    await clock.advance(30)
    for work, _ in await claimed(staffed):
        await staffed.mails.settle(work, Sent())
    await staffed.engine.write(
        lambda tx: resolve_alert(tx, key=ALERT.key, now=clock.now(), new_id=staffed.new_id, quietly=True)
    )
    assert await claimed(staffed) == []
    assert [event["type"] for event in await staffed.events()] == ["alert.raised", "alert.resolved"]


async def test_each_stage_is_told_and_only_once(staffed: Rooms, clock: FakeClock) -> None:
    soon = replace(ALERT, key="connection.expiring:c", stage="14")
    assert await staffed.alerts.raise_once(soon)
    await clock.advance(30)
    for work, _ in await claimed(staffed):
        await staffed.mails.settle(work, Sent())
    assert not await staffed.alerts.raise_once(soon)
    assert await staffed.mails.next_due_ms() is None
    for stage in ("7", "1"):  # the one for 7 did not leave yet when the one for 1 comes
        assert not await staffed.alerts.raise_once(replace(soon, stage=stage, title=f"In {stage}."))
    await clock.advance(30)
    found = await claimed(staffed)
    assert [facts.title for _, facts in found] == ["In 1.", "In 1."]
    assert len(await staffed.alerts.open()) == 1
    events = await staffed.events()
    assert {event["type"] for event in events} == {"alert.raised"}
    told = [event["data"]["alert"]["title"] for event in events]  # the CRM hears of each stage as well
    assert told == [soon.title, "In 7.", "In 1."]
    for work, _ in found:
        await staffed.mails.settle(work, Sent())
    await staffed.alerts.resolve(soon.key)
    assert len(await claimed(staffed)) == 2


async def test_who_left_meanwhile_is_not_written_to(staffed: Rooms, clock: FakeClock) -> None:
    await staffed.alerts.raise_once(ALERT)
    await remove_person(staffed.engine, "olga")
    await staffed.engine.write(
        lambda tx: tx.execute("UPDATE memberships SET role = 'viewer' WHERE person_id = 'adam'")
    )
    await clock.advance(30)
    assert [facts.address for _, facts in await claimed(staffed)] == [None, None]


async def test_a_lost_lease_changes_nothing(staffed: Rooms, clock: FakeClock) -> None:
    await staffed.alerts.raise_once(ALERT)
    await clock.advance(30)
    (late, _), *_ = await claimed(staffed)
    await clock.advance(180)
    again = {work.mail_id: work for work, _ in await claimed(staffed)}
    assert again[late.mail_id].attempt == 2
    for settlement in (Sent(), Dropped(reason="x"), GivenUp(reason="x"), Again(due_at_ms=0, reason="x")):
        assert not await staffed.mails.settle(late, settlement)
    assert await staffed.mails.facts(late) is None
    assert await staffed.mails.settle(again[late.mail_id], Sent())


async def test_many_machines_claim_each_mail_once(staffed: Rooms, clock: FakeClock) -> None:
    for number in range(10):
        await staffed.alerts.raise_once(replace(ALERT, key=f"connection.lost:{number}"))
    await clock.advance(30)
    claims = await asyncio.gather(*(staffed.mails.claim(limit=3) for _ in range(10)))
    ids = [work.mail_id for works in claims for work in works]
    assert len(ids) == len(set(ids)) == 20


async def test_a_retry_given_back_spends_no_attempt(staffed: Rooms, clock: FakeClock) -> None:
    await staffed.alerts.raise_once(ALERT)
    await clock.advance(30)
    for work, _ in await claimed(staffed):
        due_ms = clock.now_ms() + 1000
        await staffed.mails.settle(work, Again(due_at_ms=due_ms, reason="out", spent=False))
    assert await staffed.mails.next_due_ms() == clock.now_ms() + 1000
    await clock.advance(1)
    assert [work.attempt for work, _ in await claimed(staffed)] == [1, 1]


async def test_the_only_machine_takes_up_at_its_start_what_it_had_claimed(
    tmp_path: Path, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> None:
    engine = SqliteEngine(tmp_path / "state.db", exclusive=True)
    rooms = Rooms.on(engine, clock, counters, new_id)
    await rooms.workspaces.add(MAIN)
    await rooms.mails.switch(on=True)
    await add_person(engine, "Olga", "owner")
    await rooms.alerts.raise_once(ALERT)
    await clock.advance(30)
    assert len(await claimed(rooms)) == 1
    await engine.release_leases(clock.now_ms())
    assert len(await claimed(rooms)) == 1
    await rooms.aclose()
    await engine.aclose()
