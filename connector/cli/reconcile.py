"""`connector reconcile`."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import click

from connector.cli.session import TRY_LATER, Failure, Session, as_json, dry_run, show
from connector.composition import Chance, opened_graph, opened_state
from connector.composition.reconciling import reconcile_pipeline
from connector.config import Settings
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.reconcile_work import BackfillOrder, BackfillProgress
from connector.domain.reconciling import RETENTION_MS, Window
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.means import Means
from connector.pipelines.reconcile import Reconcile
from connector.runtime.clock import SystemClock
from connector.runtime.counters import MetricCounters
from connector.runtime.metrics import Metrics
from state.reconcile.reconciling import SqlReconciling
from state.vault import Vault

NEEDS = ("facebook.app_id", "facebook.app_secret", "state.encryption_keys")
PLAN_COLUMNS = ("workspace_id", "page_id", "form_id", "name", "leads", "known", "calls")
STATUS_COLUMNS = (
    "created_at_ms",
    "page_id",
    "form_id",
    "requested_by",
    "found",
    "new",
    "total",
    "due_at_ms",
    "reason",
)
FULL_S = 5.0
"""Seconds between two looks while the daemon works off what was found."""
LONGEST_WAIT_S = 60.0
"""A longer wait that Facebook asks for is left to the daemon."""

Report = Callable[[Sequence[BackfillProgress]], None]


@click.command()
@click.option("--workspace", "workspace_id", help="Only this workspace.")
@click.option("--page", "page_id", help="Only this Page.")
@click.option("--form", "form_id", help="Only this form.")
@click.option("--all", "everything", is_flag=True, help="Every form of every Page.")
@click.option("--since", type=click.DateTime(), help="Only leads submitted since (UTC); else of 90 days.")
@click.option("--until", type=click.DateTime(), help="Only leads submitted before (UTC).")
@click.option("--status", is_flag=True, help="Show the imports that are under way and end.")
@click.option("--stop", is_flag=True, help="Stop the imports under way; what was read is kept.")
@dry_run
@as_json
@click.pass_obj
def reconcile(  # noqa: PLR0913 - click hands one parameter an option
    session: Session,
    /,
    *,
    workspace_id: str | None,
    page_id: str | None,
    form_id: str | None,
    everything: bool,
    since: datetime | None,
    until: datetime | None,
    status: bool,
    stop: bool,
    dry_run: bool,
    in_json: bool,
) -> None:
    """Read leads from Facebook again: what is not here yet comes in like any other lead.

    Needs --page, --form, --workspace or --all. Live leads go first; interrupted, the daemon goes on with it.
    """
    if not status and not (workspace_id or page_id or form_id or everything):
        raise Failure("Say what to read: --page, --form, --workspace or --all.", code=2)
    settings = session.settings()
    order = BackfillOrder(
        page_id=PageId(page_id) if page_id else None,
        form_id=FormId(form_id) if form_id else None,
        workspace_id=WorkspaceId(workspace_id) if workspace_id else None,
        window=_window(since, until),
        requested_by="operator",
    )
    if status:
        session.run(_status(settings, in_json=in_json))
    elif stop:
        session.run(_stop(settings, order, is_dry=dry_run))
    elif dry_run:
        session.run(_plan(settings, order, in_json=in_json))
    else:
        session.run(_read(settings, order, in_json=in_json))


def _window(since: datetime | None, until: datetime | None) -> Window:
    if since and until and since >= until:
        raise Failure("--since must lie before --until.", code=2)
    oldest_ms = SystemClock().now_ms() - RETENTION_MS
    return Window(since_ms=_ms(since) if since else oldest_ms, until_ms=_ms(until) if until else None)


def _ms(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp() * 1000)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[SqlReconciling]:
    settings.require(*NEEDS)
    chance, clock = Chance.of_system(), SystemClock()
    async with opened_state(settings, clock, chance) as rooms:
        yield SqlReconciling(rooms.engine, clock, Vault(settings.state.keys()), chance.new_id)


async def _status(settings: Settings, *, in_json: bool) -> None:
    async with _opened(settings) as work:
        rows = [asdict(one) for one in await work.progress()]
    show(rows, STATUS_COLUMNS, in_json=in_json, empty="No import is under way.")


async def _stop(settings: Settings, order: BackfillOrder, *, is_dry: bool) -> None:
    async with _opened(settings) as work:
        if is_dry:
            count = sum(_concerns(order, one) for one in await work.progress())
            click.echo(f"Would stop {count} imports.")
            return
        click.echo(f"Stopped {await work.stop(order)} imports. What was read is kept.")


def _concerns(order: BackfillOrder, one: BackfillProgress) -> bool:
    pairs = (
        (order.page_id, one.page_id),
        (order.form_id, one.form_id),
        (order.workspace_id, one.workspace_id),
    )
    return all(wanted is None or wanted == found for wanted, found in pairs)


async def _plan(settings: Settings, order: BackfillOrder, *, in_json: bool) -> None:
    """Say what it would cost at most: Facebook tells how many leads a form has, and not of which days."""
    async with _opened(settings) as work:
        plans = await work.plan(order)
    show([asdict(one) for one in plans], PLAN_COLUMNS, in_json=in_json, empty="No form is known.")
    if not in_json:
        calls = sum(one.calls for one in plans)
        click.echo(
            f"Would read {len(plans)} forms in at most {calls} calls, each missing lead's own included."
        )


async def _read(settings: Settings, order: BackfillOrder, *, in_json: bool) -> None:
    settings.require(*NEEDS)
    chance, clock = Chance.of_system(), SystemClock()
    async with opened_state(settings, clock, chance) as rooms, opened_graph(settings, clock, chance) as graph:
        vault = Vault(settings.state.keys())
        work = SqlReconciling(rooms.engine, clock, vault, chance.new_id)
        means = Means(
            counters=MetricCounters(Metrics(), clock),
            clock=clock,
            chance=chance.random.random,
            courtesy=Courtesy(clock),
        )
        pipeline = reconcile_pipeline(settings, rooms.engine, vault, graph, means, chance)
        ids = await work.ask(order)
        with _progress(in_json=in_json) as report:
            ended = await _follow(work, pipeline, ids, clock, report)
    new = sum(one.new for one in ended)
    if in_json:
        for one in ended:
            click.echo(json.dumps(asdict(one)))
    else:
        click.echo(f"Read {len(ended)} forms: {sum(one.found for one in ended)} leads, {new} of them new.")


async def _follow(
    work: SqlReconciling, pipeline: Reconcile, ids: Sequence[str], clock: SystemClock, report: Report
) -> Sequence[BackfillProgress]:
    """Read until all imports ended, here or in the daemon. Raises Failure when that takes too long now."""
    while True:
        jobs = await pipeline.claim(1, backfills=ids)
        for job in jobs:
            await pipeline.handle(job)
        found = await work.progress(ids)
        report(found)
        waiting = [one for one in found if one.state == "waiting"]
        if not waiting:
            return found
        if jobs:
            continue
        wait_s = min(((one.due_at_ms or 0) - clock.now_ms()) / 1000 for one in waiting)
        reasons = sorted({one.reason for one in waiting if one.reason})
        if reasons or wait_s > LONGEST_WAIT_S:
            said = " ".join(reasons) or "Its budget or another reader holds it."
            raise Failure(
                f"{said} The daemon goes on with it: `connector reconcile --status`.", code=TRY_LATER
            )
        await clock.sleep(min(max(wait_s, 1.0), FULL_S))


@contextmanager
def _progress(*, in_json: bool) -> Iterator[Report]:
    """Yield what shows how far the imports are: a bar on a terminal, nothing where JSON is wanted."""
    if in_json:
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a bar needs it
    from rich.progress import Progress  # noqa: PLC0415 - the same

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Leads read", total=None)

        def report(found: Sequence[BackfillProgress]) -> None:
            totals = [one.total for one in found]
            total = sum(one or 0 for one in totals) if all(one is not None for one in totals) else None
            bars.update(bar, completed=sum(one.found for one in found), total=total)

        yield report
