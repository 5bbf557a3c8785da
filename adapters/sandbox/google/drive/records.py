"""A file's resource as Drive shows it: times and sizes are texts."""

from datetime import UTC, datetime

from adapters.sandbox.google.drive.drive_call import DriveCall
from adapters.sandbox.google.objects import FOLDER, File, Json


def as_record(call: DriveCall, file: File) -> Json:
    """Return the whole resource."""
    world = call.world
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
        "isAppAuthorized": True,
        "capabilities": _capabilities(call, file),
    }
    if file.drive_id:
        record["driveId"] = file.drive_id
    else:
        record["ownedByMe"] = file.owner == call.account.sub
    if file.app_properties:
        record["appProperties"] = dict(file.app_properties)
    if file.description:
        record["description"] = file.description
    if file.mime_type != FOLDER:
        record["size"] = str(file.content.size)
        if file.reads >= world.sums_after_reads:
            record |= file.content.checksums()
    return record


def _capabilities(call: DriveCall, file: File) -> Json:
    writes, role = call.may_write(file), call.role(file)
    return {
        "canAddChildren": file.can_add_children and file.mime_type == FOLDER and writes,
        "canEdit": writes,
        "canDownload": True,
        "canTrash": role in {"organizer", "fileOrganizer", "writer"},
        "canDelete": role == "organizer",
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
