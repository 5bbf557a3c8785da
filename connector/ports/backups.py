"""What backups need from outside: files of every format, and somebody's Drive.

Writers and readers are synchronous and run in a thread; Drive is asynchronous.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from connector.domain.backup.files import (
    BackupFormat,
    NewFile,
    StoredFile,
    Uploaded,
    WriteOptions,
    WrittenFile,
)
from connector.domain.backup.sealing import SealingKey
from connector.domain.backup.sight import FolderState
from connector.domain.call import Call, RejectedRow


class CallWriter(Protocol):
    """Calls on their way into one format, in constant memory."""

    def add(self, call: Call) -> None:
        """Write one call. Raises OSError when the disk does not take it."""

    def close(self) -> Sequence[WrittenFile]:
        """Finish, bring everything to the disk (fsync) and return the files; none was written without a call."""

    def abort(self) -> None:
        """Give up and remove what was begun; harmless after `close`."""


class CallFormats(Protocol):
    """Writing and reading the files of a backup."""

    def writer(self, kind: BackupFormat, folder: Path, stem: str, options: WriteOptions) -> CallWriter:
        """Open a writer of files `stem….ext` in `folder`. Raises BadInputError where a format is not installed."""

    def calls(self, path: Path) -> Iterator[Call | RejectedRow]:
        """Yield the calls of a file that a writer made, exactly as they were where the format can hold it.

        Raises BadInputError when it is no such file.
        """


class FileSealing(Protocol):
    """Sealing finished files, and the keys for it (age). Streaming: memory does not grow with a file.

    Every method raises BadInputError for a key, recipient or pass phrase that is none.
    """

    def new_key(self) -> SealingKey:
        """Return a new pair, from the system's randomness."""

    def recipient_of(self, identity: str) -> str:
        """Return the public half of a key."""

    def check_recipients(self, recipients: Sequence[str]) -> None:
        """Raise BadInputError unless files can be sealed for all of them."""

    def seal(self, file: WrittenFile, recipients: Sequence[str]) -> WrittenFile:
        """Seal a file into `….age` beside it, bring that to the disk, remove the plain one.

        Each recipient alone opens it. On OSError the plain file is still there and no sealed one.
        """

    def unseal(self, path: Path, to: Path, identity: str) -> str:
        """Open a sealed file into a new one; return its SHA-256, to be compared with the manifest's.

        Raises BadInputError: another key is needed, or the file is damaged; then nothing is left at `to`.
        """

    def lock(self, identity: str, phrase: str) -> str:
        """Return the key under a pass phrase, as text for a sheet. Takes some tenths of a second and 128 MiB."""

    def unlock(self, locked: str, phrase: str) -> str:
        """Return the key. Raises BadInputError for another pass phrase. As dear as `lock`."""


class BackupDrive(Protocol):
    """Files in somebody's Drive. Every method raises ConnectorError kinds only.

    StaleTokenError: refresh the access token and ask again. StorageFullError, SuspendedError: the grant lives.
    RateLimitedError carries the pause. GoneError: the file, the folder or the session is not there any more.
    A TransientError that is `unknown` was asked twice already: not in a loop.
    """

    async def folder_state(self, access_token: str, folder_id: str) -> FolderState:
        """Return what becomes of a folder known before; `domain.backup.sight.why_missing` puts it in words."""

    async def new_ids(self, access_token: str, count: int) -> Sequence[str]:
        """Return ids for files to come (1 or more): a repeated create under one is refused and never a twin."""

    async def begin_upload(self, access_token: str, file: NewFile) -> str | StoredFile:
        """Return the address of a resumable session, a secret that lives a week; or the file made before.

        The file made before, under the same id, may be in the bin or broken: compare it. Raises GoneError when the
        folder, or what has that id, cannot be seen: look for the folder, and take a new id.
        """

    async def acknowledged(self, access_token: str, session_url: str, size_bytes: int) -> Uploaded:
        """Ask how far a session is. Raises GoneError when it has ended: begin anew."""

    async def send(
        self, access_token: str, session_url: str, path: Path, size_bytes: int, *, offset: int
    ) -> Uploaded:
        """Send one chunk from `offset`, as acknowledged, and return how far it is now: the server says, not we.

        It is further than `offset`, or it raises: TransientError when Drive kept nothing of the chunk.
        After any error ask `acknowledged` before sending on. Raises GoneError when the session does not go on
        (begin anew), TransientError also when there is no file at `path` any more, PermanentError when it is
        not what it was.
        """

    async def file(self, access_token: str, file_id: str) -> StoredFile:
        """Return what Drive knows of a file. Raises GoneError."""

    async def files(
        self, access_token: str, folder_id: str, marks: Mapping[str, str]
    ) -> Sequence[StoredFile]:
        """Return our files of a folder that carry all `marks` and are not in the bin; every page is followed.

        The search lags: what was made a moment ago may be missing, so trust an id that you have.
        """

    async def download(
        self, access_token: str, file_id: str, path: Path, *, size_bytes: int, offset: int = 0
    ) -> None:
        """Write a file to `path` (made anew, for nobody else to read), in parts.

        An access token may not live as long as that takes: after StaleTokenError what has come stays there, and
        `offset`, its size, goes on. After any other error nothing is left. Raises GoneError, PermanentError on
        another size, DiskFullError when our disk does not take it.
        """

    async def trash(self, access_token: str, file_id: str) -> None:
        """Put a file into Drive's bin; one that is gone is as good."""

    async def delete(self, access_token: str, file_id: str) -> None:
        """Delete a file for good, past the bin: only one of ours whose upload failed its check."""
