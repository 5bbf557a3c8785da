"""Where every lead is, in one statement; and what the proofs found, day by day."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from connector.domain.connection import PageAccess
from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.proof import FATES, Fate, OurLead, ProofDay, ProofForm
from connector.ports import Clock
from state.accounts.pages import PAGE, open_page_token
from state.chunks import chunks
from state.engine import Engine, Params, Row, Tx
from state.turns import take_turn
from state.vault import Vault

_FATES = """
    SELECT l.lead_id, l.received_via, COALESCE(CASE WHEN d.state = 'parked' THEN d.reason END, l.reason) AS reason,
           CASE
             WHEN l.stage = 'test' THEN 'test'
             WHEN l.stage = 'erased' THEN 'erased'
             WHEN l.stage = 'parked' AND l.reason = 'minor_under_13' THEN 'refused'
             WHEN l.stage = 'parked' THEN 'parked'
             WHEN l.stage = 'held' OR l.stage IN ('fetch', 'resolve') AND l.due_at_ms IS NOT NULL THEN 'waiting'
             WHEN l.stage = 'contact' AND d.state = 'delivered' THEN 'delivered'
             WHEN l.stage = 'contact' AND d.state = 'parked' THEN 'parked'
             WHEN l.stage = 'contact' AND d.state = 'waiting' AND d.due_at_ms IS NOT NULL THEN 'waiting'
             WHEN l.stage = 'contact' AND d.event_id IS NULL AND c.id IS NOT NULL THEN 'delivered'
             ELSE 'lost'
           END AS fate
      FROM leads l
      LEFT JOIN contacts c ON c.id = l.contact_id
      LEFT JOIN deliveries d ON d.event_id = (
           SELECT n.event_id FROM deliveries n
            WHERE n.lead_id = l.lead_id AND n.workspace_id = l.workspace_id ORDER BY n.sequence DESC LIMIT 1)
     WHERE """
"""A lead without an event told nothing new of a contact that is there: the CRM has what it says."""
OURS = f"{_FATES} l.workspace_id = :workspace_id AND l.lead_id IN {{leads}}"
FLOOR = "SELECT id FROM leads WHERE received_at_ms < :since_ms ORDER BY id DESC LIMIT 1"
BALANCE = f"SELECT fate, COUNT(*) AS leads FROM ({_FATES} l.id > :floor) AS fates GROUP BY fate"  # noqa: S608 - our own constant
FORMS = """
    SELECT f.workspace_id, f.page_id, f.form_id, f.name AS form_name, p.name AS page_name
      FROM page_forms f JOIN pages p ON p.page_id = f.page_id AND p.workspace_id = f.workspace_id
     WHERE p.state <> 'disconnected' AND {filters} ORDER BY f.workspace_id, f.page_id, f.form_id"""
FORM_FILTERS = {
    "workspace_id": "f.workspace_id = :workspace_id",
    "page_id": "f.page_id = :page_id",
    "form_id": "f.form_id = :form_id",
}
FORGET = """
    DELETE FROM {table}
     WHERE workspace_id = :workspace_id AND form_id = :form_id AND day >= :first_day AND day <= :last_day"""
KEEP_DAY = """
    INSERT INTO proof_days (workspace_id, page_id, form_id, day, at_meta, pushed, pulled, delivered, waiting, parked,
                            test, erased, refused, missing, proved_at_ms)
    VALUES (:workspace_id, :page_id, :form_id, :day, :at_meta, :pushed, :pulled, :delivered, :waiting, :parked,
            :test, :erased, :refused, :missing, :now_ms)"""
KEEP_DIFFERENCE = """
    INSERT INTO proof_differences (workspace_id, form_id, day, lead_id, fate, reason)
    VALUES (:workspace_id, :form_id, :day, :lead_id, :fate, :reason)"""
DAYS = """
    SELECT d.*, p.name AS page_name, f.name AS form_name FROM proof_days d
      LEFT JOIN pages p ON p.page_id = d.page_id AND p.workspace_id = d.workspace_id
      LEFT JOIN page_forms f ON f.form_id = d.form_id AND f.workspace_id = d.workspace_id
     WHERE d.workspace_id = :workspace_id AND d.day >= :since_day ORDER BY d.day DESC, d.form_id"""
DIFFERENCES = """
    SELECT lead_id, form_id, day, fate, reason FROM proof_differences
     WHERE workspace_id = :workspace_id AND day >= :since_day ORDER BY day DESC, form_id, lead_id LIMIT :limit"""


class SqlProving:
    """Implements `ports.proving.Proving`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault

    async def forms(
        self,
        *,
        workspace_id: WorkspaceId | None = None,
        page_id: PageId | None = None,
        form_id: FormId | None = None,
    ) -> Sequence[tuple[ProofForm, PageAccess | None]]:
        asked = {"workspace_id": workspace_id, "page_id": page_id, "form_id": form_id}
        given = {name: value for name, value in asked.items() if value is not None}
        sql = FORMS.replace("{filters}", " AND ".join(FORM_FILTERS[name] for name in given) or "1 = 1")

        def look(tx: Tx) -> list[tuple[ProofForm, PageAccess | None]]:
            return [(ProofForm(**row), _access(tx, row, self._vault)) for row in tx.rows(sql, given)]

        return await self._engine.read(look)

    async def ours(self, workspace_id: WorkspaceId, lead_ids: Sequence[LeadId]) -> Mapping[LeadId, OurLead]:
        def look(tx: Tx) -> dict[LeadId, OurLead]:
            return {
                row["lead_id"]: OurLead(**row)
                for listed, params in chunks(lead_ids)
                for row in tx.rows(OURS.replace("{leads}", listed), {**params, "workspace_id": workspace_id})
            }

        return await self._engine.read(look)

    async def keep(self, form: ProofForm, days: Sequence[ProofDay], *, first_day: int, last_day: int) -> None:
        where = {
            "workspace_id": form.workspace_id,
            "form_id": form.form_id,
            "first_day": first_day,
            "last_day": last_day,
        }
        await self._engine.write(partial(_keep, where=where, days=days, now_ms=self._clock.now_ms()))

    async def balance(self, *, since_ms: int) -> Mapping[Fate, int]:
        def count(tx: Tx) -> dict[Fate, int]:
            floor = tx.row(FLOOR, {"since_ms": since_ms})
            rows = tx.rows(BALANCE, {"floor": floor["id"] if floor else 0})
            found: dict[Fate, int] = {row["fate"]: int(row["leads"]) for row in rows}
            return {fate: found.get(fate, 0) for fate in FATES}

        return await self._engine.read(count)

    async def take_turn(self, name: str, *, next_due_ms: int) -> bool:
        return await take_turn(self._engine, self._clock, name, next_due_ms=next_due_ms)

    async def days(self, workspace_id: WorkspaceId, *, since_day: int) -> Sequence[Row]:
        where = {"workspace_id": workspace_id, "since_day": since_day}
        return await self._engine.read(lambda tx: tx.rows(DAYS, where))

    async def differences(self, workspace_id: WorkspaceId, *, since_day: int, limit: int) -> Sequence[Row]:
        where = {"workspace_id": workspace_id, "since_day": since_day, "limit": limit}
        return await self._engine.read(lambda tx: tx.rows(DIFFERENCES, where))


