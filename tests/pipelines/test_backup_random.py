"""Random calls through every format that holds them exactly, into a scratch store and back: an equal store."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from fake_clock import FakeClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.random_calls import calls_of, times

from adapters.call_files.formats import FileFormats
from connector.domain.backup.files import BackupFormat, WriteOptions
from connector.domain.backup.manifest import LOSSLESS
from connector.domain.backup.restoring import RestoreCounts
from connector.domain.call import Call
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.restore import Restore, Unpacked
from connector.wire.calls_digest import CallsDigest
from state.backup.scratch import opened_scratch

MAIN = WorkspaceId("main")
STORED = st.builds(
    lambda call, at: replace(call, first_seen_at=at, updated_at=call.updated_at or at), calls_of(), times
)
"""As a store has them: it knows when it met a call."""
LOGS = st.lists(STORED, max_size=12, unique_by=lambda call: call.call_id)


async def nothing(counts: RestoreCounts) -> None:
    del counts


async def restored(calls: list[Call], kind: BackupFormat) -> None:
    """Write, restore twice, compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        writer = FileFormats().writer(kind, folder, "calls", WriteOptions(zone="Asia/Kolkata"))
        for call in calls:
            writer.add(call)
        unpacked = [Unpacked(files=[file.path for file in writer.close()])]
        restore = Restore(FileFormats())
        async with opened_scratch(folder / "scratch.db", FakeClock(), MAIN, import_id="drill") as scratch:
            counts = await restore.run(scratch, MAIN, unpacked, "apply", nothing)
            assert counts == RestoreCounts(read=len(calls), adds=len(calls))
            digest = await scratch.digest(MAIN)
            assert digest.hexdigest() == CallsDigest(calls).hexdigest()
            again = await restore.run(scratch, MAIN, unpacked, "apply", nothing)
            assert (again.adds, again.changes) == (0, 0)
            assert (await scratch.digest(MAIN)).hexdigest() == digest.hexdigest()


@pytest.mark.parametrize("kind", LOSSLESS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(calls=LOGS)
def test_a_random_log_comes_back_equal_and_twice_is_once(kind: BackupFormat, calls: list[Call]) -> None:
    asyncio.run(restored(calls, kind))
