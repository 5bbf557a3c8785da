"""Real machines: one is killed in the middle of an upload and another goes on; two race and make one run."""

import asyncio
import json
import random
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_clock import FakeClock
from support import backing_process
from support.backing_up import Backing, many_calls, opened_backing
from support.counters import SeenCounters
from support.google_accounts import opened_stand
from support.ids import numbered
from support.rooms import MAIN, Rooms

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.world import GoogleWorld
from state.backup.lease import LEASE_MS
from state.engine import Engine

TESTS = Path(__file__).parent.parent


@pytest.fixture
async def backing(engine: Engine, tmp_path: Path) -> AsyncIterator[Backing]:
    clock = FakeClock(datetime.now(UTC))  # the children have the machine's
    rooms = Rooms.on(engine, clock, SeenCounters(), numbered(1))
    world = GoogleWorld.invented(random.Random(1), now=time.time)  # noqa: S311 - repeatable
    world.add_account("ada@example.com")
    async with opened_stand(rooms, world) as stand, opened_backing(stand, tmp_path) as opened:
        yield opened
    await rooms.aclose()


async def started(backing: Backing, state_url: str, number: int, spool: Path) -> Process:
    """Return a machine that has loaded everything and waits for its line."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        backing_process.__file__,
        state_url,
        json.dumps(backing.stand.google.settings()),
        str(spool),
        str(number),
        stdin=PIPE,
        stdout=PIPE,
        env={"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
    )
    await told(child, "ready")
    return child


async def told(child: Process, word: str) -> str:
    """Return what a child says after `word`."""
    assert child.stdout is not None
    while line := (await child.stdout.readline()).decode():
        if line.startswith(word):
            return line.removeprefix(word).strip()
    raise AssertionError(f"the child ended before {word!r}")


def go(child: Process) -> None:
    assert child.stdin is not None
    child.stdin.write(b"go\n")


async def test_an_upload_cut_at_60_percent_by_kill_goes_on_from_the_acknowledged_byte(
    backing: Backing, state_url: str
) -> None:
    await backing.stored(many_calls(300, note="x" * 6000))
    run_id = await backing.asked(await backing.scheduled())
    spool = backing.folder / "spool"
    child = await started(backing, state_url, 2, spool)
    cut = 1_200_000  # of 2 MB
    backing.stand.google.faults.add("session", Fault("hang", at_byte=cut))
    go(child)
    uploads = backing.stand.world.uploads.values()
    while not any(one.content.size == cut for one in uploads):  # noqa: ASYNC110 - nothing tells of half a request
        await asyncio.sleep(0.01)
    child.kill()
    await child.wait()
    backing.stand.google.faults.clear()
    run = await backing.view(run_id)
    assert run.state == "uploading"
    assert 0.5 < cut / run.bytes_total < 0.7
    already = len(backing.stand.google.seen)
    await backing.clock.advance(LEASE_MS / 1000 + 60)
    assert await backing.machine.step()
    done = await backing.view(run_id)
    assert done.state == "good"
    sent = sum(
        seen.body_bytes for seen in list(backing.stand.google.seen)[already:] if seen.route == "session"
    )
    assert sent == run.bytes_total - cut, "not a byte twice"
    assert len(backing.in_drive()) == 2


@pytest.mark.parametrize("state_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_two_machines_that_race_make_one_run(backing: Backing, state_url: str) -> None:
    await backing.stored(many_calls(10))
    await backing.asked(await backing.scheduled())
    racing = await asyncio.gather(
        *(started(backing, state_url, number, backing.folder / str(number)) for number in (2, 3))
    )
    for child in racing:
        go(child)
    claimed = [await told(child, "claimed") for child in racing]
    assert sorted(claimed) == ["0", "1"]
    assert [await child.wait() for child in racing] == [0, 0]
    (run,) = await backing.runs.runs(MAIN)
    assert run.state == "good"
    assert len(backing.in_drive()) == 2
