"""What was found of an account and its Pages, dated: the last look of each check stands."""

from collections.abc import Sequence

from connector.domain.connection import Check, ConnectionId
from state.engine import Params, Row, Tx

WRITE = """
    INSERT INTO connection_checks (connection_id, page_id, name, outcome, detail, remedy, checked_at_ms)
    VALUES (:connection_id, :page_id, :name, :outcome, :detail, :remedy, :now_ms)
    ON CONFLICT (connection_id, page_id, name) DO UPDATE SET
        outcome = excluded.outcome, detail = excluded.detail, remedy = excluded.remedy,
        checked_at_ms = excluded.checked_at_ms"""
ALL = """
    SELECT connection_id, page_id, name, outcome, detail, remedy, checked_at_ms FROM connection_checks
     ORDER BY connection_id, page_id, name"""
OF_CONNECTION = """
    SELECT connection_id, page_id, name, outcome, detail, remedy, checked_at_ms FROM connection_checks
     WHERE connection_id = :connection_id ORDER BY page_id, name"""


def write_checks(tx: Tx, connection_id: ConnectionId, checks: Sequence[Check], *, now_ms: int) -> None:
    """Write what was found; checks that were not made keep what was found before."""
    rows: list[Params] = [
        {
            "connection_id": connection_id,
            "page_id": check.page_id or "",
            "name": check.name,
            "outcome": check.outcome,
            "detail": check.detail,
            "remedy": check.remedy,
            "now_ms": now_ms,
        }
        for check in checks
    ]
    if rows:
        tx.execute_many(WRITE, rows)


def all_checks(tx: Tx) -> Sequence[Row]:
    """Return every check, those of the account itself (page_id empty) before those of its Pages."""
    return tx.rows(ALL)


def checks_of(tx: Tx, connection_id: ConnectionId) -> Sequence[Row]:
    """Return the checks of one connection in the same order."""
    return tx.rows(OF_CONNECTION, {"connection_id": connection_id})
