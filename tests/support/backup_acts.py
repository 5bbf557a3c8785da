"""Schedules and runs of backups as a person makes them on the dashboard."""

from connector.domain.connection import ConnectionId
from support.backing_up import many_calls
from support.dashboard_site import MAIN, DashboardSite, Visitor

BACKUPS = "/w/main/backups"
FIELDS = {
    "name": "Every night",
    "how": "daily",
    "time": "02:30",
    "weekday": "1",
    "monthday": "1",
    "cron": "",
    "zone": "Europe/Lisbon",
    "kind": "full",
    "format_jsonl": "yes",
    "format_xlsx": "yes",
    "folder": "",
    "file_name": "{schedule} {date}",
    "daily": "14",
    "weekly": "8",
    "monthly": "12",
    "yearly": "7",
    "min_count": "3",
    "min_age_days": "7",
    "drill_days": "7",
    "sealing": "none",
    "is_on": "yes",
}


async def connected(dashboard: DashboardSite, *, calls: int = 30) -> Visitor:
    """Connect Google, let calls in; return the owner."""
    owner = await dashboard.visitor()
    await dashboard.connect_google(owner)
    rooms = dashboard.inside.daemon.rooms
    await rooms.workspaces.change(MAIN, {"call_tracking": 1})
    await rooms.calls.add(MAIN, many_calls(calls), import_id="imp_1")
    return owner


def account(dashboard: DashboardSite) -> ConnectionId:
    (found,) = dashboard.ids("SELECT id FROM connections WHERE provider = 'google'")
    return ConnectionId(found)


async def made(dashboard: DashboardSite, owner: Visitor, **more: str) -> str:
    """Make a schedule, of the only account unless one is said; return the address of its page."""
    where = {} if "account" in more else {"account": account(dashboard)}
    answer = await owner.post(f"{BACKUPS}/new", {**FIELDS, **where, "do": "save", **more})
    assert answer.status == 303, answer.said
    return answer.location


async def run(dashboard: DashboardSite, owner: Visitor, schedule: str) -> str:
    """Run a schedule to its end; return the address of the run's page."""
    begun = await owner.post(f"{schedule}/run")
    assert begun.status == 303
    await settled(dashboard, "SELECT state FROM backup_runs")
    return begun.location


async def settled(dashboard: DashboardSite, sql: str) -> None:
    """Let time pass until nothing of a table is under way."""
    open_states = {"waiting", "spooling", "uploading"}
    await dashboard.flow.pass_by(120.0, step_s=1.0, until=lambda: not open_states & set(dashboard.ids(sql)))
    assert not open_states & set(dashboard.ids(sql))
