"""What is on record: alerts, quarantine, who did what."""

from aiohttp import web

from connector.domain.audit import Actor, AuditEntry, AuditRecord
from connector.domain.errors import ConnectorError
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.frame import (
    GLANCE,
    PAGE_ROWS,
    alert_row,
    before_of,
    cursor_of,
    paging,
    show,
    workspace_of,
)
from connector.web.dashboard.guard import dress, viewer_of
from connector.web.dashboard.lead_views import Row, instant
from connector.web.dashboard.leads import AUDIT
from connector.web.dashboard.views import Alerts, AuditLog, AuditRow, Quarantine, QuarantineRow
from connector.wire.audit_csv import CONTENT_TYPE, audit_lines, header_line

EXPORT_ROWS = 1000
KINDS = {"cli": "command", "api": "token"}


async def alerts(request: web.Request) -> web.Response:
    """Show what is wrong now, and what was."""
    workspace_id = workspace_of(request)
    glance, root = request.config_dict[GLANCE], root_of(workspace_id)
    may_change = viewer_of(request).may(workspace_id, "connect")
    now = await glance.at(workspace_id)
    past = await glance.past_alerts(workspace_id, before=before_of(request), limit=PAGE_ROWS)
    view = Alerts(
        open=tuple(alert_row(row, root, may_change=may_change) for row in now["alerts"]),
        past=tuple(alert_row(row, root, may_change=may_change) for row in past),
        paging=paging(request, past, past[-1]["id"] if past else None),
    )
    return await show(request, view, workspace_id=workspace_id, section="alerts", is_live=True, glance=now)


async def quarantine(request: web.Request) -> web.Response:
    """Show what Meta signed and what became no lead: it belongs to no workspace yet."""
    workspace_id = workspace_of(request, "audit")
    seen_ms, _, digest = request.query.get("before", "").partition(".")
    before = (cursor_of(seen_ms), digest if digest.isalnum() else "")
    rows = await request.config_dict[GLANCE].quarantine(before=before, limit=PAGE_ROWS)
    view = Quarantine(
        rows=tuple(_quarantined(row) for row in rows),
        paging=paging(request, rows, _cursor(rows[-1]) if rows else None),
    )
    return await show(request, view, workspace_id=workspace_id, section="quarantine")


async def audit(request: web.Request) -> web.Response:
    """Show who did what."""
    workspace_id = workspace_of(request, "audit")
    before = before_of(request)
    records = await request.config_dict[AUDIT].newest(workspace_id, limit=PAGE_ROWS, before_id=before)
    may_export = viewer_of(request).may(workspace_id, "export")
    view = AuditLog(
        rows=tuple(_audited(record) for record in records),
        csv_href=f"{root_of(workspace_id)}/audit.csv" if may_export else None,
        paging=paging(request, records, records[-1].id if records else None),
    )
    return await show(request, view, workspace_id=workspace_id, section="audit")


async def audit_export(request: web.Request) -> web.StreamResponse:
    """Stream the whole record as CSV; that it was exported is a line of it."""
    workspace_id = workspace_of(request, "export")
    log = request.config_dict[AUDIT]
    actor = Actor(kind="person", name=viewer_of(request).person_id)
    await log.record(AuditEntry(actor=actor, action="audit.exported", workspace_id=workspace_id))
    records = await log.newest(
        workspace_id, limit=EXPORT_ROWS
    )  # before the head is sent: it may still fail well
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{CONTENT_TYPE}; charset=utf-8",
            "Content-Disposition": 'attachment; filename="audit.csv"',
        }
    )
    dress(request, response)
    await response.prepare(request)
    await response.write(header_line().encode())
    try:
        while records:
            await response.write(audit_lines(records).encode())
            records = await log.newest(workspace_id, limit=EXPORT_ROWS, before_id=records[-1].id)
    except ConnectorError:
        if request.transport is not None:
            request.transport.abort()  # half a record must not look like a whole one
        return response
    await response.write_eof()
    return response


def _cursor(row: Row) -> str:
    return f"{row['last_seen_ms']}.{row['digest']}"


def _quarantined(row: Row) -> QuarantineRow:
    return QuarantineRow(
        id=row["digest"],
        reason=row["reason"],
        remedy="Connect the Page, and it goes on by itself." if row["page_id"] else None,
        field_name=row["field_name"],
        page_id=row["page_id"],
        lead_id=row["lead_id"],
        seen=row["seen"],
        first_seen_at=instant(row["first_seen_ms"]),
        last_seen_at=instant(row["last_seen_ms"]),
    )


def _audited(record: AuditRecord) -> AuditRow:
    said = ", ".join(f"{name}: {value}" for name, value in record.detail.items() if value is not None)
    return AuditRow(
        at=instant(record.at_ms),
        actor=record.actor_name or record.actor,
        actor_kind=KINDS.get(record.actor_kind, record.actor_kind),
        action=record.action.replace(".", " ").replace("_", " "),
        subject=record.subject_name or record.subject,
        detail=said or None,
    )
