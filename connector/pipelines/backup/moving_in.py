"""A new installation takes over from what lies in a Drive: finds the backups there, and their settings.

What it finds it never deletes: only its own runs are candidates of retention.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.domain.audit import Actor
from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.files import StoredFile
from connector.domain.backup.manifest import Manifest
from connector.domain.backup.schedule import Retention, Schedule, ScheduleId, Sealing
from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.access import DriveAccess, Tokens
from connector.pipelines.backup.unpacking import read_manifest, unsealed
from connector.pipelines.backup.upload import KIND_MARK, MADE_MARK, RUN_MARK
from connector.ports import Clock, DriveHome
from connector.ports.backing_up import BackupSchedules
from connector.ports.backups import BackupDrive, FileSealing


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBackup:
    """A backup that lies in a Drive, whoever of our Cloud project made it. `made_at`: RFC 3339."""

    run_id: str
    made_at: str
    files: Sequence[StoredFile]

    @property
    def size_bytes(self) -> int:
        """Return how long its files are together."""
        return sum(file.size_bytes or 0 for file in self.files)


class MovingIn:
    """Lists and fetches backups by their marks alone, without anything of them in the state."""

    def __init__(self, drive: BackupDrive, home: DriveHome, tokens: Tokens, seals: FileSealing) -> None:
        self._drive = drive
        self._home = home
        self._tokens = tokens
        self._seals = seals

    async def found(
        self, workspace_id: WorkspaceId, connection_id: ConnectionId, *, folder_id: str | None = None
    ) -> Sequence[FoundBackup]:
        """Return the whole backups in our folder, the newest first. Raises ConnectorError kinds.

        A folder that a schedule's pattern named is given by its id.
        """
        access = DriveAccess(self._tokens, connection_id)
        folder = folder_id
        if folder is None:
            folder = await access.call(lambda token: self._home.folder(token, workspace_id))
        where: str = folder
        files = await access.call(lambda token: self._drive.files(token, where, {}))
        runs: dict[str, list[StoredFile]] = {}
        for file in files:
            if RUN_MARK in file.marks:
                runs.setdefault(file.marks[RUN_MARK], []).append(file)
        backups = [
            FoundBackup(run_id=run_id, made_at=held[0].marks.get(MADE_MARK, ""), files=held)
            for run_id, held in runs.items()
            if any(file.marks.get(KIND_MARK) == "manifest" for file in held)  # it is sent last
        ]
        return sorted(backups, key=lambda one: (one.made_at, one.run_id), reverse=True)

    async def fetch(
        self, connection_id: ConnectionId, backups: Sequence[FoundBackup], folder: Path
    ) -> Sequence[Path]:
        """Fetch the files of backups into a folder, for `restore.unpack_by_hand`; return them."""
        access = DriveAccess(self._tokens, connection_id)
        paths: list[Path] = []
        for backup in backups:
            for file in backup.files:
                path = folder / f"{len(paths)}" / Path(file.name).name
                await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
                file_id, size = file.id, file.size_bytes or 0
                await access.call(
                    lambda token: self._drive.download(token, file_id, path, size_bytes=size)  # noqa: B023 - called at once
                )
                paths.append(path)
        return paths

    def manifest(self, path: Path, identities: Sequence[str]) -> Manifest:
        """Return the manifest in a file. Raises BadInputError. Synchronous."""
        try:
            return read_manifest(unsealed(self._seals, path, identities))
        except DrillFailedError as error:
            raise BadInputError(str(error)) from None


async def take_over_schedule(
    schedules: BackupSchedules,
    manifest: Manifest,
    *,
    workspace_id: WorkspaceId,
    connection_id: ConnectionId,
    new_id: Callable[[], str],
    clock: Clock,
    by: Actor,
) -> Schedule:
    """Make anew the schedule that made a backup; in its first days it deletes nothing. Raises BadInputError."""
    schedule = schedule_of_manifest(
        manifest,
        schedule_id=ScheduleId(new_id()),
        workspace_id=workspace_id,
        connection_id=connection_id,
        clock=clock,
    )
    await schedules.save(schedule, by=by)
    return schedule


def schedule_of_manifest(
    manifest: Manifest,
    *,
    schedule_id: ScheduleId,
    workspace_id: WorkspaceId,
    connection_id: ConnectionId,
    clock: Clock,
) -> Schedule:
    """Return the schedule in a manifest's settings. Raises BadInputError: there is none, or it is damaged."""
    told = manifest.settings.get("schedule")
    if not isinstance(told, dict):
        raise BadInputError("The manifest holds no schedule.")
    held: dict[str, Any] = dict(told)
    try:
        return Schedule(
            id=schedule_id,
            workspace_id=workspace_id,
            connection_id=connection_id,
            created_at=clock.now(),
            name=str(held["name"]),
            cron=str(held["cron"]),
            zone=str(held["zone"]),
            kind=held["kind"],
            formats=tuple(held["formats"]),
            folder=str(held["folder"]),
            file_name=str(held["file_name"]),
            drill_days=int(held["drill_days"]),
            sealing=_sealing(held["sealing"]),
            retention=Retention(**held["retention"]),
        )
    except (KeyError, TypeError, ValueError):
        raise BadInputError("The schedule in the manifest is damaged.") from None


def _sealing(told: Mapping[str, Any]) -> Sealing:
    return Sealing(recipients=tuple(told["recipients"]), locked_identity=told.get("locked_identity"))
