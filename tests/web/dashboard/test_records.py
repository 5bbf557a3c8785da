"""What is on record: alerts with their ways to mend, the audit log and its export, quarantine."""

import csv
import io

from support.dashboard_site import MAIN, OPERATOR, OTHER, DashboardSite

from connector.domain.alert import Alert
from connector.domain.audit import AuditEntry
from connector.domain.connection import ConnectionId
from connector.web.dashboard.frame import PAGE_ROWS

FORMULA = '=HYPERLINK("http://evil.example";"x")'


async def raised(dashboard: DashboardSite, key: str, *, connection: str | None = None) -> None:
    await dashboard.inside.daemon.rooms.alerts.raise_once(
        Alert(
            key=key,
            severity="critical",
            title=f"About {key}.",
            remedy="Mend it.",
            workspace_id=MAIN,
            connection_id=ConnectionId(connection) if connection else None,
        )
    )


async def test_alerts_lead_to_what_mends_them(dashboard: DashboardSite) -> None:
    owner, viewer = await dashboard.visitor(), await dashboard.visitor("vera", main="viewer")
    await dashboard.connect_facebook(owner)
    (connection,) = dashboard.ids("SELECT id FROM connections")
    consent = f"/connect/facebook/start?connection={connection}"
    card = f"/w/main/connections#connection-{connection}"
    ways = {
        f"connection.lost:{connection}": (consent, card),
        f"connection.expiring:{connection}": (consent, card),
        f"connection.revoke_failed:{connection}": (card, card),
        "connection.standby:main:7": ("/w/main/connections", "/w/main/connections"),
        "page.unreadable:main:7": ("/w/main/connections", "/w/main/connections"),
        "crm.outage": ("/w/main/deliveries", "/w/main/deliveries"),
        "crm.stopped": ("/w/main/deliveries", "/w/main/deliveries"),
        "lead.minor:main:44%": ("/w/main/leads/44%25", "/w/main/leads/44%25"),
        "webhook.bad_signatures": (None, None),
        "mail.failing": (None, None),
    }
    rooms = dashboard.inside.daemon.rooms
    for key, wanted in ways.items():
        named = connection if key.endswith(connection) else None
        await raised(dashboard, key, connection=named)
        for visitor, way in zip((owner, viewer), wanted, strict=True):
            page = await visitor.get("/w/main/alerts")
            row = page.text.partition('class="alert-list"')[2].partition("</ul>")[0]
            assert f"About {key}." in row
            assert (way is None and "href" not in row) or f'href="{way}"' in row, key
            assert f"About {key}." in (await visitor.get("/w/main/leads")).text
        await rooms.alerts.resolve(key)
    page = await owner.get("/w/main/alerts")
    assert page.said.count("Resolved") == len(ways)
    assert "All is well" in page.said
    other = await dashboard.visitor("otto", other="owner")
    assert "About" not in (await other.get("/w/other/alerts")).said


async def test_the_export_is_whole_safe_to_open_and_on_record_itself(dashboard: DashboardSite) -> None:
    admin = await dashboard.visitor("anna", main="admin")
    rooms = dashboard.inside.daemon.rooms
    await rooms.people.put("evil@example.com", MAIN, "viewer", actor=OPERATOR, name=FORMULA)
    for number in range(1100):
        entry = AuditEntry(actor=OPERATOR, action="thing.done", workspace_id=MAIN, subject=f"-{number}")
        await rooms.audit.record(entry)
    await rooms.workspaces.add("other")
    await rooms.audit.record(AuditEntry(actor=OPERATOR, action="other.done", workspace_id=OTHER))
    answer = await admin.get("/w/main/audit.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers
    assert answer.headers["Transfer-Encoding"] == "chunked"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len({row["id"] for row in rows}) == len(rows) > 1100
    assert rows[0]["action"] == "audit.exported"
    assert rows[0]["actor"] == admin.person_id
    assert {row["workspace"] for row in rows} == {"main"}
    cells = [cell for row in rows for cell in row.values()]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "audit exported" in (await admin.get("/w/main/audit")).said
    viewer = await dashboard.visitor("vera", main="viewer")
    assert (await viewer.get("/w/main/audit.csv")).status == 403


async def test_quarantine_loses_no_row_between_its_pages(dashboard: DashboardSite) -> None:
    admin, viewer = (
        await dashboard.visitor("anna", main="admin"),
        await dashboard.visitor("vera", main="viewer"),
    )
    now_ms = dashboard.clock.now_ms()  # older rows are over, and deleted
    count = PAGE_ROWS * 2 + 1  # all seen in the same millisecond, as a webhook with many changes is
    for number in range(count):
        dashboard.home.execute(
            "INSERT INTO quarantine (digest, reason, page_id, lead_id, payload, seen, first_seen_ms, last_seen_ms)"  # noqa: S608 - numbers
            f" VALUES ('{number:064x}', 'unknown_page', '7', 'lead{number}', '', 1, {now_ms}, {now_ms})"
        )
    seen, address = list[str](), "/w/main/quarantine"
    for _ in range(3):
        page = await admin.get(address)
        seen += [word for word in page.said.split() if word.startswith("lead") and word[4:].isdigit()]
        address = next((one for one in page.links("/w/main/quarantine?") if "before=" in one), "")
    assert address == ""
    assert sorted(seen) == sorted(f"lead{number}" for number in range(count))
    assert (await viewer.get("/w/main/quarantine")).status == 403
    assert "Quarantine" not in (await viewer.get("/w/main")).said
