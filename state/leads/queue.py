"""Leads waiting to be read: claims of up to 50 of one Page, and what settles them."""

from collections.abc import Callable, Mapping
from functools import partial

from connector.domain.connection import PageAccess
from connector.domain.errors import BadInputError
from connector.domain.fetching import PagePause, sealed_pause
from connector.domain.lead import LeadId
from connector.domain.work import (
    FetchBatch,
    Fetched,
    FetchOutcome,
    LeadWork,
    PageTrouble,
    ParkedLead,
    RetryLater,
)
from connector.ports import Clock
from state.accounts.page_loss import lock_reader, look_again, lose_page
from state.accounts.pages import PAGE, end_trouble, mark_page, open_page_token
from state.engine import Engine, Params, Row, Tx
from state.vault import Vault

LEASE_MS = 120_000
"""Longer than a batch read with its retries of seconds: a lease that ends early makes two workers do one job."""
PAGES_TRIED = 16
"""Pages passed over in one claim because they are paused or dead."""
PAGE_SEEN = ("page_id", "workspace_id", "sealed_token")
"""What names a Page and the token that was used: a verdict on an older one says nothing about it."""

_FIRST = """
    SELECT page_id, workspace_id, CASE WHEN ladder = 'fault' THEN 1 ELSE 0 END AS alone,
           CASE WHEN backfill_id IS NULL THEN 0 ELSE 1 END AS history
      FROM leads
     WHERE stage = 'fetch' AND due_at_ms IS NOT NULL AND due_at_ms <= :now_ms{live}
     ORDER BY due_at_ms, id LIMIT 1"""
OLDEST_LIVE = _FIRST.format(live=" AND backfill_id IS NULL")
"""Imported history waits for live leads. Little of it is in line at a time, so that this look stays short."""
OLDEST = _FIRST.format(live="")
CLAIM = """
    UPDATE leads SET claim_id = :claim_id, due_at_ms = :lease_until_ms, attempts = attempts + 1
     WHERE id IN (
        WITH due AS MATERIALIZED (
            SELECT id FROM leads
             WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
               AND due_at_ms IS NOT NULL AND due_at_ms <= :now_ms
               AND CASE WHEN ladder = 'fault' THEN 1 ELSE 0 END = :alone
               AND CASE WHEN backfill_id IS NULL THEN 0 ELSE 1 END = :history
               AND EXISTS (
                    SELECT 1 FROM pages p
                     WHERE p.page_id = :page_id AND p.workspace_id = :workspace_id
                       AND p.sealed_token = :sealed_token AND p.paused_until_ms <= :now_ms
                       AND p.state NOT IN ('auth_lost', 'disconnected'))
             ORDER BY due_at_ms, id LIMIT :limit /*skip locked*/)
        SELECT id FROM due)
    RETURNING lead_id, attempts, received_at_ms, ladder"""
"""Looks at the Page once more: another machine may have marked it since we did. A lead of a fault goes alone."""
HOLD_PAGE = """
    UPDATE leads SET stage = 'held', due_at_ms = NULL, claim_id = NULL, reason = :reason,
                     attempts = CASE WHEN claim_id = :claim_id THEN attempts - 1 ELSE attempts END
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
       AND due_at_ms IS NOT NULL
       AND (claim_id IS NULL OR claim_id = :claim_id OR due_at_ms <= :now_ms)"""
POSTPONE_PAGE = """
    UPDATE leads SET due_at_ms = :until_ms, claim_id = NULL, reason = :reason,
                     attempts = CASE WHEN claim_id = :claim_id THEN attempts - 1 ELSE attempts END
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
       AND due_at_ms IS NOT NULL
       AND (claim_id = :claim_id
            OR (due_at_ms < :until_ms AND (claim_id IS NULL OR due_at_ms <= :now_ms)))"""
"""The batch's own leads are due at their lease's end, which may lie behind the pause: they are given back too."""
GIVE_BACK = """
    UPDATE leads SET due_at_ms = :now_ms, claim_id = NULL, attempts = attempts - 1
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND due_at_ms IS NOT NULL
       AND claim_id = :claim_id"""
