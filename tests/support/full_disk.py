"""A disk on which no file can grow, as far as this process is concerned."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def longest_file(folder: Path) -> int:
    """Return the size of the longest file in a folder, in bytes."""
    return max(file.stat().st_size for file in folder.iterdir())


@contextmanager
def no_file_grows(*, beyond_bytes: int) -> Iterator[None]:
    """Have the kernel refuse every write behind this length: to SQLite that is a failing disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
