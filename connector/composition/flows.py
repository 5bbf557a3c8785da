"""The pipelines that work off rows, joined with state and the adapters."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from adapters.facebook.ads import FacebookAds
from adapters.facebook.form_leads import FacebookForms
from adapters.facebook.leads import FacebookLeads
from adapters.facebook.trial_leads import FacebookTrialLeads
from connector import __version__
from connector.composition.accounts import Accounts, opened_accounts
from connector.composition.ground import Ground
from connector.composition.mapping import form_mappings
from connector.composition.outside import app_secrets, mailer, opened_crm, opened_graph, signing_secrets
from connector.composition.own_state import copies_of, keeper_of
from connector.composition.reconciling import reconcile_pipeline
from connector.config import Settings
from connector.domain.alerts_catalogue import MAIL_FAILING
from connector.domain.errors import StateUnavailableError
from connector.pipelines.clock_watch import ClockWatch
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.deliver import Deliver
from connector.pipelines.fetch import Fetch
from connector.pipelines.forms import FormBook
from connector.pipelines.mailing import Mailing
from connector.pipelines.mapping import FormMappings, Remap
from connector.pipelines.means import Means
from connector.pipelines.own_state import OwnState
from connector.pipelines.presence import Presence
from connector.pipelines.proof import Books, Proof
from connector.pipelines.reconcile import Reconcile
from connector.pipelines.resolve import Resolve
from connector.pipelines.retention import Retention
from connector.pipelines.silence import SilenceWatch
from connector.pipelines.trial import TrialLeads
from state.daemons import SeenDaemon, SqlDaemons
from state.leads.contacts import SqlResolver
from state.leads.forms import SqlForms
from state.leads.queue import SqlLeadQueue
from state.leads.remapping import SqlRemappings
from state.leads.trials import SqlTrials
from state.reconcile.proving import SqlProving
from state.reconcile.rhythms import SqlRhythms
from state.retention import DAY_MS, SqlRetention
from state.retention_found import Record
from state.waiting_rows import SqlWaitingRows

if TYPE_CHECKING:
    from connector.composition.backups import Backups


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """The pipelines that work off rows. `mailing` None: no mail server is set."""

    fetch: Fetch
    resolve: Resolve
    deliver: Deliver
    reconcile: Reconcile
    mappings: FormMappings
    remap: Remap
    proof: Proof
    proving: SqlProving
    books: Books
    silence: SilenceWatch
    rhythms: SqlRhythms
    test_leads: TrialLeads
    trials: SqlTrials
    accounts: Accounts
    mailing: Mailing | None
    retention: Retention
    presence: Presence
    clock_watch: ClockWatch
    own_state: OwnState | None
    backups: "Backups | None"


@asynccontextmanager
async def opened_flows(ground: Ground, courtesy: Courtesy) -> AsyncIterator[Flows]:
    """Join the pipelines with state and the adapters. Nothing is claimed yet."""
    settings, rooms, clock, chance = ground.settings, ground.rooms, ground.clock, ground.chance
    async with AsyncExitStack() as stack:
        graph = await stack.enter_async_context(
            opened_graph(
                settings,
                clock,
                chance,
                observe=ground.counters.graph_request,
                heard=ground.counters.clock_heard,
            )
        )
        crm = await stack.enter_async_context(opened_crm(settings, clock))
        ground.followers.append(lambda fresh: graph.change_secrets(*app_secrets(fresh)))
        ground.followers.append(lambda fresh: crm.sign_with(signing_secrets(fresh)))
        accounts = await stack.enter_async_context(opened_accounts(ground, graph))
        source = FacebookLeads(graph, ground.counters.graph_budget)
        queue = SqlLeadQueue(rooms.engine, clock, ground.vault, chance.new_id)
        resolver = SqlResolver(rooms.engine, clock, chance.new_id)
        means = Means(
            counters=ground.counters,
            clock=clock,
            chance=chance.random.random,
            courtesy=courtesy,
            stopping=ground.stopping,
        )
        forms = FormBook(SqlForms(rooms.engine, clock, chance.new_id), source, means)
        trials = SqlTrials(rooms.engine, clock, ground.vault, chance.new_id)
        proving = SqlProving(rooms.engine, clock, ground.vault)
        rhythms = SqlRhythms(rooms.engine, clock, ground.vault, ground.chance.new_id)
        reconcile_ms = round(settings.facebook.reconcile_minutes * 60_000)
        deliver = Deliver(rooms.deliveries, crm, rooms.alerts, means, timeout_s=settings.crm.timeout_seconds)
        mailing = await _mailing(ground, means)
        retention = Retention(SqlRetention(rooms.engine, clock, _ages_ms(settings)), clock)
        yield Flows(
            fetch=Fetch(queue, source, forms, means),
            resolve=Resolve(resolver, means),
            deliver=deliver,
            reconcile=reconcile_pipeline(
                settings,
                rooms.engine,
                ground.vault,
                graph,
                means,
                chance,
                ground.counters.graph_budget,
                ground.followers,
            ),
            mappings=form_mappings(rooms, clock, chance, courtesy),
            remap=Remap(SqlRemappings(rooms.engine, clock, chance.new_id), means),
            proof=Proof(proving, FacebookForms(graph, ground.counters.graph_budget), means),
            proving=proving,
            books=Books(proving, rooms.alerts, means),
            silence=SilenceWatch(rhythms, FacebookAds(graph), means, reconcile_ms=reconcile_ms),
            rhythms=rhythms,
            test_leads=TrialLeads(trials, FacebookTrialLeads(graph), means),
            trials=trials,
            accounts=accounts,
            mailing=mailing,
            retention=retention,
            presence=await _present(stack, ground),
            clock_watch=_clock_watch(ground, retention),
            own_state=_own_state(ground),
            backups=_backups(ground, accounts, means),
        )


def _ages_ms(settings: Settings) -> Mapping[Record, int]:
    """Return how old records grow, in ms; what is kept for good is left out."""
    kept = settings.retention
    days: Mapping[Record, float] = {
        "attempts": kept.attempts_days,
        "quarantine": kept.quarantine_days,
        "news": kept.news_days,
        "proofs": kept.proof_days,
    }
    return {record: round(age * DAY_MS) for record, age in days.items() if age}


def _clock_watch(ground: Ground, retention: Retention) -> ClockWatch:
    rows = SqlWaitingRows(ground.rooms.engine, ground.clock)
    return ClockWatch(rows, ground.clock, ground.counters, [retention.clock_was_set])


async def _present(stack: AsyncExitStack, ground: Ground) -> Presence:
    """Say that this daemon runs now, and at the end that it does not any more."""
    daemons = SqlDaemons(ground.rooms.engine, ground.clock)
    me = SeenDaemon(id=ground.chance.new_id(), version=__version__, keys=ground.vault.names)
    await daemons.seen(me)
    stack.push_async_callback(_gone, daemons, me)
    return Presence(partial(daemons.seen, me))


async def _gone(daemons: SqlDaemons, me: SeenDaemon) -> None:
    with contextlib.suppress(StateUnavailableError):  # then it is forgotten after two minutes
        await daemons.gone(me.id)


def _backups(ground: Ground, accounts: Accounts, means: Means) -> "Backups | None":
    """Return what backs call logs up; None: no Google client is set."""
    if accounts.google_side is None or accounts.refresh is None:
        return None
    from connector.composition.backups import backups_of  # noqa: PLC0415 - file formats and age, which few need

    look = accounts.health.probe_now
    return backups_of(ground, accounts.google_side, accounts.refresh, look, means)


def _own_state(ground: Ground) -> OwnState | None:
    """Return what copies and drills the state; None: there is no folder to copy it to."""
    settings, rooms = ground.settings, ground.rooms
    copies = copies_of(settings)
    if copies is None:
        return None
    keeper = keeper_of(
        settings,
        rooms.engine,
        copies,
        ground.clock,
        ground.chance,
        go_on=lambda: not ground.stopping.is_set(),
    )
    return OwnState(keeper, rooms.alerts, ground.clock, backup_hours=settings.state.backup_hours)


async def _mailing(ground: Ground, means: Means) -> Mailing | None:
    """Switch mail on or off in the state, where alerts are raised; return what sends it."""
    settings, rooms, hand = ground.settings, ground.rooms, mailer(ground.settings)
    await rooms.mails.switch(on=hand is not None)
    if hand is None:
        await rooms.alerts.resolve(MAIL_FAILING.key())
        return None
    return Mailing(rooms.mails, hand, rooms.alerts, means, public_url=settings.server.public_url)
