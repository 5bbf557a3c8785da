"""New files on their way to the disk: sizes and digests are known when the last byte is written."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from connector.domain.backup.files import BackupFormat, WrittenFile
from connector.domain.call import Call

BLOCK_BYTES = 256 * 1024


class HashedFile:
    """A new file that is written once, front to back. An existing one is never written over (FileExistsError)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0
        self._file = path.open("xb", buffering=0)
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)  # Drive's own checksum

    def write(self, block: bytes) -> int:
        """Write a block; blocks are best some 100 KiB long. Raises OSError when the disk does not take it."""
        rest = memoryview(block)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._sha256.update(block)
        self._md5.update(block)
        self.size_bytes += len(block)
        return len(block)

    def flush(self) -> None:
        """Do nothing: every block goes to the system at once."""

    def finish(
        self, *, kind: BackupFormat, media_type: str, rows: int, owner: str | None = None
    ) -> WrittenFile:
        """Bring everything to the disk, the file's name too."""
        os.fsync(self._file.fileno())
        self._file.close()
        sync_folder(self.path.parent)
        sha256 = self._sha256.hexdigest()
        return WrittenFile(
            path=self.path,
            name=self.path.name,
            format=kind,
            media_type=media_type,
            rows=rows,
            size_bytes=self.size_bytes,
            sha256=sha256,
            md5=self._md5.hexdigest(),
            owner=owner,
            plain_size_bytes=self.size_bytes,
            plain_sha256=sha256,
        )

    def discard(self) -> None:
        """Remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class LineWriter:
    """A format of one file whose calls are texts one after the other; implements `ports.backups.CallWriter`."""

    def __init__(
        self,
        path: Path,
        kind: BackupFormat,
        media_type: str,
        line_of: Callable[[Call], bytes],
        head: bytes = b"",
    ) -> None:
        self._path = path
        self._kind = kind
        self._media_type = media_type
        self._line_of = line_of
        self._held = bytearray(head)
        self._rows = 0
        self._file: HashedFile | None = None
        self._is_done = False

    def add(self, call: Call) -> None:
        self._held += self._line_of(call)
        self._rows += 1
        if len(self._held) >= BLOCK_BYTES:
            self._write()

    def _write(self) -> None:
        if self._file is None:
            self._file = HashedFile(self._path)
        self._file.write(bytes(self._held))
        self._held.clear()

    def close(self) -> Sequence[WrittenFile]:
        self._is_done = True
        if not self._rows:
            return ()
        self._write()
        assert self._file is not None  # noqa: S101 - a row was written
        return (self._file.finish(kind=self._kind, media_type=self._media_type, rows=self._rows),)

    def abort(self) -> None:
        if not self._is_done and self._file is not None:
            self._file.discard()
        self._is_done = True
