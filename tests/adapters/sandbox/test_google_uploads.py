"""The sandbox's Drive and bytes: sessions, ranges, quotas, checksums, shared drives, and what it refuses."""

import hashlib
import random
from collections.abc import AsyncIterator

import aiohttp
import pytest
from support.drive_caller import Drive

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.drive.content import IN_MEMORY_BYTES, Content
from adapters.sandbox.google.drive.session import GRANULE, LIFE_S
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.server import GoogleSandbox
from adapters.sandbox.google.world import GoogleWorld

START = 1_790_000_000.0


@pytest.fixture
def clock() -> list[float]:
    return [START]


@pytest.fixture
def world(clock: list[float]) -> GoogleWorld:
    made = GoogleWorld.invented(random.Random(7), now=lambda: clock[0])  # noqa: S311 - repeatable
    made.add_account("ada.admin@example.com", "Ada Admin")
    return made


@pytest.fixture
def account(world: GoogleWorld) -> Account:
    return next(iter(world.accounts.values()))


@pytest.fixture
async def google(world: GoogleWorld) -> AsyncIterator[GoogleSandbox]:
    async with GoogleSandbox(world) as server:
        yield server


@pytest.fixture
async def drive(google: GoogleSandbox, account: Account) -> AsyncIterator[Drive]:
    async with aiohttp.ClientSession() as http:
        yield Drive(http, google, google.access_token(account))


async def opened(drive: Drive, size: int, **body: object) -> str:
    status, url = await drive.open(size, {"name": "a", **body})
    assert status == 200, url
    return url


async def made(drive: Drive, data: bytes, **body: object) -> str:
    """Return the id of a file with this content."""
    status, record = await drive.put(await opened(drive, len(data), **body), "", data)
    assert status == 200, record
    assert record["size"] == str(len(data))
    return str(record["id"])


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        ({"title": "v2"}, {}, "invalid"),
        ({"name": 7}, {}, "invalid"),
        ({"parents": "x"}, {}, "invalid"),
        ({"parents": [7]}, {}, "invalid"),
        ({"appProperties": {"k": 7}}, {}, "invalid"),
        ({"capabilities": {"canFly": True}}, {}, "invalid"),
        ({"capabilities": {"canEdit": "yes"}}, {}, "invalid"),
        ({"id": "chosen-by-ourselves"}, {}, "invalid"),
        ({}, {"X-Upload-Content-Length": "-1"}, "badRequest"),
        ({}, {"X-Upload-Content-Length": "many"}, "badRequest"),
        ({}, {"X-Upload-Content-Length": str(6 * 10**12)}, "badRequest"),
        ({}, {"X-Upload-Content-Type": "csv"}, "badRequest"),
    ],
)
async def test_a_session_is_asked_for_as_the_document_says(
    drive: Drive, body: object, headers: dict[str, str], reason: str
) -> None:
    assert await drive.open(10, body, **headers) == (400, reason)
    assert not drive.google.world.uploads


async def test_only_methods_that_take_media_take_it(drive: Drive) -> None:
    assert await drive.open(10, {}, path="files/1x", method="GET") == (400, "badRequest")
    assert await drive.open(10, {}, path="nosuch") == (404, "notFound")
    url = f"{drive.google.url}/upload/drive/v3/files"
    for query in ({}, {"uploadType": "multipart"}, {"uploadType": "media"}, {"uploadtype": "resumable"}):
        headers = {"Authorization": f"Bearer {drive.token}"}
        async with drive.http.post(url, params=query, json={}, headers=headers) as answer:
            assert answer.status == 400
    drive.token = "ya29.invented"
    assert await drive.open(10, {}) == (401, "authError")


async def test_a_file_grows_chunk_by_chunk(drive: Drive, world: GoogleWorld) -> None:
    data = random.Random(1).randbytes(2 * GRANULE + 3)  # noqa: S311 - repeatable
    url, total = await opened(drive, len(data)), len(data)
    assert await drive.put(url, f"bytes */{total}") == (308, None)
    assert await drive.put(url, f"*/{total}") == (308, None)
    assert await drive.put(url, f"bytes 0-{GRANULE - 1}/{total}", data[:GRANULE]) == (
        308, f"bytes=0-{GRANULE - 1}",
    )  # fmt: skip
    assert not world.files
    # what is there already is not taken twice
    assert (await drive.put(url, f"bytes 0-{total - 1}/{total}", data))[0] == 200
    status, record = await drive.put(url, f"bytes */{total}")
    assert (status, record["size"]) == (200, str(total))
    file = world.files[record["id"]]
    assert file.content.read(0, total) == data
    assert file.content.checksums()["sha256Checksum"] == hashlib.sha256(data).hexdigest()
    del world.files[record["id"]]
    assert (await drive.put(url, f"bytes */{total}"))[0] == 404


