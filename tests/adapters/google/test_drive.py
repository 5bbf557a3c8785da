"""Our folder in a Drive, with the real SDK in threads, against the sandbox and against odd servers."""

import asyncio
import json
import threading
from typing import TYPE_CHECKING

import pytest

from adapters.google.drive import MARK, GoogleDrive
from adapters.google.drive_listing import quoted
from adapters.google.folders import FOLDER
from adapters.retrying import Retrying
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import Account, File
from adapters.sandbox.google.replies import google_fault
from adapters.sandbox.google.server import SCOPES, GoogleSandbox
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    MisconfiguredError,
    RateLimitedError,
    StaleTokenError,
    StorageFullError,
    SuspendedError,
    TransientError,
)

from .conftest import MovingClock, Script, opened_drive

if TYPE_CHECKING:
    from connector import ports


def fits_the_port(drive: GoogleDrive) -> "ports.DriveHome":
    return drive


def folders(google: GoogleSandbox) -> list[File]:
    return [file for file in google.world.files.values() if file.mime_type == FOLDER]


async def test_space_tells_whose_drive_it_is_and_how_full(
    drive: GoogleDrive, token: str, account: Account
) -> None:
    account.used_elsewhere_bytes, account.limit_bytes = 5_000_000_000_000, 15 * 2**30
    space = await drive.space(token)
    assert (space.email, space.used_bytes, space.limit_bytes) == (
        account.email,
        5_000_000_000_000,
        15 * 2**30,
    )
    account.limit_bytes = None
    assert (await drive.space(token)).limit_bytes is None


async def test_a_folder_is_made_once_and_found_again(
    drive: GoogleDrive, token: str, google: GoogleSandbox
) -> None:
    first = await drive.folder(token, "main")
    assert await drive.folder(token, "main") == first
    assert await drive.folder(token, "main", known_id=first) == first
    assert await drive.folder(token, "other") != first
    assert [file.app_properties for file in folders(google)] == [{MARK: "main"}, {MARK: "other"}]
    assert all(seen.bearer_in_header and not seen.secrets_in_url for seen in google.seen)


@pytest.mark.parametrize(
    "workspace_id", ["o'neil", "back\\slash", "\\'", "ünïcode", "x' or trashed = true or 'y' in parents"]
)
async def test_any_workspace_id_is_a_text_of_the_query(
    drive: GoogleDrive, token: str, google: GoogleSandbox, workspace_id: str
) -> None:
    await drive.folder(token, "bystander")
    made = await drive.folder(token, workspace_id)
    assert google.world.files[made].app_properties == {MARK: workspace_id}
    assert await drive.folder(token, workspace_id) == made


@pytest.mark.parametrize("what", ["trashed", "deleted", "closed", "foreign", "file"])
async def test_a_folder_that_cannot_be_used_is_made_again(
    drive: GoogleDrive, token: str, google: GoogleSandbox, what: str
) -> None:
    old = await drive.folder(token, "main")
    file = google.world.files[old]
    match what:
        case "trashed":
            file.trashed = True
        case "deleted":
            del google.world.files[old]
        case "closed":
            file.can_add_children = False
        case "foreign":
            file.forgotten = True
        case _:
            file.mime_type = "text/plain"
    new = await drive.folder(token, "main", known_id=old)
    assert new != old
    assert await drive.folder(token, "main", known_id=new) == new


async def test_a_lost_known_folder_is_searched_before_one_is_made(
    drive: GoogleDrive, token: str, google: GoogleSandbox
) -> None:
    kept = await drive.folder(token, "main")
    assert await drive.folder(token, "main", known_id="1gone") == kept
    assert len(folders(google)) == 1


async def test_of_two_folders_everybody_takes_the_oldest(
    drive: GoogleDrive, token: str, google: GoogleSandbox, clock: MovingClock
) -> None:
    first = await drive.folder(token, "main")
    clock.advance(60)
    google.world.files[first].trashed = True
    second = await drive.folder(token, "main")
    google.world.files[first].trashed = False
    assert second != first
    assert await drive.folder(token, "main") == first


async def test_a_long_listing_is_followed_to_its_end(
    drive: GoogleDrive, token: str, google: GoogleSandbox, account: Account, clock: MovingClock
) -> None:
    google.world.page_cap = 100  # a short page is not the end
    oldest = await drive.folder(token, "main")
    made_by = google.world.files[oldest]
    for number in range(150):
        clock.advance(1)
        google.world.files[f"1{number}"] = File(
            id=f"1{number}",
            owner=account.sub,
            project=made_by.project,
            name="x",
            mime_type=FOLDER,
            parents=made_by.parents,
            created_at=clock.now().timestamp(),
            modified_at=clock.now().timestamp(),
            app_properties={MARK: "main"},
        )
    assert await drive.folder(token, "main") == oldest
    assert [seen.query.get("pageToken") for seen in google.seen][-2:] == [None, "~!!~100"]


