"""Claims of what reading again has to do: the app's subscription, then Pages' rounds, forms, imports of history."""

from collections.abc import Callable, Collection, Sequence

from connector.domain.connection import PageAccess
from connector.domain.errors import BadInputError
from connector.domain.fetching import sealed_pause
from connector.domain.reconcile_work import BackfillWork, FormWork, ReconcileWork, RoundWork, WatchWork
from connector.domain.reconciling import Window
from state.accounts.pages import PAGE, open_page_token
from state.chunks import chunks
from state.engine import Params, Row, Tx
from state.reconcile.budgets import budget_of
from state.vault import Vault

LEASE_MS = 10 * 60_000
"""Longer than one page of a list with its retries of seconds; each page that is stored begins it anew."""
FIRST_WATCH_MS = 60_000
"""How long after the first start the app's subscription is looked at: we must be reached from outside by then."""
TRIED = 64
"""Jobs passed over in one claim because their Page's budget or token forbids them."""
HISTORY_MAX, DELIVERIES_MAX = 200, 500
"""Imports of history wait while so many of their leads are not contacts yet, or so many events wait for the CRM."""
FULL_WAIT_MS = 1000
"""How long after a look that found them full the queues are looked at again."""

_READABLE = """
    EXISTS (SELECT 1 FROM pages p
             WHERE p.page_id = {alias}.page_id AND p.workspace_id = {alias}.workspace_id
               AND p.paused_until_ms <= :now_ms AND p.state NOT IN ('auth_lost', 'disconnected'))"""
"""A Page that is paused or dead is not asked; its jobs stay due, for the moment in which it reads again."""

NEW_PAGES = """
    INSERT INTO page_rounds (page_id, workspace_id, due_at_ms, list_due_at_ms, created_at_ms)
    SELECT p.page_id, p.workspace_id, :now_ms, :now_ms, :now_ms FROM pages p
     WHERE p.state <> 'disconnected'
       AND NOT EXISTS (SELECT 1 FROM page_rounds r
                        WHERE r.page_id = p.page_id AND r.workspace_id = p.workspace_id)
    ON CONFLICT (page_id, workspace_id) DO NOTHING"""
NEW_WATCH = """
    INSERT INTO watches (subject, due_at_ms) VALUES ('app', :due_at_ms) ON CONFLICT (subject) DO NOTHING"""

CLAIM_WATCH = """
    UPDATE watches SET claim_id = :claim_id, due_at_ms = :lease_until_ms
     WHERE subject = (SELECT subject FROM watches WHERE due_at_ms <= :now_ms
                       ORDER BY due_at_ms LIMIT 1 /*skip locked*/)
    RETURNING failures"""
CLAIM_ROUND = f"""
    UPDATE page_rounds SET claim_id = :claim_id, due_at_ms = :lease_until_ms
     WHERE id = (SELECT r.id FROM page_rounds r WHERE r.due_at_ms <= :now_ms AND {_READABLE.format(alias="r")}
                  ORDER BY r.due_at_ms, r.id LIMIT 1 /*skip locked*/)
    RETURNING id, page_id, workspace_id, failures, list_due_at_ms, listed_at_ms"""  # noqa: S608 - our own constants
CLAIM_FORM = f"""
    UPDATE page_forms SET claim_id = :claim_id, due_at_ms = :lease_until_ms
     WHERE id = (SELECT f.id FROM page_forms f
                  WHERE f.due_at_ms IS NOT NULL AND f.due_at_ms <= :now_ms AND {_READABLE.format(alias="f")}
                  ORDER BY f.due_at_ms, f.id LIMIT 1 /*skip locked*/)
    RETURNING id, page_id, workspace_id, form_id, is_live, failures, floor_ms, created_ms, watermark_ms"""  # noqa: S608 - our own constants
_BACKFILL = """
    UPDATE backfills SET claim_id = :claim_id, due_at_ms = :lease_until_ms
     WHERE id = (SELECT b.id FROM backfills b
                  WHERE b.due_at_ms IS NOT NULL AND b.due_at_ms <= :now_ms AND {readable}{named}
                  ORDER BY b.due_at_ms, b.created_at_ms, b.id LIMIT 1 /*skip locked*/)
    RETURNING id, page_id, workspace_id, form_id, since_ms, until_ms, cursor, began_ms, failures"""
