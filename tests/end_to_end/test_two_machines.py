"""Two daemons on one PostgreSQL database: the same webhooks at both, and still one of everything."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

import pytest
from support.daemon import DaemonProcess, MakeHome
from support.traffic import Received, Stream, assert_kept_promises, plain_forms

from adapters.sandbox.crm import CrmAnswer, CrmSandbox

pytestmark = [pytest.mark.process, pytest.mark.postgres, pytest.mark.timeout(120)]

LEADS = 300
REFUSED_AT = 100
END_WAITS = """
    UPDATE deliveries SET due_at_ms = 0
     WHERE event_id IN (SELECT event_id FROM deliveries WHERE due_at_ms > 0 FOR UPDATE SKIP LOCKED)"""
"""What was refused goes again at once, not after the ladder's seconds."""


async def test_the_same_webhooks_at_two_machines_make_one_of_everything(
    postgres_url: str, make_home: MakeHome
) -> None:
    async with make_home(postgres_url) as home:
        left, right = home.configure("left"), home.configure("right")
        forms = plain_forms(home.sandbox)
        await home.connect(left)
        received = Received(home.sandbox.crm)
        targets = [left.webhook_url, right.webhook_url]
        stream = Stream(home.sandbox, forms, targets, received, fickle=0, ahead=100)
        daemons = await asyncio.gather(home.start(left), home.start(right))
        sending = asyncio.create_task(stream.run())
        await home.sandbox.crm.wait_for(lambda: len(received.look()) >= LEADS, 60.0)
        stream.end()
        await sending
        await home.sandbox.crm.wait_for(lambda: received.is_whole(stream.announced), 60.0)
        for daemon in daemons:
            daemon.terminate()
        assert [await daemon.exit_code() for daemon in daemons] == [0, 0]
        assert_kept_promises(home.sandbox.crm, received)
        assert received.look() == stream.announced
        assert home.sandbox.crm.record.duplicates == 0
        for daemon in daemons:  # both worked, each at its share
            assert daemon.log.seen["delivery.attempted"] > 0, daemon.log.tail()
        assert home.rows("SELECT lead_id FROM leads GROUP BY lead_id HAVING COUNT(*) <> 1") == []


async def test_a_machine_that_lost_its_lease_changes_nothing(postgres_url: str, make_home: MakeHome) -> None:
    """Leases end under the hands of slow workers: an event may go out twice, its outcome is written once."""
    async with make_home(postgres_url) as home:
        left, right = home.configure("left"), home.configure("right")
        forms = plain_forms(home.sandbox)
        await home.connect(left)
        received, crm = Received(home.sandbox.crm), home.sandbox.crm
        stream = Stream(home.sandbox, forms, [left.webhook_url], received, stubborn=4, fickle=0, ahead=40)
        daemons = await asyncio.gather(home.start(left), home.start(right))
        sending = asyncio.create_task(stream.run())
        for goal in range(10, 210, 10):
            await crm.wait_for(partial(_was_asked, crm, goal), 30.0)
            if goal == REFUSED_AT:
                crm.answer_next(CrmAnswer(status=500))  # whoever gets it would put the event back in line
            await asyncio.to_thread(home.end_leases)
            await asyncio.to_thread(home.execute, END_WAITS)
        stream.end()
        await sending
        await crm.wait_for(lambda: received.is_whole(stream.announced), 60.0)
        await _written_down(daemons, crm.record.by_id)
        for daemon in daemons:
            daemon.terminate()
        assert [await daemon.exit_code() for daemon in daemons] == [0, 0]
        assert_kept_promises(crm, received)
        taken = Counter(
            event_id for (event_id,) in home.rows("SELECT event_id FROM attempts WHERE status = 200")
        )
        assert set(taken.values()) == {1}
        lost = sum(
            line["outcome"] == "lease_lost"
            for daemon in daemons
            for line in daemon.log.of("delivery.attempted")
        )
        assert lost > 0, "the test did not make anyone lose a lease"
        assert home.rows("SELECT event_id FROM deliveries WHERE state <> 'delivered'") == []


def _was_asked(crm: CrmSandbox, times: int) -> bool:
    return crm.record.requests >= times


async def _written_down(daemons: Sequence[DaemonProcess], events: Iterable[str]) -> None:
    """Return once one of the machines has written down the delivery of each event."""

    def settled() -> bool:
        done = {
            line["event_id"]
            for daemon in daemons
            for line in daemon.log.of("delivery.attempted")
            if line["outcome"] == "delivered"
        }
        return set(events) <= done

    looks = [asyncio.create_task(daemon.log.wait_for(settled)) for daemon in daemons]
    finished, waiting = await asyncio.wait(looks, return_when=asyncio.FIRST_COMPLETED)
    for look in waiting:
        look.cancel()
    await asyncio.gather(*finished)
