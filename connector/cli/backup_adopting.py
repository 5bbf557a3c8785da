"""What `connector backup adopt` does: backups of a Drive are listed, and one's settings taken over."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from adapters.call_files.sealing import AgeSealing
from connector.cli.backup_options import me, sheet_identities
from connector.composition import Chance
from connector.composition.backing_up import BackupDesk, BackupTools, opened_desk, opened_tools
from connector.composition.backups import identities_of
from connector.config import Settings
from connector.domain.audit import AuditEntry
from connector.domain.backup.editing import chosen_account
from connector.domain.backup.manifest import Manifest
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import Schedule, ScheduleId
from connector.domain.calls.adopting import Adopted, adopted
from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.moving_in import FoundBackup, manifest_at_hand, schedule_of_manifest
from connector.runtime.clock import SystemClock
from connector.wire.call_settings import call_settings_from_value

_SUBJECT_CHARS_MAX = 80

Fate = Literal["new", "replaced", "kept"]
"""Of the schedule. kept: one of its name is here and stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is looked at, and what is taken over of it."""

    source: str | None
    workspace_id: WorkspaceId
    account: str | None
    folder_id: str | None
    limit: int
    sheet: str | None
    phrase: str | None
    takes_schedule: bool
    takes_calls: bool
    replaces: bool
    applies: bool

    @property
    def file(self) -> Path | None:
        """Return the manifest that was downloaded by hand; None: a run is meant. Raises BadInputError."""
        path = Path(self.source or "")
        if path.is_file():
            return path
        if not (self.source or "").replace("_", "").isalnum():  # a path: a mistyped file is no run
            raise BadInputError(f"There is no file {self.source}.")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken over, or would be; None: it was not asked for."""

    run_id: str
    schedule: Schedule | None
    fate: Fate | None
    calls: Adopted | None


async def listed(settings: Settings, order: Order) -> Sequence[dict[str, Any]]:
    """Return the backups in a Drive as rows, the newest first. Raises ConnectorError kinds."""
    keys = await _keys(settings, order)
    with tempfile.TemporaryDirectory(prefix="adopt-") as work:
        async with opened_tools(settings, SystemClock(), Chance.of_system()) as tools:
            connection_id, found = await _found(tools, order)
            return [
                await _row(tools, order, connection_id, backup, Path(work) / str(at), keys)
                for at, backup in enumerate(found[: order.limit])
            ]


async def _row(
    tools: BackupTools,
    order: Order,
    connection_id: ConnectionId,
    backup: FoundBackup,
    work: Path,
    keys: Sequence[str],
) -> dict[str, Any]:
    run = await tools.backups.runs.run(RunId(backup.run_id))
    row: dict[str, Any] = {
        "made_at": backup.made_at,
        "run_id": backup.run_id,
        "size_bytes": backup.size_bytes,
        "is_own": run is not None and run.workspace_id == order.workspace_id,
    }
    try:
        manifest = await tools.flows.moving.read(connection_id, backup, work, keys)
    except BadInputError as error:
        return {**row, "schedule": None, "calls": None, "said": str(error)}
    told = manifest.settings.get("schedule")
    name = str(told.get("name")) if isinstance(told, dict) else None
    return {**row, "schedule": name, "calls": manifest.calls, "said": None}


async def taken_over(settings: Settings, order: Order) -> Taken:
    """Take over what is ordered, or tell what would be. Raises ConnectorError kinds."""
    async with _opened(settings, order) as (desk, manifest):
        schedule, fate = await _schedule(desk, order, manifest) if order.takes_schedule else (None, None)
        calls = (
            await _calls(desk, order, manifest) if order.takes_calls else None
        )  # read before aught is changed
        if order.applies:
            if schedule is not None and fate != "kept":
                await desk.schedules.save(schedule, by=me())
            if order.takes_calls:
                told = call_settings_from_value(manifest.settings["calls"])
                calls = await desk.rooms.call_settings.adopt(
                    order.workspace_id,
                    told,
                    has_own_prints=_has_own_prints(order, manifest),
                    replaces=order.replaces,
                )
        taken = Taken(run_id=manifest.run_id[:_SUBJECT_CHARS_MAX], schedule=schedule, fate=fate, calls=calls)
        if order.applies:
            await desk.rooms.audit.record(_entry(order, taken))
        return taken