@pytest.mark.parametrize(
    "content_range",
    [
        "bytes 0-9/10", f"bytes 0-{GRANULE}/{2 * GRANULE}", f"bytes 1-{GRANULE}/{2 * GRANULE}",
        f"bytes 0-{GRANULE - 1}/*", "bytes */*", f"bytes */{GRANULE}", f"bytes 9-0/{2 * GRANULE}",
        f"bytes 0-{GRANULE - 2}/{2 * GRANULE}", f"items 0-{GRANULE - 1}/{2 * GRANULE}", "",
    ],
)  # fmt: skip
async def test_a_range_that_does_not_fit_is_refused(drive: Drive, content_range: str) -> None:
    url = await opened(drive, 2 * GRANULE)
    status, record = await drive.put(url, content_range, b"x" * GRANULE)
    assert (status, record["error"]["errors"][0]["reason"]) == (400, "badRequest")
    assert await drive.put(url, f"bytes */{2 * GRANULE}") == (308, None)


async def test_a_session_has_its_time_and_its_token(
    drive: Drive, clock: list[float], google: GoogleSandbox, account: Account
) -> None:
    url = await opened(drive, 3)
    assert (await drive.put(f"{url}x", "bytes */3"))[0] == 404
    google.world.access_tokens[drive.token].dead = True
    assert (await drive.put(url, "bytes */3"))[0] == 401
    async with drive.http.put(url, headers={"Content-Range": "bytes */3"}, allow_redirects=False) as answer:
        assert answer.status == 308, "the address is the capability"
    clock[0] += LIFE_S
    drive.token = google.access_token(account)
    assert (await drive.put(url, "bytes 0-2/3", b"abc"))[0] == 404


async def test_faults_happen_at_a_byte(drive: Drive, google: GoogleSandbox) -> None:
    url = await opened(drive, 2 * GRANULE)
    google.faults.add("session", Fault.status(503, at_byte=GRANULE + 7))
    google.faults.add("session", Fault.partial(9))
    google.faults.add("session", Fault.drop_connection(10))
    first = f"bytes 0-{GRANULE - 1}/{2 * GRANULE}"
    assert await drive.put(url, first, b"x" * GRANULE) == (308, "bytes=0-8")
    assert await drive.put(url, first, b"x" * GRANULE) == (308, f"bytes=0-{GRANULE - 1}")
    assert [seen.status for seen in google.seen] == [200, 308, 0, 308], "aiohttp repeats a PUT by itself"
    last = f"bytes {GRANULE}-{2 * GRANULE - 1}/{2 * GRANULE}"
    async with drive.http.put(url, data=b"x" * GRANULE, headers={"Content-Range": last}) as answer:
        assert answer.status == 503
    assert await drive.put(url, f"bytes */{2 * GRANULE}") == (308, f"bytes=0-{GRANULE + 6}")
    assert not google.faults
    assert sum(seen.body_bytes for seen in google.seen) >= 2 * GRANULE
    assert {seen.query["upload_id"] for seen in google.seen if seen.route == "session"} == {"…"}


async def test_an_old_file_takes_new_content(drive: Drive, world: GoogleWorld) -> None:
    file_id = await made(drive, b"old", appProperties={"a": "b"})
    status, url = await drive.open(5, {"name": "b"}, method="PATCH", path=f"files/{file_id}")
    assert status == 200
    assert (await drive.put(url, "bytes 0-4/5", b"newer"))[1] == {"id": file_id, "size": "5"}
    file = world.files[file_id]
    assert (file.name, file.content.read(0, 9), file.app_properties) == ("b", b"newer", {"a": "b"})
    assert await drive.open(5, {}, method="PATCH", path="files/1nosuch") == (404, "notFound")


@pytest.mark.parametrize(
    ("wanted", "status", "content_range", "body"),
    [
        ("", 200, "", b"0123456789"),
        ("bytes=0-3", 206, "bytes 0-3/10", b"0123"),
        ("bytes=7-", 206, "bytes 7-9/10", b"789"),
        ("bytes=7-99", 206, "bytes 7-9/10", b"789"),
        ("bytes=-2", 206, "bytes 8-9/10", b"89"),
        ("bytes=10-", 416, "bytes */10", b""),
        ("bytes=5-4", 416, "bytes */10", b""),
        ("bytes=-0", 416, "bytes */10", b""),
        ("lines=1-2", 200, "", b"0123456789"),
    ],
)
async def test_files_are_given_out_in_ranges(
    drive: Drive, wanted: str, status: int, content_range: str, body: bytes
) -> None:
    file_id = await made(drive, b"0123456789")
    assert await drive.media(file_id, wanted) == (status, content_range, body)


