"""Reading every form again, durably: a lead found becomes a notice in the transaction that fences its reader."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from connector.domain.alerts_catalogue import WEBHOOK_UNSUBSCRIBED
from connector.domain.fetching import GONE_LADDER_S, UNKNOWN_ATTEMPTS
from connector.domain.lead import FormId
from connector.domain.notice import Notice
from connector.domain.reconcile_work import (
    BackfillOrder,
    BackfillPlan,
    BackfillProgress,
    BackfillWork,
    FormWork,
    PageWork,
    ReconcileWork,
    RoundDone,
    RoundWork,
    Watched,
    WatchWork,
)
from connector.domain.reconciling import DAY_MS, FoundPage, Postponed
from connector.ports import Clock
from state.accounts.page_loss import lock_reader, look_again
from state.accounts.pages import stays_connected
from state.alerts import raise_alert, resolve_alert
from state.chunks import chunks
from state.engine import Engine, Params, Tx
from state.intake.inbox import add_notices
from state.leads.queue import PAUSE_PAGE
from state.reconcile import backfills
from state.reconcile.budgets import charge
from state.reconcile.claims import LEASE_MS, Claims, fence, give_back, next_due_ms
from state.reconcile.rounds import write_round
from state.vault import Vault

RENEW_LEASE = """
    UPDATE page_forms SET due_at_ms = :lease_until_ms WHERE id = :row_id AND claim_id = :claim_id"""
READ = """
    UPDATE page_forms
       SET due_at_ms = :due_at_ms, claim_id = NULL, failures = 0, reason = NULL, read_at_ms = :now_ms,
           watermark_ms = CASE WHEN backfill_id IS NULL THEN CAST(:watermark_ms AS BIGINT) ELSE watermark_ms END,
           last_found = :found, last_new = :new
     WHERE id = :row_id AND claim_id = :claim_id"""
NEWEST = """
    UPDATE page_forms SET newest_lead_ms = :newest_ms
     WHERE form_id = :form_id AND workspace_id = :workspace_id
       AND (newest_lead_ms IS NULL OR newest_lead_ms < :newest_ms)"""
READ_ANEW = """
    UPDATE leads SET stage = 'fetch', due_at_ms = :now_ms, attempts = 0, ladder = NULL, reason = NULL
     WHERE workspace_id = :workspace_id AND stage = 'parked' AND raw IS NULL
       AND attempts > :gone AND attempts < :unknown AND lead_id IN """
"""What Facebook lists can be seen: a lead that was given up as invisible after its last wait begins anew, and so at
most once a ladder. What was refused for another reason, at once or in the end, is left to a person."""
STEP = """
    UPDATE backfills
       SET state = :state, cursor = :cursor, began_ms = :began_ms, found = found + :found, calls = calls + :calls,
           odd = odd + :odd, due_at_ms = :due_at_ms, claim_id = NULL, failures = 0, reason = NULL,
           settled_at_ms = :settled_at_ms
     WHERE id = :row_id AND claim_id = :claim_id AND state = 'waiting'
    RETURNING odd"""
COUNT_NEW = "UPDATE backfills SET new = new + :new WHERE id = :row_id"
REWIND = """
    UPDATE backfills SET cursor = NULL, began_ms = NULL, found = 0, odd = 0, due_at_ms = :now_ms, claim_id = NULL
     WHERE id = :row_id AND claim_id = :claim_id AND state = 'waiting'"""
IMPORTED = """
    UPDATE page_forms
       SET watermark_ms = CASE WHEN watermark_ms IS NULL THEN CAST(:watermark_ms AS BIGINT) ELSE watermark_ms END,
           backfill_id = NULL
     WHERE backfill_id = :row_id"""
WATCHED = """
    UPDATE watches
       SET due_at_ms = :due_at_ms, claim_id = NULL, failures = :failures, reason = :reason,
           found_at_ms = COALESCE(CAST(:found_at_ms AS BIGINT), found_at_ms),
           healed_at_ms = COALESCE(CAST(:healed_at_ms AS BIGINT), healed_at_ms)
     WHERE claim_id = :claim_id"""
HASTEN_ALL = "UPDATE page_forms SET due_at_ms = :now_ms WHERE claim_id IS NULL AND due_at_ms > :now_ms"
_FAILED = "UPDATE {table} SET failures = failures + 1, reason = :reason WHERE id = :row_id"
FAILED = {
    RoundWork: _FAILED.format(table="page_rounds"),
    FormWork: _FAILED.format(table="page_forms"),
    BackfillWork: _FAILED.format(table="backfills"),
}
WATCH_FAILED = "UPDATE watches SET reason = :reason WHERE subject = 'app'"
PULLED = """
    SELECT COUNT(*) AS leads FROM leads
     WHERE received_via = 'reconcile' AND backfill_id IS NULL AND received_at_ms > :since_ms"""


class SqlReconciling:
    """Implements `ports.Reconciling`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._claims = Claims(vault, new_id)

    async def claim(self, backfills: Collection[str] | None = None) -> ReconcileWork | None:
        now_ms = self._clock.now_ms()
        if backfills is None:
            return await self._engine.write(partial(self._claims.take, now_ms=now_ms))
        return await self._engine.write(partial(self._claims.take_named, ids=backfills, now_ms=now_ms))

    async def store(self, work: FormWork, page: FoundPage) -> int | None:
        return await self._engine.write(partial(_store, work=work, page=page, now_ms=self._clock.now_ms()))

    async def form_read(
        self, work: FormWork, *, watermark_ms: int | None, due_at_ms: int, found: int, new: int
    ) -> bool:
        row: Params = {
            **fence(work),
            "watermark_ms": watermark_ms,
            "due_at_ms": due_at_ms,
            "found": found,
            "new": new,
            "now_ms": self._clock.now_ms(),
        }
        return await self._engine.write(lambda tx: tx.execute(READ, row)) > 0

    async def backfilled(
        self, work: BackfillWork, page: FoundPage, *, watermark_ms: int | None
    ) -> int | None:
        return await self._engine.write(
            partial(_backfilled, work=work, page=page, watermark_ms=watermark_ms, now_ms=self._clock.now_ms())
        )

    async def rewind(self, work: BackfillWork) -> None:
        row = {**fence(work), "now_ms": self._clock.now_ms()}
        await self._engine.write(lambda tx: tx.execute(REWIND, row))

    async def round_done(self, work: RoundWork, done: RoundDone) -> bool:
        return await self._engine.write(
            partial(write_round, work=work, done=done, now=self._clock.now(), new_id=self._new_id)
        )

    async def watched(self, work: WatchWork, found: Watched) -> bool:
        return await self._engine.write(
            partial(_watched, work=work, found=found, clock=self._clock, new_id=self._new_id)
        )

    async def postpone(self, work: ReconcileWork, why: Postponed) -> None:
        await self._engine.write(partial(_postpone, work=work, why=why, now_ms=self._clock.now_ms()))

    async def release(self, work: ReconcileWork) -> None:
        now_ms = self._clock.now_ms()
        await self._engine.write(lambda tx: give_back(tx, work, due_at_ms=now_ms))

    async def charge(self, work: PageWork, calls: int, used: float | None) -> None:
        now_ms = self._clock.now_ms()
        await self._engine.write(lambda tx: charge(tx, work.page_id, calls, used, now_ms=now_ms))

    async def next_due_ms(self) -> int | None:
        now_ms = self._clock.now_ms()
        return await self._engine.read(lambda tx: next_due_ms(tx, now_ms=now_ms))

    async def plan(self, order: BackfillOrder) -> Sequence[BackfillPlan]:
        return await self._engine.read(lambda tx: backfills.plan(tx, order))

    async def ask(self, order: BackfillOrder) -> Sequence[str]:
        now_ms = self._clock.now_ms()
        return await self._engine.write(
            lambda tx: backfills.ask(tx, order, now_ms=now_ms, new_id=self._new_id)
        )

    async def stop(self, order: BackfillOrder) -> int:
        now_ms = self._clock.now_ms()
        return await self._engine.write(lambda tx: backfills.stop(tx, order, now_ms=now_ms))

    async def progress(self, ids: Collection[str] | None = None) -> Sequence[BackfillProgress]:
        return await self._engine.read(lambda tx: backfills.progress(tx, ids))

    async def pulled(self) -> int:
        """Return how many leads of the last day were found by reading again, imported history left out."""
        row = await self._engine.read(lambda tx: tx.row(PULLED, {"since_ms": self._clock.now_ms() - DAY_MS}))
        return int(row["leads"]) if row else 0


