"""Where the files of runs lie until they are in Drive: a folder for each, for our eyes only. Synchronous."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connector.domain.backup.files import BackupFormat
from connector.domain.backup.runs import DiskFullError, RunFile

CALL_BYTES: Mapping[BackupFormat, int] = {
    "jsonl": 1200,
    "csv": 500,
    "csv_excel": 500,
    "xlsx": 250,
    "xml": 350,
    "parquet": 150,
}
"""About how many bytes a call takes in each format, rather too many."""
SPARE_BYTES = 64 * 2**20
"""What is left to everybody else on the disk."""


class Spool:
    """Folders under `root`, each named after what it is for."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, name: str) -> Path:
        """Return the place of a folder."""
        return self._root / name

    def fresh(self, name: str) -> Path:
        """Return an empty folder. Raises OSError."""
        folder = self.folder(name)
        self.remove(name)
        folder.mkdir(mode=0o700, parents=True)
        return folder

    def remove(self, name: str) -> None:
        """Remove a folder with everything in it; none is as good."""
        shutil.rmtree(self.folder(name), ignore_errors=True)

    def names(self) -> Iterator[str]:
        """Return the folders there are."""
        return (one.name for one in self._root.iterdir()) if self._root.is_dir() else iter(())

    def check_room(self, calls: int, formats: Sequence[BackupFormat], *, is_sealed: bool) -> None:
        """Raise DiskFullError, with numbers, unless so many calls fit."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        needed = calls * sum(CALL_BYTES[one] for one in formats) * (2 if is_sealed else 1) + SPARE_BYTES
        free = shutil.disk_usage(self._root).free
        if free < needed:
            raise DiskFullError(
                f"Our own disk has {size_said(free)} free, and the files may take {size_said(needed)}: "
                "backup.spool_dir needs more room."
            )


def holds(folder: Path, files: Sequence[RunFile]) -> bool:
    """Tell whether the files that are not in Drive yet all lie in a folder, as long as they were."""
    try:
        return bool(files) and all(
            (folder / file.name).stat().st_size == file.size_bytes for file in files if file.state != "stored"
        )
    except OSError:
        return False


def size_said(size_bytes: int) -> str:
    """Return a size as people read it."""
    size = float(size_bytes)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 - decimal, as Drive counts
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
