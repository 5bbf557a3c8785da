"""Files in somebody's Drive: uploads that go on where they stopped, listings by marks, downloads, removal.

https://developers.google.com/workspace/drive/api/guides/create-file (ids asked for before)
https://developers.google.com/workspace/drive/api/guides/properties (marks, private to our Cloud project)
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.google.downloads import other_size, read_part, remove, write_part
from adapters.google.drive_client import DriveClient
from adapters.google.drive_listing import listed, new_ids, quoted
from adapters.google.errors import ExistsError, is_missing
from adapters.google.folders import folder_state
from adapters.google.stored_files import FIELDS, stored_file
from adapters.google.uploads import (
    GRANULE,
    ask_progress,
    elsewhere,
    is_session_url,
    send_chunk,
    session_url_of,
)
from connector.domain.backup.files import NewFile, StoredFile, Uploaded
from connector.domain.backup.sight import FolderState
from connector.domain.errors import ConnectorError, GoneError, StaleTokenError, TransientError

if TYPE_CHECKING:
    from adapters.google.drive_lines import DriveLines

CHUNK_BYTES = 8 * 2**20


class GoogleBackupDrive:
    """Implements `ports.backups.BackupDrive`.

    `chunk_bytes`, a multiple of 256 KiB, is what one `send` brings and what is at stake when it breaks;
    `part_bytes` is what a download holds in memory.
    """

    def __init__(
        self, client: DriveClient, *, chunk_bytes: int = CHUNK_BYTES, part_bytes: int = CHUNK_BYTES
    ) -> None:
        if chunk_bytes <= 0 or chunk_bytes % GRANULE or not 0 < part_bytes <= CHUNK_BYTES:
            raise ValueError("chunk_bytes must be a multiple of 262144, part_bytes at most 8 MiB")
        self._client = client
        self._chunk_bytes = chunk_bytes
        self._part_bytes = part_bytes

    async def folder_state(self, access_token: str, folder_id: str) -> FolderState:
        return await folder_state(self._client, access_token, folder_id)

    async def new_ids(self, access_token: str, count: int) -> Sequence[str]:
        return await new_ids(self._client, access_token, count)

    async def begin_upload(self, access_token: str, file: NewFile) -> str | StoredFile:
        body = {
            "id": file.id,
            "name": file.name,
            "mimeType": file.media_type,
            "parents": [file.folder_id],
            "appProperties": dict(file.marks),
        }

        def work(lines: "DriveLines") -> str | ConnectorError:
            answer = lines.begin_upload(
                access_token, body, media_type=file.media_type, size_bytes=file.size_bytes, fields=FIELDS
            )
            if isinstance(answer, ConnectorError):
                return answer
            return session_url_of(answer, self._client.drive_url)

        try:
            return await self._client.repeated(access_token, work)
        except ExistsError:
            return await self.file(access_token, file.id)

    async def acknowledged(self, access_token: str, session_url: str, size_bytes: int) -> Uploaded:
        self._check(session_url)
        return await self._client.repeated(
            access_token,
            lambda lines: ask_progress(lines, access_token, session_url, size_bytes),
        )

    async def send(
        self, access_token: str, session_url: str, path: Path, size_bytes: int, *, offset: int
    ) -> Uploaded:
        self._check(session_url)
        if size_bytes and offset >= size_bytes:  # all is there, only nobody heard what became of it
            return await self.acknowledged(access_token, session_url, size_bytes)
        done = await self._client.once(  # never repeated: only the session knows what of it arrived
            access_token,
            lambda lines: send_chunk(
                lines, access_token, session_url, path, size_bytes, offset, self._chunk_bytes
            ),
        )
        if done.file is None and done.acknowledged_bytes <= offset:  # or somebody would send it for ever
            raise TransientError("Google Drive kept nothing of what was sent.")
        return done

    async def file(self, access_token: str, file_id: str) -> StoredFile:
        record = await self._client.call(
            access_token,
            lambda drive: drive.files().get(fileId=file_id, fields=FIELDS, supportsAllDrives=True),
        )
        file = stored_file(record)
        if file is None:
            raise TransientError("Google Drive told of a file without an id.", unknown=True)
        return file

    async def files(
        self, access_token: str, folder_id: str, marks: Mapping[str, str]
    ) -> Sequence[StoredFile]:
        wanted = [f"{quoted(folder_id)} in parents", "trashed = false"]
        wanted += [
            f"appProperties has {{ key={quoted(key)} and value={quoted(value)} }}"
            for key, value in marks.items()
        ]
        rows = await listed(self._client, access_token, " and ".join(wanted), FIELDS)
        return [file for row in rows if (file := stored_file(row)) is not None]

    async def download(
        self, access_token: str, file_id: str, path: Path, *, size_bytes: int, offset: int = 0
    ) -> None:
        try:
            if size_bytes == 0:
                await self._download_nothing(access_token, file_id, path)
            while offset < size_bytes:
                offset += await self._client.repeated(
                    access_token,
                    partial(
                        read_part,
                        access_token=access_token,
                        file_id=file_id,
                        path=path,
                        size_bytes=size_bytes,
                        offset=offset,
                        count=self._part_bytes,
                    ),
                )
        except StaleTokenError:  # what has come stays for the next token
            raise
        except BaseException:  # a cancelled one too leaves no half of somebody's calls behind
            remove(path)
            raise

    async def trash(self, access_token: str, file_id: str) -> None:
        try:
            await self._client.call(
                access_token,
                lambda drive: drive.files().update(
                    fileId=file_id, body={"trashed": True}, fields="id", supportsAllDrives=True
                ),
            )
        except GoneError as error:
            if not is_missing(error):
                raise

    async def delete(self, access_token: str, file_id: str) -> None:
        try:
            await self._client.call(
                access_token, lambda drive: drive.files().delete(fileId=file_id, supportsAllDrives=True)
            )
        except GoneError as error:
            if not is_missing(error):
                raise

    async def _download_nothing(self, access_token: str, file_id: str, path: Path) -> None:
        """Make an empty file: no range can be asked of one."""
        if (await self.file(access_token, file_id)).size_bytes:
            raise other_size()
        written = await asyncio.to_thread(write_part, path, 0, b"")
        if isinstance(written, ConnectorError):
            raise written

    def _check(self, session_url: str) -> None:
        if not is_session_url(session_url, self._client.drive_url):
            raise elsewhere()