def _store(tx: Tx, *, work: FormWork, page: FoundPage, now_ms: int) -> int | None:
    """Store under the lease, which begins anew: a reader that lost it must not go on, for another one reads.

    Nor must one whose workspace has left the Page: what it finds would be stored for another workspace at most, and
    the watermark would pass it.
    """
    if not stays_connected(tx, {"page_id": work.page_id, "workspace_id": work.workspace_id}):
        return None
    if not tx.execute(RENEW_LEASE, {**fence(work), "lease_until_ms": now_ms + LEASE_MS}):
        return None
    charge(tx, work.page_id, page.calls, page.used, now_ms=now_ms)
    return _add(tx, work, page, now_ms=now_ms)


def _add(tx: Tx, work: FormWork | BackfillWork, page: FoundPage, *, now_ms: int) -> int:
    """Make the found leads notices; return how many are new."""
    newest_ms = max((lead.created_ms for lead in page.leads if lead.created_ms is not None), default=None)
    where = {"form_id": work.form_id, "workspace_id": work.workspace_id}
    if newest_ms is not None:
        tx.execute(NEWEST, {**where, "newest_ms": newest_ms})
    notices = [
        Notice(lead_id=lead.id, page_id=work.page_id, form_id=FormId(work.form_id), change=None)
        for lead in page.leads
    ]
    backfill_id = work.id if isinstance(work, BackfillWork) else None
    new, _, _ = add_notices(tx, notices, now_ms=now_ms, received_via="reconcile", backfill_id=backfill_id)
    if new < len(notices):
        _read_anew(tx, work, page, now_ms=now_ms)
    return new


