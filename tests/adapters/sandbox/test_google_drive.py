"""The sandbox's Drive: its query language, what it refuses, what an app may see."""

import random
from collections.abc import AsyncIterator

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drive_caller import Drive

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.drive.content import Content
from adapters.sandbox.google.drive.fields import parse_fields
from adapters.sandbox.google.drive.query import parse_query
from adapters.sandbox.google.objects import DRIVE_FILE, FOLDER, Account, File
from adapters.sandbox.google.replies import Refusal
from adapters.sandbox.google.server import SCOPES, GoogleSandbox
from adapters.sandbox.google.world import GoogleWorld


@pytest.fixture
def clock() -> list[float]:
    return [1_790_000_000.0]


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


async def test_who_asks_is_checked(drive: Drive, google: GoogleSandbox, account: Account) -> None:
    drive.token = "ya29.invented"
    assert await drive.refused("GET", "files") == (401, "authError")
    drive.token = google.access_token(account, scopes=("openid",))
    status, record = await drive.call("GET", "files")
    assert status == 403
    assert record["error"]["errors"][0]["reason"] == "insufficientPermissions"
    assert record["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@pytest.mark.parametrize(
    ("method", "path", "query", "reason"),
    [
        ("GET", "files", {"query": "x"}, "invalidParameter"),
        ("GET", "files", {"pageSize": "0"}, "invalidParameter"),
        ("GET", "files", {"pageSize": "1001"}, "invalidParameter"),
        ("GET", "files", {"pageSize": "many"}, "invalidParameter"),
        ("GET", "files", {"supportsAllDrives": "True"}, "invalidParameter"),
        ("GET", "files", {"fields": "files(nosuch)"}, "invalidParameter"),
        ("GET", "files", {"fields": "files(id"}, "invalidParameter"),
        ("GET", "files", {"orderBy": "size"}, "invalid"),
        ("GET", "files", {"pageToken": "7"}, "invalid"),
        ("GET", "files", {"q": "name"}, "invalid"),
        ("GET", "files/generateIds", {"count": "1001"}, "invalidParameter"),
        ("GET", "about", {}, "required"),
        ("GET", "about", {"fields": "storageQuota/nosuch"}, "invalidParameter"),
        ("GET", "changes/startPageToken", {}, "badRequest"),
    ],
)
async def test_what_the_discovery_document_does_not_have_is_refused(
    drive: Drive, method: str, path: str, query: dict[str, str], reason: str
) -> None:
    await drive.create(name="one")
    assert await drive.refused(method, path, **query) == (400, reason)


@pytest.mark.parametrize(
    "body",
    [{"title": "v2"}, {"name": 7}, {"appProperties": "x"}, {"appProperties": {"k": "v" * 124}}, {"parents": []},
     {"parents": ["a", "b"]}, {"id": "chosen-by-ourselves"}, {"starred": True}],
)  # fmt: skip
async def test_a_wrong_body_is_refused(drive: Drive, body: dict[str, object]) -> None:
    assert await drive.refused("POST", "files", body) == (400, "invalid")


async def test_unknown_paths_are_not_found(drive: Drive) -> None:
    assert await drive.refused("GET", "nosuch") == (404, "notFound")
    assert await drive.refused("GET", "files/1nobody") == (404, "notFound")


async def test_a_minted_id_makes_a_file_once(drive: Drive, world: GoogleWorld) -> None:
    _, minted = await drive.call("GET", "files/generateIds", count="2")
    assert len(minted["ids"]) == 2
    made = await drive.create(id=minted["ids"][0])
    assert made == minted["ids"][0]
    assert await drive.refused("POST", "files", {"id": made}) == (409, "fileIdInUse")
    other = world.add_account("b@example.com")
    drive.token = drive.google.access_token(other)
    assert await drive.refused("POST", "files", {"id": minted["ids"][1]}) == (400, "invalid")


