"""Downloads that break, listings that are odd, files that are not there: nothing half is taken for whole."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from support.uploading import Landing, Spool, begun

from adapters.google.backup_drive import GoogleBackupDrive
from adapters.google.drive_http import LONGEST_ANSWER
from adapters.google.uploads import GRANULE
from adapters.retrying import Retrying
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.replies import google_fault
from adapters.sandbox.google.server import GoogleSandbox
from connector.domain.backup.runs import DiskFullError
from connector.domain.backup.sight import why_missing
from connector.domain.errors import (
    ConnectorError,
    GoneError,
    PermanentError,
    RateLimitedError,
    StaleTokenError,
    TransientError,
)

from .conftest import MovingClock, Script, opened_backups

SIZE = 5 * GRANULE + 17
ROW = {"id": "1f", "name": "a"}


@pytest.fixture
async def stored(backups: GoogleBackupDrive, token: str, folder: str, tmp_path: Path) -> tuple[str, Spool]:
    """Return a file of five parts and a bit that is in the Drive, and its id."""
    file_id, spool = await begun(backups, token, Spool.of(tmp_path / "calls.jsonl", SIZE), folder)
    await spool.bring(backups, token)
    return file_id, spool


@pytest.fixture
def back(tmp_path: Path) -> Landing:
    """Return where downloads go."""
    return Landing(tmp_path / "back")


@pytest.mark.parametrize("at_byte", [1, GRANULE - 1, GRANULE + 100_000, SIZE - 1])
async def test_a_broken_read_goes_on_with_what_it_has_not_brought(
    backups: GoogleBackupDrive,
    token: str,
    google: GoogleSandbox,
    stored: tuple[str, Spool],
    back: Landing,
    at_byte: int,
) -> None:
    file_id, spool = stored
    google.faults.add("download", Fault.drop_connection(at_byte))
    await backups.download(token, file_id, back.path, size_bytes=SIZE)
    assert back.data == spool.data
    starts = [int(seen.range[6:].split("-")[0]) for seen in google.seen if seen.route == "download"]
    assert starts == sorted(starts)
    assert at_byte in starts, "what came is kept"
    assert len(starts) <= 7


@pytest.mark.parametrize("fault", [google_fault("backendError"), Fault.status(502), Fault.drop_connection])
async def test_a_bad_moment_is_got_over(
    backups: GoogleBackupDrive,
    token: str,
    google: GoogleSandbox,
    stored: tuple[str, Spool],
    back: Landing,
    fault: Fault | Callable[[], Fault],
) -> None:
    file_id, spool = stored
    google.faults.add("download", fault)
    await backups.download(token, file_id, back.path, size_bytes=SIZE)
    assert back.data == spool.data


async def test_a_token_that_dies_in_the_middle_loses_nothing(
    backups: GoogleBackupDrive, token: str, google: GoogleSandbox, stored: tuple[str, Spool], back: Landing
) -> None:
    file_id, spool = stored
    google.faults.add("download", google_fault("authError", at_byte=3 * GRANULE + 1))
    with pytest.raises(StaleTokenError):
        await backups.download(token, file_id, back.path, size_bytes=SIZE)
    assert back.size == 3 * GRANULE
    await backups.download(token, file_id, back.path, size_bytes=SIZE, offset=back.size)
    assert back.data == spool.data
    assert sum(seen.route == "download" for seen in google.seen) == 7


@pytest.mark.parametrize(
    ("size", "said"), [(SIZE - 1, "another size"), (SIZE + 1, "another size"), (0, "another size")]
)
async def test_a_file_of_another_size_is_not_taken(
    backups: GoogleBackupDrive, token: str, stored: tuple[str, Spool], back: Landing, size: int, said: str
) -> None:
    with pytest.raises(PermanentError, match=said):
        await backups.download(token, stored[0], back.path, size_bytes=size)
    assert back.data is None


async def test_an_empty_file_has_no_first_byte(
    backups: GoogleBackupDrive, token: str, folder: str, tmp_path: Path, back: Landing
) -> None:
    file_id, spool = await begun(backups, token, Spool.of(tmp_path / "empty", 0), folder)
    await spool.bring(backups, token)
    with pytest.raises(PermanentError, match="another size"):
        await backups.download(token, file_id, back.path, size_bytes=1)
    back.put("of before")
    await backups.download(token, file_id, back.path, size_bytes=0)
    assert back.data == b""


async def test_a_file_that_google_takes_for_harmful_names_the_way_out(
    backups: GoogleBackupDrive, token: str, google: GoogleSandbox, stored: tuple[str, Spool], back: Landing
) -> None:
    google.world.files[stored[0]].abusive = True
    with pytest.raises(PermanentError, match="connector backup restore FILE"):
        await backups.download(token, stored[0], back.path, size_bytes=SIZE)


async def test_a_disk_that_takes_nothing_is_no_fault_of_google(
    backups: GoogleBackupDrive, token: str, google: GoogleSandbox, stored: tuple[str, Spool], tmp_path: Path
) -> None:
    with pytest.raises(DiskFullError):
        await backups.download(token, stored[0], tmp_path / "nosuch" / "back", size_bytes=SIZE)
    assert sum(seen.route == "download" for seen in google.seen) == 1, "not asked for again in vain"


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"),
    [
        (200, b"<html>portal</html>", {"Content-Type": "text/html"}, TransientError),
        (200, b"toolong", {}, TransientError),
        (206, b"abc", {}, TransientError),
        (206, b"bc", {"Content-Range": "bytes 1-2/3"}, TransientError),
        (206, b"abc", {"Content-Range": "bytes 0-1/3"}, TransientError),
        (206, b"abcd", {"Content-Range": "bytes 0-2/3"}, TransientError),
        (206, b"abc", {"Content-Range": "bytes 0-2/" + "9" * 400}, TransientError),
        (206, b"", {"Content-Range": "bytes 0-2/3"}, TransientError),
        (206, b"abc", {"Content-Range": "bytes 0-2/4"}, PermanentError),
        (204, b"", {}, TransientError),
        (302, b"", {"Location": "/elsewhere"}, TransientError),
        (416, b"", {}, PermanentError),
        (404, b'{"error": {"errors": [{"reason": "notFound"}]}}', {}, GoneError),
    ],
)
async def test_an_odd_part_is_not_written(
    script: Script,
    retrying: Retrying,
    back: Landing,
    status: int,
    body: bytes,
    headers: dict[str, str],
    kind: type[ConnectorError],
) -> None:
    script.then(body, status, **headers)
    async with opened_backups(script.url, retrying) as drive:
        with pytest.raises(kind):
            await drive.download("t", "1f", back.path, size_bytes=3)
    assert back.data is None
    assert not [asked for asked in script.seen if "elsewhere" in asked.address]


async def test_who_does_not_know_ranges_may_send_all_of_it(
    script: Script, retrying: Retrying, back: Landing
) -> None:
    script.then(b"abc")
    async with opened_backups(script.url, retrying) as drive:
        await drive.download("t", "1f", back.path, size_bytes=3)
    assert back.data == b"abc"


async def served(answer: bytes, ask: Callable[[str], Awaitable[object]], *, times: int) -> int:
    """Let `ask` call a server that sends `answer` up to `times` over, and hangs up; return how often it could."""
    sent, over = list[int](), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        sent.append(0)
        try:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(times):
                writer.write(answer)
                await writer.drain()
                sent[-1] += 1
        except ConnectionError:
            pass
        writer.close()
        over.set()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        await ask(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await over.wait()
    return max(sent)


async def test_an_answer_without_end_is_left(retrying: Retrying) -> None:
    async def ask(url: str) -> None:
        async with opened_backups(url, retrying) as drive:
            with pytest.raises(TransientError, match="unknown shape"):
                await drive.file("t", "1f")

    piece = b" " * 2**20
    assert (
        await served(piece, ask, times=LONGEST_ANSWER // len(piece) + 50) < LONGEST_ANSWER // len(piece) + 25
    )


async def test_an_answer_that_breaks_off_is_no_file(retrying: Retrying) -> None:
    async def ask(url: str) -> None:
        async with opened_backups(url, retrying) as drive:
            with pytest.raises(TransientError):
                await drive.file("t", "1f")

    await served(b'{"id": "1f", "na', ask, times=1)


async def test_what_is_left_of_an_answer_is_nobodys_answer(
    script: Script, retrying: Retrying, tmp_path: Path
) -> None:
    for _ in range(2):
        script.then(b" " * (LONGEST_ANSWER + 2**20))
    script.then(b"", 308, Range="bytes=0-0")
    spool = Spool.of(tmp_path / "a", 3)
    spool.session_url = f"{script.url}/upload?upload_id=1"
    async with opened_backups(script.url, retrying) as drive:
        with pytest.raises(TransientError):
            await drive.file("t", "1f")
        assert (await spool.send(drive, "t")).acknowledged_bytes == 1
    assert len(script.seen) == 3


async def test_a_download_that_fails_leaves_nothing(
    backups: GoogleBackupDrive, token: str, google: GoogleSandbox, stored: tuple[str, Spool], back: Landing
) -> None:
    google.faults.add("download", google_fault("cannotDownloadAbusiveFile", at_byte=3 * GRANULE + 1))
    with pytest.raises(PermanentError):
        await backups.download(token, stored[0], back.path, size_bytes=SIZE)
    assert back.data is None


async def test_who_leaves_a_download_leaves_nothing(
    google: GoogleSandbox, token: str, stored: tuple[str, Spool], retrying: Retrying, back: Landing
) -> None:
    google.faults.add("download", Fault("hang", at_byte=2 * GRANULE + 1))
    async with opened_backups(google.url, retrying, timeout_s=0.2) as drive:
        reading = asyncio.create_task(drive.download(token, stored[0], back.path, size_bytes=SIZE))
        await google.wait_for(lambda: sum(seen.route == "download" for seen in google.seen) == 2)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert back.data is None


async def test_a_listing_names_each_file_once_over_all_pages(script: Script, retrying: Retrying) -> None:
    script.then({"files": [ROW, {"id": 7}, "x", {}], "nextPageToken": "2"})
    script.then({"files": [ROW, {"id": "2f"}], "nextPageToken": ""})
    async with opened_backups(script.url, retrying) as drive:
        assert [file.id for file in await drive.files("t", "1d", {})] == ["1f", "2f"]


async def test_a_page_token_that_is_refused_begins_the_listing_again(
    script: Script, retrying: Retrying
) -> None:
    refused = {"error": {"errors": [{"reason": "invalid"}], "code": 400}}
    script.then({"files": [ROW], "nextPageToken": "2"})
    script.then(refused, 400)
    script.then({"files": [{"id": "2f"}]})
    async with opened_backups(script.url, retrying) as drive:
        assert [file.id for file in await drive.files("t", "1d", {})] == ["2f"]
        script.then(refused, 400)
        script.answers.popleft()
        with pytest.raises(PermanentError):
            await drive.files("t", "1d", {})
    assert len(script.seen) == 5


@pytest.mark.parametrize(
    "answer",
    [{"files": {}}, {}, {"files": [], "incompleteSearch": True}, {"files": [], "nextPageToken": "again"}],
)
async def test_a_listing_that_is_not_whole_is_none(
    script: Script, retrying: Retrying, answer: dict[str, object]
) -> None:
    script.then(answer)
    async with opened_backups(script.url, retrying) as drive:
        with pytest.raises(TransientError):
            await drive.files("t", "1d", {})
    assert len(script.seen) <= 4


@pytest.mark.parametrize("ids", [None, [], ["1a"], ["1a", "1a"], ["1a", 7], ["1a", ""], ["1a", "1b", "1c"]])
async def test_ids_that_are_not_as_many_as_asked_for_are_none(
    script: Script, retrying: Retrying, ids: object
) -> None:
    script.then({"ids": ids})
    async with opened_backups(script.url, retrying) as drive:
        with pytest.raises(TransientError):
            await drive.new_ids("t", 2)


async def test_more_ids_than_one_call_gives(backups: GoogleBackupDrive, token: str) -> None:
    ids = await backups.new_ids(token, 1001)
    assert len(set(ids)) == 1001


async def test_what_was_just_made_is_known_by_its_id_before_it_is_found(
    backups: GoogleBackupDrive,
    token: str,
    folder: str,
    google: GoogleSandbox,
    clock: MovingClock,
    tmp_path: Path,
) -> None:
    google.world.search_lag_s, google.world.sums_after_reads = 30, 1
    file_id, spool = await begun(backups, token, Spool.of(tmp_path / "a", 10), folder)
    made = await spool.bring(backups, token)
    assert (made.sha256, made.md5) == (None, None)
    assert (await backups.file(token, file_id)).sha256 == spool.sha256
    assert await backups.files(token, folder, {}) == []
    clock.advance(31)
    assert [file.id for file in await backups.files(token, folder, {})] == [file_id]


async def test_what_is_gone_is_removed_and_what_is_not_ours_is_not(
    backups: GoogleBackupDrive, token: str, google: GoogleSandbox, stored: tuple[str, Spool]
) -> None:
    for remove in (backups.trash, backups.delete):
        await remove(token, "1nosuch")
        google.faults.add("drive", google_fault("insufficientFilePermissions"))
        with pytest.raises(GoneError):
            await remove(token, stored[0])
        google.faults.add("drive", google_fault("rateLimitExceeded"))
        with pytest.raises(RateLimitedError):
            await remove(token, stored[0])
    await backups.trash(token, stored[0])
    await backups.trash(token, stored[0])
    assert google.world.files[stored[0]].trashed
    await backups.delete(token, stored[0])
    assert stored[0] not in google.world.files


async def test_another_project_sees_nothing_and_is_told_so(
    backups: GoogleBackupDrive, token: str, folder: str, google: GoogleSandbox, account: Account,
    stored: tuple[str, Spool], back: Landing,
) -> None:  # fmt: skip
    ours = google.world.client
    sibling, stranger = google.world.add_client(project=ours.project), google.world.add_client()
    assert len(await backups.files(google.access_token(account, client=sibling), folder, {})) == 1
    foreign = google.access_token(account, client=stranger)
    assert await backups.files(foreign, folder, {}) == []
    with pytest.raises(GoneError):
        await backups.file(foreign, stored[0])
    with pytest.raises(GoneError):
        await backups.download(foreign, stored[0], back.path, size_bytes=SIZE)
    state = await backups.folder_state(foreign, folder)
    why = why_missing(state, made_by=ours.id, client_id=stranger.id)
    assert why is not None
    assert why.cause == "other_client"
    assert "connector backup restore FILE" in why.remedy


@pytest.mark.parametrize(
    ("what", "state"), [("", "usable"), ("trashed", "in_bin"), ("closed", "closed"), ("deleted", "unseen")]
)
async def test_what_has_become_of_the_folder(
    backups: GoogleBackupDrive, token: str, folder: str, google: GoogleSandbox, what: str, state: str
) -> None:
    match what:
        case "trashed":
            google.world.files[folder].trashed = True
        case "closed":
            google.world.files[folder].can_add_children = False
        case "deleted":
            del google.world.files[folder]
        case _:
            pass
    assert await backups.folder_state(token, folder) == state


async def test_a_shared_drive_is_as_good(
    backups: GoogleBackupDrive,
    token: str,
    google: GoogleSandbox,
    account: Account,
    tmp_path: Path,
    back: Landing,
) -> None:
    shared = google.world.add_shared_drive("Office")
    shared.roles[account.sub] = "organizer"
    account.limit_bytes = 0  # its owner's room does not count there
    file_id, spool = await begun(backups, token, Spool.of(tmp_path / "a", 100), shared.id, run="1")
    await spool.bring(backups, token)
    assert [file.id for file in await backups.files(token, shared.id, {"run": "1"})] == [file_id]
    await backups.download(token, file_id, back.path, size_bytes=100)
    shared.roles[account.sub] = "writer"
    with pytest.raises(GoneError, match="may not change"):
        await backups.delete(token, file_id)
    await backups.trash(token, file_id)
    del shared.roles[account.sub]
    with pytest.raises(GoneError):
        await backups.file(token, file_id)
