"""What all pages share: the frame around them, who looks at which workspace, forms, one message after an action."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from aiohttp import web

from connector.domain.lead import WorkspaceId
from connector.domain.people import Action, Role
from connector.ports import Clock, Glance
from connector.web.dashboard.addresses import consent_href, root_of
from connector.web.dashboard.guard import csrf_token, require, viewer_of
from connector.web.dashboard.lead_views import instant
from connector.web.dashboard.render import Renderer
from connector.web.dashboard.views import (
    AlertLine,
    AlertRow,
    Flash,
    Paging,
    Shell,
    View,
    WorkspaceLink,
    navigation,
)
from connector.web.dashboard.views.shell import Section, Theme
from connector.web.dashboard.views.words import Tone

RENDERER: web.AppKey[Renderer] = web.AppKey("renderer")
GLANCE: web.AppKey[Glance] = web.AppKey("glance")
CLOCK: web.AppKey[Clock] = web.AppKey("clock")

FLASH_COOKIE = "flash"
FLASH_LIFE_S = 60
THEME_COOKIE = "theme"
THEME_LIFE_S = 365 * 86_400
THEMES: tuple[Theme, ...] = ("system", "light", "dark")
TONES: tuple[Tone, ...] = ("good", "warning", "bad", "info", "neutral")
PAGE_ROWS = 50
NEWEST = 2**62
"""The cursor before which everything lies."""

_PLACES = (
    ("connection.", "/connections"),
    ("page.", "/connections"),
    ("google.", "/connections"),
    ("crm.", "/deliveries"),
)
"""Where on the dashboard an alert of this kind is mended; what only a setting mends has no place here."""


def workspace_of(request: web.Request, action: Action = "read") -> WorkspaceId:
    """Return the workspace of the address. Raises what `require` raises unless the viewer may do this there."""
    workspace_id = WorkspaceId(request.match_info["workspace"])
    require(request, workspace_id, action)
    return workspace_id


async def show(
    request: web.Request,
    view: View,
    *,
    workspace_id: WorkspaceId,
    section: Section,
    status: int = 200,
    is_live: bool = False,
    glance: Mapping[str, Any] | None = None,
) -> web.Response:
    """Answer with a page inside the frame of a workspace. `glance`: read already, for the page's own use."""
    app = request.config_dict
    if glance is None:
        glance = await app[GLANCE].at(workspace_id)
    shell = _shell(request, workspace_id, section, glance, is_live=is_live)
    text = app[RENDERER].render(shell, view, now=app[CLOCK].now())
    response = web.Response(text=text, content_type="text/html", status=status)
    if shell.flash is not None:
        response.del_cookie(FLASH_COOKIE, path="/")
    return response


def see_other(request: web.Request, address: str, text: str, *, tone: Tone = "good") -> web.Response:
    """Lead to a page after an action and say there once what it did. No personal datum in `text`."""
    response = web.Response(status=303, headers={"Location": address})
    said = quote(json.dumps({"text": text, "tone": tone}))
    response.set_cookie(
        FLASH_COOKIE,
        said,
        max_age=FLASH_LIFE_S,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=request.secure,
    )
    return response


def paging(request: web.Request, rows: Sequence[Any], cursor: int | str | None) -> Paging:
    """Return the ways to older rows and back to the newest; a full page has a next one."""
    query = {name: value for name, value in request.query.items() if name != "before" and value}
    newest = str(request.rel_url.with_query(query)) if "before" in request.query else None
    older = None
    if len(rows) == PAGE_ROWS and cursor is not None:
        older = str(request.rel_url.with_query({**query, "before": str(cursor)}))
    return Paging(older_href=older, newest_href=newest)


def before_of(request: web.Request) -> int:
    """Return the cursor of the address; none, or nonsense, is the newest page."""
    return cursor_of(request.query.get("before", ""))


