"""`kill -9` under load, at random moments and at every point that matters: what was answered 200 arrives."""

import asyncio
from dataclasses import dataclass
from random import Random

import pytest
from support.daemon import Config, DaemonProcess, Home
from support.traffic import Received, Stream, assert_kept_promises, left_in_line, plain_forms

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

RANDOM_KILLS = 20
POINTS = {
    "webhook.received": "received, not committed",
    "webhook.accepted": "committed, the 200 not sent",
    "leads.fetched": "fetched",
    "lead.resolved": "the contact committed",
    "delivery.started": "about to be sent, the CRM does not have it",
    "delivery.answered": "the CRM has it, not settled",
}


@dataclass(frozen=True, slots=True)
class Death:
    """How one start ends: at a labelled point, or from outside once the n-th thing of a kind happened."""

    kind: str
    after: int


def plan(rng: Random) -> list[Death]:
    """Return every labelled point once, the random kills, in random order."""
    outside = [
        Death(rng.choice(("answered 200", "at the CRM", "at Facebook")), rng.randint(1, 25))
        for _ in range(RANDOM_KILLS)
    ]
    deaths = [*outside, *(Death(point, rng.randint(1, 5)) for point in POINTS)]
    rng.shuffle(deaths)
    return deaths


async def test_killed_over_and_over_nothing_is_lost(home: Home) -> None:
    config = home.configure()
    forms = plain_forms(home.sandbox)
    await home.connect(config)
    received = Received(home.sandbox.crm)
    stream = Stream(home.sandbox, forms, [config.webhook_url], received)
    deaths = plan(Random(2026))  # noqa: S311 - repeatable
    sending = asyncio.create_task(stream.run())
    try:
        standby = await stand_by(home, config, deaths[0])
        for number, death in enumerate(deaths, start=1):
            daemon = standby
            await daemon.open_gate()
            # the next one loads its modules while this one works
            standby = await stand_by(home, config, deaths[number] if number < len(deaths) else None)
            await die(home, stream, daemon, death)
        await standby.open_gate()
        last = await standby.started()
        stream.end()
        await sending
        await home.sandbox.crm.wait_for(lambda: received.has(stream.acknowledged), 60.0)
        last.terminate()
        assert await last.exit_code() == 0, last.log.tail()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert len(stream.announced) > len(deaths)
    assert stream.announced <= stream.acknowledged <= received.look()
    # leads whose senders gave up are found by reading, at any time: the last stop may come in the middle of them
    assert_kept_promises(home.sandbox.crm, received, left=left_in_line(home, received))
    for table, at_rest in (("leads", "stage = 'contact'"), ("deliveries", "state = 'delivered'")):
        lost = f"SELECT * FROM {table} WHERE NOT {at_rest} AND due_at_ms IS NULL"  # noqa: S608 - our own names
        assert home.rows(lost) == []


async def stand_by(home: Home, config: Config, death: Death | None) -> DaemonProcess:
    """Start a process that has loaded everything and waits to become the daemon."""
    die_at = f"{death.kind}:{death.after}" if death is not None and death.kind in POINTS else ""
    return await home.spawn(config, die_at=die_at, gated=True)


async def die(home: Home, stream: Stream, daemon: DaemonProcess, death: Death) -> None:
    """Let the daemon work until its hour has come, and see to it that it comes."""
    if death.kind not in POINTS:
        await daemon.started()
        await progressed(home, stream, death)
        await daemon.kill()
    assert await daemon.exit_code(60.0) == -9, daemon.log.tail()
    assert [line["at"] for line in daemon.log.of("test.died")] == (
        [death.kind] if death.kind in POINTS else []
    )
    if home.state_url.startswith("postgresql"):
        home.end_leases()  # see there: what takes two minutes in life


async def progressed(home: Home, stream: Stream, death: Death) -> None:
    """Return at the n-th sign of life of the kind from now on."""
    sandbox = home.sandbox
    match death.kind:
        case "answered 200":
            goal = len(stream.acknowledged) + death.after
            await stream.wait_for(lambda: len(stream.acknowledged) >= goal)
        case "at the CRM":
            goal = sandbox.crm.record.requests + death.after
            await sandbox.crm.wait_for(lambda: sandbox.crm.record.requests >= goal, 30.0)
        case _:
            goal = sandbox.graph.requests + min(death.after, 8)
            await sandbox.graph.wait_for(lambda: sandbox.graph.requests >= goal, 30.0)
