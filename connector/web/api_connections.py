"""Connected accounts for the CRM backend: how they stand, the way into consent, disconnecting."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from connector.domain.audit import Actor
from connector.domain.connection import ConnectionId, Provider
from connector.domain.disconnecting import Preview
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.domain.people import display_name
from connector.domain.times import rfc3339
from connector.pipelines.disconnect import Disconnect
from connector.pipelines.invite import Invite
from connector.ports import AccountCards
from connector.web.api_calls import caller_of, json_object, number, workspace_of
from connector.web.dashboard.addresses import consent_href
from connector.web.problems import NotFound

LIMIT_MAX = 500
LIMIT_DEFAULT = 100

CARDS: web.AppKey[AccountCards] = web.AppKey("api_cards")
DISCONNECT: web.AppKey[Disconnect] = web.AppKey("api_disconnect")
INVITE: web.AppKey[Invite] = web.AppKey("api_invite")
PROVIDERS: web.AppKey[Sequence[Provider]] = web.AppKey("api_providers")


class ConnectionsPart:
    """Adds `/connections` to the API. `providers` are those that are set up here."""

    def __init__(
        self, cards: AccountCards, disconnect: Disconnect, invite: Invite, providers: Sequence[Provider]
    ) -> None:
        self._cards = cards
        self._disconnect = disconnect
        self._invite = invite
        self._providers = providers

    def __call__(self, api: web.Application) -> None:
        """Mount the endpoints."""
        api[CARDS] = self._cards
        api[DISCONNECT] = self._disconnect
        api[INVITE] = self._invite
        api[PROVIDERS] = self._providers
        api.router.add_get("/connections", _list, allow_head=False)
        api.router.add_post("/connections/{provider}/authorize", _authorize)
        api.router.add_delete("/connections/{id}", _delete)


async def _list(request: web.Request) -> web.Response:
    """Return the workspace's accounts, oldest first, the disconnected ones too."""
    workspace_id = await workspace_of(request)
    limit = number(request, "limit", default=LIMIT_DEFAULT, most=LIMIT_MAX, least=1)
    accounts = await request.app[CARDS].all(workspace_id)
    first = _after(accounts, request.query.get("cursor"))
    page = accounts[first : first + limit]
    more = first + limit < len(accounts)
    body = {"connections": [_account(row) for row in page], "next_cursor": page[-1]["id"] if more else None}
    return web.json_response(body)


async def _authorize(request: web.Request) -> web.Response:
    """Return a one-time address that signs a person of the CRM in and leads straight into consent."""
    workspace_id = await workspace_of(request)
    caller = await caller_of(request)
    provider = request.match_info["provider"]
    if provider not in request.app[PROVIDERS]:
        raise NotFound("There is no such provider here; set it up in the settings.")
    given = await json_object(request, {"email", "name", "connection", "rerequest"})
    connection_id = given.get("connection")
    if connection_id is not None:
        account = await _one(request, workspace_id, connection_id)
        if account["provider"] != provider:
            raise BadInputError("`connection` is an account of another provider.")
    leads_to = consent_href(
        provider,
        workspace_id=workspace_id,
        connection_id=connection_id,
        rerequest=given.get("rerequest") == "1",
    )
    made = await request.app[INVITE].into(
        workspace_id,
        given.get("email", ""),
        role="admin",
        actor=Actor(kind="api", name=caller.token_id),
        name=display_name(given.get("name", "")) or None,
        leads_to=leads_to,
    )
    body = {"url": made.url, "expires_at": _time(made.expires_at_ms)}
    return web.json_response(body, headers={"Cache-Control": "no-store"})


async def _delete(request: web.Request) -> web.Response:
    """Disconnect an account, or with `dry_run=1` only say what that would do."""
    workspace_id = await workspace_of(request)
    caller = await caller_of(request)
    connection_id = ConnectionId((await _one(request, workspace_id, request.match_info["id"]))["id"])
    if number(request, "dry_run", default=0):
        return web.json_response(disconnect_value(await request.app[DISCONNECT].preview(connection_id)))
    actor = Actor(kind="api", name=caller.token_id)
    done = await request.app[DISCONNECT].disconnect(connection_id, actor)
    return web.json_response(disconnect_value(done), status=202)


def disconnect_value(preview: Preview) -> dict[str, Any]:
    """Return what disconnecting does as JSON. Other workspaces are not named: they are other customers."""
    pages = [
        {
            "page_id": page.page_id,
            "name": page.name,
            "stops": page.stops,
            "read_on_by": page.standby,
            "forms": page.forms,
            "parked_leads": page.parked,
            "queued_leads": page.queued,
            "unsubscribed": page.unsubscribes,
            "is_shared": bool(page.shared_with),
        }
        for page in preview.pages
    ]
    return {
        "id": preview.connection_id,
        "provider": preview.provider,
        "is_gone": preview.is_gone,
        "revoked": preview.revokes,
        "account_is_shared": bool(preview.account_shared_with),
        "parked_leads": preview.parked,
        "queued_leads": preview.queued,
        "pages": pages,
    }


async def _one(request: web.Request, workspace_id: WorkspaceId, connection_id: str) -> Mapping[str, Any]:
    accounts = await request.app[CARDS].all(workspace_id)
    account = next((row for row in accounts if row["id"] == connection_id), None)
    if account is None:
        raise NotFound("There is no such connection.")
    return account


def _after(accounts: Sequence[Mapping[str, Any]], cursor: str | None) -> int:
    """Return where the page begins. Raises BadInputError for a cursor that no page gave."""
    if cursor is None:
        return 0
    at = next((at for at, row in enumerate(accounts) if row["id"] == cursor), None)
    if at is None:
        raise BadInputError("`cursor` must be the `next_cursor` of another page.")
    return at + 1


def _account(row: Mapping[str, Any]) -> dict[str, Any]:
    since = [page["waiting_since_ms"] for page in row["pages"] if page["waiting_since_ms"] is not None]
    return {
        "id": row["id"],
        "provider": row["provider"],
        "account_id": row["account_id"],
        "account_name": row["account_name"],
        "state": row["state"],
        "reason": row["reason"],
        "remedy": row["remedy"],
        "changed_at": _time(row["state_since_ms"]),
        "consented_at": _time(row["consented_at_ms"]),
        "expires_at": _time(row["expires_at_ms"]),
        "data_access_expires_at": _time(row["data_access_expires_at_ms"]),
        "disconnected_at": _time(row["disconnected_at_ms"]),
        "waiting_leads": sum(page["waiting"] for page in row["pages"]),
        "waiting_since": _time(min(since, default=None)),
        "checks": [_check(check) for check in row["checks"]],
        "pages": [_page(page) for page in row["pages"]],
        "undoings": [{name: one[name] for name in ("state", "number", "reason")} for one in row["undoings"]],
    }


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: check[name] for name in ("name", "outcome", "detail", "remedy")}
    return {**said, "page_id": check["page_id"] or None, "checked_at": _time(check["checked_at_ms"])}


def _page(page: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: page[name] for name in ("page_id", "name", "state", "reason", "remedy")}
    waiting = {"waiting_leads": page["waiting"], "waiting_since": _time(page["waiting_since_ms"])}
    return {
        **said,
        "is_read_here": page["read_through"] is None,
        "has_standby": bool(page["standby"]),
        **waiting,
    }


def _time(at_ms: int | None) -> str | None:
    return rfc3339(datetime.fromtimestamp(at_ms / 1000, UTC)) if at_ms is not None else None
