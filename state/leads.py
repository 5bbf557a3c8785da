"""Leads waiting to be read: claims of up to 50 of one Page, and what settles them."""

from collections.abc import Callable, Mapping
from functools import partial

from connector.domain.connection import PageAccess
from connector.domain.lead import LeadId, PageId, WorkspaceId
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
from state.engine import Engine, Params, Row, Tx
from state.pages import PAGE, open_page_token
from state.vault import Vault

LEASE_MS = 120_000
"""Longer than a batch read with its retries of seconds: a lease that ends early makes two workers do one job."""
PAGES_TRIED = 16
"""Pages passed over in one claim because they are paused or dead."""

OLDEST = """
    SELECT page_id, workspace_id FROM leads
     WHERE stage = 'fetch' AND due_at_ms IS NOT NULL AND due_at_ms <= :now_ms
     ORDER BY due_at_ms, id LIMIT 1"""
CLAIM = """
    UPDATE leads SET claim_id = :claim_id, due_at_ms = :lease_until_ms, attempts = attempts + 1
     WHERE id IN (
        SELECT id FROM leads
         WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
           AND due_at_ms IS NOT NULL AND due_at_ms <= :now_ms
         ORDER BY due_at_ms, id LIMIT :limit /*skip locked*/)
    RETURNING lead_id, attempts, received_at_ms"""
HOLD_PAGE = """
    UPDATE leads SET stage = 'held', due_at_ms = NULL, claim_id = NULL, reason = :reason,
                     attempts = CASE WHEN claim_id = :claim_id THEN attempts - 1 ELSE attempts END
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
       AND (claim_id IS NULL OR claim_id = :claim_id OR due_at_ms <= :now_ms)"""
HASTEN_PAGE = """
    UPDATE leads SET due_at_ms = :now_ms
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
       AND due_at_ms IS NOT NULL AND due_at_ms > :now_ms AND claim_id IS NULL"""
RELEASE_PAGE = """
    UPDATE leads SET stage = 'fetch', due_at_ms = :now_ms, claim_id = NULL, reason = NULL
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'held'"""
POSTPONE_PAGE = """
    UPDATE leads SET due_at_ms = :until_ms, claim_id = NULL, reason = :reason,
                     attempts = CASE WHEN claim_id = :claim_id THEN attempts - 1 ELSE attempts END
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'fetch'
       AND due_at_ms IS NOT NULL
       AND (claim_id = :claim_id
            OR (due_at_ms < :until_ms AND (claim_id IS NULL OR due_at_ms <= :now_ms)))"""
"""The batch's own leads are due at their lease's end, which may lie behind the pause: they are given back too."""
COUNT_HELD = """
    SELECT COUNT(*) AS held FROM leads
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND stage = 'held'"""
FETCHED = """
    UPDATE leads SET stage = 'resolve', raw = :raw, form_id = COALESCE(:form_id, form_id),
                     fetched_at_ms = :now_ms, due_at_ms = :now_ms, claim_id = NULL, attempts = 0, reason = NULL
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND claim_id = :claim_id"""
RETRY = """
    UPDATE leads SET due_at_ms = :due_at_ms, claim_id = NULL, reason = :reason, attempts = attempts - :unspent
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND claim_id = :claim_id"""
PARK = """
    UPDATE leads SET stage = 'parked', due_at_ms = NULL, claim_id = NULL, reason = :reason
     WHERE lead_id = :lead_id AND workspace_id = :workspace_id AND claim_id = :claim_id"""
SET_PAGE_STATE = """
    UPDATE pages SET state = :state, reason = :reason, remedy = :remedy,
                     paused_until_ms = CASE WHEN :state = 'ok' THEN 0 ELSE paused_until_ms END
     WHERE page_id = :page_id AND workspace_id = :workspace_id"""
PAUSE_PAGE = """
    UPDATE pages SET paused_until_ms = :until_ms
     WHERE page_id = :page_id AND workspace_id = :workspace_id"""
NEXT_DUE = "SELECT MIN(due_at_ms) AS due FROM leads WHERE stage = 'fetch' AND due_at_ms IS NOT NULL"


