"""The disks beside the state's are full: of backups in work, of copies of the state. An alarm each, and no more."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import required
from fake_clock import FakeClock
from support import own_state
from support.backing_up import DAY_S, Backing, many_calls
from support.small_disk import SmallDisk, memory_disk, why_not_here

from connector.pipelines.backup import spool
from connector.pipelines.own_state import OwnState
from state.alerts import SqlAlerts
from state.copies import keeper as keeping
from state.copies.folder import Copies
from state.engine import Engine

MIB = 1024 * 1024
NewId = Callable[[], str]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    reason = why_not_here(tmp_path)
    required("a disk of its own", present=reason is None, how=f"run as root with mount: {reason}")
    with memory_disk(tmp_path / "spool", size_bytes=2 * MIB) as mounted:  # where `backing` has its spool
        yield mounted


@pytest.mark.parametrize("told_before", [True, False], ids=["too little room", "the room goes meanwhile"])
async def test_a_full_spool_is_an_alarm_and_the_run_goes_on_when_there_is_room(
    disk: SmallDisk, backing: Backing, monkeypatch: pytest.MonkeyPatch, *, told_before: bool
) -> None:
    if not told_before:
        monkeypatch.setattr(spool, "CALL_BYTES", dict.fromkeys(spool.CALL_BYTES, 0))
    monkeypatch.setattr(spool, "SPARE_BYTES", 0)
    await backing.stored(many_calls(300))
    disk.fill()
    waiting = await backing.run(await backing.scheduled())
    assert waiting.hold == "disk"
    assert "backup.spool_dir needs more room" in str(waiting.reason)
    assert await backing.alerts() == {"backup.no_room"}
    disk.make_room()
    await backing.clock.advance(DAY_S / 24 + 1)
    assert await backing.machine.step()
    assert (await backing.view(waiting.id)).state == "good"
    assert not await backing.alerts()


async def test_a_full_disk_of_copies_is_an_alarm_and_the_next_copy_is_made(
    disk: SmallDisk,
    engine: Engine,
    state_url: str,
    clock: FakeClock,
    new_id: NewId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "ROOM_BYTES", -64 * MIB)  # as if there had been room when it was looked for
    keeper = own_state.keeper(engine, state_url, disk.folder, own_state.hands(clock, new_id))
    alerts = SqlAlerts(engine, clock, new_id)
    loop = OwnState(keeper, alerts, clock, backup_hours=24)
    await clock.advance(600)
    disk.fill()
    assert await loop.step() is False
    assert [row["key"] for row in await alerts.open()] == ["state.not_copied"]
    assert Copies(disk.folder).finished() == []
    disk.make_room()
    await clock.advance(3600)
    assert await loop.step()
    assert await alerts.open() == []
    assert len(Copies(disk.folder).finished()) == 1
