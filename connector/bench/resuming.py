"""An upload cut by a kill: how much is sent in all, over what there was to send."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from connector.bench.child import child
from connector.bench.drive import MAIN, DriveStand, opened_drive
from connector.bench.figures import Figure, Size
from connector.bench.format_child import calls_of
from connector.bench.stand import Stand
from connector.domain.backup.runs import RunId
from connector.domain.backup.views import RunView

NOTE_CHARS = 40_000
"""Few calls make a large file."""
CUT_AT = 0.6
MIDDLE_BYTES = 2**20
LOOK_S = 0.005
PATIENCE_S = 180.0
FULL_CALLS = 100_000
CHUNK = 100


async def resuming(stand: Stand, size: Size) -> Sequence[Figure]:
    """Kill the daemon when Drive has 60 % of a backup, start another, count what was sent."""
    megabytes = 128 if size.calls >= FULL_CALLS else 48
    async with opened_drive(stand) as drive:
        daemon, run_id = ("connector", "--config", str(drive.config), "run"), await _waiting(drive, megabytes)
        async with asyncio.timeout(PATIENCE_S), child(*daemon) as first:
            run = await drive.seen(run_id)
            while not (run.bytes_total and _is_in_the_middle(run, _arrived_bytes(drive))):
                await asyncio.sleep(LOOK_S)
                run = await drive.seen(run_id)
            first.kill()
            await first.process.wait()
        cut = _arrived_bytes(drive) / run.bytes_total
        async with asyncio.timeout(PATIENCE_S), child(*daemon):
            while run.state != "good":
                await asyncio.sleep(LOOK_S)
                run = await drive.seen(run_id)
        ratio = _sent_bytes(drive) / run.bytes_total
    note = f"{run.bytes_total / 1e6:.0f} MB, killed at {cut:.0%}"
    return [
        Figure(name="sent ÷ file, upload cut by a kill", value=ratio, unit="ratio", goal="≤ 1.1", note=note)
    ]


async def _waiting(drive: DriveStand, megabytes: int) -> RunId:
    """Return a run that waits for a daemon, with one file of JSON Lines."""
    log = iter(calls_of(megabytes * 1_000_000 // NOTE_CHARS))
    while some := [replace(call, note="n" * NOTE_CHARS) for call in islice(log, CHUNK)]:
        await drive.desk.rooms.calls.add(MAIN, some, import_id="bench")
    return await drive.asked("jsonl")


def _is_in_the_middle(run: RunView, arrived_bytes: int) -> bool:
    """Tell whether 60 % are acknowledged and the next chunk is on its way."""
    if run.state == "good":
        raise RuntimeError("the backup was over before it could be cut")
    return run.bytes_sent >= CUT_AT * run.bytes_total and arrived_bytes >= run.bytes_sent + MIDDLE_BYTES


def _arrived_bytes(drive: DriveStand) -> int:
    """Return what Drive has of files that are under way and done."""
    return sum(one.content.size for one in drive.google.world.uploads.values())


def _sent_bytes(drive: DriveStand) -> int:
    """Return what came to Drive as parts of files, kept or not."""
    return sum(one.body_bytes for one in drive.google.seen if one.route == "session")
