"""The bytes of a file: in memory while they are few, then in a temporary file; digests are made on the way."""

import hashlib
import weakref
from tempfile import SpooledTemporaryFile

IN_MEMORY_BYTES = 2**20


class Content:
    """Bytes that only ever grow. The temporary file goes with the object."""

    def __init__(self, data: bytes = b"") -> None:
        self.size = 0
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - lives as long as we do
        self._sums = {
            "md5Checksum": hashlib.md5(usedforsecurity=False),
            "sha1Checksum": hashlib.sha1(usedforsecurity=False),
            "sha256Checksum": hashlib.sha256(),
        }
        weakref.finalize(self, self._file.close)
        self.append(data)

    def append(self, piece: bytes) -> None:
        """Add to the end."""
        self._file.seek(self.size)
        self._file.write(piece)
        for one in self._sums.values():
            one.update(piece)
        self.size += len(piece)

    def read(self, start: int, count: int) -> bytes:
        """Return `count` bytes from `start`, or those that there are."""
        self._file.seek(start)
        return self._file.read(count)

    def checksums(self) -> dict[str, str]:
        """Return the digests by their names in a file's resource."""
        return {name: one.hexdigest() for name, one in self._sums.items()}
