"""Joining what backs call logs up: the clock, runs, restores and drills."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from adapters.call_files.formats import FileFormats
from adapters.call_files.sealing import AgeSealing
from connector.composition.chance import Chance
from connector.composition.google import GoogleSide, opened_google
from connector.composition.ground import Ground
from connector.composition.own_state import sqlite_path
from connector.composition.rooms import Rooms, opened_state
from connector.config import Settings
from connector.domain.lead import WorkspaceId
from connector.domain.security_event import token_prints
from connector.pipelines.backup.chains import Chains
from connector.pipelines.backup.drill import DrillFlow
from connector.pipelines.backup.fetching import Fetching
from connector.pipelines.backup.moving_in import MovingIn
from connector.pipelines.backup.planning import BackupClock
from connector.pipelines.backup.pruning import Pruning
from connector.pipelines.backup.restore import Restore
from connector.pipelines.backup.restore_flow import RestoreFlow
from connector.pipelines.backup.run import BackupFlow, Look, RunSteps
from connector.pipelines.backup.spool import Spool
from connector.pipelines.backup.spooling import Spooling, SpoolingMeans
from connector.pipelines.backup.sweeping import SpoolSweep
from connector.pipelines.backup.upload import Upload, UploadMeans
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.health import Health
from connector.pipelines.means import Means
from connector.pipelines.probe_google import ProbeGoogle
from connector.pipelines.refresh import Refresh
from connector.ports import Clock
from connector.runtime.counters import MetricCounters
from connector.runtime.metrics import Metrics
from connector.runtime.wakeups import TopicWakeups
from state.accounts.google_connections import SqlGoogleConnections
from state.accounts.google_tokens import SqlGoogleTokens
from state.accounts.probing import SqlProbing
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
from state.vault import Vault

DEFAULT_SPOOL = Path("/var/lib/connector/spool")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRooms:
    """What the state holds of backups: for commands, the API and the dashboard."""

    schedules: SqlBackupSchedules
    runs: SqlBackupRuns
    retention: SqlBackupRetention
    drills: SqlBackupDrills
    restores: SqlBackupRestores


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """The flows; `pruning` also tells what retention would do."""

    rooms: BackupRooms
    clock: BackupClock
    runs: BackupFlow
    restores: RestoreFlow
    drills: DrillFlow
    pruning: Pruning
    fetching: Fetching
    moving: MovingIn
    sweep: SpoolSweep


def backup_rooms(rooms: Rooms, clock: Clock, chance: Chance) -> BackupRooms:
    """Furnish it."""
    state = (rooms.engine, clock, chance.new_id)
    return BackupRooms(
        schedules=SqlBackupSchedules(*state),
        runs=SqlBackupRuns(*state),
        retention=SqlBackupRetention(*state),
        drills=SqlBackupDrills(*state),
        restores=SqlBackupRestores(*state),
    )


def spool_of(settings: Settings) -> Path:
    """Return where files of runs lie."""
    if settings.backup.spool_dir:
        return Path(settings.backup.spool_dir)
    path = sqlite_path(settings)
    return path.absolute().parent / "spool" if path else DEFAULT_SPOOL


def backups_of(ground: Ground, side: GoogleSide, refresh: Refresh, look: Look, means: Means) -> Backups:
    """Return the flows; nothing is claimed yet."""
    engine, clock, new_id = ground.rooms.engine, ground.clock, ground.chance.new_id
    rooms = backup_rooms(ground.rooms, clock, ground.chance)
    settings, formats, seals = ground.settings, FileFormats(), AgeSealing()
    work = SqlBackupWork(engine, clock, ground.vault, new_id)
    spool, client_id = Spool(spool_of(settings)), settings.google.client_id
    sweep = SpoolSweep(spool, SqlBackupSpools(engine))
    spooling = SpoolingMeans(
        work=work,
        stream=SqlCallStream(engine),
        formats=formats,
        seals=seals,
        spool=spool,
        sweep=sweep,
        clock=clock,
        courtesy=means.courtesy,
    )
    upload = UploadMeans(
        work=work,
        drive=side.backups,
        home=side.drive,
        spool=spool,
        tokens=refresh,
        connections=SqlGoogleConnections(engine, clock, ground.vault, new_id),
        client_id=client_id,
        clock=clock,
    )
    pruning = Pruning(rooms.retention, rooms.runs, work, side.backups, refresh, clock)
    fetching = Fetching(
        rooms.runs, side.backups, refresh, seals, client_id=client_id, identities=identities_of(settings)
    )
    restore = Restore(formats)
    return Backups(
        rooms=rooms,
        clock=BackupClock(rooms.schedules, rooms.drills, clock),
        runs=BackupFlow(
            work,
            RunSteps(
                chains=Chains(rooms.runs, fetching),
                spooling=Spooling(spooling),
                upload=Upload(upload),
                pruning=pruning,
                sweep=sweep,
            ),
            spool,
            means,
            look,
            ground.stopping,
        ),
        restores=RestoreFlow(
            rooms.restores,
            fetching,
            restore,
            lambda restore_id: SqlCallRestore(engine, clock, f"restore:{restore_id}"),
            spool,
            means,
            ground.stopping,
        ),
        drills=DrillFlow(
            rooms.drills, fetching, restore, partial(scratch_store, clock), spool, means, ground.stopping
        ),
        pruning=pruning,
        fetching=fetching,
        moving=MovingIn(side.backups, side.drive, refresh, seals),
        sweep=sweep,
    )


def identities_of(settings: Settings) -> Sequence[str]:
    """Return the keys that open sealed backups here."""
    return [one.get_secret_value() for one in settings.backup.identities]


@asynccontextmanager
async def scratch_store(clock: Clock, path: Path, workspace_id: WorkspaceId) -> AsyncIterator[SqlCallRestore]:
    """Open a scratch store at a path."""
    async with opened_scratch(path, clock, workspace_id, import_id="scratch") as opened:
        yield opened


@asynccontextmanager
async def opened_backups(
    settings: Settings, clock: Clock, chance: Chance
) -> AsyncIterator[tuple[Backups, Rooms]]:
    """Open the flows beside a running daemon or without one: what is claimed here, no other machine claims.

    Raises BadSettingsError where no Google client is set.
    """
    settings.require("google.client_id", "google.client_secret", "state.encryption_keys")
    async with AsyncExitStack() as stack:
        rooms = await stack.enter_async_context(opened_state(settings, clock, chance))
        side = await stack.enter_async_context(opened_google(settings, clock, chance))
        wakeups, vault = TopicWakeups(), Vault(settings.state.keys())
        rooms.engine.on_wake(wakeups.announce)
        counters = MetricCounters(Metrics(), clock)
        tokens = SqlGoogleTokens(rooms.engine, clock, vault, chance.new_id, token_prints)
        refresh = Refresh(tokens, side.consent, rooms.alerts, counters, wakeups, clock, chance.random.random)
        stack.push_async_callback(refresh.aclose)
        connections = SqlGoogleConnections(rooms.engine, clock, vault, chance.new_id)
        probe = ProbeGoogle(refresh, side.drive, connections, clock)
        probing = SqlProbing(rooms.engine, clock, vault, chance.new_id)
        health = Health(probing, {"google": probe}, clock, chance.random.random)
        ground = Ground(
            settings=settings,
            rooms=rooms,
            vault=vault,
            counters=counters,
            wakeups=wakeups,
            clock=clock,
            chance=chance,
            stopping=asyncio.Event(),
        )
        means = Means(counters=counters, clock=clock, chance=chance.random.random, courtesy=Courtesy(clock))
        yield backups_of(ground, side, refresh, health.probe_now, means), rooms
