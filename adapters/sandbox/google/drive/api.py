"""From a request below `/drive/v3/` to its answer: who asks, whether it may be asked so, what comes of it."""

from collections.abc import Callable

from adapters.sandbox.google.call import Call
from adapters.sandbox.google.drive.discovery import Method, check, find, properties
from adapters.sandbox.google.drive.fields import Mask, parse_fields, select
from adapters.sandbox.google.drive.files import (
    DriveCall,
    create_file,
    delete_file,
    generate_ids,
    get_file,
    list_files,
    update_file,
)
from adapters.sandbox.google.objects import Json
from adapters.sandbox.google.replies import Reply, answer, drive_refusal
from adapters.sandbox.google.tokens import live_access
from adapters.sandbox.google.world import GoogleWorld

ROOT = "/drive/v3/"

_DEFAULT_FIELDS = {
    "drive.files.list": "kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)",
    "drive.files.get": "kind,id,name,mimeType",
    "drive.files.create": "kind,id,name,mimeType",
    "drive.files.update": "kind,id,name,mimeType",
}


def _about(call: DriveCall) -> Json:
    account, world = call.account, call.world
    used = world.used_bytes(account)
    quota: Json = {
        "usage": str(used),
        "usageInDrive": str(used - account.used_elsewhere_bytes),
        "usageInDriveTrash": str(
            sum(
                len(file.content)
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
    access = live_access(world, call.bearer)
    if access is None:
        raise drive_refusal("authError")
    method, path = find(call.method, call.path.removeprefix(ROOT))
    if not method.scopes & set(access.scopes):
        raise drive_refusal("insufficientPermissions")
    check(method, call.query, call.record)
    handler = _HANDLERS.get(method.id)
    if handler is None:
        raise drive_refusal("badRequest", f"The sandbox does not do {method.id}.")
    mask = _mask(method, call)
    asked = DriveCall(
        world=world,
        account=world.accounts[access.sub],
        project=access.project,
        path=path,
        query=call.query,
        record=call.record or {},
    )
    record = handler(asked)
    if record is None:
        return Reply(204, "")
    return answer(select(record, mask, properties(method.result)))


def _mask(method: Method, call: Call) -> Mask:
    fields = call.query.get("fields", "")
    if not fields and method.id == "drive.about.get":
        raise drive_refusal("required", "The 'fields' parameter is required for this method.")
    fields = fields or _DEFAULT_FIELDS.get(method.id, "")
    return parse_fields(fields) if fields else {}
