"""From a request below `/drive/v3/` to its answer."""

from collections.abc import Callable

from adapters.sandbox.google.call import Call
from adapters.sandbox.google.drive.access import asked, resource
from adapters.sandbox.google.drive.drive_call import DriveCall
from adapters.sandbox.google.drive.files import (
    create_file,
    delete_file,
    generate_ids,
    get_file,
    list_files,
    update_file,
)
from adapters.sandbox.google.drive.media import download
from adapters.sandbox.google.objects import Json
from adapters.sandbox.google.replies import Reply, drive_refusal
from adapters.sandbox.google.world import GoogleWorld

ROOT = "/drive/v3/"


def _about(call: DriveCall) -> Json:
    account, world = call.account, call.world
    used = world.used_bytes(account)
    quota: Json = {
        "usage": str(used),
        "usageInDrive": str(used - account.used_elsewhere_bytes),
        "usageInDriveTrash": str(
            sum(
                file.content.size
                for file in world.files.values()
                if file.owner == account.sub and world.is_trashed(file)
            )
        ),
    }
    if account.limit_bytes is not None:
        quota["limit"] = str(account.limit_bytes)
    user = {
        "kind": "drive#user",
        "displayName": account.name,
        "me": True,
        "permissionId": account.sub[-20:],
        "emailAddress": account.email,
    }
    return {"kind": "drive#about", "user": user, "storageQuota": quota}


_HANDLERS: dict[str, Callable[[DriveCall], Json | None]] = {
    "drive.about.get": _about,
    "drive.files.create": create_file,
    "drive.files.delete": delete_file,
    "drive.files.generateIds": generate_ids,
    "drive.files.get": get_file,
    "drive.files.list": list_files,
    "drive.files.update": update_file,
}


def drive(world: GoogleWorld, call: Call) -> Reply:
    """Answer a call. Raises Refusal."""
    method, checked = asked(world, call, ROOT)
    if method.gives_media and call.query.get("alt") == "media":
        return download(checked, call.headers.get("range", ""))
    handler = _HANDLERS.get(method.id)
    if handler is None:
        raise drive_refusal("badRequest", f"The sandbox does not do {method.id}.")
    record = handler(checked)
    return Reply(204, "") if record is None else resource(record, method.id, call.query.get("fields", ""))