def _read_anew(tx: Tx, work: FormWork | BackfillWork, page: FoundPage, *, now_ms: int) -> None:
    where: Params = {
        "workspace_id": work.workspace_id,
        "now_ms": now_ms,
        "gone": len(GONE_LADDER_S),
        "unknown": UNKNOWN_ATTEMPTS,
    }
    ids = sorted(lead.id for lead in page.leads)  # one lock order on every machine
    if sum(tx.execute(READ_ANEW + listed, {**where, **params}) for listed, params in chunks(ids)):
        tx.wake("fetch")


def _backfilled(
    tx: Tx, *, work: BackfillWork, page: FoundPage, watermark_ms: int | None, now_ms: int
) -> int | None:
    """Store a page of history with how far it is; None, and nothing, when the lease or the Page was lost."""
    if not stays_connected(tx, {"page_id": work.page_id, "workspace_id": work.workspace_id}):
        return None
    is_over = page.after is None
    row = {
        **fence(work),
        "state": "done" if is_over else "waiting",
        "cursor": page.after,
        "began_ms": work.began_ms,
        "found": len(page.leads),
        "calls": page.calls,
        "odd": page.odd,
        "due_at_ms": None if is_over else now_ms,
        "settled_at_ms": now_ms if is_over else None,
    }
    stepped = tx.row(STEP, row)
    if stepped is None:
        return None
    charge(tx, work.page_id, page.calls, page.used, now_ms=now_ms)
    new = _add(tx, work, page, now_ms=now_ms)
    tx.execute(COUNT_NEW, {"new": new, "row_id": work.id})
    if is_over:
        whole = watermark_ms if stepped["odd"] == 0 else None
        tx.execute(IMPORTED, {"row_id": work.id, "watermark_ms": whole})
    return new


def _watched(tx: Tx, *, work: WatchWork, found: Watched, clock: Clock, new_id: Callable[[], str]) -> bool:
    now, now_ms = clock.now(), clock.now_ms()
    is_well = found.trouble is None
    row = {
        "due_at_ms": found.due_at_ms,
        "claim_id": work.claim_id,
        "failures": 0 if is_well else work.failures + 1,
        "reason": found.trouble,
        "found_at_ms": now_ms if is_well else None,
        "healed_at_ms": now_ms if found.healed else None,
    }
    if not tx.execute(WATCHED, row):
        return False
    if found.healed:
        tx.execute(HASTEN_ALL, {"now_ms": now_ms})
    if is_well and not found.healed:
        resolve_alert(tx, key=WEBHOOK_UNSUBSCRIBED.key(), now=now, new_id=new_id)
    elif found.healed or work.failures:  # a first look that fails may meet a start: the next one tells
        said = found.trouble or "It is subscribed again, and what was missed is being read."
        stage = "healed" if found.healed else "failed"
        alert = WEBHOOK_UNSUBSCRIBED.alert(remedy=found.remedy, stage=stage, said=said)
        raise_alert(tx, alert=alert, now=now, new_id=new_id)
    return True


def _postpone(tx: Tx, *, work: ReconcileWork, why: Postponed, now_ms: int) -> None:
    if why.reach == "look" and not isinstance(work, WatchWork):
        lock_reader(tx, {"page_id": work.page_id, "workspace_id": work.workspace_id})
    if not give_back(tx, work, due_at_ms=why.due_at_ms):
        return
    if isinstance(work, WatchWork):
        tx.execute(WATCH_FAILED, {"reason": why.reason})
        return
    tx.execute(FAILED[type(work)], {"row_id": fence(work)["row_id"], "reason": why.reason})
    where = {"page_id": work.page_id, "workspace_id": work.workspace_id}
    if why.reach == "page":
        tx.rows(PAUSE_PAGE, {**where, "until_ms": why.due_at_ms})
    elif why.reach == "look":
        look_again(tx, where, health="healthy", now_ms=now_ms)
