"""Copies of a state that is written to: each consistent, proved, rotated, and never in the place of a good one."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs
from support import own_state
from support.rooms import PAGE, Rooms, raw

from connector.domain.alerts_catalogue import MAIL_FAILING
from connector.domain.errors import BadInputError, StateUnavailableError
from connector.domain.own_state import DRILL_EVERY_MS, CopyUnderWayError, Manifest, copy_name
from connector.pipelines.own_state import OwnState
from state.alerts import SqlAlerts
from state.copies import postgres_tools, sqlite_copy
from state.copies.folder import Copies, read_manifest
from state.copies.keeper import SqlStateRuns
from state.copies.restoring import go_on_from
from state.engine import Engine
from state.sqlite_file import plain_sqlite

FILL = """
    INSERT INTO security_events (jti, type, outcome, received_at_ms)
    VALUES (:id, 'x', 'none', :id)"""

NewId = Callable[[], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies"


@pytest.fixture
def many() -> int:
    return 300


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def make_useless(folder: Path) -> None:
    """Put a file in the place of the folder."""
    shutil.rmtree(folder)
    folder.write_text("no folder")


async def fill(engine: Engine, start: int, many: int) -> None:
    for number in range(start, start + many):
        await engine.write(lambda tx, number=number: tx.execute(FILL, {"id": number}))  # type: ignore[misc] # a lambda's default


async def test_a_copy_is_proved_private_listed_and_drilled(
    rooms: Rooms, engine: Engine, state_url: str, folder: Path, clock: FakeClock, new_id: NewId
) -> None:
    await rooms.connect(PAGE)
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id))
    made = await keeper.copy()
    assert Copies(folder).finished() == [made]
    assert made.rows["workspaces"] == made.rows["pages"] == 1
    assert made.keys == rooms.vault.names
    for name in (made.file, f"{made.file}.json"):
        assert mode(folder / name) == 0o600, name
    assert mode(folder) == 0o700
    assert names(folder) == {made.file, f"{made.file}.json"}
    done = await keeper.drill()
    assert (done.file, done.rows) == (made.file, sum(made.rows.values()))
    assert names(folder) == {made.file, f"{made.file}.json"}, "the drill left something"
    assert await SqlStateRuns(engine, clock).last_good() == {"copy": clock.now_ms(), "drill": clock.now_ms()}


async def test_a_copy_is_the_state_of_one_moment_while_others_write(
    rooms: Rooms,
    engine: Engine,
    state_url: str,
    folder: Path,
    clock: FakeClock,
    new_id: NewId,
    monkeypatch: pytest.MonkeyPatch,
    many: int,
) -> None:
    monkeypatch.setattr(sqlite_copy, "PAGES", 1)  # as slow as it can be: a look after each page
    await fill(engine, 0, many)
    writing = asyncio.create_task(fill(engine, many, many))
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id))
    made = await keeper.copy()
    await writing
    assert many <= made.rows["security_events"] <= 2 * many
    assert (await keeper.drill()).file == made.file


async def test_old_copies_go_and_strangers_files_and_unfinished_ones_are_told_apart(
    rooms: Rooms, engine: Engine, state_url: str, folder: Path, clock: FakeClock, new_id: NewId
) -> None:
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id), kept=2)
    first = await keeper.copy()
    (folder / "notes.txt").write_text("mine")
    ending = first.file.rpartition(".")[2]
    for left in (f"state-20200101T000000-000Z.{ending}", f"state-20200101T000000-001Z.{ending}.part"):
        (folder / left).write_text("a kill left this")
    made = []
    for _ in range(3):
        await clock.advance(1)
        made.append(await keeper.copy())
    assert Copies(folder).finished() == made[-2:]
    assert names(folder) == {"notes.txt", *(f"{one.file}{end}" for one in made[-2:] for end in ("", ".json"))}


async def test_a_copy_that_fails_leaves_the_last_good_one_and_no_part(
    rooms: Rooms, engine: Engine, state_url: str, folder: Path, clock: FakeClock, new_id: NewId
) -> None:
    hands = own_state.hands(clock, new_id)
    good = await own_state.keeper(engine, state_url, folder, hands).copy()
    await clock.advance(1)
    broken_off = own_state.keeper(engine, state_url, folder, hands, kept=1, go_on=lambda: False)
    with pytest.raises(StateUnavailableError, match="broken off"):
        await broken_off.copy()
    assert Copies(folder).finished() == [good]
    assert len(names(folder)) == 2
    runs = await SqlStateRuns(engine, clock).newest(limit=1)
    assert (runs[0]["outcome"], runs[0]["kind"]) == ("failed", "copy")


@pytest.mark.parametrize("damage", ["byte", "short", "lacking", "no_key"])
async def test_a_drill_finds_what_is_wrong_with_a_copy(
    rooms: Rooms,
    engine: Engine,
    state_url: str,
    folder: Path,
    clock: FakeClock,
    new_id: NewId,
    damage: str,
) -> None:
    await rooms.connect(PAGE)
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id))
    made = await keeper.copy()
    copy = folder / made.file
    says = "not what its manifest says"
    if damage == "byte":
        data = bytearray(copy.read_bytes())
        data[len(data) // 2] ^= 1
        copy.write_bytes(data)
    elif damage == "short":
        copy.write_bytes(copy.read_bytes()[:-1])
    elif damage == "lacking":
        manifest = json.loads((folder / f"{made.file}.json").read_text())
        manifest["rows"]["workspaces"] += 1
        (folder / f"{made.file}.json").write_text(json.dumps(manifest))
        says = "lacks rows, or has too many: workspaces"
    else:
        keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id, b"x" * 32))
        says = "open with no key"
    with pytest.raises(BadInputError, match=says):
        await keeper.drill()
    assert not any(name.startswith(".drill") for name in names(folder))


async def test_a_feed_that_is_ahead_of_its_counter_fails_the_drill(
    rooms: Rooms, engine: Engine, state_url: str, folder: Path, clock: FakeClock, new_id: NewId
) -> None:
    await rooms.alerts.raise_once(MAIL_FAILING.alert(reason="x"))
    await engine.write(lambda tx: tx.execute("UPDATE workspaces SET last_sequence = 0"))
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id))
    await keeper.copy()
    with pytest.raises(BadInputError, match="ahead of its own counter"):
        await keeper.drill()


async def test_a_restored_state_goes_on_with_numbers_that_nobody_had(
    rooms: Rooms, engine: Engine, clock: FakeClock, new_id: NewId
) -> None:
    await rooms.connect(PAGE)
    await rooms.fetch({"1": raw("1", email="ada@example.com")})
    await rooms.resolve()
    before = [event["data"] for event in await rooms.events()]
    await engine.write(
        lambda tx: go_on_from(tx, made_at_ms=clock.now_ms(), hands=own_state.hands(clock, new_id))
    )
    await rooms.fetch(
        {
            "2": raw("2", email="ada@example.com", phone_number="+14155550123"),
            "3": raw("3", email="new@example.com"),
        }
    )
    await rooms.resolve()
    after = [event for event in await rooms.events() if event["data"]["sequence"] > before[-1]["sequence"]]
    floor = clock.now_ms()
    assert [event["data"]["sequence"] for event in after] == [floor + 1, floor + 2, floor + 3]
    assert after[0]["type"] == "alert.raised"
    assert after[0]["data"]["alert"]["key"] == "state.restored"
    contacts = [event["data"]["contact"]["contact_id"] for event in after[1:]]
    assert contacts[0] == before[-1]["contact"]["contact_id"] != contacts[1]
    assert [event["data"]["revision"] for event in after[1:]] == [floor + 1, floor + 1]


async def test_the_loop_copies_drills_alarms_and_recovers(
    rooms: Rooms, engine: Engine, state_url: str, folder: Path, clock: FakeClock, new_id: NewId
) -> None:
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id))
    alerts = SqlAlerts(engine, clock, new_id)
    loop = OwnState(keeper, alerts, clock, backup_hours=24)
    assert await loop.step() is False, "not in the first minutes"
    await clock.advance(600)
    with capture_logs() as logs:
        assert await loop.step()
        assert await loop.step()
        assert await loop.step() is False
    assert [line["event"] for line in logs] == ["state.copied", "state.drilled"]

    made = Copies(folder).finished()[0]
    (folder / made.file).write_bytes(b"")
    await clock.advance(DRILL_EVERY_MS / 1000)
    assert await loop.step(), "a fresh copy is due as well"
    fresh = Copies(folder).finished()[-1]
    (folder / fresh.file).write_bytes(b"")
    assert await loop.step() is False
    assert [row["key"] for row in await alerts.open()] == ["state.drill_failed"]
    await clock.advance(24 * 3600)
    assert await loop.step()
    assert await loop.step()
    assert await alerts.open() == []

    make_useless(folder)
    await clock.advance(24 * 3600)
    assert await loop.step() is False
    assert [row["key"] for row in await alerts.open()] == ["state.not_copied"]
    os.unlink(folder)  # noqa: PTH108 - one call, and no Path in async code
    await clock.advance(3600)
    assert await loop.step()
    assert await alerts.open() == []


async def test_two_processes_never_tidy_each_others_copy_away(
    rooms: Rooms, engine: Engine, state_url: str, folder: Path, clock: FakeClock, new_id: NewId
) -> None:
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id))
    alerts = SqlAlerts(engine, clock, new_id)
    loop = OwnState(keeper, alerts, clock, backup_hours=24)
    await clock.advance(600)
    with Copies(folder).begun(copy_name(1, "sqlite")) as theirs:
        assert await loop.step() is False
        with pytest.raises(CopyUnderWayError):
            await keeper.copy()
        assert theirs.exists()
    assert (await alerts.open(), await SqlStateRuns(engine, clock).newest(limit=1)) == ([], [])
    assert await loop.step(), "at the next look, not an hour later"
    with Copies(folder).alone(), pytest.raises(CopyUnderWayError):
        await keeper.drill()


async def test_a_drill_ends_what_a_killed_one_left(
    rooms: Rooms, engine: Engine, state_url: str, folder: Path, clock: FakeClock, new_id: NewId
) -> None:
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id))
    made = await keeper.copy()
    is_sqlite = state_url.startswith("sqlite")
    names_left = "SELECT datname FROM pg_database WHERE datname IN ('connector_drill_1_0badc0de')"
    if is_sqlite:
        (folder / ".drill-left").mkdir()
        (folder / ".drill-left" / "state.db").write_bytes(b"all of it")
    else:
        with psycopg.connect(state_url, autocommit=True) as conn:
            conn.execute("CREATE DATABASE connector_drill_1_0badc0de")
    await keeper.drill()
    assert names(folder) == {made.file, f"{made.file}.json"}
    assert is_sqlite or await rooms.rows(names_left) == []


async def test_a_copy_that_would_fill_the_disk_is_not_begun(
    tmp_path: Path, clock: FakeClock, new_id: NewId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("state.copies.keeper.ROOM_BYTES", 2**62)
    path = tmp_path / "state.db"
    with plain_sqlite(path):
        pass
    with pytest.raises(StateUnavailableError, match="disk would be full"):
        own_state.copyist(f"sqlite:///{path}").make(
            Copies(tmp_path / "copies"), clock.now_ms(), go_on=lambda: True
        )


async def test_a_drill_that_would_fill_the_disk_is_not_begun(
    rooms: Rooms,
    engine: Engine,
    state_url: str,
    folder: Path,
    clock: FakeClock,
    new_id: NewId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not state_url.startswith("sqlite"):
        return  # that is a disk of the server's
    keeper = own_state.keeper(engine, state_url, folder, own_state.hands(clock, new_id))
    made = await keeper.copy()
    monkeypatch.setattr("state.copies.keeper.ROOM_BYTES", 2**62)
    with pytest.raises(StateUnavailableError, match=r"a drill takes .* the disk would be full"):
        await keeper.drill()
    assert names(folder) == {made.file, f"{made.file}.json"}


def test_a_finished_copy_is_never_replaced(tmp_path: Path) -> None:
    name = copy_name(1_700_000_000_000, "sqlite")
    copies = Copies(tmp_path / "copies")
    manifest = Manifest(
        file=name,
        made_at_ms=0,
        engine="sqlite",
        version="1",
        steps=(),
        keys=(),
        rows={},
        bytes=0,
        sha256="",
    )
    with copies.begun(name) as part:
        (copies.folder / name).write_bytes(b"the good one")
        with pytest.raises(FileExistsError):
            copies.finish(part, manifest)
    assert (copies.folder / name).read_bytes() == b"the good one"
    assert read_manifest(copies.folder / name) is None


def test_without_pg_dump_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_tools, "find_program", lambda _name: None)
    with pytest.raises(StateUnavailableError, match="postgresql-client"):
        postgres_tools.run_program("pg_dump", [], "postgresql://x@/y")
