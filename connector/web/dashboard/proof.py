"""The proof of the last two weeks, and its CSV."""

from datetime import timedelta

from aiohttp import web

from connector.domain.proof import EPOCH
from connector.domain.reconciling import DAY_MS
from connector.ports.proving import Proving
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.frame import CLOCK, show, workspace_of
from connector.web.dashboard.lead_views import Row
from connector.web.dashboard.views import ProofDifference, ProofPage, ProofRow
from connector.wire.proof_csv import proof_csv

PROVING: web.AppKey[Proving] = web.AppKey("proving")

DAYS = 14
CSV_DAYS = 90
DIFFERENCES_MAX = 500


async def daily_proof(request: web.Request) -> web.Response:
    """Show the kept days and every lead that differs."""
    workspace_id = workspace_of(request)
    app = request.config_dict
    since_day = app[CLOCK].now_ms() // DAY_MS - DAYS
    rows = await app[PROVING].days(workspace_id, since_day=since_day)
    names: dict[str, str] = {row["form_id"]: row["form_name"] or row["form_id"] for row in rows}
    found = await app[PROVING].differences(workspace_id, since_day=since_day, limit=DIFFERENCES_MAX)
    view = ProofPage(
        rows=tuple(_row(row) for row in rows),
        differences=tuple(_difference(row, names.get(row["form_id"]) or row["form_id"]) for row in found),
        at_meta=sum(row["at_meta"] for row in rows),
        delivered=sum(row["delivered"] for row in rows),
        missing=sum(row["missing"] for row in rows),
        csv_href=f"{root_of(workspace_id)}/proof.csv",
    )
    return await show(request, view, workspace_id=workspace_id, section="proof")


async def daily_proof_export(request: web.Request) -> web.Response:
    """Answer with everything that is kept, as CSV."""
    workspace_id = workspace_of(request)
    app = request.config_dict
    since_day = app[CLOCK].now_ms() // DAY_MS - CSV_DAYS
    rows = await app[PROVING].days(workspace_id, since_day=since_day)
    return web.Response(
        text=proof_csv(rows),
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="proof.csv"'},
    )


def _row(row: Row) -> ProofRow:
    counts = (
        "at_meta",
        "pushed",
        "pulled",
        "delivered",
        "waiting",
        "parked",
        "test",
        "erased",
        "refused",
        "missing",
    )
    return ProofRow(
        day=EPOCH + timedelta(days=row["day"]),
        form_name=row["form_name"] or row["form_id"],
        page_name=row["page_name"] or f"Page {row['page_id']}",
        **{name: row[name] for name in counts},
    )


def _difference(row: Row, form_name: str) -> ProofDifference:
    return ProofDifference(
        day=EPOCH + timedelta(days=row["day"]),
        lead_id=row["lead_id"],
        form_name=form_name,
        fate=row["fate"],
        reason=row["reason"],
        is_here=row["fate"] != "missing",
    )
