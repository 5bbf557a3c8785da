"""The first page of a workspace: is everything well, and what came in."""

from datetime import date, timedelta

from aiohttp import web

from connector.domain.latency import Latency
from connector.ports import Readings
from connector.web.dashboard.addresses import root_of
from connector.web.dashboard.backups import cards_of as schedule_cards
from connector.web.dashboard.backups import names_of
from connector.web.dashboard.cards import ACCOUNTS, cards_of
from connector.web.dashboard.frame import (
    CLOCK,
    GLANCE,
    NEWEST,
    alert_row,
    show,
    workspace_of,
)
from connector.web.dashboard.guard import viewer_of
from connector.web.dashboard.lead_views import at, lead_row
from connector.web.dashboard.views import DayCount, Overview, SetupStep, Speed

READINGS: web.AppKey[Readings] = web.AppKey("readings")

DAYS = 14
LATEST = 8
EPOCH = date(1970, 1, 1)


async def overview(request: web.Request) -> web.Response:
    """Show the counts, the accounts, what is wrong and the latest leads."""
    workspace_id = workspace_of(request)
    app, root = request.config_dict, root_of(workspace_id)
    may_change = viewer_of(request).may(workspace_id, "connect")
    counts = await app[READINGS].overview(workspace_id, now_ms=app[CLOCK].now_ms(), days=DAYS)
    latest = await app[READINGS].leads(workspace_id, {}, before=NEWEST, limit=LATEST)
    cards = cards_of(await app[ACCOUNTS].all(workspace_id), workspace_id, may_change=may_change)
    glance = await app[GLANCE].at(workspace_id)
    per_day = [DayCount(day=EPOCH + timedelta(days=day), count=count) for day, count in counts["per_day"]]
    backups = await schedule_cards(request, workspace_id, await names_of(request, workspace_id))
    view = Overview(
        leads_today=per_day[-1].count,
        leads_7_days=sum(day.count for day in per_day[-7:]),
        waiting=counts["waiting"],
        waiting_since=at(counts["waiting_since_ms"]),
        held=counts["held"],
        parked=counts["parked"],
        delivered_7_days=counts["delivered"],
        speed_day=_speed(counts["latency_day"]),
        speed_week=_speed(counts["latency_week"]),
        connections=cards,
        alerts=tuple(alert_row(row, root, may_change=may_change) for row in glance["alerts"]),
        latest=tuple(lead_row(row) for row in latest),
        per_day=tuple(per_day),
        backups=backups,
        has_google=any(one.provider == "google" for one in cards),
        setup=_setup(root, has_account=bool(cards), has_lead=bool(latest), has_sent=counts["delivered"] > 0),
    )
    return await show(
        request, view, workspace_id=workspace_id, section="overview", is_live=True, glance=glance
    )


def _speed(latency: Latency | None) -> Speed | None:
    if latency is None:
        return None
    return Speed(
        p50_s=latency.p50_s,
        p95_s=latency.p95_s,
        within_percent=latency.within * 100,
        is_kept=latency.is_kept,
    )


def _setup(root: str, *, has_account: bool, has_lead: bool, has_sent: bool) -> tuple[SetupStep, ...]:
    """Return the first steps of a new workspace, none once all are done."""
    if has_account and has_lead and has_sent:
        return ()
    return (
        SetupStep(
            label="Connect Facebook",
            text="Consent as somebody who manages the Page, and choose the Pages whose leads you want.",
            href=f"{root}/connect",
            action="Connect an account",
            is_done=has_account,
        ),
        SetupStep(
            label="Receive a lead",
            text="Fill one of your forms in, or send a test lead with Meta's Lead Ads Testing Tool.",
            href=f"{root}/leads",
            action="See the leads",
            is_done=has_lead,
        ),
        SetupStep(
            label="See it in the CRM",
            text="Each lead goes to the CRM at once; what it answers stands in the deliveries.",
            href=f"{root}/deliveries",
            action="See the deliveries",
            is_done=has_sent,
        ),
    )
