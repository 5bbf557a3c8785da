"""The second half of a run: files go to Drive, each compared there, the manifest last.

Address and acknowledged byte of an upload are kept before and after each chunk, so whoever goes on, after a kill or
on another machine that has the files, goes on from there. An id in Drive is asked for before its file is made: a
repeated create is refused, and never a twin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from connector.domain.backup.files import NewFile, StoredFile, Uploaded
from connector.domain.backup.naming import name_of
from connector.domain.backup.runs import RunFile
from connector.domain.backup.work import RunWork, UploadGoal
from connector.domain.calls.times import zone_named
from connector.domain.errors import (
    GoneError,
    PermanentError,
    RateLimitedError,
    StaleTokenError,
    StorageFullError,
    TransientError,
)
from connector.pipelines.backup.access import DriveAccess, Tokens
from connector.pipelines.backup.spool import Spool, size_said
from connector.ports import Clock, DriveHome, GoogleConnections
from connector.ports.backing_up import BackupWork
from connector.ports.backups import BackupDrive

RUN_MARK = "leads_connector_run"
KIND_MARK = "leads_connector_kind"
SCHEDULE_MARK = "leads_connector_schedule"
MADE_MARK = "leads_connector_made"
"""appProperties of our files: private to our Cloud project."""
BEGINS_MAX = 3
"""Sessions of one file that may end in one go, before the run waits."""
TRIES_MAX = 2
"""Uploads of one file that may come out damaged."""
CHECKSUM_LOOKS = 4
CHECKSUM_PAUSE_S = 2.0
"""Drive may not know the checksum of a file right after the upload."""
FOLDER_REPLACED = "The folder of this account's backups was gone or cannot be written to: a new one was made."

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadMeans:
    """What bringing files to Drive takes."""

    work: BackupWork
    drive: BackupDrive
    home: DriveHome
    spool: Spool
    tokens: Tokens
    connections: GoogleConnections
    client_id: str
    clock: Clock


class Upload:
    """Brings the files of a run to Drive."""

    def __init__(self, means: UploadMeans) -> None:
        self._means = means

    async def run(self, work: RunWork) -> None:
        """Bring what is not there yet. Raises ConnectorError kinds, LeaseLostError."""
        access = DriveAccess(self._means.tokens, work.connection_id)
        work = await self._room(work, access)
        await self._named(work, access)
        for file in await self._means.work.files(work):
            if file.state != "stored":
                await self._bring(work, access, file)
            elif not await self._lies_there(access, file):  # an earlier claim sent it, days ago maybe
                await self._means.work.anew(work, file.name, await self._new_id(access))
                await self._bring(work, access, await self._again(work, file))
        log.info("backup.uploaded")

    async def _lies_there(self, access: DriveAccess, file: RunFile) -> bool:
        """Tell whether Drive still has a file as it was sent: to make room people delete what is largest."""
        drive_id = file.drive_id or ""
        try:
            stored = await access.call(lambda token: self._means.drive.file(token, drive_id))
        except GoneError:
            return False
        return _is_same(file, stored)

    async def _room(self, work: RunWork, access: DriveAccess) -> RunWork:
        """Ask for the quota first, with numbers, and see to the folder."""
        space = await access.call(self._means.home.space)
        files = await self._means.work.files(work)
        needed = sum(one.size_bytes - one.acknowledged_bytes for one in files if one.state != "stored")
        if space.limit_bytes is not None and space.limit_bytes - space.used_bytes < needed:
            free = max(space.limit_bytes - space.used_bytes, 0)
            raise StorageFullError(
                f"The backup needs {size_said(needed)}, and the Drive has {size_said(free)} of "
                f"{size_said(space.limit_bytes)} free."
            )
        connections, workspace_id = self._means.connections, work.schedule.workspace_id
        known = await connections.folder(work.connection_id)
        folder_id = await access.call(
            lambda token: self._means.home.folder(token, workspace_id, known_id=known)
        )
        notice = FOLDER_REPLACED if known is not None and folder_id != known else None
        if folder_id != known:
            await connections.keep_folder(work.connection_id, folder_id, instead_of=known)
        folder_id = await self._part(work, access, folder_id)
        if work.folder_id not in {None, folder_id}:  # what lies in the old one is in the bin
            for file in files:
                if file.drive_id is not None:
                    await self._means.work.anew(work, file.name, await self._new_id(access))
        goal = UploadGoal(
            folder_id=folder_id, email=space.email, client_id=self._means.client_id, notice=notice
        )
        return await self._means.work.into(work, goal)

    async def _part(self, work: RunWork, access: DriveAccess, folder_id: str) -> str:
        """Return the folder in ours that the schedule's pattern names for this run; ours where it names none."""
        schedule = work.schedule
        if not schedule.folder:
            return folder_id
        name = name_of(
            schedule.folder,
            workspace=schedule.workspace_id,
            schedule=schedule.name,
            kind=schedule.kind,
            run=work.id,
            at=datetime.fromtimestamp((work.made_at_ms or 0) / 1000, UTC),
            zone=zone_named(schedule.zone),
        )
        return await access.call(lambda token: self._means.home.part(token, folder_id, name))

    async def _named(self, work: RunWork, access: DriveAccess) -> None:
        """Give every file its id in Drive, before the first of them is made."""
        nameless = [one for one in await self._means.work.files(work) if one.drive_id is None]
        if nameless:
            count = len(nameless)
            ids = await access.call(lambda token: self._means.drive.new_ids(token, count))
            await self._means.work.named(
                work, {one.name: one_id for one, one_id in zip(nameless, ids, strict=True)}
            )

    async def _bring(self, work: RunWork, access: DriveAccess, file: RunFile) -> None:
        for _ in range(TRIES_MAX - min(file.tries, TRIES_MAX - 1)):
            stored = await self._checked(access, await self._sent(work, access, file))
            if _is_same(file, stored):
                await self._means.work.stored(work, file.name)
                return
            await access.call(lambda token, stored=stored: self._means.drive.delete(token, stored.id))  # type: ignore[misc] # mypy does not see the default
            await self._means.work.anew(work, file.name, await self._new_id(access))
            log.warning("backup.file_damaged", file=file.position)
            file = await self._again(work, file)
        raise PermanentError("A file arrived in Drive with other bytes than were sent, twice.")

    async def _again(self, work: RunWork, file: RunFile) -> RunFile:
        return next(one for one in await self._means.work.files(work) if one.name == file.name)

    async def _sent(self, work: RunWork, access: DriveAccess, file: RunFile) -> StoredFile:
        """Send a file from the acknowledged byte to its end."""
        url = await self._means.work.session(work, file.name)
        for _ in range(BEGINS_MAX):
            try:
                if url is not None:
                    done = await self._acknowledged(access, file, url)
                    return await self._through(work, access, file, url, done)
                begun = await self._begun(work, access, file)
                if isinstance(begun, StoredFile):
                    return begun
                url = begun
                return await self._through(work, access, file, url, Uploaded(acknowledged_bytes=0))
            except GoneError:
                if not await self._folder_lives(work, access):
                    raise TransientError("The folder went away while files were sent.") from None
                if url is None:  # what has that id cannot be seen
                    await self._means.work.anew(work, file.name, await self._new_id(access))
                    file = await self._again(work, file)
                url = None  # a session that ended begins anew, under the same id
        raise TransientError("Drive ended the upload's session again and again.")

    async def _begun(self, work: RunWork, access: DriveAccess, file: RunFile) -> str | StoredFile:
        new = NewFile(
            id=file.drive_id or "",
            name=file.name,
            folder_id=work.folder_id or "",
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            marks={
                RUN_MARK: work.id,
                SCHEDULE_MARK: work.schedule.id,
                KIND_MARK: "manifest" if file.is_manifest else "file",
                MADE_MARK: f"{datetime.fromtimestamp((work.made_at_ms or 0) / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
            },
        )
        begun = await access.call(lambda token: self._means.drive.begin_upload(token, new))
        if isinstance(begun, str):
            await self._means.work.began_upload(work, file.name, begun)
        return begun

    async def _through(
        self, work: RunWork, access: DriveAccess, file: RunFile, url: str, done: Uploaded
    ) -> StoredFile:
        failed_at: int | None = None
        while done.file is None:
            await self._means.work.acknowledged(work, file.name, done.acknowledged_bytes)
            before = done.acknowledged_bytes
            try:
                done = await self._chunk(work, access, file, url, before)
            except StaleTokenError:
                await access.renewed()
                done = await self._acknowledged(access, file, url)
            except RateLimitedError:
                raise
            except TransientError:
                if failed_at == before:  # no progress since the last such moment: the run waits
                    raise
                failed_at = before
                done = await self._acknowledged(access, file, url)
        return done.file

    async def _chunk(
        self, work: RunWork, access: DriveAccess, file: RunFile, url: str, offset: int
    ) -> Uploaded:
        path = self._means.spool.folder(work.folder) / file.name
        token = await access.token()
        return await self._means.drive.send(token, url, path, file.size_bytes, offset=offset)

    async def _acknowledged(self, access: DriveAccess, file: RunFile, url: str) -> Uploaded:
        return await access.call(lambda token: self._means.drive.acknowledged(token, url, file.size_bytes))

    async def _folder_lives(self, work: RunWork, access: DriveAccess) -> bool:
        folder_id = work.folder_id or ""
        state = await access.call(lambda token: self._means.drive.folder_state(token, folder_id))
        return state == "usable"

    async def _checked(self, access: DriveAccess, stored: StoredFile) -> StoredFile:
        """Wait a moment for Drive to know the file's checksum."""
        for look in range(CHECKSUM_LOOKS):
            if stored.sha256 is not None or stored.md5 is not None:
                return stored
            await self._means.clock.sleep(CHECKSUM_PAUSE_S * 2**look)
            file_id = stored.id
            stored = await access.call(lambda token: self._means.drive.file(token, file_id))  # noqa: B023 - called at once
        raise TransientError("Drive does not tell a file's checksum.")

    async def _new_id(self, access: DriveAccess) -> str:
        ids: Sequence[str] = await access.call(lambda token: self._means.drive.new_ids(token, 1))
        return ids[0]


def _is_same(file: RunFile, stored: StoredFile) -> bool:
    if stored.is_trashed or stored.size_bytes not in {None, file.size_bytes}:
        return False
    if stored.sha256 is not None and stored.sha256 != file.sha256:
        return False
    return stored.md5 is None or stored.md5 == file.md5