class SqlLeadQueue:
    """Implements `ports.LeadQueue`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def claim(self, *, limit: int) -> FetchBatch | None:
        claimed = await self._engine.write(
            partial(_claim, limit=limit, claim_id=self._new_id(), now_ms=self._clock.now_ms()),
            durable=False,
        )
        if claimed is None:
            return None
        page, leads, claim_id = claimed
        token = open_page_token(self._vault, page)
        return FetchBatch(
            claim_id=claim_id,
            workspace_id=page["workspace_id"],
            page_id=page["page_id"],
            page_state=page["state"],
            access=PageAccess(page_id=page["page_id"], token=token),
            leads=leads,
        )

    async def settle(self, batch: FetchBatch, outcomes: Mapping[LeadId, FetchOutcome]) -> int:
        return await self._engine.write(
            partial(_settle, batch=batch, outcomes=outcomes, now_ms=self._clock.now_ms())
        )

    async def hold(self, batch: FetchBatch, trouble: PageTrouble) -> int:
        return await self._engine.write(
            partial(_hold, batch=batch, trouble=trouble, now_ms=self._clock.now_ms())
        )

    async def postpone(
        self, batch: FetchBatch, *, until_ms: int, reason: str, trouble: PageTrouble | None = None
    ) -> int:
        wait: Params = {"until_ms": until_ms, "reason": reason, "now_ms": self._clock.now_ms()}
        return await self._engine.write(partial(_postpone, batch=batch, wait=wait, trouble=trouble))

    async def page_reads(self, batch: FetchBatch) -> None:
        now_ms = self._clock.now_ms()
        await self._engine.write(
            lambda tx: release_page(tx, batch.page_id, batch.workspace_id, now_ms=now_ms)
        )

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None


def _claim(tx: Tx, *, limit: int, claim_id: str, now_ms: int) -> tuple[Row, tuple[LeadWork, ...], str] | None:
    """Claim from the first Page that may be read; let the leads of those that may not wait, all at once."""
    for _ in range(PAGES_TRIED):
        oldest = tx.row(OLDEST, {"now_ms": now_ms})
        if oldest is None:
            return None
        where = {"page_id": oldest["page_id"], "workspace_id": oldest["workspace_id"]}
        page = tx.row(PAGE, where)
        if page is None or page["state"] == "auth_lost":
            reason = page["reason"] if page else "The Page is not connected."
            tx.execute(HOLD_PAGE, {**where, "claim_id": "", "reason": reason, "now_ms": now_ms})
        elif page["paused_until_ms"] > now_ms:
            until = {"until_ms": page["paused_until_ms"], "reason": page["reason"], "claim_id": ""}
            tx.execute(POSTPONE_PAGE, {**where, **until, "now_ms": now_ms})
        else:
            lease = {"claim_id": claim_id, "lease_until_ms": now_ms + LEASE_MS}
            rows = tx.rows(CLAIM, {**where, **lease, "now_ms": now_ms, "limit": limit})
            works = tuple(LeadWork(**row) for row in rows)
            return (page, works, claim_id) if works else None
    return None


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
                retry = {"due_at_ms": outcome.due_at_ms, "reason": outcome.reason, "unspent": unspent}
                written[RETRY].append({**row, **retry})
            case ParkedLead():
                written[PARK].append({**row, "reason": outcome.reason})
    ours = sum(tx.execute_many(sql, rows) for sql, rows in written.items() if rows)
    if written[FETCHED]:
        tx.wake("resolve")
    return ours


def _hold(tx: Tx, *, batch: FetchBatch, trouble: PageTrouble, now_ms: int) -> int:
    where: Params = {"page_id": batch.page_id, "workspace_id": batch.workspace_id}
    _mark(tx, where, trouble)
    held = {"claim_id": batch.claim_id, "reason": trouble.reason, "now_ms": now_ms}
    tx.execute(HOLD_PAGE, {**where, **held})
    row = tx.row(COUNT_HELD, where)
    return int(row["held"]) if row else 0


def _postpone(tx: Tx, *, batch: FetchBatch, wait: Params, trouble: PageTrouble | None) -> int:
    where: Params = {"page_id": batch.page_id, "workspace_id": batch.workspace_id}
    if trouble is not None:
        _mark(tx, where, trouble)
    tx.execute(PAUSE_PAGE, {**where, "until_ms": wait["until_ms"]})
    return tx.execute(POSTPONE_PAGE, {**where, **wait, "claim_id": batch.claim_id})


def _mark(tx: Tx, where: Params, trouble: PageTrouble) -> None:
    said = {"state": trouble.state, "reason": trouble.reason, "remedy": trouble.remedy}
    tx.execute(SET_PAGE_STATE, {**where, **said})


def release_page(tx: Tx, page_id: PageId, workspace_id: WorkspaceId, *, now_ms: int) -> int:
    """End a Page's trouble and make all its waiting leads due; return how many were held."""
    where: Params = {"page_id": page_id, "workspace_id": workspace_id}
    tx.execute(SET_PAGE_STATE, {**where, "state": "ok", "reason": None, "remedy": None})
    tx.execute(HASTEN_PAGE, {**where, "now_ms": now_ms})
    freed = tx.execute(RELEASE_PAGE, {**where, "now_ms": now_ms})
    tx.wake("fetch")
    return freed