def cursor_of(text: str) -> int:
    """Return a cursor; nonsense is the newest page."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else NEWEST  # noqa: PLR2004 - of 2**63


def alert_row(row: Mapping[str, Any], root: str, *, may_change: bool) -> AlertRow:
    """Return an alert with the way to what mends it."""
    href, label = _action(row, root, may_change=may_change)
    mailed_at_ms, resolved_at_ms = row["mailed_at_ms"], row["resolved_at_ms"]
    return AlertRow(
        id=str(row["id"]),
        severity=row["severity"],
        title=row["title"],
        remedy=row["remedy"],
        raised_at=instant(row["raised_at_ms"]),
        resolved_at=instant(resolved_at_ms) if resolved_at_ms else None,
        action_href=href if resolved_at_ms is None else None,
        action_label=label,
        mailed_at=instant(mailed_at_ms) if mailed_at_ms else None,
    )


def _shell(
    request: web.Request,
    workspace_id: WorkspaceId,
    section: Section,
    glance: Mapping[str, Any],
    *,
    is_live: bool,
) -> Shell:
    viewer, root = viewer_of(request), root_of(workspace_id)
    role: Role = viewer.roles[workspace_id]
    return Shell(
        csrf_token=csrf_token(request),
        path=request.path_qs,
        theme=theme_of(request),
        viewer_name=viewer.name or viewer.email,
        viewer_email=viewer.email,
        role=role,
        workspace=workspace_id,
        workspaces=tuple(
            WorkspaceLink(name=one, href=root_of(one), is_current=one == workspace_id)
            for one in sorted(viewer.roles)
        ),
        root=root,
        section=section,
        nav=_nav(root, glance, role),
        flash=_flash(request),
        alerts=tuple(_line(row, root, may_change=role != "viewer") for row in glance["alerts"]),
        live_href=f"{root}/live" if is_live else None,
    )


def _nav(root: str, glance: Mapping[str, Any], role: Role) -> tuple[Any, ...]:
    counts: dict[Section, int] = {
        "connections": glance["troubled"],
        "repairs": glance["parked"] + glance["refused"],
        "alerts": len(glance["alerts"]),
        "quarantine": glance["quarantined"],
    }
    urgent: set[Section] = {"repairs", "alerts"}
    if glance["dead"]:
        urgent.add("connections")
    hidden = {
        "viewer": {"repairs", "audit", "people", "quarantine"},
        "admin": {"people"},
        "owner": set[str](),
    }[role]
    return tuple(item for item in navigation(root, counts, frozenset(urgent)) if item.section not in hidden)


def _line(row: Mapping[str, Any], root: str, *, may_change: bool) -> AlertLine:
    href, label = _action(row, root, may_change=may_change)
    return AlertLine(
        title=row["title"],
        severity=row["severity"],
        raised_at=instant(row["raised_at_ms"]),
        action_href=href or f"{root}/alerts",
        action_label=label if href else "Look",
    )


def _action(row: Mapping[str, Any], root: str, *, may_change: bool) -> tuple[str | None, str]:
    kind = row["key"].partition(":")[0]
    if kind in {"connection.lost", "connection.expiring"} and row["provider"] and may_change:
        return consent_href(row["provider"], connection_id=row["connection_id"]), "Reconnect"
    if kind.startswith("connection.") and row["connection_id"]:
        return f"{root}/connections#connection-{row['connection_id']}", "Look"
    if kind.startswith("backup."):
        return f"{root}/backups/schedules/{quote(row['key'].rpartition(':')[2], safe='')}", "See the schedule"
    if kind in {"form.succeeded", "form.mapping_carried"}:
        return f"{root}/forms/{quote(row['key'].rpartition(':')[2], safe='')}", "See the form"
    if kind == "lead.minor":
        return f"{root}/leads/{quote(row['key'].rpartition(':')[2], safe='')}", "See the lead"
    return next((root + path for start, path in _PLACES if kind.startswith(start)), None), "Look"


def theme_of(request: web.Request) -> Theme:
    """Return the colours that this browser chose."""
    chosen = request.cookies.get(THEME_COOKIE)
    return next((theme for theme in THEMES if theme == chosen), "system")


def _flash(request: web.Request) -> Flash | None:
    """Return what the last action said; the cookie is the browser's, so it is only ever shown as text."""
    try:
        said = json.loads(unquote(request.cookies[FLASH_COOKIE]))
        tone: Tone = next((one for one in TONES if one == said["tone"]), "info")
        text = str(said["text"])[:500].encode(errors="replace").decode()  # half a surrogate cannot be sent
        return Flash(text=text, tone=tone)
    except (KeyError, ValueError, TypeError, RecursionError):
        return None