async def test_fields_choose_what_is_answered(drive: Drive) -> None:
    made = await drive.create(name="a", appProperties={"k": "v"})
    _, default = await drive.call("GET", f"files/{made}")
    assert set(default) == {"kind", "id", "name", "mimeType"}
    _, chosen = await drive.call(
        "GET", f"files/{made}", fields="id,capabilities/canAddChildren,appProperties"
    )
    assert chosen == {"id": made, "capabilities": {"canAddChildren": True}, "appProperties": {"k": "v"}}
    _, everything = await drive.call("GET", f"files/{made}", fields="*")
    assert everything["createdTime"] == "2026-09-21T14:13:20.000Z"


async def test_the_query_language(drive: Drive, account: Account, clock: list[float]) -> None:
    top = await drive.create(name="Backups of Ada's", appProperties={"ws": "main"})
    clock[0] += 1800
    below = await drive.create(name="2026", parents=[top], appProperties={"ws": "oth'er"})
    note = await drive.create(name="note.txt", mimeType="text/plain", parents=[top])
    root = account.root_id
    for query, wanted in {
        "": [top, below, note],
        "trashed = false": [top, below, note],
        "trashed=true": [],
        f"'{top}' in parents": [below, note],
        f"'{root}' in parents": [top],
        f"mimeType = '{FOLDER}'": [top, below],
        f"mimeType != '{FOLDER}' and '{top}' in parents": [note],
        r"name = 'Backups of Ada\'s'": [top],
        "name contains 'ada'": [top],
        "name contains 'ckups'": [],
        "appProperties has { key='ws' and value='main' }": [top],
        r"appProperties has { key='ws' and value='oth\'er' }": [below],
        "not name = '2026' and not (mimeType = 'text/plain')": [top],
        "name = '2026' or name = 'note.txt' and trashed = true": [below],
        "(name = '2026' or name = 'note.txt') and trashed = true": [],
        "createdTime > '2026-09-21T14:30:00'": [below, note],
        "modifiedTime <= '2026-09-21T16:13:20+02:00'": [top],
    }.items():
        assert await drive.found(query) == wanted, query


@pytest.mark.parametrize(
    "text",
    ["name", "name =", "name = x", "name = 'x", "name ~ 'x'", "trashed = maybe", "trashed > true", "x in parents",
     "'x' in owners", "appProperties has { key='a' }", "appProperties has key='a'", "name = 'a' name = 'b'",
     "(name = 'a'",
     "createdTime > 'soon'", "not", "and", "fullText contains 'x'", "mimeType < 'a'", "name = 'a';"],
)  # fmt: skip
def test_a_query_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_query(text)
    assert refused.value.reply.status == 400


@given(st.text(max_size=60) | st.text(alphabet="name trshed=falsintpo'(){}\\ dw", max_size=60))
def test_reading_queries_and_fields_is_total(text: str) -> None:
    for parse in (parse_query, parse_fields):
        try:
            parse(text)
        except Refusal as refusal:
            assert refusal.reply.status == 400  # noqa: PT017 - which texts are refused is not known here


@given(st.text(max_size=30))
def test_any_text_can_be_escaped_into_a_query(name: str) -> None:
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    test = parse_query(f"name = '{escaped}'")
    file = File(
        id="1",
        owner="2",
        project="3",
        name=name,
        mime_type="a/b",
        parents=(),
        created_at=0.0,
        modified_at=0.0,
    )
    assert test(file, False)


async def test_a_listing_comes_in_pages(drive: Drive) -> None:
    made = [await drive.create(name=f"n{number}") for number in range(5)]
    fields = "nextPageToken,files(id)"
    _, first = await drive.call("GET", "files", pageSize="3", fields=fields, orderBy="name")
    _, second = await drive.call(
        "GET", "files", pageSize="3", fields=fields, orderBy="name", pageToken=first["nextPageToken"]
    )
    assert [file["id"] for file in first["files"] + second["files"]] == made
    assert "nextPageToken" not in second


