"""Bringing a file into a Drive as a run does: from the acknowledged byte on, whatever happened before."""

import hashlib
import random
import stat
from dataclasses import dataclass, field
from pathlib import Path

from adapters.google.backup_drive import GoogleBackupDrive
from adapters.sandbox.google.server import GoogleSandbox
from connector.domain.backup.files import NewFile, StoredFile, Uploaded
from connector.domain.errors import TransientError


@dataclass
class Spool:
    """A file of a run on our disk, and what is remembered of its upload."""

    path: Path
    data: bytes = field(repr=False)
    session_url: str = ""
    acknowledged: int = 0

    @classmethod
    def of(cls, path: Path, size: int) -> "Spool":
        """Write `size` bytes of noise that is the same each time."""
        data = random.Random(size).randbytes(size)  # noqa: S311 - repeatable
        path.write_bytes(data)
        return cls(path, data)

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def md5(self) -> str:
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()

    def new(self, file_id: str, folder_id: str, **marks: str) -> NewFile:
        """Return what is to be made of it in Drive."""
        return NewFile(
            id=file_id,
            name=self.path.name,
            folder_id=folder_id,
            media_type="application/x-ndjson",
            size_bytes=self.size,
            marks=marks,
        )

    async def send(self, drive: GoogleBackupDrive, token: str) -> Uploaded:
        """Send one chunk from where it stands."""
        done = await drive.send(token, self.session_url, self.path, self.size, offset=self.acknowledged)
        self.acknowledged = done.acknowledged_bytes
        return done

    async def ask(self, drive: GoogleBackupDrive, token: str) -> Uploaded:
        """Ask how far it is."""
        done = await drive.acknowledged(token, self.session_url, self.size)
        self.acknowledged = done.acknowledged_bytes
        return done

    async def bring(self, drive: GoogleBackupDrive, token: str) -> StoredFile:
        """Send until all is there; after each bad moment ask first."""
        for _ in range(200):
            try:
                done = await self.send(drive, token)
            except TransientError:
                done = await self.ask(drive, token)
            if done.file is not None:
                return done.file
        raise AssertionError("the upload does not end")


@dataclass
class Landing:
    """Where a download goes."""

    path: Path

    @property
    def data(self) -> bytes | None:
        """What lies there; None: nothing."""
        return self.path.read_bytes() if self.path.exists() else None

    @property
    def size(self) -> int:
        return len(self.data or b"")

    @property
    def mode(self) -> int:
        """Who may read it."""
        return stat.S_IMODE(self.path.stat().st_mode)

    def put(self, text: str) -> None:
        """Lay something there before."""
        self.path.write_text(text)


async def begun(
    drive: GoogleBackupDrive, token: str, spool: Spool, folder: str, **marks: str
) -> tuple[str, Spool]:
    """Open a session under a new id; return the id."""
    (file_id,) = await drive.new_ids(token, 1)
    begun = await drive.begin_upload(token, spool.new(file_id, folder, **marks))
    assert isinstance(begun, str)
    spool.session_url = begun
    return file_id, spool


def sent_bytes(google: GoogleSandbox) -> int:
    """Return how many bytes of files came over the wire."""
    return sum(seen.body_bytes for seen in google.seen if seen.route == "session")
