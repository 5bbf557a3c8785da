"""A whole call log through the processes that people run: imported by the command, backed up by the daemon."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters.call_files.json_calls import jsonl_writer
from connector.bench.child import Child, child
from connector.bench.drive import DriveStand, opened_drive
from connector.bench.figures import Figure, Size
from connector.bench.format_child import OPTIONS, calls_of
from connector.bench.stand import Stand

LOOK_S = 0.2
FORMATS = ("jsonl", "csv", "csv_excel", "xlsx", "xml")


async def whole_log(stand: Stand, size: Size) -> Sequence[Figure]:
    """Import so many calls, then back them up in every format at once, and in Parquet alone: its library is large."""
    with TemporaryDirectory(prefix="connector-bench-") as name:
        path = Path(name) / "calls.jsonl"
        await _written(path, size.calls)
        async with opened_drive(stand) as drive:
            return [
                await _imported(drive, path, size.calls),
                await _backed_up(drive, "every format", FORMATS, "≤ 250"),
                await _backed_up(drive, "parquet", ("parquet",), "≤ 400"),
            ]


async def _imported(drive: DriveStand, path: Path, calls: int) -> Figure:
    started = time.perf_counter()
    command = ("connector", "--config", str(drive.config), "calls", "import", str(path))
    async with child(*command) as importing:
        peak = await _peak_until(importing, importing.process.wait())
        if importing.process.returncode:
            raise RuntimeError("the import under measurement failed")
    note = f"{calls} calls, {calls / (time.perf_counter() - started):.0f} a second"
    return Figure(name="peak memory importing calls", value=peak, unit="MiB", goal="≤ 250", note=note)


async def _backed_up(drive: DriveStand, name: str, formats: Sequence[str], goal: str) -> Figure:
    run_id = await drive.asked(*formats)
    started = time.perf_counter()

    async def over() -> None:
        run = await drive.seen(run_id)
        while run.state != "good":
            await asyncio.sleep(LOOK_S)
            run = await drive.seen(run_id)

    async with child("connector", "--config", str(drive.config), "run") as daemon:
        peak = await _peak_until(daemon, over())
    run = await drive.seen(run_id)
    took_s = time.perf_counter() - started
    note = f"{run.calls} calls, {run.bytes_total / 1e6:.0f} MB, {took_s:.0f} s"
    return Figure(
        name=f"peak memory of a daemon backing up, {name}", value=peak, unit="MiB", goal=goal, note=note
    )


async def _peak_until(process: Child, over: Coroutine[Any, Any, object]) -> float:
    """Return the peak of a process's memory, in MiB, once something is over."""
    ending = asyncio.ensure_future(over)
    peak = 0.0
    while not ending.done():
        peak = max(peak, process.peak_mib())
        await asyncio.wait({ending}, timeout=LOOK_S)
    await ending
    return peak


async def _written(path: Path, calls: int) -> None:
    def write() -> None:
        writer, log = jsonl_writer(path, OPTIONS), calls_of(calls)
        for call in log:
            writer.add(call)
        writer.close()

    await asyncio.to_thread(write)