async def test_the_bin_takes_what_is_below_along(drive: Drive) -> None:
    top = await drive.create(name="top")
    below = await drive.create(name="below", parents=[top])
    await drive.call("PATCH", f"files/{top}", {"trashed": True})
    assert await drive.found("trashed = true") == [top, below]
    _, record = await drive.call("GET", f"files/{below}", fields="trashed,explicitlyTrashed")
    assert record == {"trashed": True, "explicitlyTrashed": False}
    await drive.call("PATCH", f"files/{top}", {"trashed": False, "appProperties": {"a": "b"}})
    await drive.call("PATCH", f"files/{top}", {"name": "renamed", "appProperties": {"a": None}})
    assert await drive.found("name = 'renamed' and not appProperties has { key='a' and value='b' }") == [top]
    assert await drive.refused("PATCH", f"files/{top}", {"parents": ["root"]}) == (400, "invalid")
    assert await drive.call("DELETE", f"files/{top}") == (204, None)
    assert await drive.refused("GET", f"files/{below}") == (404, "notFound")


async def test_an_app_sees_only_what_its_project_made(
    drive: Drive, google: GoogleSandbox, account: Account, world: GoogleWorld
) -> None:
    made = await drive.create(name="ours")
    sibling = world.add_client(project=world.client.project)
    drive.token = google.access_token(account, client=sibling)
    assert await drive.found("") == [made]
    drive.token = google.access_token(account, client=world.add_client())
    assert await drive.found("") == []
    assert await drive.refused("GET", f"files/{made}") == (404, "notFound")
    assert await drive.refused("POST", "files", {"parents": [made]}) == (404, "notFound")
    drive.token = google.access_token(world.add_account("b@example.com"))
    assert await drive.refused("DELETE", f"files/{made}") == (404, "notFound")


async def test_revoking_may_take_the_files_out_of_sight(
    drive: Drive, google: GoogleSandbox, account: Account, world: GoogleWorld
) -> None:
    world.forgets_files = True
    await drive.create(name="ours")
    world.revoke(account, world.client.project)
    assert await drive.refused("GET", "files") == (401, "authError")
    drive.token = google.access_token(account)
    assert await drive.found("") == []


async def test_about_tells_the_quota(drive: Drive, account: Account, world: GoogleWorld) -> None:
    made = await drive.create(name="a.bin", mimeType="a/b")
    world.files[made].content = Content(b"x" * 1000)
    account.used_elsewhere_bytes, account.limit_bytes = 24, None
    _, about = await drive.call("GET", "about", fields="user(emailAddress,permissionId),storageQuota")
    assert about["storageQuota"] == {"usage": "1024", "usageInDrive": "1000", "usageInDriveTrash": "0"}
    assert about["user"]["emailAddress"] == account.email
    world.files[made].trashed = True
    account.limit_bytes = 2**40
    _, about = await drive.call("GET", "about", fields="storageQuota(limit,usageInDriveTrash)")
    assert about == {"storageQuota": {"limit": str(2**40), "usageInDriveTrash": "1000"}}


async def test_faults_and_the_record(drive: Drive, google: GoogleSandbox) -> None:
    google.faults.add("drive", Fault.status(502))
    google.faults.add("files", Fault.latency(0.001))
    google.faults.add("drive", Fault.drop_connection())
    async with drive.http.get(f"{google.url}/drive/v3/files") as answer:
        assert answer.status == 502
    await drive.found("")
    with pytest.raises(aiohttp.ClientError):  # a GET would be repeated by aiohttp itself
        await drive.create(name="x")
    await google.wait_for(lambda: len(google.seen) == 3)
    assert [seen.status for seen in google.seen] == [502, 200, 0]
    assert {seen.route for seen in google.seen} == {"drive"}


def test_the_scopes_are_those_of_a_connection() -> None:
    assert DRIVE_FILE in SCOPES