@asynccontextmanager
async def _opened(settings: Settings, order: Order) -> AsyncIterator[tuple[BackupDesk, Manifest]]:
    """Open the state and read the manifest: of a file, without any account, or of a run in the Drive."""
    clock, chance, keys = SystemClock(), Chance.of_system(), await _keys(settings, order)
    with tempfile.TemporaryDirectory(prefix="adopt-") as work:
        if (file := order.file) is not None:
            manifest = await asyncio.to_thread(manifest_at_hand, AgeSealing(), file, Path(work), keys)
            async with opened_desk(settings, clock, chance) as desk:
                yield desk, manifest
            return
        async with opened_tools(settings, clock, chance) as tools:
            connection_id, found = await _found(tools, order)
            meant = [one for one in found if one.run_id == order.source]
            if not meant:
                raise BadInputError("There is no such backup in that Drive: see `connector backup adopt`.")
            yield tools, await tools.flows.moving.read(connection_id, meant[0], Path(work) / "0", keys)


async def _keys(settings: Settings, order: Order) -> Sequence[str]:
    given = await asyncio.to_thread(sheet_identities, order.sheet, order.phrase)
    return (*given, *identities_of(settings))


async def _found(tools: BackupTools, order: Order) -> tuple[ConnectionId, Sequence[FoundBackup]]:
    connection_id = await _account(tools, order)
    return connection_id, await tools.flows.moving.found(
        order.workspace_id, connection_id, folder_id=order.folder_id
    )


async def _account(desk: BackupDesk, order: Order) -> ConnectionId:
    return chosen_account(await desk.schedules.accounts(order.workspace_id), order.account)


async def _schedule(desk: BackupDesk, order: Order, manifest: Manifest) -> tuple[Schedule, Fate]:
    """Return the manifest's schedule as it would be here. Raises BadInputError."""
    clock = SystemClock()
    schedule = schedule_of_manifest(
        manifest,
        schedule_id=ScheduleId(Chance.of_system().new_id()),
        workspace_id=order.workspace_id,
        connection_id=await _account(desk, order),
        clock=clock,
    )
    if schedule.sealing.recipients:
        AgeSealing().check_recipients(schedule.sealing.recipients)
    views = await desk.schedules.all(order.workspace_id)
    if all(one.schedule.name != schedule.name for one in views):
        return schedule, "new"
    if not order.replaces:
        return schedule, "kept"
    known = (await desk.schedules.find(order.workspace_id, schedule.name)).schedule
    return replace(schedule, id=known.id, is_on=known.is_on), "replaced"


async def _calls(desk: BackupDesk, order: Order, manifest: Manifest) -> Adopted:
    """Return what would become of the call settings. Raises BadInputError: the manifest has none, no workspace."""
    if "calls" not in manifest.settings:
        raise BadInputError("The manifest holds no call settings.")
    return adopted(
        await desk.rooms.calls.settings(order.workspace_id),
        call_settings_from_value(manifest.settings["calls"]),
        has_own_prints=_has_own_prints(order, manifest),
        replaces=order.replaces,
    )


def _has_own_prints(order: Order, manifest: Manifest) -> bool:
    return manifest.workspace_id == order.workspace_id


def _entry(order: Order, taken: Taken) -> AuditEntry:
    detail: dict[str, str | int | bool | None] = {"is_replaced": order.replaces}
    if taken.schedule is not None:
        detail |= {"schedule": taken.fate}
    if taken.calls is not None:
        detail |= {
            "owners": taken.calls.owners_new + taken.calls.owners_replaced,
            "private_numbers": taken.calls.private_new,
            "work_hours": taken.calls.work_hours,
        }
    return AuditEntry(
        actor=me(),
        action="backup.adopted",
        workspace_id=order.workspace_id,
        subject=taken.run_id,
        detail=detail,
    )
