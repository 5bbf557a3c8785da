"""Connected accounts as the dashboard shows them: health, dated checks, Pages, what waits; no token."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from connector.domain.connection import ConnectionId, Provider
from connector.domain.lead import WorkspaceId
from state.engine import Engine, Params, Row, Tx

ACCOUNTS = """
    SELECT c.id, c.provider, c.account_id, c.account_name, c.state, c.reason, c.remedy, c.state_since_ms,
           c.expires_at_ms, c.data_access_expires_at_ms, c.consented_at_ms, c.disconnected_at_ms, c.connected_by,
           CASE WHEN m.accepted_at_ms IS NULL THEN p.email ELSE p.name END AS connected_by_name,
           c.disconnected_by,
           CASE WHEN n.accepted_at_ms IS NULL THEN d.email ELSE d.name END AS disconnected_by_name
      FROM connections c
      LEFT JOIN people p ON p.id = c.connected_by
      LEFT JOIN memberships m ON m.person_id = c.connected_by AND m.workspace_id = c.workspace_id
      LEFT JOIN people d ON d.id = c.disconnected_by
      LEFT JOIN memberships n ON n.person_id = c.disconnected_by AND n.workspace_id = c.workspace_id
     WHERE c.workspace_id = :workspace_id ORDER BY c.created_at_ms, c.id"""
CHECKS = """
    SELECT k.connection_id, k.page_id, k.name, k.outcome, k.detail, k.remedy, k.checked_at_ms
      FROM connection_checks k JOIN connections c ON c.id = k.connection_id
     WHERE c.workspace_id = :workspace_id ORDER BY k.connection_id, k.page_id, k.name"""
GRANTS = """
    SELECT g.connection_id, g.page_id, g.name, g.state AS grant_state, g.reason AS grant_reason,
           g.remedy AS grant_remedy, p.connection_id AS read_by, p.state, p.reason, p.remedy
      FROM page_grants g
      LEFT JOIN pages p ON p.page_id = g.page_id AND p.workspace_id = g.workspace_id
     WHERE g.workspace_id = :workspace_id ORDER BY g.name, g.page_id"""
WAITING = """
    SELECT page_id, COUNT(*) AS leads, MIN(received_at_ms) AS since_ms FROM (
        SELECT page_id, received_at_ms FROM leads WHERE workspace_id = :workspace_id AND stage = 'held'
        UNION ALL
        SELECT page_id, received_at_ms FROM leads
         WHERE workspace_id = :workspace_id AND stage = 'fetch' AND due_at_ms IS NOT NULL) w
     GROUP BY page_id"""
NEWEST = """
    SELECT page_id, MAX(received_at_ms) AS at_ms FROM leads
     WHERE id > (SELECT MAX(id) FROM leads) - :newest AND workspace_id = :workspace_id GROUP BY page_id"""
NEWEST_LEADS = 2000
"""How far back the last lead of a Page is looked for: an index for it would cost every lead there ever is."""
WHOSE = "SELECT workspace_id FROM connections WHERE id = :id AND provider = :provider"
UNDOINGS = """
    SELECT u.connection_id, u.provider, u.state, COUNT(*) AS number, MAX(u.reason) AS reason
      FROM undoings u WHERE u.workspace_id = :workspace_id GROUP BY u.connection_id, u.provider, u.state"""


class SqlAccountCards:
    """Implements `ports.AccountCards`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def all(self, workspace_id: WorkspaceId) -> Sequence[Mapping[str, Any]]:
        return await self._engine.read(partial(_all, workspace_id=workspace_id))

    async def workspace_of(self, provider: Provider, connection_id: ConnectionId) -> WorkspaceId | None:
        where: Params = {"provider": provider, "id": connection_id}
        row = await self._engine.read(lambda tx: tx.row(WHOSE, where))
        return WorkspaceId(row["workspace_id"]) if row else None


def _all(tx: Tx, *, workspace_id: WorkspaceId) -> list[dict[str, Any]]:
    where: Params = {"workspace_id": workspace_id}
    waiting = {row["page_id"]: row for row in tx.rows(WAITING, where)}
    newest = {row["page_id"]: row["at_ms"] for row in tx.rows(NEWEST, {**where, "newest": NEWEST_LEADS})}
    checks, grants, undoings = (_by_connection(tx.rows(sql, where)) for sql in (CHECKS, GRANTS, UNDOINGS))
    accounts = tx.rows(ACCOUNTS, where)
    names = {row["id"]: row["account_name"] or row["account_id"] for row in accounts}
    covered = defaultdict(list)
    for row in (one for rows in grants.values() for one in rows):
        covered[row["page_id"]].append(row["connection_id"])
    return [
        {
            **account,
            "checks": checks[account["id"]],
            "undoings": undoings[account["id"]],
            "disconnected_by": _who(account),
            "pages": [
                {
                    **_page(grant, names, covered[grant["page_id"]], waiting.get(grant["page_id"])),
                    "last_lead_at_ms": newest.get(grant["page_id"]),
                }
                for grant in grants[account["id"]]
            ],
        }
        for account in accounts
    ]


def _who(row: Row) -> str | None:
    """Return who disconnected it, as people call them: a person by name, a command or the CRM by what it is."""
    if row["disconnected_by"] is None:
        return None
    called = {"cli": "a command on the server", "api": "the CRM", "provider": "the provider"}
    name: str | None = row["disconnected_by_name"]
    return name or called.get(row["disconnected_by"], "somebody")


def _by_connection(rows: Sequence[Row]) -> defaultdict[str, list[Row]]:
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["connection_id"]].append(row)
    return grouped


def _page(
    grant: Row, names: Mapping[str, str], covered: Sequence[str], waiting: Row | None
) -> dict[str, Any]:
    """Return one Page of an account: as it is read when this account reads it, else as its grant stands."""
    reads = grant["read_by"] == grant["connection_id"]
    said = {name: grant[name if reads else f"grant_{name}"] for name in ("state", "reason", "remedy")}
    others = [one for one in covered if one != grant["connection_id"]]
    return {
        "page_id": grant["page_id"],
        "name": grant["name"],
        **said,
        "read_through": None if reads else names.get(grant["read_by"]),
        "standby": names.get(others[0]) if reads and others else None,
        "waiting": int(waiting["leads"]) if waiting and reads else 0,
        "waiting_since_ms": waiting["since_ms"] if waiting and reads else None,
    }
