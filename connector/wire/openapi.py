"""The API as OpenAPI 3.1: what each endpoint takes and answers. `docs/crm-engineers.md` tells the meaning."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, get_args

from connector.domain.backup.files import BackupFormat
from connector.domain.backup.manifest import BackupKind
from connector.domain.backup.runs import FileState, Hold, RunState
from connector.domain.backup.schedule import Retention

Json = Mapping[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_TIME: Json = {"type": ["string", "null"], "format": "date-time"}
_MAYBE: Json = {"type": ["string", "null"]}
_FLAG: Json = {"type": "boolean"}
_ANY: Json = {"type": "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One endpoint. `query` tells its parameters; `body` and `answer` are schemas; `refuses` further statuses."""

    summary: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    media: Sequence[str] = ("application/json",)
    answer: Json = field(default_factory=lambda: _ANY)
    status: int = 200
    refuses: Sequence[int] = ()
    is_public: bool = False


def _texts(names: object) -> Json:
    return {"type": "string", "enum": list(get_args(names))}


def _object(required: Sequence[str] = (), /, **properties: Json) -> Json:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _page(name: str, of: Json) -> Json:
    return _object((name, "next_cursor"), **{name: _list(of)}, next_cursor=_MAYBE)


_SCHEDULE = _object(
    id=_TEXT,
    name=_TEXT,
    cron={"type": "string", "examples": ["30 2 * * *"]},
    zone={"type": "string", "examples": ["Asia/Kolkata"]},
    kind=_texts(BackupKind),
    formats=_list(_texts(BackupFormat)),
    account={"type": "string", "writeOnly": True},
    connection_id=_TEXT,
    folder=_TEXT,
    file_name=_TEXT,
    sealing=_object(recipients=_list(_TEXT)),
    retention=_object(**{one.name: _COUNT for one in fields(Retention)}),
    drill_days=_COUNT,
    is_on=_FLAG,
    status={"type": "object", "readOnly": True},
)
_FILE = _object(
    name=_TEXT,
    format={"anyOf": [_texts(BackupFormat), {"type": "null"}]},
    media_type=_TEXT,
    rows=_COUNT,
    size_bytes=_COUNT,
    sha256=_TEXT,
    md5=_TEXT,
    is_sealed=_FLAG,
    state=_texts(FileState),
    bytes_sent=_COUNT,
    link=_MAYBE,
)
_RUN = _object(
    ("id", "schedule_id", "state"),
    **dict.fromkeys(("id", "schedule_id", "schedule", "connection_id"), _TEXT),
    kind=_texts(BackupKind),
    origin={"type": "string", "enum": ["schedule", "person"]},
    state=_texts(RunState),
    hold={"anyOf": [_texts(Hold), {"type": "null"}]},
    **dict.fromkeys(("failures", "calls", "calls_written", "bytes_total", "bytes_sent"), _COUNT),
    **dict.fromkeys(("reason", "calls_sha256", "base_run_id", "account_email", "folder_link"), _MAYBE),
    **dict.fromkeys(("state_since", "due_at", "scheduled_for", "created_at"), _TIME),
    **dict.fromkeys(("made_at", "finished_at", "deleted_at"), _TIME),
    deletion_confirmed=_FLAG,
    notices=_list(_TEXT),
    files=_list(_ref("BackupFile")),
)
SCHEMAS: Mapping[str, Json] = {
    "Problem": _object(
        ("type", "title", "status", "detail"),
        type=_TEXT,
        title=_TEXT,
        status=_COUNT,
        detail=_TEXT,
        version={"description": "of a conflict: what is in force"},
        errors=_list(_object(pointer=_TEXT, detail=_TEXT)),
    ),
    "BackupSchedule": _SCHEDULE,
    "BackupSchedules": _object(("schedules",), version=_TEXT, schedules=_list(_ref("BackupSchedule"))),
    "BackupRun": _RUN,
    "BackupFile": _FILE,
}

_PAGED = {"limit": "how many at most", "cursor": "the `next_cursor` of the page before"}
_LINK = _object(("url", "expires_at"), url=_TEXT, expires_at=_TIME)
_DRY = {"dry_run": "only say what it would do"}
_DAYS = {"since": "first", "until": "last"}

