"""Before and after every handler: whether a call may be made so, and which fields of its answer are wanted."""

from adapters.sandbox.google.call import Call
from adapters.sandbox.google.drive.discovery import Method, check, find, methods, properties
from adapters.sandbox.google.drive.drive_call import DriveCall
from adapters.sandbox.google.drive.fields import parse_fields, select
from adapters.sandbox.google.objects import Json
from adapters.sandbox.google.replies import Reply, answer, drive_refusal
from adapters.sandbox.google.tokens import live_access
from adapters.sandbox.google.world import GoogleWorld

_DEFAULT_FIELDS = {
    "drive.files.list": "kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType)",
    "drive.files.get": "kind,id,name,mimeType",
    "drive.files.create": "kind,id,name,mimeType",
    "drive.files.update": "kind,id,name,mimeType",
}


def asked(world: GoogleWorld, call: Call, root: str) -> tuple[Method, DriveCall]:
    """Return the method and the checked call for a path below `root`. Raises Refusal."""
    access = live_access(world, call.bearer)
    if access is None:
        raise drive_refusal("authError")
    method, path = find(call.method, call.path.removeprefix(root))
    if not method.scopes & set(access.scopes):
        raise drive_refusal("insufficientPermissions")
    check(method, call.query, call.record)
    fields = call.query.get("fields", "")
    if not fields and method.id == "drive.about.get":
        raise drive_refusal("required", "The 'fields' parameter is required for this method.")
    if fields:
        parse_fields(fields)
    checked = DriveCall(
        world=world,
        account=world.accounts[access.sub],
        project=access.project,
        path=path,
        query=call.query,
        record=call.record or {},
    )
    return method, checked


def resource(record: Json, method_id: str, fields: str) -> Reply:
    """Return the answer of a method with the wanted fields only. Raises Refusal."""
    (method,) = (one for one in methods() if one.id == method_id)
    fields = fields or _DEFAULT_FIELDS.get(method_id, "")
    mask = parse_fields(fields) if fields else {}
    return answer(select(record, mask, properties(method.result)))
