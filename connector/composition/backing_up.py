"""Opening what commands around backups take: the state alone, or all that talks to Google as well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.call_files.sealing import AgeSealing
from connector.composition.accounts import google_refresh
from connector.composition.backups import BackupRooms, Backups, backup_rooms, backups_of, spool_of
from connector.composition.chance import Chance
from connector.composition.google import opened_google
from connector.composition.ground import Ground
from connector.composition.rooms import Rooms, opened_state
from connector.config import Settings
from connector.domain.connection import Provider
from connector.pipelines.backup.desk import DeskRooms, ScheduleDesk
from connector.pipelines.backup.spool import Spool
from connector.pipelines.backup.verifying import Verifying
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.health import Health, Probe
from connector.pipelines.means import Means
from connector.pipelines.probe_google import ProbeGoogle
from connector.ports import Clock
from connector.runtime.counters import MetricCounters
from connector.runtime.metrics import Metrics
from connector.runtime.wakeups import TopicWakeups
from state.account_cards import SqlAccountCards
from state.google_connections import SqlGoogleConnections
from state.probing import SqlProbing
from state.vault import Vault

DRIVE_NEEDS = ("google.client_id", "google.client_secret", "state.encryption_keys")
"""Settings without which nothing of a Drive can be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupDesk:
    """What the state alone allows: schedules, runs, and what becomes of old ones."""

    rooms: Rooms
    backups: BackupRooms
    schedules: ScheduleDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupTools(BackupDesk):
    """And what reaches the Drive."""

    flows: Backups
    verifying: Verifying


def schedule_desk(rooms: Rooms, clock: Clock, chance: Chance) -> ScheduleDesk:
    """Return the desk where schedules are made and changed."""
    backups = backup_rooms(rooms, clock, chance)
    given = DeskRooms(
        schedules=backups.schedules,
        runs=backups.runs,
        retention=backups.retention,
        accounts=SqlAccountCards(rooms.engine),
        calls=rooms.calls,
    )
    return ScheduleDesk(given, AgeSealing(), clock, chance.new_id)


def verifying_of(settings: Settings, backups: Backups) -> Verifying:
    """Return what looks at a backup in its Drive."""
    return Verifying(backups.rooms.runs, backups.fetching, Spool(spool_of(settings)))


@asynccontextmanager
async def opened_desk(settings: Settings, clock: Clock, chance: Chance) -> AsyncIterator[BackupDesk]:
    """Open the state."""
    async with opened_state(settings, clock, chance) as rooms:
        yield BackupDesk(
            rooms=rooms,
            backups=backup_rooms(rooms, clock, chance),
            schedules=schedule_desk(rooms, clock, chance),
        )


@asynccontextmanager
async def opened_tools(settings: Settings, clock: Clock, chance: Chance) -> AsyncIterator[BackupTools]:
    """Open everything. Raises BadSettingsError where Google is not set up."""
    settings.require(*DRIVE_NEEDS)
    async with (
        opened_desk(settings, clock, chance) as desk,
        opened_google(settings, clock, chance) as side,
    ):
        wakeups, counters = TopicWakeups(), MetricCounters(Metrics(), clock)
        desk.rooms.engine.on_wake(wakeups.announce)
        ground = Ground(
            settings=settings,
            rooms=desk.rooms,
            vault=Vault(settings.state.keys()),
            counters=counters,
            wakeups=wakeups,
            clock=clock,
            chance=chance,
            stopping=asyncio.Event(),
        )
        refresh, roll = google_refresh(ground, side), chance.random.random
        try:
            state = (desk.rooms.engine, clock, ground.vault, chance.new_id)
            probes: dict[Provider, Probe] = {
                "google": ProbeGoogle(refresh, side.drive, SqlGoogleConnections(*state), clock)
            }
            look = Health(SqlProbing(*state), probes, clock, roll).probe_now
            means = Means(counters=counters, clock=clock, chance=roll, courtesy=Courtesy(clock))
            flows = backups_of(ground, side, refresh, look, means)
            yield BackupTools(
                rooms=desk.rooms,
                backups=desk.backups,
                schedules=desk.schedules,
                flows=flows,
                verifying=verifying_of(settings, flows),
            )
        finally:
            await refresh.aclose()
