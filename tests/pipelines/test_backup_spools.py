"""Whose folder is whose on a disk that workers, machines and installations share; and disks that are cleaned."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.backing_up import ADA, Backing, Machine, many_calls
from support.calls import START, a_call
from support.engines import open_engine
from support.ids import numbered
from support.rooms import MAIN, Rooms

from adapters.google.uploads import GRANULE
from adapters.sandbox.faults import Fault
from connector.domain.backup.runs import RunFile, RunId
from connector.domain.backup.schedule import Schedule, ScheduleId
from connector.domain.backup.work import RunWork, SpoolKey
from connector.domain.call import Call
from connector.pipelines.backup.drill import DrillFlow
from connector.pipelines.backup.fetching import Fetched
from connector.pipelines.backup.restore_flow import RestoreFlow
from state.backup import claims
from state.backup.lease import LEASE_MS

NAMED_BY_DAY = "{schedule} {date}"
"""A pattern that gives every try of a run the same names."""
CALLS = 220
LONG = "x" * 3000
"""A note that makes so many calls a file of several chunks."""


class Halt:
    """A point in somebody's work: whoever gets there waits."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def here(self) -> None:
        """Say that the work is here, and wait."""
        self.reached.set()
        await self.may_go_on.wait()

    def renewing(self, plain: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return a renewal of a lease that the database answers as late as that."""

        async def renew(*args: object) -> object:
            if self.reached.is_set():
                await self.may_go_on.wait()
            return await plain(*args)

        return renew


def halt_at_chunk(machine: Machine, monkeypatch: pytest.MonkeyPatch, wanted: int) -> Halt:
    """Let a machine wait before it reads this chunk of calls, from 1."""
    halt, chunks = Halt(), 0
    stream = machine.flow._steps.spooling._means.stream  # noqa: SLF001 - the moment between two chunks
    plain: Callable[..., Awaitable[object]] = stream.chunk

    async def chunk(*args: object, **more: object) -> object:
        nonlocal chunks
        chunks += 1
        if chunks == wanted:
            await halt.here()
        return await plain(*args, **more)

    monkeypatch.setattr(stream, "chunk", chunk)
    monkeypatch.setattr(machine.work, "renew", halt.renewing(machine.work.renew))
    return halt


def halt_at_sending(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Halt:
    """Let a machine wait when its files lie there and nothing is sent."""
    halt, plain = Halt(), machine.work.files

    async def files(work: RunWork) -> Sequence[RunFile]:
        if not halt.reached.is_set():
            await halt.here()
        return await plain(work)

    monkeypatch.setattr(machine.work, "files", files)
    return halt


def halt_at_reading(
    machine: Machine, rows: object, monkeypatch: pytest.MonkeyPatch, *, renew: Callable[..., Awaitable[Any]]
) -> Halt:
    """Let a machine wait when it has fetched a backup, before it reads it."""
    halt, plain = Halt(), machine.fetching.fetch

    async def fetch(*args: Any) -> Fetched:  # noqa: ANN401 - as it was called
        fetched = await plain(*args)
        await halt.here()
        return fetched

    monkeypatch.setattr(machine.fetching, "fetch", fetch)
    monkeypatch.setattr(rows, "renew", halt.renewing(renew))
    return halt


def three_months() -> list[Call]:
    return [a_call(f"+91900000{day:04d}", START - timedelta(days=day)) for day in range(90)]


def folders(machine: Machine) -> Collection[SpoolKey]:
    return set(machine.spool.keys())


@pytest.mark.parametrize(
    ("kind", "calls", "files"),
    [
        pytest.param("full", lambda: many_calls(30), 1, id="it gives up its open files"),
        pytest.param("monthly", three_months, 4, id="it cannot open its next file"),
    ],
)
async def test_a_worker_that_lost_its_lease_takes_nothing_from_the_next_one(
    backing: Backing, monkeypatch: pytest.MonkeyPatch, kind: str, calls: Callable[[], list[Call]], files: int
) -> None:
    monkeypatch.setattr("connector.pipelines.backup.spooling.CHUNK", 10)
    await backing.stored(calls())
    run_id = await backing.asked(await backing.scheduled(kind=kind, file_name=NAMED_BY_DAY))
    first, second = backing.machine, backing.another(backing.folder / "spool")
    lost, sending = halt_at_chunk(first, monkeypatch, 3), halt_at_sending(second, monkeypatch)
    losing = asyncio.create_task(first.step())
    await lost.reached.wait()
    await backing.clock.advance(LEASE_MS / 1000 + 1)
    going_on = asyncio.create_task(second.step())
    await sending.reached.wait()
    lost.may_go_on.set()
    assert await losing
    sending.may_go_on.set()
    assert await going_on
    done = await backing.view(run_id)
    assert (done.state, done.reason, done.hold) == ("good", None, None)
    assert len(backing.data_files()) == files
    await second.sweep.sweep()
    assert not folders(first)


@pytest.mark.parametrize("kind", ["drill", "restore"])
async def test_a_drill_or_restore_that_lost_its_lease_takes_nothing_from_the_next_one(
    backing: Backing, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    await backing.stored(many_calls(30))
    run = await backing.run(await backing.scheduled())
    if kind == "drill":
        await backing.drills.ask(MAIN, ScheduleId(run.schedule_id), by=ADA)
    else:
        await backing.restores.ask(MAIN, run.id, "apply", by=ADA)

    def halted(machine: Machine) -> tuple[DrillFlow | RestoreFlow, Halt]:
        flow: DrillFlow | RestoreFlow = machine.drills if kind == "drill" else machine.restores
        rows = flow._drills if isinstance(flow, DrillFlow) else flow._restores  # noqa: SLF001 - its renewals
        return flow, halt_at_reading(machine, rows, monkeypatch, renew=rows.renew)

    first, lost = halted(backing.machine)
    second, reading = halted(backing.another(backing.folder / "spool"))
    losing = asyncio.create_task(first.step())
    await lost.reached.wait()
    await backing.clock.advance(claims.LEASE_MS / 1000 + 1)
    going_on = asyncio.create_task(second.step())
    await reading.reached.wait()
    lost.may_go_on.set()
    assert await losing
    reading.may_go_on.set()
    assert await going_on
    (row,) = await backing.rooms.rows(f"SELECT state, failures, reason FROM backup_{kind}s")  # noqa: S608 - our tables
    assert (row["state"], row["failures"], row["reason"]) == (
        {"drill": "proved", "restore": "done"}[kind],
        0,
        None,
    )
    assert not folders(backing.machine)


async def test_an_installation_that_starts_leaves_the_folders_of_another_one_alone(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two daemons with databases of their own may have the same folder: it is the default with PostgreSQL."""
    await backing.stored(many_calls(30))
    run_id = await backing.asked(await backing.scheduled())
    machine = backing.machine
    sending = halt_at_sending(machine, monkeypatch)
    under_way = asyncio.create_task(machine.step())
    await sending.reached.wait()
    somebodys = backing.folder / "spool" / "pictures"
    somebodys.mkdir()
    async with aclosing(open_engine(f"sqlite:///{backing.folder / 'theirs.db'}")) as engine:
        theirs = Rooms.on(engine, backing.clock, backing.rooms.counters, numbered(9))
        assert await backing.another(backing.folder / "spool", theirs).sweep.sweep() == 0
    sending.may_go_on.set()
    assert await under_way
    assert (await backing.view(run_id)).state == "good"
    assert somebodys.is_dir()


async def test_a_sweep_removes_what_is_over_and_nothing_else(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of folder there can be, beside a claim that lives."""
    machine = backing.machine
    await backing.stored(many_calls(CALLS, note=LONG))
    good = await backing.run(await backing.scheduled())
    await backing.drills.ask(MAIN, ScheduleId(good.schedule_id), by=ADA)
    await backing.restores.ask(MAIN, good.id, "preview", by=ADA)
    drill = await machine.drills._drills.claim()  # noqa: SLF001 - as the flow does
    restore = await machine.restores._restores.claim()  # noqa: SLF001 - as the flow does
    assert drill is not None
    assert restore is not None
    await sent_half(backing, await backing.scheduled(name="half sent", id="sch_2"), monkeypatch)
    (half_sent,) = folders(machine)
    await backing.asked(await backing.scheduled(name="writing", id="sch_3"))
    writing = await machine.work.begin(await machine.claimed())
    live = {half_sent, writing.folder, drill.folder, restore.folder}
    dead = {SpoolKey(kind=key.kind, work_id=key.work_id, claim_id=f"{9:032x}") for key in live}
    dead.add(SpoolKey(kind="run", work_id=good.id, claim_id=f"{8:032x}"))
    unknown = SpoolKey(kind="run", work_id=f"{7:032x}", claim_id=f"{8:032x}")
    for key in {*live, *dead, unknown} - {half_sent}:
        machine.spool.fresh(key)
    assert await machine.sweep.sweep() == len(dead)
    assert folders(machine) == {*live, unknown}
    assert await machine.sweep.sweep() == 0
    await machine.flow.release([writing])
    assert await machine.sweep.sweep() == 1, "what was half written is of no use to the next claim"
    assert folders(machine) == {half_sent, drill.folder, restore.folder, unknown}


async def test_what_a_killed_worker_half_wrote_takes_no_room_from_its_next_try(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backing.stored(many_calls(30))
    run_id = await backing.asked(await backing.scheduled())
    killed = await backing.machine.work.begin(await backing.machine.claimed())
    half = backing.machine.spool.fresh(killed.folder) / "half.jsonl"
    half.write_bytes(b"x")
    await backing.clock.advance(LEASE_MS / 1000 + 1)

    def usage(_: Path) -> SimpleNamespace:
        return SimpleNamespace(free=0 if half.exists() else 2**40)

    monkeypatch.setattr("connector.pipelines.backup.spool.shutil.disk_usage", usage)
    assert await backing.machine.step()
    assert (await backing.view(run_id)).state == "good"
    assert not folders(backing.machine)


async def sent_half(backing: Backing, schedule: Schedule, monkeypatch: pytest.MonkeyPatch) -> RunId:
    """Run a schedule until Drive goes away in the middle of its calls; Drive is back afterwards."""
    plain = backing.machine.work.acknowledged

    async def acknowledged(run: RunWork, name: str, bytes_: int) -> None:
        await plain(run, name, bytes_)
        if bytes_ >= 2 * GRANULE:
            backing.stand.google.faults.add("session", Fault.status(503), times=99)

    with monkeypatch.context() as breaking:
        breaking.setattr(backing.machine.work, "acknowledged", acknowledged)
        waiting = await backing.run(schedule)
    backing.stand.google.faults.clear()
    assert (waiting.state, waiting.hold) == ("uploading", "provider")
    assert waiting.bytes_sent >= 2 * GRANULE
    return waiting.id


def whole_disk(root: Path) -> None:
    shutil.rmtree(root)


def one_file(root: Path) -> None:
    min(root.glob("*/*.jsonl")).unlink()


def half_a_file(root: Path) -> None:
    with min(root.glob("*/*.jsonl")).open("r+b") as file:
        file.truncate(100)


async def test_a_run_whose_files_vanish_while_it_waits_begins_anew(
    backing: Backing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await backing.stored(many_calls(CALLS, note=LONG))
    schedule = await backing.scheduled(formats=("csv", "jsonl"))
    for clean in (whole_disk, one_file, half_a_file):
        run_id = await sent_half(backing, schedule, monkeypatch)
        clean(backing.folder / "spool")
        await backing.clock.advance(3600)
        assert await backing.machine.step()
        await assert_whole(backing, run_id)


@pytest.mark.parametrize(
    "formats", [("jsonl",), ("csv", "xlsx", "xml", "parquet", "jsonl")], ids=["one", "all"]
)
@pytest.mark.parametrize("moment", ["writing", "before sending", "between chunks"])
async def test_a_run_whose_files_vanish_under_its_hands_begins_anew(
    backing: Backing, monkeypatch: pytest.MonkeyPatch, moment: str, formats: Sequence[str]
) -> None:
    await backing.stored(many_calls(CALLS, note=LONG))
    monkeypatch.setattr("connector.pipelines.backup.spooling.CHUNK", 100)
    run_id = await backing.asked(await backing.scheduled(formats=formats))
    machine, root = backing.machine, backing.folder / "spool"
    if moment == "between chunks":
        plain = machine.work.acknowledged

        async def acknowledged(run: RunWork, name: str, bytes_: int) -> None:
            await plain(run, name, bytes_)
            if bytes_ and root.exists():
                shutil.rmtree(root)

        with monkeypatch.context() as cleaning:
            cleaning.setattr(machine.work, "acknowledged", acknowledged)
            assert await machine.step()
    else:
        halt = (
            halt_at_chunk(machine, monkeypatch, 3)
            if moment == "writing"
            else halt_at_sending(machine, monkeypatch)
        )
        under_way = asyncio.create_task(machine.step())
        await halt.reached.wait()
        shutil.rmtree(root)
        halt.may_go_on.set()
        assert await under_way
    waiting = await backing.view(run_id)
    assert (waiting.state in {"spooling", "uploading"}, waiting.hold) == (True, "provider"), waiting.reason
    await backing.clock.advance(3600)
    assert await machine.step()
    await assert_whole(backing, run_id)


async def assert_whole(backing: Backing, run_id: RunId) -> None:
    """Look that a run is good, that Drive has its files and no twin, and that a drill finds every call."""
    done = await backing.view(run_id)
    assert (done.state, done.calls) == ("good", CALLS), done.reason
    files = await backing.runs.files(run_id)
    there = {file.id for file in backing.in_drive() if file.app_properties["leads_connector_run"] == run_id}
    assert there == {file.drive_id for file in files}
    schedule_id = ScheduleId(done.schedule_id)
    await backing.drills.ask(MAIN, schedule_id, by=ADA)
    assert await backing.machine.drills.step()
    (drill, *_) = await backing.drills.drills(schedule_id)
    assert (drill.state, drill.run_id, drill.calls) == ("proved", run_id, CALLS)
    assert not folders(backing.machine)