OPERATIONS: Mapping[str, Operation] = {
    "GET /events": Operation(
        summary="The feed: events in order, the bytes as pushed",
        query={**_PAGED, "after": "what follows this sequence", "wait": "seconds to wait for news, 0 to 60"},
        answer=_page("events", _ANY),
    ),
    "GET /schemas/event.json": Operation(summary="JSON Schema of every event", is_public=True),
    "GET /openapi.json": Operation(summary="This document", is_public=True),
    "POST /sign-in-links": Operation(
        summary="A one-time link into the dashboard",
        body=_object(("email",), email=_TEXT, name=_TEXT, role=_TEXT, return_to=_TEXT),
        answer=_LINK,
        status=201,
    ),
    "POST /calls": Operation(
        summary="Hand calls in; the same batch again changes nothing",
        query={
            "zone": "of times without one",
            "region": "of numbers without a country",
            "owner": "whose they are",
        },
        body=_list(_ANY),
        media=("application/json", "application/x-ndjson"),
        answer=_object(
            received=_COUNT,
            new=_COUNT,
            duplicate=_COUNT,
            filtered=_COUNT,
            rejected=_list(_ANY),
            rejected_total=_COUNT,
        ),
    ),
    "GET /calls": Operation(
        summary="Calls, the latest start first",
        query={**_PAGED, **_DAYS, "user": "only this employee's"},
        answer=_page("calls", _ANY),
    ),
    "GET /calls/summary": Operation(
        summary="Each employee's days",
        query={**_DAYS, "zone": "of the days"},
        answer=_object(timezone=_TEXT, since=_TEXT, until=_TEXT, days=_list(_ANY)),
    ),
    "GET /connections": Operation(
        summary="Connected accounts, the oldest first", query=_PAGED, answer=_page("connections", _ANY)
    ),
    "POST /connections/{provider}/authorize": Operation(
        summary="An address that leads into consent",
        body=_object(("email",), email=_TEXT, name=_TEXT, connection=_TEXT, rerequest=_TEXT),
        answer=_LINK,
    ),
    "DELETE /connections/{id}": Operation(summary="Disconnect an account", query=_DRY, status=202),
    "GET /forms": Operation(
        summary="Forms of the workspace's Pages", query=_PAGED, answer=_page("forms", _ANY)
    ),
    "GET /forms/{id}": Operation(summary="One form, with its mapping's versions"),
    "PUT /forms/{id}/mapping": Operation(
        summary="Put a whole mapping in force", query=_DRY, body=_ANY, refuses=(409, 422)
    ),
    "POST /forms/{id}/mapping/apply": Operation(
        summary="Read past leads again under the mapping", query=_DRY, status=202
    ),
    "GET /backups/schedules": Operation(
        summary="Backup schedules, with their version", answer=_ref("BackupSchedules")
    ),
    "PUT /backups/schedules": Operation(
        summary="Make exactly these the schedules, on top of the version that was read",
        body=_ref("BackupSchedules"),
        answer=_ref("BackupSchedules"),
        refuses=(409, 422),
    ),
    "GET /backups/runs": Operation(
        summary="Runs of backups, the newest first",
        query={**_PAGED, "schedule": "only this one's"},
        answer=_page("runs", _ref("BackupRun")),
    ),
    "POST /backups/runs": Operation(
        summary="Begin a run of a schedule, or return the open one",
        body=_object(("schedule",), schedule={"type": "string", "description": "its id or name"}),
        answer=_ref("BackupRun"),
        status=202,
        refuses=(422,),
    ),
    "GET /backups/runs/{id}": Operation(
        summary="One run, with how far it is and its files", answer=_ref("BackupRun")
    ),
}
"""By method and path, below the API's prefix."""


def openapi(routes: Iterable[tuple[str, str]], *, prefix: str, version: str) -> dict[str, Any]:
    """Return the document of the endpoints that there are: (method, path below `prefix`)."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path in routes:
        found = OPERATIONS.get(f"{method} {path}")
        if found is not None:
            paths.setdefault(path, {})[method.lower()] = _operation(found, path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Connector", "version": version},
        "servers": [{"url": prefix}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(found: Operation, path: str) -> dict[str, Any]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    query = found.query if found.is_public else {**found.query, "workspace": "for tokens of all workspaces"}
    refusals = () if found.is_public else (400, 401, 403, 404, *found.refuses, 503)
    value: dict[str, Any] = {
        "summary": found.summary,
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names),
            *(
                {"name": name, "in": "query", "description": said, "schema": _TEXT}
                for name, said in query.items()
            ),
        ],
        "responses": {
            str(found.status): {
                "description": "done",
                "content": {"application/json": {"schema": found.answer}},
            },
            **{str(status): _REFUSAL for status in refusals},
        },
    }
    if found.body is not None:
        value["requestBody"] = {
            "required": True,
            "content": {one: {"schema": found.body} for one in found.media},
        }
    return {**value, "security": []} if found.is_public else value


_REFUSAL: Json = {
    "description": "a problem document (RFC 9457)",
    "content": {"application/problem+json": {"schema": _ref("Problem")}},
}
