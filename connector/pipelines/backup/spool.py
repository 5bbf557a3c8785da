"""Where files of backups lie while they are worked on: a folder a claim, for our eyes only. Synchronous.

A folder belongs to the claim that made it. Whoever loses a claim cleans up after itself without a look at what the
next holder of the same work does beside it. Several machines, and installations that know nothing of each other, may
have the same `root`.
"""

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import get_args

from connector.domain.backup.files import BackupFormat
from connector.domain.backup.runs import DiskFullError, RunFile
from connector.domain.backup.work import SpoolKey, WorkKind

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

_KINDS: Mapping[str, WorkKind] = {kind: kind for kind in get_args(WorkKind)}
_NAME = re.compile(f"({'|'.join(_KINDS)})-([0-9a-f]{{32}})-([0-9a-f]{{32}})")


class Spool:
    """Folders under `root`, each named after the claim whose it is."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, key: SpoolKey) -> Path:
        """Return the place of a folder."""
        return self._root / f"{key.kind}-{key.work_id}-{key.claim_id}"

    def fresh(self, key: SpoolKey) -> Path:
        """Return a new, empty folder. Raises OSError."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = self.folder(key)
        folder.mkdir(mode=0o700)
        return folder

    def remove(self, keys: Iterable[SpoolKey]) -> None:
        """Remove folders with everything in them; none is as good."""
        for key in keys:
            shutil.rmtree(self.folder(key), ignore_errors=True)

    def keys(self) -> Sequence[SpoolKey]:
        """Return whose folders there are; what has a name of another kind is not ours."""
        found = (_NAME.fullmatch(one.name) for one in (self._root.iterdir() if self._root.is_dir() else ()))
        return [
            SpoolKey(kind=_KINDS[match[1]], work_id=match[2], claim_id=match[3])
            for match in found
            if match is not None
        ]

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
