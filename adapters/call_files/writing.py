"""New files on their way to the disk: sizes and digests are known when the last byte is written."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from connector.domain.backup.files import BackupFormat, WrittenFile
from connector.domain.call import Call

BLOCK_BYTES = 256 * 1024


class HashedFile:
    """A new file that is written once, front to back, for nobody but us to read.

    An existing one is never written over (FileExistsError).

    Libraries may take it for an open binary file that cannot be rewound.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0
        self._held = bytearray()
        self._file = open(path, "xb", buffering=0, opener=_for_us_alone)  # noqa: SIM115 - `finish` and `discard` close it
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)  # Drive's own checksum

    def write(self, data: bytes | bytearray) -> int:
        """Take bytes; those that wait are few. Raises OSError when the disk does not take them."""
        self._held += data
        if len(self._held) >= BLOCK_BYTES:
            self._hand_on()
        return len(data)

    def _hand_on(self) -> None:
        block, self._held = self._held, bytearray()
        self._sha256.update(block)
        self._md5.update(block)
        self.size_bytes += len(block)
        rest = memoryview(block)
        while rest:
            rest = rest[self._file.write(rest) :]

    def tell(self) -> int:
        """Return how many bytes were taken."""
        return self.size_bytes + len(self._held)

    def flush(self) -> None:
        """Do nothing: `finish` brings all to the disk."""

    @property
    def sha256(self) -> str:
        """Return the digest of what was handed to the disk."""
        return self._sha256.hexdigest()

    @property
    def closed(self) -> bool:
        """Tell whether it takes no more."""
        return self._file.closed

    def finish(
        self, *, kind: BackupFormat, media_type: str, rows: int, owner: str | None = None
    ) -> WrittenFile:
        """Bring everything to the disk but the file's name, for which `sync_folder` is."""
        self._hand_on()
        os.fsync(self._file.fileno())
        self._file.close()
        return WrittenFile(
            path=self.path,
            name=self.path.name,
            format=kind,
            media_type=media_type,
            rows=rows,
            size_bytes=self.size_bytes,
            sha256=self.sha256,
            md5=self._md5.hexdigest(),
            owner=owner,
            plain_size_bytes=self.size_bytes,
            plain_sha256=self.sha256,
        )

    def discard(self) -> None:
        """Remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


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
        self._head = head
        self._rows = 0
        self._file: HashedFile | None = None
        self._is_done = False

    def add(self, call: Call) -> None:
        line = self._line_of(call)
        if self._file is None:
            self._file = HashedFile(self._path)
            self._file.write(self._head)
        self._file.write(line)
        self._rows += 1

    def close(self) -> Sequence[WrittenFile]:
        if self._file is None:
            return ()
        file = self._file.finish(kind=self._kind, media_type=self._media_type, rows=self._rows)
        sync_folder(file.path.parent)
        self._is_done = True
        return (file,)

    def abort(self) -> None:
        if not self._is_done and self._file is not None:
            self._file.discard()
        self._is_done = True