CLAIM_BACKFILL = _BACKFILL.format(readable=_READABLE.format(alias="b"), named="")
CLAIM_NAMED = _BACKFILL.format(readable=_READABLE.format(alias="b"), named=" AND b.id IN ")

LIVE_FORMS = """
    SELECT COUNT(*) AS forms FROM page_forms
     WHERE page_id = :page_id AND workspace_id = :workspace_id AND is_live = 1"""
HISTORY = "SELECT COUNT(*) AS n FROM leads WHERE backfill_id IS NOT NULL AND due_at_ms IS NOT NULL"
WAITING = """
    SELECT COUNT(*) AS n
      FROM (SELECT 1 AS one FROM deliveries WHERE due_at_ms IS NOT NULL LIMIT :most) w"""

GIVE_BACK = {
    RoundWork: """
        UPDATE page_rounds SET due_at_ms = :due_at_ms, claim_id = NULL
         WHERE id = :row_id AND claim_id = :claim_id""",
    FormWork: """
        UPDATE page_forms SET due_at_ms = :due_at_ms, claim_id = NULL
         WHERE id = :row_id AND claim_id = :claim_id""",
    BackfillWork: """
        UPDATE backfills SET due_at_ms = :due_at_ms, claim_id = NULL
         WHERE id = :row_id AND claim_id = :claim_id AND state = 'waiting'""",
}

_DUE = """
    SELECT MIN(CASE WHEN p.paused_until_ms > q.due_at_ms THEN p.paused_until_ms ELSE q.due_at_ms END) AS due
      FROM {table} q JOIN pages p ON p.page_id = q.page_id AND p.workspace_id = q.workspace_id
     WHERE q.due_at_ms IS NOT NULL AND p.state NOT IN ('auth_lost', 'disconnected')"""
DUE_PAGES = _DUE.format(table="page_rounds")
DUE_FORMS = _DUE.format(table="page_forms")
DUE_BACKFILLS = _DUE.format(table="backfills")
DUE_WATCH = "SELECT MIN(due_at_ms) AS due FROM watches"
IS_NEW = """
    SELECT 1 AS found FROM pages p
     WHERE p.state <> 'disconnected'
       AND NOT EXISTS (SELECT 1 FROM page_rounds r
                        WHERE r.page_id = p.page_id AND r.workspace_id = p.workspace_id)
     LIMIT 1"""

Build = Callable[[Row, Params], ReconcileWork]


class Claims:
    """Takes jobs in one transaction, with a lease and a fresh claim id."""

    def __init__(self, vault: Vault, new_id: Callable[[], str]) -> None:
        self._vault = vault
        self._new_id = new_id

    def take(self, tx: Tx, *, now_ms: int) -> ReconcileWork | None:
        """Claim what is due first: subscriptions before rounds, rounds before forms, forms before history."""
        tx.execute(NEW_PAGES, {"now_ms": now_ms})
        tx.execute(NEW_WATCH, {"due_at_ms": now_ms + FIRST_WATCH_MS})
        lease = self._lease(now_ms)
        watch = tx.row(CLAIM_WATCH, lease)
        if watch is not None:
            return WatchWork(claim_id=str(lease["claim_id"]), failures=watch["failures"])
        for sql in (CLAIM_ROUND, CLAIM_FORM):
            if (work := self._job(tx, sql, now_ms=now_ms)) is not None:
                return work
        return None if is_full(tx) else self._job(tx, CLAIM_BACKFILL, now_ms=now_ms)

    def take_named(self, tx: Tx, ids: Collection[str], *, now_ms: int) -> ReconcileWork | None:
        """Claim one of these imports of history."""
        if is_full(tx):
            return None
        for listed, params in chunks(sorted(ids)):
            sql = CLAIM_NAMED.replace(" AND b.id IN ", f" AND b.id IN {listed} ")
            if (work := self._job(tx, sql, now_ms=now_ms, more=params)) is not None:
                return work
        return None

    def _lease(self, now_ms: int) -> dict[str, object]:
        return {"claim_id": self._new_id(), "lease_until_ms": now_ms + LEASE_MS, "now_ms": now_ms}

    def _job(self, tx: Tx, sql: str, *, now_ms: int, more: Params | None = None) -> ReconcileWork | None:
        """Claim a row whose Page's token opens and whose budget allows a call; put the others off."""
        for _ in range(TRIED):
            lease = self._lease(now_ms)
            row = tx.row(sql, {**lease, **(more or {})})
            if row is None:
                return None
            page = tx.row(PAGE, {"page_id": row["page_id"], "workspace_id": row["workspace_id"]})
            token = self._opened(page)
            work = _work(tx, row, str(lease["claim_id"]), token or "", now_ms=now_ms)
            due_at_ms = sealed_pause(now_ms).until_ms if token is None else _free_at_ms(work, now_ms)
            if due_at_ms <= now_ms:
                return work
            give_back(tx, work, due_at_ms=due_at_ms)
        return None

    def _opened(self, page: Row | None) -> str | None:
        try:
            return None if page is None else open_page_token(self._vault, page)
        except BadInputError:
            return None


