"""The files resource without media: list, get, create, update and delete of what the app has made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.sandbox.google.drive.query import parse_query
from adapters.sandbox.google.objects import FOLDER, Account, File, Json
from adapters.sandbox.google.replies import drive_refusal
from adapters.sandbox.google.world import GoogleWorld

PROPERTIES_MAX = 30
PROPERTY_BYTES = 124
"""https://developers.google.com/workspace/drive/api/guides/properties"""
_WRITABLE = frozenset({"id", "name", "mimeType", "parents", "description", "appProperties", "trashed"})
_PAGE_TOKEN = re.compile(r"~!!~([0-9]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveCall:
    """Who asks for what: the account, the project whose client asks, and the checked parameters."""

    world: GoogleWorld
    account: Account
    project: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    record: Json


def generate_ids(call: DriveCall) -> Json:
    """`GET /files/generateIds`."""
    ids = [call.world.new_file_id() for _ in range(int(call.query.get("count", "10")))]
    call.world.minted_ids.update(dict.fromkeys(ids, call.account.sub))
    return {"kind": "drive#generatedIds", "space": call.query.get("space", "drive"), "ids": ids}


def list_files(call: DriveCall) -> Json:
    """`GET /files`: the bin is searched too unless the query says otherwise."""
    test = parse_query(call.query.get("q", ""))
    world = call.world
    found = [file for file in _visible_files(call) if test(file, world.is_trashed(file))]
    _sort(found, call.query.get("orderBy", "modifiedTime desc"))
    start, size = _start(call.query.get("pageToken", "")), int(call.query.get("pageSize", "100"))
    record: Json = {"kind": "drive#fileList", "incompleteSearch": False}
    record["files"] = [as_record(world, call.account, file) for file in found[start : start + size]]
    if start + size < len(found):
        record["nextPageToken"] = f"~!!~{start + size}"
    return record


def get_file(call: DriveCall) -> Json:
    """`GET /files/{fileId}`."""
    return as_record(call.world, call.account, visible(call))


def create_file(call: DriveCall) -> Json:
    """`POST /files` without media: a folder or an empty file."""
    record = call.record
    _check_record(record)
    now = call.world.now()
    file = File(
        id=_new_id(call, record.get("id")),
        owner=call.account.sub,
        project=call.project,
        name=_text(record, "name", "Untitled"),
        mime_type=_text(record, "mimeType", "application/octet-stream"),
        description=_text(record, "description", ""),
        parents=_parents(call, record.get("parents")),
        created_at=now,
        modified_at=now,
    )
    _put_properties(file, record.get("appProperties"))
    call.world.files[file.id] = file
    return as_record(call.world, call.account, file)


def update_file(call: DriveCall) -> Json:
    """`PATCH /files/{fileId}` without media."""
    file, record = visible(call), call.record
    _check_record(record)
    if "id" in record or "parents" in record:
        raise drive_refusal("invalid", "The resource body includes fields which are not directly writable.")
    file.name = _text(record, "name", file.name)
    file.description = _text(record, "description", file.description)
    if isinstance(trashed := record.get("trashed"), bool):
        file.trashed = trashed
    _put_properties(file, record.get("appProperties"))
    file.modified_at = call.world.now()
    file.version += 1
    return as_record(call.world, call.account, file)


def delete_file(call: DriveCall) -> None:
    """`DELETE /files/{fileId}`: for good, past the bin, with all that is below."""
    delete_below(call.world, visible(call))


def delete_below(world: GoogleWorld, file: File) -> None:
    """Delete a file and everything that lies in it."""
    for child in [one for one in world.files.values() if file.id in one.parents]:
        delete_below(world, child)
    world.files.pop(file.id, None)


def visible(call: DriveCall) -> File:
    """Return the file that the path names, if this app has made it. Raises Refusal."""
    file_id = call.path["fileId"]
    file = call.world.files.get(file_id)
    if file is None or not _is_visible(call, file):
        raise drive_refusal("notFound", f"File not found: {file_id}.")
    return file


def as_record(world: GoogleWorld, account: Account, file: File) -> Json:
    """Return the whole resource; times and sizes are texts."""
    record: Json = {
        "kind": "drive#file",
        "id": file.id,
        "name": file.name,
        "mimeType": file.mime_type,
        "parents": list(file.parents),
        "createdTime": _time(file.created_at),
        "modifiedTime": _time(file.modified_at),
        "trashed": world.is_trashed(file),
        "explicitlyTrashed": file.trashed,
        "version": str(file.version),
        "spaces": ["drive"],
        "ownedByMe": file.owner == account.sub,
        "isAppAuthorized": True,
        "capabilities": {"canAddChildren": file.can_add_children and file.mime_type == FOLDER},
    }
    if file.app_properties:
        record["appProperties"] = dict(file.app_properties)
    if file.description:
        record["description"] = file.description
    if file.mime_type != FOLDER:
        record["size"] = str(len(file.content))
    return record


def _visible_files(call: DriveCall) -> list[File]:
    return [file for file in call.world.files.values() if _is_visible(call, file)]


def _is_visible(call: DriveCall, file: File) -> bool:
    """Under drive.file an app sees only what its own project has made."""
    return (file.owner, file.project) == (call.account.sub, call.project) and not file.forgotten


def _sort(files: list[File], order: str) -> None:
    keys = {
        "createdTime": lambda f: f.created_at,
        "modifiedTime": lambda f: f.modified_at,
        "name": lambda f: f.name,
    }
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().partition(" ")
        if name not in keys or direction not in {"", "desc"}:
            raise drive_refusal("invalid", f"Invalid order: {part}")
        files.sort(key=keys[name], reverse=direction == "desc")


def _start(token: str) -> int:
    if not token:
        return 0
    match = _PAGE_TOKEN.fullmatch(token)
    if match is None:
        raise drive_refusal("invalid", "Invalid Value")
    return int(match[1])


def _new_id(call: DriveCall, given: object) -> str:
    if given is None:
        return call.world.new_file_id()
    if not isinstance(given, str) or call.world.minted_ids.get(given) != call.account.sub:
        raise drive_refusal("invalid", "The provided file ID is not usable.")
    if given in call.world.files:
        raise drive_refusal("fileIdInUse")
    return given


def _parents(call: DriveCall, given: object) -> tuple[str, ...]:
    if given is None:
        return (call.account.root_id,)
    if not isinstance(given, list) or len(given) != 1:
        raise drive_refusal("invalid", "A file has exactly one parent.")
    if given[0] in {"root", call.account.root_id}:
        return (call.account.root_id,)
    parent = call.world.files.get(str(given[0]))
    if parent is None or not _is_visible(call, parent):
        raise drive_refusal("notFound", f"File not found: {given[0]}.")
    return (parent.id,)


def _check_record(record: Json) -> None:
    for name in record:
        if name not in _WRITABLE:
            raise drive_refusal("invalid", f"The sandbox does not write {name}.")


def _put_properties(file: File, given: object) -> None:
    """Add or replace; a null value takes a key away."""
    if given is None:
        return
    if not isinstance(given, dict):
        raise drive_refusal("invalid", "appProperties must be an object.")
    for key, value in given.items():
        if value is None:
            file.app_properties.pop(key, None)
            continue
        if not isinstance(value, str) or len(f"{key}{value}".encode()) > PROPERTY_BYTES:
            raise drive_refusal("invalid", "A property's key and value are texts of at most 124 bytes.")
        file.app_properties[key] = value
    if len(file.app_properties) > PROPERTIES_MAX:
        raise drive_refusal("invalid", "A file has at most 30 properties of an app.")


def _text(record: Json, name: str, otherwise: str) -> str:
    value = record.get(name, otherwise)
    if not isinstance(value, str):
        raise drive_refusal("invalid", f"{name} must be a text.")
    return value


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
