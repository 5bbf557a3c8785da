"""Runs of test leads: rows with a due time, a lease and a fencing claim id, each with the times of its hops."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import partial

from connector.domain.audit import Actor, AuditEntry
from connector.domain.connection import PageAccess
from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, LeadId, WorkspaceId
from connector.domain.trial import LOOK_MS, Arrived, Trial, TrialWork
from connector.ports import Clock
from state.accounts.pages import PAGE, open_page_token
from state.audit import append_audit
from state.engine import Engine, Params, Row, Tx
from state.events import NewEvent, append_event
from state.vault import Vault

LEASE_MS = 60_000
"""Longer than a few calls with their retries of seconds."""
TOPIC = "test_leads"

_RUNS = """
    SELECT t.*, p.name AS page_name, f.name AS form_name FROM trials t
      LEFT JOIN pages p ON p.page_id = t.page_id AND p.workspace_id = t.workspace_id
      LEFT JOIN page_forms f ON f.form_id = t.form_id AND f.workspace_id = t.workspace_id
     WHERE """
RUN = f"{_RUNS} t.id = :id"
LATEST = f"{_RUNS} t.workspace_id = :workspace_id ORDER BY t.asked_at_ms DESC, t.id DESC LIMIT :limit"
CHOICES = """
    SELECT f.form_id, f.name AS form_name, f.page_id, p.name AS page_name
      FROM page_forms f JOIN pages p ON p.page_id = f.page_id AND p.workspace_id = f.workspace_id
     WHERE f.workspace_id = :workspace_id AND f.status = 'ACTIVE' AND f.is_live = 1
       AND p.state NOT IN ('auth_lost', 'disconnected')
     ORDER BY COALESCE(f.newest_lead_ms, 0) DESC, f.form_id LIMIT 500"""
UNDER_WAY = """
    SELECT id FROM trials WHERE form_id = :form_id AND workspace_id = :workspace_id AND due_at_ms IS NOT NULL"""
ADD = """
    INSERT INTO trials (id, workspace_id, page_id, form_id, state, asked_at_ms, due_at_ms, attempts)
    VALUES (:id, :workspace_id, :page_id, :form_id, 'asked', :now_ms, :now_ms, 0)"""
CLAIM = """
    UPDATE trials SET claim_id = :claim_id, due_at_ms = :lease_until_ms, attempts = attempts + 1
     WHERE id = (SELECT id FROM trials WHERE due_at_ms IS NOT NULL AND due_at_ms <= :now_ms
                  ORDER BY due_at_ms, id LIMIT 1 /*skip locked*/)
    RETURNING id, attempts"""
MADE = """
    UPDATE trials SET state = 'waiting', lead_id = :lead_id, made_at_ms = :now_ms, due_at_ms = :due_at_ms,
                         claim_id = NULL, attempts = 0
     WHERE id = :id AND claim_id = :claim_id"""
SEEN = """
    UPDATE trials SET state = :state, received_at_ms = :received_at_ms, received_via = :received_via,
                         fetched_at_ms = :fetched_at_ms, recognised_at_ms = :recognised_at_ms,
                         answered_at_ms = :answered_at_ms, contact = COALESCE(CAST(:contact AS TEXT), contact),
                         ping_event_id = COALESCE(CAST(:ping_event_id AS TEXT), ping_event_id),
                         reason = COALESCE(CAST(:reason AS TEXT), reason), due_at_ms = :due_at_ms,
                         claim_id = NULL, attempts = 0
     WHERE id = :id AND claim_id = :claim_id"""
AGAIN = "UPDATE trials SET due_at_ms = :due_at_ms, claim_id = NULL WHERE id = :id AND claim_id = :claim_id"
FINISH = """
    UPDATE trials SET state = :state, reason = COALESCE(CAST(:reason AS TEXT), reason),
                         removed_at_ms = :removed_at_ms, finished_at_ms = :now_ms, due_at_ms = NULL, claim_id = NULL
     WHERE id = :id AND claim_id = :claim_id"""
EMPTY_LEAD = """
    INSERT INTO leads (workspace_id, lead_id, page_id, form_id, received_via, received_at_ms, stage, attempts)
    VALUES (:workspace_id, :lead_id, :page_id, :form_id, 'webhook', :now_ms, 'test', 0)
    ON CONFLICT (lead_id, workspace_id) DO UPDATE SET
        stage = 'test', raw = NULL, due_at_ms = NULL, claim_id = NULL, reason = NULL"""
"""Ids stay, so that a late notice of it is known; nothing that was filled in does."""
LEAD = """
    SELECT l.received_at_ms, l.received_via, l.fetched_at_ms, l.resolved_at_ms, l.stage, l.reason, l.raw,
           f.definition AS form, COALESCE(p.country_hint, w.region) AS country_hint
      FROM leads l
      JOIN workspaces w ON w.id = l.workspace_id
      LEFT JOIN pages p ON p.page_id = l.page_id AND p.workspace_id = l.workspace_id
      LEFT JOIN forms f ON f.form_id = l.form_id
     WHERE l.lead_id = :lead_id AND l.workspace_id = :workspace_id"""
PING = "SELECT state, settled_at_ms FROM deliveries WHERE event_id = :event_id"
PING_OF = "SELECT id FROM events WHERE workspace_id = :workspace_id AND sequence = :sequence"
NEXT_DUE = "SELECT MIN(due_at_ms) AS due FROM trials WHERE due_at_ms IS NOT NULL"
RUN_FIELDS = frozenset(one.name for one in fields(Trial))


class SqlTrials:
    """Implements `ports.trials.Trials`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def choices(self, workspace_id: WorkspaceId) -> Sequence[Row]:
        return await self._engine.read(lambda tx: tx.rows(CHOICES, {"workspace_id": workspace_id}))

    async def ask(self, workspace_id: WorkspaceId, form_id: FormId | None, *, actor: Actor) -> str:
        return await self._engine.write(
            partial(
                _ask,
                workspace_id=workspace_id,
                form_id=form_id,
                actor=actor,
                run_id=f"run_{self._new_id()}",
                now_ms=self._clock.now_ms(),
            )
        )

    async def claim(self) -> TrialWork | None:
        return await self._engine.write(
            partial(_claim, vault=self._vault, claim_id=self._new_id(), now_ms=self._clock.now_ms())
        )

    async def made(self, work: TrialWork, lead_id: LeadId) -> bool:
        now_ms = self._clock.now_ms()
        row = {**_held(work), "lead_id": lead_id, "now_ms": now_ms, "due_at_ms": now_ms + LOOK_MS}
        return await self._write(MADE, row)

    async def arrived(self, work: TrialWork) -> Arrived:
        return await self._engine.read(partial(_arrived, run=work.run))

    async def watched(
        self,
        work: TrialWork,
        seen: Arrived,
        *,
        contact: str | None = None,
        is_over: bool = False,
        reason: str | None = None,
    ) -> None:
        unit = partial(
            _watched,
            work=work,
            seen=seen,
            told=(contact, reason),
            is_over=is_over,
            now=self._clock.now(),
            new_id=self._new_id,
        )
        await self._engine.write(unit)

    async def again(self, work: TrialWork, *, due_at_ms: int) -> None:
        await self._write(AGAIN, {**_held(work), "due_at_ms": due_at_ms})

    async def finish(self, work: TrialWork, *, is_removed: bool, reason: str | None) -> None:
        await self._engine.write(
            partial(_finish, work=work, is_removed=is_removed, reason=reason, now_ms=self._clock.now_ms())
        )

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None

    async def latest(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Trial]:
        where: Params = {"workspace_id": workspace_id, "limit": limit}
        return [_run(row) for row in await self._engine.read(lambda tx: tx.rows(LATEST, where))]

    async def run(self, run_id: str) -> Trial | None:
        row = await self._engine.read(lambda tx: tx.row(RUN, {"id": run_id}))
        return _run(row) if row else None

    async def _write(self, sql: str, row: Params) -> bool:
        def unit(tx: Tx) -> bool:
            tx.wake("feed")
            return tx.execute(sql, row) > 0

        return await self._engine.write(unit)