def _access(tx: Tx, row: Row, vault: Vault) -> PageAccess | None:
    page = tx.row(PAGE, row)
    if page is None or page["state"] in {"auth_lost", "disconnected"}:
        return None
    try:
        return PageAccess(page_id=row["page_id"], token=open_page_token(vault, page))
    except BadInputError:
        return None


def _keep(tx: Tx, *, where: Params, days: Sequence[ProofDay], now_ms: int) -> None:
    for table in ("proof_days", "proof_differences"):
        tx.execute(FORGET.replace("{table}", table), where)
    rows: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    for day in days:
        named = {"workspace_id": day.workspace_id, "form_id": day.form_id, "day": day.day}
        counts = {name: getattr(day, name) for name in ("page_id", "at_meta", "pushed", "pulled")}
        fates: dict[str, int] = {fate: count for fate, count in day.fates.items() if fate != "lost"}
        fates["missing"] += day.fates["lost"]
        rows.append({**named, **counts, **fates, "now_ms": now_ms})
        differences += [
            {**named, "lead_id": one.lead_id, "fate": one.fate, "reason": one.reason}
            for one in day.differences
        ]
    if rows:
        tx.execute_many(KEEP_DAY, rows)
    if differences:
        tx.execute_many(KEEP_DIFFERENCE, differences)
