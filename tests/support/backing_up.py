"""Backups over real state, real files and a Drive of the sandbox: one machine, or several on one state."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from fake_clock import FakeClock

from adapters.call_files.formats import FileFormats
from adapters.call_files.sealing import AgeSealing
from adapters.google.backup_drive import GoogleBackupDrive
from adapters.google.drive import GoogleDrive
from adapters.google.uploads import GRANULE
from adapters.sandbox.google.objects import FOLDER, File
from connector.domain.audit import Actor
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import Schedule, ScheduleId
from connector.domain.backup.views import RunView
from connector.domain.backup.work import RunWork
from connector.domain.call import Call
from connector.domain.connection import ConnectionId
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.chains import Chains
from connector.pipelines.backup.drill import DrillFlow
from connector.pipelines.backup.fetching import Fetching
from connector.pipelines.backup.pruning import Pruning
from connector.pipelines.backup.restore import Restore
from connector.pipelines.backup.restore_flow import RestoreFlow
from connector.pipelines.backup.run import BackupFlow, Look, RunSteps
from connector.pipelines.backup.spool import Spool
from connector.pipelines.backup.spooling import Spooling, SpoolingMeans
from connector.pipelines.backup.sweeping import SpoolSweep
from connector.pipelines.backup.upload import KIND_MARK, Upload, UploadMeans
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.means import Means
from connector.pipelines.refresh import Refresh
from connector.ports import Clock
from state.accounts.google_connections import SqlGoogleConnections
from state.backup.call_restore import SqlCallRestore
from state.backup.call_stream import SqlCallStream
from state.backup.drills import SqlBackupDrills
from state.backup.restores import SqlBackupRestores
from state.backup.retention import SqlBackupRetention
from state.backup.runs import SqlBackupRuns
from state.backup.schedules import SqlBackupSchedules
from state.backup.scratch import opened_scratch
from state.backup.spools import SqlBackupSpools
from state.backup.work import SqlBackupWork
from state.calls.calls import SqlCalls
from support.calls import START, a_call
from support.google_accounts import GoogleStand
from support.rooms import MAIN, Rooms

ADA = Actor(kind="person", name="per_1")
DAY_S = 86_400


@dataclass(frozen=True, kw_only=True)
class DriveSide:
    """What a machine needs of Google."""

    home: GoogleDrive
    backups: GoogleBackupDrive
    tokens: Refresh
    connections: SqlGoogleConnections
    look: Look
    client_id: str


@dataclass(kw_only=True)
class Machine:
    """One machine's flow, with its own disk."""

    flow: BackupFlow
    stopping: asyncio.Event
    spool: Spool
    sweep: SpoolSweep
    work: SqlBackupWork
    fetching: Fetching
    restores: RestoreFlow
    drills: DrillFlow

    async def step(self) -> bool:
        """Claim and do what is due first."""
        works = await self.flow.claim(1)
        for work in works:
            await self.flow.handle(work)
        return bool(works)

    async def claimed(self) -> RunWork:
        """Claim a run that must be there."""
        (work,) = await self.flow.claim(1)
        return work


@dataclass(kw_only=True)
class Backing:
    """A state, a Drive, and machines between them."""

    stand: GoogleStand
    rooms: Rooms
    clock: FakeClock
    calls: SqlCalls
    schedules: SqlBackupSchedules
    runs: SqlBackupRuns
    retention: SqlBackupRetention
    drills: SqlBackupDrills
    restores: SqlBackupRestores
    machine: Machine
    side: DriveSide
    folder: Path
    connection_id: ConnectionId = field(default=ConnectionId(""))

    async def connected(self) -> ConnectionId:
        """Connect a Google account, and let calls in."""
        self.connection_id = (await self.stand.connected()).connection_id
        await self.rooms.workspaces.change(MAIN, {"call_tracking": 1})
        return self.connection_id

    def schedule(self, **more: object) -> Schedule:
        """Return a daily schedule, unsaved."""
        given: dict[str, object] = {
            "id": ScheduleId("sch_1"),
            "workspace_id": MAIN,
            "name": "nightly",
            "cron": "30 2 * * *",
            "zone": "UTC",
            "connection_id": self.connection_id,
            "created_at": self.clock.now(),
        }
        return Schedule(**{**given, **more})  # type: ignore[arg-type] # by name

    async def scheduled(self, **more: object) -> Schedule:
        """Save a schedule."""
        schedule = self.schedule(**more)
        await self.schedules.save(schedule, by=ADA)
        return schedule

    async def stored(self, calls: Iterable[Call], *, import_id: str = "imp_1") -> None:
        """Store calls."""
        held = list(calls)
        for at in range(0, len(held), 200):
            await self.calls.add(MAIN, held[at : at + 200], import_id=import_id)

    async def asked(self, schedule: Schedule) -> RunId:
        """Ask for a run now."""
        return await self.runs.ask(MAIN, schedule.id, by=ADA)

    async def run(self, schedule: Schedule) -> RunView:
        """Run a schedule now, to its end or as far as it comes."""
        run_id = await self.asked(schedule)
        await self.machine.step()
        return await self.view(run_id)

    async def view(self, run_id: RunId) -> RunView:
        """Return a run."""
        found = await self.runs.run(run_id)
        assert found is not None
        return found

    async def alerts(self) -> set[str]:
        """Return the kinds of the open alerts."""
        return {row["key"].partition(":")[0] for row in await self.rooms.alerts.open()}

    def in_drive(self, *, trashed: bool = False) -> Sequence[File]:
        """Return the files in Drive, folders left out."""
        world = self.stand.world
        return [
            file
            for file in world.files.values()
            if file.mime_type != FOLDER and world.is_trashed(file) == trashed
        ]

    def data_files(self) -> Sequence[File]:
        """Return those that hold calls."""
        return [file for file in self.in_drive() if file.app_properties[KIND_MARK] == "file"]

    def another(self, folder: Path | None = None, rooms: Rooms | None = None) -> Machine:
        """Return another machine on the same state, with a disk of its own or the one that is given."""
        return machine_on(self.side, rooms or self.rooms, folder or self.folder / "other")