async def test_what_is_not_given_out(drive: Drive, world: GoogleWorld) -> None:
    folder = await drive.create(name="top")
    assert (await drive.media(folder))[0] == 403
    file_id = await made(drive, b"virus")
    world.files[file_id].abusive = True
    assert (await drive.media(file_id))[0] == 403
    assert await drive.media(file_id, acknowledgeAbuse="true") == (200, "", b"virus")
    assert (await drive.media("1nosuch"))[0] == 404


async def test_quotas_are_kept_and_the_bin_counts(drive: Drive, account: Account, world: GoogleWorld) -> None:
    account.used_elsewhere_bytes, account.limit_bytes = 0, 10
    url = await opened(drive, 6)
    file_id = await made(drive, b"12345")
    status, record = await drive.put(url, "bytes 0-5/6", b"123456")
    assert (status, record["error"]["errors"][0]["reason"]) == (403, "storageQuotaExceeded")
    await drive.call("PATCH", f"files/{file_id}", {"trashed": True})
    assert await drive.open(6, {}) == (403, "storageQuotaExceeded")
    assert world.free_bytes(account) == 5
    await drive.call("DELETE", f"files/{file_id}")
    assert (await drive.put(url, "bytes */6"))[0] == 200
    account.limit_bytes = None
    assert world.free_bytes(account) is None


async def test_checksums_and_the_search_may_come_late(
    drive: Drive, world: GoogleWorld, clock: list[float]
) -> None:
    world.sums_after_reads, world.search_lag_s = 2, 10
    file_id = await made(drive, b"abc")
    fields = {"fields": "md5Checksum,sha1Checksum,sha256Checksum,size"}
    assert await drive.call("GET", f"files/{file_id}", **fields) == (200, {"size": "3"})
    _, record = await drive.call("GET", f"files/{file_id}", **fields)
    assert record["md5Checksum"] == hashlib.md5(b"abc", usedforsecurity=False).hexdigest()
    assert record["sha1Checksum"] == hashlib.sha1(b"abc", usedforsecurity=False).hexdigest()
    assert await drive.found("") == []
    clock[0] += 10
    assert await drive.found("") == [file_id]


async def test_a_shared_drive_has_members_and_roles(
    drive: Drive, world: GoogleWorld, account: Account
) -> None:
    shared = world.add_shared_drive("Office")
    assert await drive.open(3, {"parents": [shared.id]}) == (404, "notFound")
    shared.roles[account.sub] = "reader"
    assert await drive.open(3, {"parents": [shared.id]}) == (403, "insufficientFilePermissions")
    shared.roles[account.sub] = "writer"
    account.limit_bytes = 0
    file_id = await made(drive, b"abc", parents=[shared.id])
    assert await drive.refused("GET", f"files/{file_id}") == (404, "notFound")
    on = {"supportsAllDrives": "true"}
    fields = "driveId,ownedByMe,capabilities(canAddChildren,canDelete,canTrash)"
    _, record = await drive.call("GET", f"files/{file_id}", fields=fields, **on)
    assert record == {
        "driveId": shared.id,
        "capabilities": {"canAddChildren": False, "canDelete": False, "canTrash": True},
    }
    assert await drive.found("") == []
    everywhere = {**on, "includeItemsFromAllDrives": "true"}
    assert await drive.found("", **everywhere) == [file_id]
    assert await drive.found("", corpora="drive", driveId=shared.id, **everywhere) == [file_id]
    assert await drive.refused("GET", "files", driveId=shared.id, **on) == (400, "invalidParameter")
    assert await drive.refused("DELETE", f"files/{file_id}", **on) == (403, "insufficientFilePermissions")
    assert await drive.refused("GET", "drives") == (403, "insufficientPermissions")
    shared.roles[account.sub] = "reader"
    assert await drive.refused("PATCH", f"files/{file_id}", {"name": "b"}, **on) == (
        403, "insufficientFilePermissions",
    )  # fmt: skip
    shared.roles[account.sub] = "organizer"
    assert await drive.call("DELETE", f"files/{file_id}", **on) == (204, None)


def test_content_leaves_the_memory_when_it_is_large() -> None:
    content, piece = Content(b"head"), bytes(range(256)) * 1024
    for _ in range(2 * IN_MEMORY_BYTES // len(piece)):
        content.append(piece)
    assert content.size == 4 + 2 * IN_MEMORY_BYTES
    assert content.read(0, 6) == b"head\x00\x01"
    assert content.read(content.size - 2, 99) == b"\xfe\xff"
    assert content._file._rolled  # type: ignore[attr-defined]  # noqa: SLF001 - it is on the disk