def give_back(tx: Tx, work: ReconcileWork, *, due_at_ms: int) -> bool:
    """End the lease; False when it was lost."""
    if isinstance(work, WatchWork):
        sql = "UPDATE watches SET due_at_ms = :due_at_ms, claim_id = NULL WHERE claim_id = :claim_id"
        return tx.execute(sql, {"due_at_ms": due_at_ms, "claim_id": work.claim_id}) > 0
    return tx.execute(GIVE_BACK[type(work)], {"due_at_ms": due_at_ms, **fence(work)}) > 0


def fence(work: RoundWork | FormWork | BackfillWork) -> dict[str, object]:
    """Return what names a claimed row; ids of our own making are texts, the others numbers."""
    row_id: object = work.id if isinstance(work, BackfillWork) else int(work.id)
    return {"row_id": row_id, "claim_id": work.claim_id}


def is_full(tx: Tx) -> bool:
    """Tell whether so much is under way that imports of history wait, for live leads go first."""
    history = tx.row(HISTORY)
    waiting = tx.row(WAITING, {"most": DELIVERIES_MAX})
    return bool(history and history["n"] >= HISTORY_MAX) or bool(waiting and waiting["n"] >= DELIVERIES_MAX)


def next_due_ms(tx: Tx, *, now_ms: int) -> int | None:
    """Return when something is due that may be read then."""
    if tx.row(IS_NEW) is not None:
        return now_ms
    dues: Sequence[Row | None] = [tx.row(sql) for sql in (DUE_WATCH, DUE_PAGES, DUE_FORMS)]
    history = tx.row(DUE_BACKFILLS)
    found = [row["due"] for row in dues if row is not None and row["due"] is not None]
    if history is not None and history["due"] is not None:
        found.append(max(history["due"], now_ms + FULL_WAIT_MS) if is_full(tx) else history["due"])
    return min(found, default=None)


def _free_at_ms(work: ReconcileWork, now_ms: int) -> int:
    """Return from when on the Page's budget carries the job; a round goes on, and only does not list."""
    if isinstance(work, FormWork | BackfillWork):
        return work.budget.free_at_ms(now_ms)
    return now_ms


def _work(tx: Tx, row: Row, claim_id: str, token: str, *, now_ms: int) -> RoundWork | FormWork | BackfillWork:
    where = {"page_id": row["page_id"], "workspace_id": row["workspace_id"]}
    counted = tx.row(LIVE_FORMS, where)
    common = {
        **where,
        "id": str(row["id"]),
        "claim_id": claim_id,
        "failures": row["failures"],
        "access": PageAccess(page_id=row["page_id"], token=token),
        "budget": budget_of(tx, row["page_id"]),
        "forms": counted["forms"] if counted else 0,
    }
    if "list_due_at_ms" in row:
        lists = row["list_due_at_ms"] <= now_ms
        return RoundWork(**common, lists=lists, is_first=row["listed_at_ms"] is None)
    if "watermark_ms" in row:
        return FormWork(
            **common,
            form_id=row["form_id"],
            is_live=row["is_live"] == 1,
            floor_ms=row["floor_ms"],
            created_ms=row["created_ms"],
            watermark_ms=row["watermark_ms"],
        )
    return BackfillWork(
        **common,
        form_id=row["form_id"],
        window=Window(since_ms=row["since_ms"], until_ms=row["until_ms"]),
        after=row["cursor"],
        began_ms=row["began_ms"],
    )