def side_of(stand: GoogleStand, chunk_bytes: int = GRANULE) -> DriveSide:
    """Return it, of a stand."""
    return DriveSide(
        home=stand.drive,
        backups=GoogleBackupDrive(stand.drive_client, chunk_bytes=chunk_bytes),
        tokens=stand.refresh,
        connections=stand.connections,
        look=stand.health.probe_now,
        client_id=stand.world.client.id,
    )


def machine_on(
    side: DriveSide,
    rooms: Rooms,
    folder: Path,
    *,
    identities: Sequence[str] = (),
) -> Machine:
    """Join a machine's flows."""
    clock, state = rooms.clock, (rooms.engine, rooms.clock, rooms.new_id)
    work = SqlBackupWork(rooms.engine, clock, rooms.vault, rooms.new_id)
    runs, spool, courtesy = SqlBackupRuns(*state), Spool(folder), Courtesy(clock)
    sweep = SpoolSweep(spool, SqlBackupSpools(rooms.engine))
    means = Means(counters=rooms.counters, clock=clock, chance=lambda: 0.0, courtesy=courtesy)
    spooling = SpoolingMeans(
        work=work,
        stream=SqlCallStream(rooms.engine),
        formats=FileFormats(),
        seals=AgeSealing(),
        spool=spool,
        sweep=sweep,
        clock=clock,
        courtesy=courtesy,
    )
    upload = UploadMeans(
        work=work,
        drive=side.backups,
        home=side.home,
        spool=spool,
        tokens=side.tokens,
        connections=side.connections,
        client_id=side.client_id,
        clock=clock,
    )
    pruning = Pruning(SqlBackupRetention(*state), runs, work, side.backups, side.tokens, clock)
    restore = Restore(FileFormats())
    fetching = Fetching(
        runs, side.backups, side.tokens, AgeSealing(), client_id=side.client_id, identities=identities
    )
    steps = RunSteps(
        chains=Chains(runs, fetching),
        spooling=Spooling(spooling),
        upload=Upload(upload),
        pruning=pruning,
        sweep=sweep,
    )
    stopping = asyncio.Event()
    flow = BackupFlow(work, steps, spool, means, side.look, stopping)
    return Machine(
        flow=flow,
        stopping=stopping,
        spool=spool,
        sweep=sweep,
        work=work,
        fetching=fetching,
        restores=RestoreFlow(
            SqlBackupRestores(*state),
            fetching,
            restore,
            lambda restore_id: SqlCallRestore(rooms.engine, clock, f"restore:{restore_id}"),
            spool,
            means,
            stopping,
        ),
        drills=DrillFlow(
            SqlBackupDrills(*state), fetching, restore, partial(_scratch, clock), spool, means, stopping
        ),
    )


def _scratch(
    clock: Clock, path: Path, workspace_id: WorkspaceId
) -> AbstractAsyncContextManager[SqlCallRestore]:
    return opened_scratch(path, clock, workspace_id, import_id="drill")


@asynccontextmanager
async def opened_backing(
    stand: GoogleStand, folder: Path, *, chunk_bytes: int = GRANULE
) -> AsyncIterator[Backing]:
    """Open everything over a Google stand, with its account connected."""
    rooms = stand.rooms
    state = (rooms.engine, rooms.clock, rooms.new_id)
    side = side_of(stand, chunk_bytes)
    backing = Backing(
        stand=stand,
        rooms=rooms,
        clock=stand.clock,
        calls=SqlCalls(rooms.engine, rooms.clock),
        schedules=SqlBackupSchedules(*state),
        runs=SqlBackupRuns(*state),
        retention=SqlBackupRetention(*state),
        drills=SqlBackupDrills(*state),
        restores=SqlBackupRestores(*state),
        machine=machine_on(side, rooms, folder / "spool"),
        side=side,
        folder=folder,
    )
    await backing.connected()
    yield backing


def many_calls(count: int, *, first: int = 0, note: str = "") -> list[Call]:
    """Return calls a minute apart; `note` makes them as long as one likes."""
    return [
        replace(a_call(f"+9190000{number:05d}", START - timedelta(minutes=number)), note=note or None)
        for number in range(first, first + count)
    ]
