"""What disconnecting an account would do, seen in one transaction: the preview, and the plan of the real thing."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from connector.domain.connection import ConnectionId
from connector.domain.disconnecting import PagePreview, Preview, Sharer
from connector.domain.lead import PageId
from state.accounts.page_grants import SPARE
from state.engine import Row, Tx

CONNECTION = "SELECT * FROM connections WHERE id = :id"
_PAGES_OF = """(
    SELECT page_id FROM page_grants WHERE connection_id = :id
     UNION SELECT page_id FROM pages WHERE connection_id = :id AND state <> 'disconnected')"""
_LIVES = "c.state NOT IN ('disconnecting', 'disconnected')"
_HAS_GRANT = "c.state IN ('healthy', 'degraded', 'suspended') AND c.sealed_token IS NOT NULL"
"""Who waits for a new consent has no use for the old grant: sparing it would leave it standing for ever."""

LOCK = f"""
    SELECT c.id FROM connections c
     WHERE c.id = :id
        OR (c.provider = :provider AND c.account_id = :account_id)
        OR c.id IN (SELECT connection_id FROM page_grants WHERE page_id IN {_PAGES_OF})
     ORDER BY c.id /*for update*/"""  # noqa: S608 - our own constants
"""Two workspaces that leave at once must not each take the other for the one that stays."""

GRANTS = "SELECT page_id, name, sealed_token, subscribed_by_us FROM page_grants WHERE connection_id = :id"
READ = "SELECT page_id, name, sealed_token FROM pages WHERE connection_id = :id AND state <> 'disconnected'"
ACCOUNT_SHARERS = f"""
    SELECT c.id, c.workspace_id FROM connections c
     WHERE c.provider = :provider AND c.account_id = :account_id AND c.id <> :id AND {_HAS_GRANT}
     ORDER BY c.workspace_id, c.id"""  # noqa: S608 - our own constants
PAGE_SHARERS = f"""
    SELECT u.page_id, c.id, c.workspace_id, u.state
      FROM (SELECT connection_id, page_id, state FROM page_grants
             UNION ALL
            SELECT p.connection_id, p.page_id, 'read' AS state FROM pages p WHERE p.state <> 'disconnected') u
      JOIN connections c ON c.id = u.connection_id
     WHERE c.id <> :id AND {_LIVES} AND u.page_id IN {_PAGES_OF}
     ORDER BY u.page_id, c.workspace_id, c.id"""  # noqa: S608 - our own constants
FORMS = f"""
    SELECT page_id, COUNT(*) AS forms FROM forms WHERE page_id IN {_PAGES_OF} GROUP BY page_id"""  # noqa: S608 - our own words
WAITING = f"""
    SELECT page_id, SUM(waiting) AS waiting, SUM(queued) AS queued FROM (
        SELECT l.page_id, 1 AS waiting, 0 AS queued FROM leads l
         WHERE l.workspace_id = :workspace_id AND l.stage = 'held' AND l.page_id IN {_PAGES_OF}
        UNION ALL
        SELECT l.page_id,
               CASE WHEN l.stage = 'fetch' AND (l.claim_id IS NULL OR l.due_at_ms <= :now_ms) THEN 1 ELSE 0 END,
               CASE WHEN l.stage = 'fetch' AND (l.claim_id IS NULL OR l.due_at_ms <= :now_ms) THEN 0 ELSE 1 END
          FROM leads l
         WHERE l.workspace_id = :workspace_id AND l.due_at_ms IS NOT NULL AND l.page_id IN {_PAGES_OF}
        UNION ALL
        SELECT l.page_id, 0, 1
          FROM deliveries d JOIN leads l ON l.lead_id = d.lead_id AND l.workspace_id = d.workspace_id
         WHERE d.workspace_id = :workspace_id AND d.due_at_ms IS NOT NULL AND d.state = 'waiting'
           AND l.page_id IN {_PAGES_OF}) w
     GROUP BY page_id"""  # noqa: S608 - our own constants
"""A lead that is being read at this moment counts as read: its token lives on until the read is over."""

KEPT = """
    SELECT (SELECT COUNT(*) FROM contacts WHERE workspace_id = :workspace_id) AS contacts,
           (SELECT COUNT(*) FROM leads WHERE workspace_id = :workspace_id) AS leads"""


def look(
    tx: Tx, connection_id: ConnectionId, *, now_ms: int, count_kept: bool = False
) -> tuple[Preview, Row] | None:
    """Return what disconnecting would do now, and the connection's row; None when there is no such one.

    `count_kept`: count the workspace's contacts and leads as well, which takes a while where there are many.
    """
    connection = tx.row(CONNECTION, {"id": connection_id})
    if connection is None:
        return None
    where = {
        "id": connection_id,
        "workspace_id": connection["workspace_id"],
        "provider": connection["provider"],
        "account_id": connection["account_id"],
        "now_ms": now_ms,
    }
    kept = tx.row(KEPT, where) if count_kept else None
    return Preview(
        connection_id=connection_id,
        workspace_id=connection["workspace_id"],
        provider=connection["provider"],
        account_name=connection["account_name"],
        state=connection["state"],
        has_token=connection["sealed_token"] is not None,
        account_shared_with=tuple(_sharer(row) for row in tx.rows(ACCOUNT_SHARERS, where)),
        pages=_pages(tx, where),
        contacts=kept["contacts"] if kept else 0,
        leads=kept["leads"] if kept else 0,
    ), connection


def lock(tx: Tx, connection: Row) -> None:
    """Let nobody else disconnect what shares the account or a Page with it until the commit."""
    tx.rows(LOCK, {name: connection[name] for name in ("id", "provider", "account_id")})


def _pages(tx: Tx, where: Mapping[str, object]) -> tuple[PagePreview, ...]:
    grants = {row["page_id"]: row for row in tx.rows(GRANTS, where)}
    read = {row["page_id"]: row for row in tx.rows(READ, where)}
    if not grants and not read:
        return ()
    shared = _shared(tx.rows(PAGE_SHARERS, where))
    forms = Counter({row["page_id"]: row["forms"] for row in tx.rows(FORMS, where)})
    counts = {row["page_id"]: row for row in tx.rows(WAITING, where)}
    return tuple(
        PagePreview(
            page_id=PageId(page_id),
            name=(read.get(page_id) or grants[page_id])["name"],
            is_read=page_id in read,
            subscribed_by_us=page_id in grants and bool(grants[page_id]["subscribed_by_us"]),
            has_token=bool((grants.get(page_id) or read[page_id])["sealed_token"]),
            standby=_standby(tx, where, PageId(page_id)) if page_id in read else None,
            shared_with=tuple(shared[page_id]),
            forms=forms[page_id],
            waiting=int(counts[page_id]["waiting"]) if page_id in counts else 0,
            queued=int(counts[page_id]["queued"]) if page_id in counts else 0,
        )
        for page_id in sorted({*grants, *read})
    )


def _shared(rows: Sequence[Row]) -> Mapping[str, list[Sharer]]:
    shared: dict[str, list[Sharer]] = defaultdict(list)
    for row in rows:
        sharer = _sharer(row)
        if sharer not in shared[row["page_id"]]:
            shared[row["page_id"]].append(sharer)
    return shared


def _sharer(row: Row) -> Sharer:
    return Sharer(connection_id=row["id"], workspace_id=row["workspace_id"])


def _standby(tx: Tx, where: Mapping[str, object], page_id: PageId) -> ConnectionId | None:
    """Return who takes the Page over."""
    given = {"page_id": page_id, "workspace_id": where["workspace_id"], "connection_id": where["id"]}
    spare = tx.row(SPARE, given)
    return ConnectionId(spare["connection_id"]) if spare else None
