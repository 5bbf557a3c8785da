"""A backup fetched from Drive, each file compared with what was uploaded; whatever is wrong with it has a name."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.files import StoredFile
from connector.domain.backup.manifest import Manifest
from connector.domain.backup.runs import RunFile, RunId
from connector.domain.backup.sight import is_other_client, why_missing
from connector.domain.backup.views import RunView
from connector.domain.errors import AuthLostError, GoneError, PermanentError, StaleTokenError, SuspendedError
from connector.pipelines.backup.access import DriveAccess, Tokens
from connector.pipelines.backup.unpacking import read_manifest, unsealed
from connector.ports.backing_up import BackupRuns
from connector.ports.backups import BackupDrive, FileSealing

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A run on our disk: plain files that a restore reads, in their order. No manifest: sealed, and not opened."""

    run: RunView
    manifest: Manifest | None
    files: Sequence[Path] = ()


class Fetching:
    """Fetches runs. `identities` open sealed files; `client_id` is our OAuth client."""

    def __init__(
        self,
        runs: BackupRuns,
        drive: BackupDrive,
        tokens: Tokens,
        seals: FileSealing,
        *,
        client_id: str,
        identities: Sequence[str] = (),
    ) -> None:
        self._runs = runs
        self._drive = drive
        self._tokens = tokens
        self._seals = seals
        self._client_id = client_id
        self._identities = identities

    def with_identities(self, identities: Sequence[str]) -> "Fetching":
        """Return one that tries these keys first."""
        return Fetching(
            self._runs,
            self._drive,
            self._tokens,
            self._seals,
            client_id=self._client_id,
            identities=(*identities, *self._identities),
        )

    async def chain(self, run_id: RunId) -> Sequence[RunView]:
        """Return the runs that restoring one takes, the newest first. Raises DrillFailedError."""
        found: list[RunView] = []
        at: RunId | None = run_id
        while at is not None:
            run = await self._runs.run(at)
            if run is None or run.state != "good" or any(one.id == at for one in found):
                raise DrillFailedError("no_backup")
            if run.trashed_at_ms is not None:
                raise DrillFailedError("file_missing", "It was deleted because it was over.")
            found.append(run)
            at = run.base_run_id
        return found

    async def fetch(self, run: RunView, folder: Path) -> Fetched:
        """Fetch what restoring a run takes into an empty folder.

        Raises DrillFailedError for what is wrong with the backup, else ConnectorError kinds.
        """
        try:
            return await self._fetched(run, folder)
        except (AuthLostError, SuspendedError) as error:
            raise DrillFailedError("account_lost", str(error)) from None

    async def look(self, run: RunView, file: RunFile) -> StoredFile:
        """Return what Drive says of a file: it is there, as long as it was, with our checksums where Drive has them.

        Raises DrillFailedError for what is wrong with it, else ConnectorError kinds.
        """
        access, drive_id = DriveAccess(self._tokens, run.connection_id), file.drive_id or ""
        try:
            stored = await access.call(lambda token: self._drive.file(token, drive_id))
        except GoneError:
            raise await self._missing(run, access) from None
        if stored.is_trashed:
            raise DrillFailedError("file_missing", "It lies in the Drive's bin.")
        _check_told(file, stored)
        return stored

    async def manifest(self, run: RunView, described: RunFile, folder: Path) -> Manifest | None:
        """Fetch a run's manifest and compare it; None when it is sealed and nothing here opens it.

        Raises DrillFailedError for what is wrong with it, else ConnectorError kinds.
        """
        path = await self._file(run, DriveAccess(self._tokens, run.connection_id), described, folder)
        await asyncio.to_thread(_check_sum, described, path)
        if described.is_sealed and not self._identities:
            return None
        return await asyncio.to_thread(self._opened_manifest, path)

    async def _fetched(self, run: RunView, folder: Path) -> Fetched:
        access = DriveAccess(self._tokens, run.connection_id)
        files = {file.name: file for file in await self._runs.files(run.id)}
        described = next((file for file in files.values() if file.is_manifest), None)
        if described is None:
            raise DrillFailedError("file_missing")
        path = await self._file(run, access, described, folder)
        if described.is_sealed and not self._identities:
            for file in files.values():
                if not file.is_manifest:
                    await self._file(run, access, file, folder)
            return Fetched(run=run, manifest=None)
        manifest = await asyncio.to_thread(self._opened_manifest, path)
        await asyncio.to_thread(_check_sum, described, path)
        paths = []
        for wanted in manifest.restorable():
            known = files.get(wanted.name)
            if known is None:
                raise DrillFailedError("file_missing")
            fetched = await self._file(run, access, known, folder)
            await asyncio.to_thread(_check_sum, known, fetched)
            paths.append(await asyncio.to_thread(unsealed, self._seals, fetched, self._identities))
        if manifest.calls and not paths:
            raise DrillFailedError("file_unreadable", "It has no file that can be restored exactly.")
        return Fetched(run=run, manifest=manifest, files=paths)

    def _opened_manifest(self, path: Path) -> Manifest:
        return read_manifest(unsealed(self._seals, path, self._identities))

    async def _file(self, run: RunView, access: DriveAccess, file: RunFile, folder: Path) -> Path:
        """Fetch one file; compare what Drive says of it, for the manifest after it was read."""
        drive_id = file.drive_id or ""
        try:
            stored = await access.call(lambda token: self._drive.file(token, drive_id))
            if stored.is_trashed:
                raise DrillFailedError("file_missing", "It lies in the Drive's bin.")
            if not file.is_manifest:
                _check_told(file, stored)
            path = folder / file.name
            await self._download(access, drive_id, path, stored.size_bytes or 0)
        except GoneError:
            raise await self._missing(run, access) from None
        except PermanentError as error:
            raise DrillFailedError("file_changed", str(error)) from None
        if not file.is_manifest:
            await asyncio.to_thread(_check_sum, file, path)
        return path

    async def _download(self, access: DriveAccess, drive_id: str, path: Path, size_bytes: int) -> None:
        token, offset = await access.token(), 0
        while True:
            try:
                await self._drive.download(token, drive_id, path, size_bytes=size_bytes, offset=offset)
            except StaleTokenError:
                had, offset = offset, await asyncio.to_thread(_size_of, path)
                if offset == had and offset:
                    raise
                token = await access.renewed()
            else:
                return

    async def _missing(self, run: RunView, access: DriveAccess) -> DrillFailedError:
        folder_id = run.folder_id
        state = (
            await access.call(lambda token: self._drive.folder_state(token, folder_id)) if folder_id else None
        )
        why = why_missing(state, made_by=run.client_id, client_id=self._client_id)
        if is_other_client(run.client_id, self._client_id):
            return DrillFailedError("other_client", f"{why.sentence} {why.remedy}" if why else "")
        return DrillFailedError("file_missing", f"{why.sentence} {why.remedy}" if why else "")


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _check_told(file: RunFile, stored: StoredFile) -> None:
    """Compare with what Drive says of a file, which costs nothing."""
    told = (stored.size_bytes, stored.md5, stored.sha256)
    ours = (file.size_bytes, file.md5, file.sha256)
    if any(one is not None and one != other for one, other in zip(told, ours, strict=True)):
        raise DrillFailedError("file_changed")


def _check_sum(file: RunFile, path: Path) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as body:
        while block := body.read(BLOCK_BYTES):
            digest.update(block)
    if digest.hexdigest() != file.sha256:
        raise DrillFailedError("file_changed")