COUNT_HELD = """
    SELECT COUNT(*) AS held FROM leads
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'held'"""
FETCHED = """
    UPDATE leads SET stage = 'resolve', raw = :raw, form_id = COALESCE(:form_id, form_id),
                     fetched_at_ms = :now_ms, due_at_ms = :now_ms, claim_id = NULL, attempts = 0, reason = NULL,
                     ladder = NULL
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND claim_id = :claim_id"""
RETRY = """
    UPDATE leads SET due_at_ms = :due_at_ms, claim_id = NULL, reason = :reason,
                     ladder = COALESCE(CAST(:ladder AS TEXT), ladder),
                     attempts = CASE WHEN ladder <> CAST(:ladder AS TEXT) THEN 1 ELSE attempts END - :unspent
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND claim_id = :claim_id"""
"""Attempts are those of one ladder: a change of it begins anew, and this try was the first."""
PARK = """
    UPDATE leads SET stage = 'parked', due_at_ms = NULL, claim_id = NULL, reason = :reason
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND claim_id = :claim_id"""
PAUSE_PAGE = """
    UPDATE pages SET paused_until_ms = CASE WHEN paused_until_ms > :until_ms THEN paused_until_ms
                                            ELSE :until_ms END
     WHERE page_id = :page_id AND workspace_id = :workspace_id
    RETURNING paused_until_ms"""
"""The longer pause stands."""
RECENT = 10_000
"""Leads, the latest received, among which one is looked for that was read lately: bounds the search."""
READ_SINCE = """
    SELECT 1 AS found
      FROM (SELECT page_id, workspace_id, lead_id, fetched_at_ms FROM leads ORDER BY id DESC LIMIT :recent) AS r
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND lead_id <> :lead_id
       AND fetched_at_ms > :since_ms LIMIT 1"""
NEXT_DUE = "SELECT MIN(due_at_ms) AS due FROM leads WHERE stage = 'fetch' AND due_at_ms IS NOT NULL"


