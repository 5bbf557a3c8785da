"""Opening what commands around backups take: the state alone, or all that talks to Google as well."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.call_files.sealing import AgeSealing
from connector.composition.backups import BackupRooms, Backups, backup_rooms, opened_backups
from connector.composition.chance import Chance
from connector.composition.rooms import Rooms, opened_state
from connector.config import Settings
from connector.pipelines.backup.desk import DeskRooms, ScheduleDesk
from connector.pipelines.backup.verifying import Verifying
from connector.ports import Clock
from connector.web.api_backups import BackupsPart
from state.accounts.cards import SqlAccountCards


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
    """Open everything. Raises BadSettingsError where no Google client is set."""
    async with opened_backups(settings, clock, chance) as (flows, rooms):
        yield BackupTools(
            rooms=rooms,
            backups=flows.rooms,
            schedules=schedule_desk(rooms, clock, chance),
            flows=flows,
            verifying=Verifying(flows.rooms.runs, flows.fetching),
        )


def backups_part(rooms: Rooms, clock: Clock, chance: Chance) -> BackupsPart:
    """Return the API's `/backups`."""
    return BackupsPart(schedule_desk(rooms, clock, chance), backup_rooms(rooms, clock, chance).runs, clock)