def _ask(
    tx: Tx, *, workspace_id: WorkspaceId, form_id: FormId | None, actor: Actor, run_id: str, now_ms: int
) -> str:
    choices = tx.rows(CHOICES, {"workspace_id": workspace_id})
    chosen = next((one for one in choices if form_id in {None, one["form_id"]}), None)
    if chosen is None:
        what = f"Form {form_id} is not among the live forms" if form_id else "There is no live form"
        raise BadInputError(
            f"{what} of the connected Pages. Connect a Page, or wait until its forms are read."
        )
    where = {"workspace_id": workspace_id, "form_id": chosen["form_id"]}
    known = tx.row(UNDER_WAY, where)
    if known is not None:
        return str(known["id"])
    tx.execute(ADD, {**where, "id": run_id, "page_id": chosen["page_id"], "now_ms": now_ms})
    entry = AuditEntry(
        actor=actor, action="test_lead.asked", workspace_id=workspace_id, subject=chosen["form_id"]
    )
    append_audit(tx, entry, at_ms=now_ms)
    tx.wake(TOPIC)
    tx.wake("feed")
    return run_id


def _claim(tx: Tx, *, vault: Vault, claim_id: str, now_ms: int) -> TrialWork | None:
    lease = {"claim_id": claim_id, "now_ms": now_ms, "lease_until_ms": now_ms + LEASE_MS}
    claimed = tx.row(CLAIM, lease)
    row = tx.row(RUN, {"id": claimed["id"]}) if claimed else None
    if claimed is None or row is None:
        return None
    run = _run(row)
    access = _access(tx, run, vault)
    return TrialWork(claim_id=claim_id, attempts=claimed["attempts"], run=run, access=access)