async def test_a_lost_answer_makes_no_second_folder(script: Script, retrying: Retrying) -> None:
    exists = {"error": {"errors": [{"reason": "fileIdInUse"}], "code": 409}}
    script.then({"files": []})
    script.then({"ids": ["1minted"]})
    script.then("<html>", 502)  # made, but nobody heard
    script.then(exists, 409)
    async with opened_drive(script.url, retrying) as drive:
        assert await drive.folder("t", "main") == "1minted"
    bodies = [asked for asked in script.seen if asked.method == "POST"]
    assert len(bodies) == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("storageQuotaExceeded", StorageFullError),
        ("domainPolicy", SuspendedError),
        ("insufficientPermissions", AuthLostError),
        ("accessNotConfigured", MisconfiguredError),
        ("rateLimitExceeded", RateLimitedError),
        ("authError", StaleTokenError),
    ],
)
async def test_refusals_come_up_as_ours_without_a_repeat(
    drive: GoogleDrive, token: str, google: GoogleSandbox, fault: str, kind: type[ConnectorError]
) -> None:
    google.faults.add("drive", google_fault(fault))
    with pytest.raises(kind) as refused:
        await drive.space(token)
    assert len(google.seen) == 1
    assert token not in str(refused.value)
    assert "127.0.0.1" not in f"{refused.value}{refused.value.__cause__!r}"
    assert refused.value.__context__ is None


@pytest.mark.parametrize("fault", [google_fault("backendError"), Fault.status(502), Fault.bare("nonsense")])
async def test_a_bad_moment_is_got_over(
    drive: GoogleDrive, token: str, google: GoogleSandbox, fault: Fault
) -> None:
    google.faults.add("drive", fault)
    assert (await drive.space(token)).email == "ada.admin@example.com"
    assert len(google.seen) == 2


@pytest.mark.parametrize(
    "body", [[], "text", {"user": {}}, {"storageQuota": {"usage": -1}}, {"storageQuota": []}]
)
async def test_a_body_of_another_shape_is_no_space(script: Script, retrying: Retrying, body: object) -> None:
    script.then(json.dumps(body))
    async with opened_drive(script.url, retrying) as drive:
        with pytest.raises(TransientError) as odd:
            await drive.space("t")
    assert odd.value.unknown


@pytest.mark.parametrize(
    "answers", [[{"files": {}}], [{}], [{"files": []}, {}], [{"files": []}, {"ids": []}]]
)
async def test_a_listing_of_another_shape_makes_no_folder(
    script: Script, retrying: Retrying, answers: list[object]
) -> None:
    for answer in answers:
        script.then(answer)
    async with opened_drive(script.url, retrying) as drive:
        with pytest.raises(TransientError):
            await drive.folder("t", "main")
    assert not [asked for asked in script.seen if asked.method == "POST"]


async def test_a_listing_without_end_is_left(script: Script, retrying: Retrying) -> None:
    script.then({"files": [], "nextPageToken": "again"})
    async with opened_drive(script.url, retrying) as drive:
        with pytest.raises(TransientError, match="does not end"):
            await drive.folder("t", "main")


async def test_a_redirect_takes_the_token_nowhere(script: Script, retrying: Retrying) -> None:
    script.then(b"", 302, Location=f"{script.url}/elsewhere")
    async with opened_drive(script.url, retrying) as drive:
        with pytest.raises(ConnectorError):
            await drive.space("t")
    assert not [asked for asked in script.seen if "elsewhere" in asked.address]


async def test_a_silent_drive_is_left_after_the_timeout(
    google: GoogleSandbox, token: str, retrying: Retrying
) -> None:
    google.faults.add("drive", Fault.hang(), times=10)
    async with opened_drive(google.url, retrying, timeout_s=0.05) as drive:
        async with asyncio.timeout(10):  # the SDK's own timeout is a minute
            with pytest.raises(TransientError, match="could not be reached"):
                await drive.space(token)


async def test_a_token_that_could_break_a_header_is_not_sent(
    drive: GoogleDrive, google: GoogleSandbox
) -> None:
    with pytest.raises(StaleTokenError):
        await drive.space("abc\r\nX-Evil: 1")
    assert not google.seen


async def test_nobody_listening_is_a_bad_moment(retrying: Retrying, unused_tcp_port: int) -> None:
    async with opened_drive(f"http://127.0.0.1:{unused_tcp_port}", retrying) as drive:
        with pytest.raises(TransientError, match="could not be reached"):
            await drive.space("t")


async def test_drive_is_called_from_its_own_threads_only(
    drive: GoogleDrive, token: str, google: GoogleSandbox
) -> None:
    await drive.space(token)
    names = {thread.name for thread in threading.enumerate()}
    assert any(name.startswith("google") for name in names)


async def test_a_token_without_the_scope_names_the_box(
    drive: GoogleDrive, google: GoogleSandbox, account: Account
) -> None:
    narrow = google.access_token(account, scopes=SCOPES[:2])
    with pytest.raises(AuthLostError, match="Drive was not given"):
        await drive.space(narrow)


async def test_the_folder_of_another_project_is_not_seen(
    drive: GoogleDrive, token: str, google: GoogleSandbox, account: Account
) -> None:
    ours = await drive.folder(token, "main")
    foreign = google.access_token(account, client=google.world.add_client())
    assert await drive.folder(foreign, "main", known_id=ours) != ours


def test_texts_of_the_query_language_are_escaped() -> None:
    assert quoted("a'b\\c") == r"'a\'b\\c'"