class SqlLeadQueue:
    """Implements `ports.LeadQueue`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def claim(self, *, limit: int) -> FetchBatch | None:
        return await self._engine.write(
            partial(_claim, limit=limit, vault=self._vault, clock=self._clock, new_id=self._new_id),
            durable=False,
        )

    async def settle(self, batch: FetchBatch, outcomes: Mapping[LeadId, FetchOutcome]) -> int:
        return await self._engine.write(
            partial(_settle, batch=batch, outcomes=outcomes, now_ms=self._clock.now_ms())
        )

    async def hold(self, batch: FetchBatch, trouble: PageTrouble) -> int | None:
        return await self._engine.write(
            partial(_hold, batch=batch, trouble=trouble, clock=self._clock, new_id=self._new_id)
        )

    async def postpone(
        self, batch: FetchBatch, *, until_ms: int, reason: str, trouble: PageTrouble | None = None
    ) -> int | None:
        pause = PagePause(until_ms=until_ms, reason=reason, trouble=trouble)
        return await self._engine.write(
            partial(_postpone, batch=batch, pause=pause, clock=self._clock, new_id=self._new_id)
        )

    async def page_reads(self, batch: FetchBatch) -> None:
        await self._engine.write(partial(_page_reads, batch=batch, clock=self._clock, new_id=self._new_id))

    async def others_read(self, batch: FetchBatch, *, since_ms: int) -> bool:
        lead = {"lead_id": batch.leads[0].lead_id, "since_ms": since_ms, "recent": RECENT}
        found = await self._engine.read(lambda tx: tx.row(READ_SINCE, {**_page(batch), **lead}))
        return found is not None

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None


def _page_reads(tx: Tx, *, batch: FetchBatch, clock: Clock, new_id: Callable[[], str]) -> None:
    lock_reader(tx, _page(batch))
    if end_trouble(tx, _page(batch), now=clock.now(), new_id=new_id):
        look_again(tx, _page(batch), health="degraded", now_ms=clock.now_ms())


def _claim(tx: Tx, *, limit: int, vault: Vault, clock: Clock, new_id: Callable[[], str]) -> FetchBatch | None:
    """Claim from the first Page that may be read; let the leads of those that may not wait, all at once."""
    now_ms = clock.now_ms()
    for _ in range(PAGES_TRIED):
        oldest = tx.row(OLDEST_LIVE, {"now_ms": now_ms}) or tx.row(OLDEST, {"now_ms": now_ms})
        if oldest is None:
            return None
        where = {"page_id": oldest["page_id"], "workspace_id": oldest["workspace_id"]}
        nobody = {**where, "claim_id": "", "now_ms": now_ms}
        page = tx.row(PAGE, where)
        if page is None or page["state"] in ("auth_lost", "disconnected"):
            reason = page["reason"] if page else "The Page is not connected."
            tx.execute(HOLD_PAGE, {**nobody, "reason": reason})
        elif page["paused_until_ms"] > now_ms:
            wait = {"until_ms": page["paused_until_ms"], "reason": page["reason"]}
            tx.execute(POSTPONE_PAGE, {**nobody, **wait})
        elif (token := _opened(vault, page)) is None:
            pause = sealed_pause(now_ms)
            _pause(tx, page, pause, claim_id="", clock=clock, new_id=new_id)
        else:
            return _take(tx, page, token, oldest, claim_id=new_id(), limit=limit, now_ms=now_ms)
    return None


def _opened(vault: Vault, page: Row) -> str | None:
    try:
        return open_page_token(vault, page)
    except BadInputError:
        return None


def _take(
    tx: Tx, page: Row, token: str, oldest: Row, *, claim_id: str, limit: int, now_ms: int
) -> FetchBatch | None:
    seen = {name: page[name] for name in PAGE_SEEN}
    lease = {"claim_id": claim_id, "lease_until_ms": now_ms + LEASE_MS, "now_ms": now_ms}
    alone, history = oldest["alone"], oldest["history"]
    kind = {"alone": alone, "history": history, "limit": 1 if alone else limit}
    leads = tx.rows(CLAIM, {**seen, **lease, **kind})
    if not leads:
        return None
    return FetchBatch(
        claim_id=claim_id,
        workspace_id=page["workspace_id"],
        page_id=page["page_id"],
        page_state=page["state"],
        access=PageAccess(page_id=page["page_id"], token=token),
        sealed_token=page["sealed_token"],
        leads=tuple(LeadWork(**lead) for lead in leads),
    )


def _page(batch: FetchBatch) -> Params:
    return {name: getattr(batch, name) for name in PAGE_SEEN}


def _settle(tx: Tx, *, batch: FetchBatch, outcomes: Mapping[LeadId, FetchOutcome], now_ms: int) -> int:
    written: dict[str, list[Params]] = {FETCHED: [], RETRY: [], PARK: []}
    for lead_id, outcome in outcomes.items():
        row = {"lead_id": lead_id, "workspace_id": batch.workspace_id, "claim_id": batch.claim_id}
        match outcome:
            case Fetched():
                fetched = {"raw": outcome.raw, "form_id": outcome.form_id, "now_ms": now_ms}
                written[FETCHED].append({**row, **fetched})
            case RetryLater():
                unspent = 0 if outcome.spent else 1
                retry = {"due_at_ms": outcome.due_at_ms, "reason": outcome.reason, "ladder": outcome.ladder}
                written[RETRY].append({**row, **retry, "unspent": unspent})
            case ParkedLead():
                written[PARK].append({**row, "reason": outcome.reason})
    ours = sum(tx.execute_many(sql, rows) for sql, rows in written.items() if rows)
    if written[FETCHED]:
        tx.wake("resolve")
    return ours


def _hold(
    tx: Tx, *, batch: FetchBatch, trouble: PageTrouble, clock: Clock, new_id: Callable[[], str]
) -> int | None:
    where: Params = {**_page(batch), "claim_id": batch.claim_id, "now_ms": clock.now_ms()}
    if lose_page(tx, where, trouble, now=clock.now(), new_id=new_id) != "lost":
        _give_back(tx, where)
        return None
    tx.execute(HOLD_PAGE, {**where, "reason": trouble.reason})
    row = tx.row(COUNT_HELD, where)
    return int(row["held"]) if row else 0


def _postpone(
    tx: Tx, *, batch: FetchBatch, pause: PagePause, clock: Clock, new_id: Callable[[], str]
) -> int | None:
    return _pause(tx, _page(batch), pause, claim_id=batch.claim_id, clock=clock, new_id=new_id)


def _pause(
    tx: Tx, page: Params, pause: PagePause, *, claim_id: str, clock: Clock, new_id: Callable[[], str]
) -> int | None:
    """Let the Page and all its leads wait; only the claim is given back when its token is another one by now."""
    where = {**{name: page[name] for name in PAGE_SEEN}, "claim_id": claim_id, "now_ms": clock.now_ms()}
    if pause.trouble:
        lock_reader(tx, page)
    if pause.trouble and not mark_page(tx, where, pause.trouble, now=clock.now(), new_id=new_id):
        _give_back(tx, where)
        return None
    if pause.trouble:
        look_again(tx, page, health="healthy", now_ms=clock.now_ms())
    paused = tx.row(PAUSE_PAGE, {**where, "until_ms": pause.until_ms})
    until_ms = paused["paused_until_ms"] if paused else pause.until_ms
    return tx.execute(POSTPONE_PAGE, {**where, "until_ms": until_ms, "reason": pause.reason})


def _give_back(tx: Tx, where: Params) -> None:
    tx.execute(GIVE_BACK, where)
    tx.wake("fetch")
