"""Uploads that break: each goes on from the acknowledged byte, or says that it must begin anew."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.uploading import Spool, begun, sent_bytes

from adapters.google.backup_drive import GoogleBackupDrive
from adapters.google.uploads import GRANULE, acknowledged_bytes, is_session_url
from adapters.retrying import Retrying
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.replies import google_fault
from adapters.sandbox.google.server import GoogleSandbox
from connector.domain.backup.files import StoredFile
from connector.domain.errors import (
    ConnectorError,
    GoneError,
    PermanentError,
    RateLimitedError,
    StaleTokenError,
    StorageFullError,
    TransientError,
)

from .conftest import MovingClock, Script, opened_backups

CHUNKS = 20
SIZE = CHUNKS * GRANULE + 4321
SIXTY = SIZE * 6 // 10
WEEK_S = 7 * 86_400
FILE = {"id": "1f", "name": "a", "size": "3", "trashed": False}


@pytest.fixture
async def spool(backups: GoogleBackupDrive, token: str, folder: str, tmp_path: Path) -> Spool:
    """Return a file of twenty chunks and a bit whose session is open."""
    _, spool = await begun(backups, token, Spool.of(tmp_path / "calls.jsonl", SIZE), folder)
    return spool


async def whole(backups: GoogleBackupDrive, token: str, spool: Spool, google: GoogleSandbox) -> None:
    """Bring it to the end; what came is what was sent, and not much more went over the wire."""
    made = await spool.bring(backups, token)
    assert (made.size_bytes, made.sha256) == (spool.size, spool.sha256)
    assert sent_bytes(google) <= 1.1 * spool.size


async def test_a_connection_cut_at_60_percent_costs_at_most_a_chunk(
    backups: GoogleBackupDrive, token: str, spool: Spool, google: GoogleSandbox
) -> None:
    google.faults.add("session", Fault.drop_connection(SIXTY))
    while spool.acknowledged + GRANULE <= SIXTY:
        await spool.send(backups, token)
    with pytest.raises(TransientError, match="could not be reached"):
        await spool.send(backups, token)
    assert (await spool.ask(backups, token)).acknowledged_bytes == SIXTY
    await whole(backups, token, spool, google)


async def test_a_killed_process_is_gone_on_from_by_the_next(
    backups: GoogleBackupDrive, token: str, spool: Spool, google: GoogleSandbox
) -> None:
    args = ("-m", "support.dying_uploader", google.url, token, spool.session_url, str(spool.path))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *args, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    await google.wait_for(lambda: sent_bytes(google) >= SIXTY)
    process.kill()
    await process.wait()
    stands = await spool.ask(backups, token)
    assert SIXTY <= stands.acknowledged_bytes < SIZE, "the kill came too late to show anything"
    await whole(backups, token, spool, google)


async def test_a_server_may_keep_less_than_was_sent(
    backups: GoogleBackupDrive, token: str, spool: Spool, google: GoogleSandbox
) -> None:
    google.faults.add("session", Fault.partial(43))
    assert (await spool.send(backups, token)).acknowledged_bytes == 43
    assert (await spool.send(backups, token)).acknowledged_bytes == 43 + GRANULE
    await whole(backups, token, spool, google)


async def test_a_lost_last_answer_is_asked_for(
    backups: GoogleBackupDrive, token: str, spool: Spool, google: GoogleSandbox
) -> None:
    google.faults.add("session", Fault.drop_connection(SIZE))
    while spool.acknowledged < CHUNKS * GRANULE:
        await spool.send(backups, token)
    with pytest.raises(TransientError):
        await spool.send(backups, token)
    done = await backups.send(token, spool.session_url, spool.path, SIZE, offset=SIZE)
    assert done.file is not None
    assert done.file.sha256 == spool.sha256


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (google_fault("backendError"), TransientError),
        (Fault.status(502, at_byte=SIXTY), TransientError),
        (Fault.status(200, "<html>portal</html>"), TransientError),
        (Fault.status(403, "<html>portal</html>"), TransientError),
        (Fault.drop_connection, TransientError),
        (google_fault("rateLimitExceeded"), RateLimitedError),
        (google_fault("rateLimitExceeded_429"), RateLimitedError),
        (google_fault("userRateLimitExceeded_day"), RateLimitedError),
        (google_fault("authError"), StaleTokenError),
        (google_fault("storageQuotaExceeded"), StorageFullError),
    ],
)
async def test_what_ends_by_itself_leaves_the_session(
    backups: GoogleBackupDrive,
    token: str,
    spool: Spool,
    google: GoogleSandbox,
    fault: Fault | Callable[[], Fault],
    kind: type[ConnectorError],
) -> None:
    while spool.acknowledged + GRANULE <= SIXTY:
        await spool.send(backups, token)
    google.faults.add("session", fault)
    asked = len(google.seen)
    with pytest.raises(kind) as broken:
        await spool.send(backups, token)
    assert type(broken.value) is kind
    await google.wait_for(lambda: len(google.seen) > asked)
    assert len(google.seen) == asked + 1, "a chunk is never repeated by itself"
    await spool.ask(backups, token)
    await whole(backups, token, spool, google)


async def test_a_session_of_a_week_ago_begins_anew(
    backups: GoogleBackupDrive,
    token: str,
    spool: Spool,
    google: GoogleSandbox,
    account: Account,
    clock: MovingClock,
    folder: str,
) -> None:
    await spool.send(backups, token)
    clock.advance(WEEK_S)
    token = google.access_token(account)
    with pytest.raises(GoneError, match="begins anew"):
        await spool.ask(backups, token)
    with pytest.raises(GoneError):
        await spool.send(backups, token)
    spool.acknowledged = 0
    await begun(backups, token, spool, folder)
    assert (await spool.bring(backups, token)).sha256 == spool.sha256


async def test_a_token_that_dies_in_the_middle_is_only_replaced(
    backups: GoogleBackupDrive, token: str, spool: Spool, google: GoogleSandbox, account: Account
) -> None:
    await spool.send(backups, token)
    google.world.access_tokens[token].dead = True
    for call in (spool.send, spool.ask):
        with pytest.raises(StaleTokenError):
            await call(backups, token)
    fresh = google.access_token(account)
    assert (await spool.ask(backups, fresh)).acknowledged_bytes == GRANULE
    await whole(backups, fresh, spool, google)


async def test_a_repeated_begin_finds_the_file_of_the_first(
    backups: GoogleBackupDrive, token: str, folder: str, google: GoogleSandbox, tmp_path: Path
) -> None:
    spool = Spool.of(tmp_path / "a", 100)
    file_id, _ = await begun(backups, token, spool, folder)
    second = await backups.begin_upload(token, spool.new(file_id, folder))
    made = await spool.bring(backups, token)
    assert await backups.begin_upload(token, spool.new(file_id, folder)) == made
    spool.session_url, spool.acknowledged = str(second), 0
    with pytest.raises(GoneError):  # the twin's last chunk is refused
        await spool.send(backups, token)
    assert len([file for file in google.world.files.values() if file.name == "a"]) == 1


async def test_a_full_drive_is_said_before_a_byte_is_sent(
    backups: GoogleBackupDrive,
    token: str,
    folder: str,
    account: Account,
    google: GoogleSandbox,
    tmp_path: Path,
) -> None:
    account.limit_bytes = google.world.used_bytes(account) + 99
    with pytest.raises(StorageFullError) as full:
        await begun(backups, token, Spool.of(tmp_path / "a", 100), folder)
    assert "bin" in full.value.remedy
    _, spool = await begun(backups, token, Spool.of(tmp_path / "b", 99), folder)
    account.used_elsewhere_bytes += 1
    with pytest.raises(StorageFullError):
        await spool.send(backups, token)
    account.used_elsewhere_bytes -= 1
    assert (await spool.ask(backups, token)).file is not None


async def test_a_folder_that_goes_during_an_upload(
    backups: GoogleBackupDrive, token: str, folder: str, google: GoogleSandbox, tmp_path: Path
) -> None:
    _, spool = await begun(backups, token, Spool.of(tmp_path / "a", 100), folder)
    del google.world.files[folder]
    with pytest.raises(GoneError):
        await spool.send(backups, token)
    with pytest.raises(GoneError):
        await begun(backups, token, spool, folder)
    assert await backups.folder_state(token, folder) == "unseen"


async def test_an_offset_that_nobody_acknowledged_begins_anew(
    backups: GoogleBackupDrive, token: str, spool: Spool
) -> None:
    with pytest.raises(GoneError):
        await backups.send(token, spool.session_url, spool.path, SIZE, offset=GRANULE)


@pytest.mark.parametrize("what", ["gone", "shorter", "longer", "a folder"])
async def test_a_file_that_is_not_what_it_was_is_not_sent(
    backups: GoogleBackupDrive, token: str, spool: Spool, google: GoogleSandbox, what: str
) -> None:
    spool.path.unlink()
    match what:
        case "shorter":
            spool.path.write_bytes(spool.data[:-1])
        case "longer":
            spool.path.write_bytes(spool.data + b"x")
        case "a folder":
            spool.path.mkdir()
        case _:
            pass
    # what is gone is written anew by whoever tries again; what changed is a fault
    with pytest.raises(TransientError if what == "gone" else PermanentError):
        await spool.send(backups, token)
    assert sent_bytes(google) == 0


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (308, b"", {"Range": "bytes=0-3"}),  # beyond the end
        (308, b"", {"Range": "bytes=1-2"}),
        (308, b"", {"Range": "bytes=0--1"}),
        (308, b"", {"Range": "bytes=0-" + "9" * 400}),
        (308, b"", {"Range": "lines=0-2"}),
        (308, b"", {"Location": "https://elsewhere.example/"}),
        (302, b"", {"Location": "http://127.0.0.1:1/elsewhere"}),
        (200, b"", {}),
        (200, b"[]", {}),
        (200, b"{}", {}),
        (200, b'{"id": 7}', {}),
        (200, b'{"id": ""}', {}),
        (200, b"[" * 100_000, {}),
        (200, b"<html>portal</html>", {"Content-Type": "text/html"}),
        (201, b"\xff\xfe", {}),
        (204, b"", {}),
        (206, b"{}", {}),
        (403, b'{"error": null}', {}),
        (403, b'{"error": []}', {}),
        (403, b"[]", {}),
    ],
)
async def test_odd_answers_are_bad_moments(
    script: Script, retrying: Retrying, tmp_path: Path, status: int, body: bytes, headers: dict[str, str]
) -> None:
    script.then(body, status, **headers)
    spool = Spool.of(tmp_path / "a", 3)
    spool.session_url = f"{script.url}/upload/drive/v3/files?upload_id=s3cret"
    async with opened_backups(script.url, retrying) as drive:
        for call in (spool.send, spool.ask):
            with pytest.raises(TransientError) as odd:
                await call(drive, "t")
            assert odd.value.unknown
    assert not [asked for asked in script.seen if "elsewhere" in asked.address]


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-0"}])
async def test_a_server_that_keeps_nothing_is_not_sent_to_for_ever(
    script: Script, retrying: Retrying, tmp_path: Path, headers: dict[str, str]
) -> None:
    script.then(b"", 308, **headers)
    spool = Spool.of(tmp_path / "a", 3)
    spool.session_url, spool.acknowledged = f"{script.url}/upload?upload_id=1", len(headers)
    async with opened_backups(script.url, retrying) as drive:
        with pytest.raises(TransientError, match="kept nothing"):
            await spool.send(drive, "t")
        assert (await spool.ask(drive, "t")).acknowledged_bytes == len(headers)


@pytest.mark.parametrize(
    ("record", "size", "md5"),
    [
        (FILE, 3, None),
        ({**FILE, "size": 3}, None, None),
        ({**FILE, "size": "-3"}, None, None),
        ({**FILE, "size": "9" * 5000}, None, None),
        ({**FILE, "md5Checksum": "ABC", "parents": {}, "appProperties": [1], "trashed": "yes"}, 3, None),
        ({**FILE, "md5Checksum": "0" * 32, "parents": [7], "appProperties": {"a": 1}}, 3, "0" * 32),
    ],
)
async def test_what_is_misshapen_of_a_file_counts_as_not_said(
    script: Script, retrying: Retrying, record: dict[str, object], size: int | None, md5: str | None
) -> None:
    script.then(record)
    async with opened_backups(script.url, retrying) as drive:
        file = await drive.file("t", "1f")
    assert file == StoredFile(
        id="1f",
        name="a",
        size_bytes=size,
        md5=md5,
        sha256=None,
        is_trashed=False,
        folder_id=None,
        created_at=None,
    )


@pytest.mark.parametrize(
    "location",
    ["", "https://elsewhere.example/upload", "/upload/drive/v3/files?upload_id=1", "http://127.0.0.1:1/", "file:///",
     "http://127.0.0.1:port/", "http://[::1/"],
)  # fmt: skip
async def test_a_session_elsewhere_gets_neither_token_nor_content(
    script: Script, retrying: Retrying, tmp_path: Path, location: str
) -> None:
    script.then(b"", 200, Location=location)
    spool = Spool.of(tmp_path / "a", 3)
    async with opened_backups(script.url, retrying) as drive:
        with pytest.raises(TransientError, match="unknown shape"):
            await drive.begin_upload("t", spool.new("1f", "1d"))
        asked = len(script.seen)
        spool.session_url = location
        for call in (spool.send, spool.ask):
            with pytest.raises(GoneError, match=r"google\.drive_url"):
                await call(drive, "t")
    assert len(script.seen) == asked


def test_google_may_move_a_session_within_google() -> None:
    google = "https://www.googleapis.com/"
    assert is_session_url("https://www.googleapis.com/upload/drive/v3/files?upload_id=1", google)
    assert is_session_url("https://content.googleapis.com/upload?upload_id=1", google)
    for other in ("http://www.googleapis.com/u", "https://googleapis.com.evil.example/u", "https://evilgoogleapis.com/u",
                  "https://www.googleapis.com:8443/u", "https://www.googleapis.com/u\r\nX: 1"):  # fmt: skip
        assert not is_session_url(other, google), other
    assert not is_session_url("https://www.googleapis.com/u", "http://127.0.0.1:8080/")


@given(st.text(max_size=30) | st.from_regex(r"bytes=0-[0-9]{1,20}", fullmatch=True), st.integers(0, 10**13))
def test_no_more_is_acknowledged_than_there_is(header: str, size: int) -> None:
    count = acknowledged_bytes(header, size)
    assert count is None or 0 < count <= size
    assert acknowledged_bytes(None, size) == 0


@given(st.text(max_size=60))
def test_looking_at_an_address_is_total(url: str) -> None:
    assert not is_session_url(url, "https://drive.example/") or url.startswith("https://drive.example")


async def test_who_leaves_stops_the_chunk_on_its_way(retrying: Retrying, tmp_path: Path) -> None:
    size = 64 * GRANULE  # more than the sockets hold
    spool = Spool.of(tmp_path / "a", size)
    reached, resumed, over = asyncio.Event(), asyncio.Event(), asyncio.Event()
    arrived = 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += len(await reader.read(1000))
        reached.set()
        await resumed.wait()
        while piece := await reader.read(2**20):
            arrived += len(piece)
        writer.close()
        over.set()

    async with await asyncio.start_server(slow, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        spool.session_url = f"{url}/upload?upload_id=1"
        async with opened_backups(url, retrying, chunk_bytes=size) as drive:
            sending = asyncio.create_task(spool.send(drive, "t"))
            await reached.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            resumed.set()
        await asyncio.wait_for(over.wait(), 5)
    assert arrived < size


@pytest.mark.parametrize("size", [0, GRANULE + 1])
def test_chunks_are_multiples(size: int) -> None:
    with pytest.raises(ValueError, match="262144"):
        GoogleBackupDrive(None, chunk_bytes=size)  # type: ignore[arg-type]  # never used
