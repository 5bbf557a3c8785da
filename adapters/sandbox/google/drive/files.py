"""The files resource: list, get, create, update and delete of what the app has made."""

import re

from adapters.sandbox.google.drive.drive_call import DriveCall
from adapters.sandbox.google.drive.query import parse_query
from adapters.sandbox.google.drive.records import as_record
from adapters.sandbox.google.objects import File, Json
from adapters.sandbox.google.replies import drive_refusal
from adapters.sandbox.google.world import GoogleWorld

PROPERTIES_MAX = 30
PROPERTY_BYTES = 124
"""https://developers.google.com/workspace/drive/api/guides/properties"""
_WRITABLE = frozenset({"id", "name", "mimeType", "parents", "description", "appProperties", "trashed"})
_PAGE_TOKEN = re.compile(r"~!!~([0-9]{1,9})")


def generate_ids(call: DriveCall) -> Json:
    """`GET /files/generateIds`."""
    ids = [call.world.new_file_id() for _ in range(int(call.query.get("count", "10")))]
    call.world.minted_ids.update(dict.fromkeys(ids, call.account.sub))
    return {"kind": "drive#generatedIds", "space": call.query.get("space", "drive"), "ids": ids}


def list_files(call: DriveCall) -> Json:
    """`GET /files`: the bin is searched too unless the query says otherwise."""
    test = parse_query(call.query.get("q", ""))
    world = call.world
    found = [file for file in _listed(call) if test(file, world.is_trashed(file))]
    _sort(found, call.query.get("orderBy", "modifiedTime desc"))
    start, size = (
        _start(call.query.get("pageToken", "")),
        min(world.page_cap, int(call.query.get("pageSize", "100"))),
    )
    record: Json = {"kind": "drive#fileList", "incompleteSearch": False}
    record["files"] = [as_record(call, file) for file in found[start : start + size]]
    if start + size < len(found):
        record["nextPageToken"] = f"~!!~{start + size}"
    return record


def get_file(call: DriveCall) -> Json:
    """`GET /files/{fileId}`."""
    file = call.file()
    file.reads += 1
    return as_record(call, file)


def create_file(call: DriveCall) -> Json:
    """`POST /files` without media: a folder or an empty file."""
    file = new_file(call)
    call.world.files[file.id] = file
    return as_record(call, file)


def new_file(call: DriveCall) -> File:
    """Return the file that a create asks for; it is not there yet. Raises Refusal."""
    record = call.record
    _check_record(record)
    now = call.world.now()
    parent, drive_id = call.home(record.get("parents"))
    file = File(
        id=_new_id(call, record.get("id")),
        owner="" if drive_id else call.account.sub,
        project=call.project,
        name=_text(record, "name", "Untitled"),
        mime_type=_text(record, "mimeType", "application/octet-stream"),
        description=_text(record, "description", ""),
        parents=(parent,),
        drive_id=drive_id,
        created_at=now,
        modified_at=now,
    )
    _put_properties(file, record.get("appProperties"))
    return file


def update_file(call: DriveCall) -> Json:
    """`PATCH /files/{fileId}` without media."""
    file, record = call.file(), call.record
    if not call.may_write(file):
        raise drive_refusal("insufficientFilePermissions")
    change_file(call, file, record)
    return as_record(call, file)


def change_file(call: DriveCall, file: File, record: Json) -> None:
    """Write what an update names. Raises Refusal."""
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


def delete_file(call: DriveCall) -> None:
    """`DELETE /files/{fileId}`: for good, past the bin, with all that is below."""
    file = call.file()
    if call.role(file) != "organizer":
        raise drive_refusal("insufficientFilePermissions")
    delete_below(call.world, file)


def delete_below(world: GoogleWorld, file: File) -> None:
    """Delete a file and everything that lies in it."""
    for child in [one for one in world.files.values() if file.id in one.parents]:
        delete_below(world, child)
    world.files.pop(file.id, None)


def _listed(call: DriveCall) -> list[File]:
    """Return what a search may find: shared drives only when asked for, new files after a while."""
    known_before = call.world.now() - call.world.search_lag_s
    everywhere = call.is_on("supportsAllDrives") and call.is_on("includeItemsFromAllDrives")
    only = call.query.get("driveId", "")
    if only and (call.query.get("corpora") != "drive" or not everywhere):
        raise drive_refusal("invalidParameter", "driveId needs corpora=drive and all drives included.")
    return [
        file
        for file in call.world.files.values()
        if call.sees(file)
        and file.created_at <= known_before
        and (everywhere or not file.drive_id)
        and only in {"", file.drive_id}
    ]


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
