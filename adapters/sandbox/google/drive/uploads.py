"""Resumable uploads below `/upload/drive/v3/`: opening a session, bringing bytes, making the file."""

import re
from collections.abc import AsyncIterator

from adapters.sandbox.google.call import Call
from adapters.sandbox.google.drive.access import asked, resource
from adapters.sandbox.google.drive.drive_call import DriveCall
from adapters.sandbox.google.drive.files import change_file, new_file
from adapters.sandbox.google.drive.records import as_record
from adapters.sandbox.google.drive.session import LIFE_S, Session
from adapters.sandbox.google.replies import Reply, drive_refusal
from adapters.sandbox.google.tokens import live_access
from adapters.sandbox.google.world import GoogleWorld

UPLOAD_ROOT = "/upload/drive/v3/"
_BYTES_MAX = 5_497_558_138_880
_SIZE = re.compile(r"[0-9]{1,15}")


def open_session(world: GoogleWorld, call: Call) -> Reply:
    """Answer `POST /upload/drive/v3/files` or `PATCH …/{fileId}` with a session's address. Raises Refusal."""
    method, checked = asked(world, call, UPLOAD_ROOT)
    if not method.takes_media or call.query.get("uploadType") != "resumable":
        raise drive_refusal("badRequest", "The sandbox takes resumable uploads only.")
    size = _size(call)
    is_new = method.id == "drive.files.create"
    draft = new_file(checked) if is_new else checked.file()
    if "mimeType" not in checked.record and is_new:
        draft.mime_type = call.headers.get("x-upload-content-type", draft.mime_type)
    _check_room(checked, draft.drive_id, size)
    session_id = world.new_text(80)
    world.uploads[session_id] = Session(
        draft=draft,
        size=size,
        sub=checked.account.sub,
        project=checked.project,
        query=dict(call.query),
        method_id=method.id,
        opened_at=world.now(),
        changes=None if is_new else checked.record,
    )
    location = f"{call.base}{call.path}?uploadType=resumable&upload_id={session_id}"
    return Reply(200, "", headers={"Location": location})


def find_session(world: GoogleWorld, call: Call) -> Session:
    """Return the session that a PUT names. Its address is the capability; a token that comes along must live."""
    session = world.uploads.get(call.query.get("upload_id", ""))
    if session is None or world.now() - session.opened_at >= LIFE_S:
        raise drive_refusal("notFound", "Not Found")
    if call.headers.get("authorization") and live_access(world, call.bearer) is None:
        raise drive_refusal("authError")
    return session


async def bring(
    session: Session, call: Call, media: AsyncIterator[bytes], *, until: int | None = None
) -> None:
    """Take what a PUT brings, up to byte `until` of the file. Raises Refusal."""
    span = span_of(session, call)
    if span is not None and not session.is_done:
        await session.take(media, span, until=until)


def span_of(session: Session, call: Call) -> tuple[int, int] | None:
    """Return the bytes that a PUT brings; None: it only asks. Raises Refusal."""
    return session.span(call.headers.get("content-range", ""), int(call.headers.get("content-length", "0")))


def settle(world: GoogleWorld, session: Session) -> Reply:
    """Answer a PUT by what is there now: how far it is, or the file. Raises Refusal."""
    if session.content.size < session.size:
        return session.progress()
    draft = session.draft
    checked = DriveCall(
        world=world,
        account=world.accounts[session.sub],
        project=session.project,
        path={"fileId": draft.id},
        query=session.query,
        record={},
    )
    if not session.is_done:
        _finish(checked, session)
    elif draft.id not in world.files:
        raise drive_refusal("notFound", "Not Found")
    return resource(as_record(checked, draft), session.method_id, session.query.get("fields", ""))


def _finish(call: DriveCall, session: Session) -> None:
    world, draft = call.world, session.draft
    _check_room(call, draft.drive_id, session.size)
    if session.changes is None:
        if draft.id in world.files:
            raise drive_refusal("fileIdInUse")
        call.home(list(draft.parents))  # the folder may have gone meanwhile
        draft.created_at = draft.modified_at = world.now()
        world.files[draft.id] = draft
    else:
        change_file(call, draft, session.changes)
    draft.content, draft.reads = session.content, 0
    session.is_done = True


def _size(call: Call) -> int:
    text = call.headers.get("x-upload-content-length", "")
    if not _SIZE.fullmatch(text) or int(text) > _BYTES_MAX:
        raise drive_refusal("badRequest", "Invalid X-Upload-Content-Length.")
    if "/" not in call.headers.get("x-upload-content-type", ""):
        raise drive_refusal("badRequest", "Invalid X-Upload-Content-Type.")
    return int(text)


def _check_room(call: DriveCall, drive_id: str, size: int) -> None:
    free = call.world.free_bytes(call.account)
    if not drive_id and free is not None and size > free:
        raise drive_refusal("storageQuotaExceeded")
