"""A new installation takes over from what lies in a Drive: finds the backups there, and their settings.

What it finds it never deletes: only its own runs are candidates of retention.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.editing import check_restorable
from connector.domain.backup.files import StoredFile
from connector.domain.backup.manifest import Manifest
from connector.domain.backup.schedule import Retention, Schedule, ScheduleId, Sealing
from connector.domain.backup.verdicts import way_on
from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.access import DriveAccess, Tokens
from connector.pipelines.backup.unpacking import at_hand, read_manifest, unsealed
from connector.pipelines.backup.upload import KIND_MARK, MADE_MARK, RUN_MARK
from connector.ports import Clock, DriveHome
from connector.ports.backups import BackupDrive, FileSealing
from connector.wire.manifest import MANIFEST_BYTES_MAX


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

    async def read(
        self, connection_id: ConnectionId, backup: FoundBackup, folder: Path, identities: Sequence[str]
    ) -> Manifest:
        """Return a backup's manifest, fetched into a folder. Raises BadInputError, ConnectorError kinds."""
        told = next(file for file in backup.files if file.marks.get(KIND_MARK) == "manifest")
        if (told.size_bytes or 0) > MANIFEST_BYTES_MAX:
            raise BadInputError("The manifest is too large to be one of ours.")
        named = replace(backup, files=[replace(told, name="manifest")])  # a person may have renamed it
        (path,) = await self.fetch(connection_id, [named], folder)
        return await asyncio.to_thread(manifest_at_hand, self._seals, path, path.parent, identities)


def manifest_at_hand(seals: FileSealing, path: Path, work: Path, identities: Sequence[str]) -> Manifest:
    """Return the manifest in a file; its plain copy, where it is sealed, is made in the folder `work`.

    Raises BadInputError. Synchronous.
    """
    try:
        if path.stat().st_size > MANIFEST_BYTES_MAX:
            raise BadInputError("The file is too large to be a manifest.")
        return read_manifest(unsealed(seals, at_hand(path, work), identities))
    except DrillFailedError as error:
        raise BadInputError(f"{error} {way_on(error.fault)}") from None
    except OSError as error:
        raise BadInputError(f"{path.name} cannot be read: {error.strerror}.") from None


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
        check_restorable(held["formats"])
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
