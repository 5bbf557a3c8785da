"""What reading again has spent of each Page's budget, and how much of it the provider says is gone."""

from connector.domain.lead import PageId
from connector.domain.reconciling import Budget
from state.engine import Tx

FIND = "SELECT leads, used_permille, used_at_ms, spent, day_ms FROM budgets WHERE page_id = :page_id"
TOLD = "SELECT page_id, used_permille, used_at_ms FROM budgets WHERE used_permille IS NOT NULL"
KEEP = """
    INSERT INTO budgets (page_id, leads, used_permille, used_at_ms, spent, day_ms)
    VALUES (:page_id, :leads, :used_permille, :used_at_ms, :spent, :day_ms)
    ON CONFLICT (page_id) DO UPDATE SET
        leads = excluded.leads, used_permille = excluded.used_permille, used_at_ms = excluded.used_at_ms,
        spent = excluded.spent, day_ms = excluded.day_ms"""


def told_budgets(tx: Tx) -> dict[str, tuple[float, int]]:
    """Return what each Page's budget was last told to be used up to, and when (ms)."""
    return {row["page_id"]: (row["used_permille"] / 1000, row["used_at_ms"]) for row in tx.rows(TOLD)}


def budget_of(tx: Tx, page_id: PageId) -> Budget:
    """Return what is known of a Page's budget."""
    row = tx.row(FIND, {"page_id": page_id})
    if row is None:
        return Budget()
    used = row["used_permille"]
    return Budget(
        leads=row["leads"],
        used=None if used is None else used / 1000,
        used_at_ms=row["used_at_ms"],
        spent=row["spent"],
        day_ms=row["day_ms"],
    )


def charge(
    tx: Tx, page_id: PageId, calls: int, used: float | None, *, now_ms: int, leads: int | None = None
) -> Budget:
    """Note calls and what an answer told; `leads` is Meta's count of the Page's leads. Return what is known now."""
    budget = budget_of(tx, page_id).after(calls, used, now_ms=now_ms)
    row = {
        "page_id": page_id,
        "leads": budget.leads if leads is None else leads,
        "used_permille": None if budget.used is None else int(min(budget.used, 100.0) * 1000),
        "used_at_ms": budget.used_at_ms,
        "spent": budget.spent,
        "day_ms": budget.day_ms,
    }
    tx.execute(KEEP, row)
    return budget_of(tx, page_id)