def _access(tx: Tx, run: Trial, vault: Vault) -> PageAccess | None:
    page = tx.row(PAGE, {"page_id": run.page_id, "workspace_id": run.workspace_id})
    if page is None or page["state"] in {"auth_lost", "disconnected"}:
        return None
    try:
        return PageAccess(page_id=run.page_id, token=open_page_token(vault, page))
    except BadInputError:
        return None


def _arrived(tx: Tx, *, run: Trial) -> Arrived:
    lead = tx.row(LEAD, {"lead_id": run.lead_id, "workspace_id": run.workspace_id})
    pinged = tx.row("SELECT ping_event_id FROM trials WHERE id = :id", {"id": run.id})
    ping = tx.row(PING, {"event_id": pinged["ping_event_id"]}) if pinged and pinged["ping_event_id"] else None
    if lead is None:
        return Arrived()
    return Arrived(
        received_at_ms=lead["received_at_ms"],
        received_via=lead["received_via"],
        fetched_at_ms=lead["fetched_at_ms"],
        recognised_at_ms=lead["resolved_at_ms"] if lead["stage"] == "test" else None,
        reason=lead["reason"],
        ping=ping["state"] if ping else None,
        ping_settled_at_ms=ping["settled_at_ms"] if ping else None,
        raw=lead["raw"],
        form=lead["form"],
        country_hint=lead["country_hint"],
    )


def _watched(
    tx: Tx,
    *,
    work: TrialWork,
    seen: Arrived,
    told: tuple[str | None, str | None],
    is_over: bool,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    run, now_ms = work.run, int(now.timestamp() * 1000)
    contact, reason = told
    is_new = run.state == "waiting" and seen.recognised_at_ms is not None
    state = "cleaning" if is_over else "pinged" if is_new else run.state
    row = {
        **_held(work),
        "state": state,
        "received_at_ms": seen.received_at_ms,
        "received_via": seen.received_via,
        "fetched_at_ms": seen.fetched_at_ms,
        "recognised_at_ms": seen.recognised_at_ms,
        "answered_at_ms": seen.ping_settled_at_ms if seen.ping == "delivered" else None,
        "contact": contact,
        "reason": reason,
        "due_at_ms": now_ms if is_over else now_ms + LOOK_MS,
    }
    if tx.execute(SEEN, {**row, "ping_event_id": None}) and is_new and not is_over:
        where = {"workspace_id": run.workspace_id}
        ping = NewEvent(workspace_id=run.workspace_id, type="ping", data={})
        sequence = append_event(tx, ping, now=now, new_id=new_id)
        event = tx.row(PING_OF, {**where, "sequence": sequence})
        tx.execute(
            "UPDATE trials SET ping_event_id = :event_id WHERE id = :id",
            {"id": run.id, "event_id": event["id"] if event else None},
        )
    tx.wake("feed")


def _finish(tx: Tx, *, work: TrialWork, is_removed: bool, reason: str | None, now_ms: int) -> None:
    run = work.run
    row = {
        **_held(work),
        "state": "failed" if reason else "done",
        "reason": reason,
        "removed_at_ms": now_ms if is_removed else None,
        "now_ms": now_ms,
    }
    if tx.execute(FINISH, row) and is_removed:
        lead = {name: getattr(run, name) for name in ("workspace_id", "lead_id", "page_id", "form_id")}
        tx.execute(EMPTY_LEAD, {**lead, "now_ms": now_ms})
    tx.wake("feed")


def _held(work: TrialWork) -> dict[str, object]:
    return {"id": work.run.id, "claim_id": work.claim_id}


def _run(row: Row) -> Trial:
    return Trial(**{name: value for name, value in row.items() if name in RUN_FIELDS})
