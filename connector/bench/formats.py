"""Backups' files: time of the processor against the bare library, peak memory, a process each."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from connector.bench.child import child
from connector.bench.figures import Figure, Size
from connector.bench.stand import Stand
from connector.domain.backup.files import BackupFormat

FORMATS: Sequence[BackupFormat] = get_args(BackupFormat)


async def writing_formats(_stand: Stand, size: Size) -> Sequence[Figure]:
    """Each format, and the same rows by the library that it stands on: json, csv, xlsxwriter, saxutils, pyarrow."""
    figures = []
    for kind in FORMATS:
        async with _measured("bare", kind, size.calls) as bare, _measured("write", kind, size.calls) as ours:
            figures += [
                Figure(
                    name=f"calls written ÷ bare library, {kind}",
                    value=bare["cpu_s"] / ours["cpu_s"],
                    unit="ratio",
                    note=f"{size.calls} calls: {ours['cpu_s']:.0f} s of CPU, {ours['size_bytes'] / 1e6:.0f} MB",
                ),
                _peak(f"peak memory writing, {kind}", kind, ours),
            ]
    return figures


async def reading_formats(_stand: Stand, size: Size) -> Sequence[Figure]:
    """Each format read back into Calls."""
    figures = []
    for kind in FORMATS:
        async with _measured("write", kind, size.calls, "read") as found:
            figures += [
                Figure(name=f"calls read, {kind}", value=size.calls / found["cpu_s"], unit="calls/s"),
                _peak(f"peak memory reading, {kind}", kind, found),
            ]
    return figures


async def sealing(_stand: Stand, size: Size) -> Sequence[Figure]:
    """Sealing and opening the JSON Lines, against the library with files of its own."""
    async with _measured("write", "jsonl", size.calls, "seal") as found:
        note = f"{found['size_bytes'] / found['cpu_s'] / 1e6:.0f} MB/s"
        return [
            Figure(name="sealed and opened ÷ bare library", value=found["ratio"], unit="ratio", note=note),
            _peak("peak memory sealing", "jsonl", found),
        ]


def _peak(name: str, kind: BackupFormat, found: dict[str, Any]) -> Figure:
    goal = "≤ 400" if kind == "parquet" else "≤ 250"
    return Figure(name=name, value=found["peak_mib"], unit="MiB", goal=goal)


@asynccontextmanager
async def _measured(first: str, kind: BackupFormat, calls: int, *then: str) -> AsyncIterator[dict[str, Any]]:
    """Run steps on one folder, a process each; yield what the last one found."""
    with TemporaryDirectory(prefix="connector-bench-") as name:
        found: dict[str, Any] = {}
        for step in (first, *then):
            async with child(
                "connector.bench.format_child", step, kind, str(calls), str(Path(name))
            ) as process:
                found = await process.read()
        yield found
