"""Pages' silence, durably: learning their rhythm from stored leads, what is known of each, how it was judged."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from connector.domain.errors import BadInputError
from connector.domain.rhythm import HOUR_MS
from connector.domain.silence import Ads, AdsAccess, PageStanding
from connector.ports import Clock
from connector.ports.silence import Verdict
from state.accounts.google_tokens import token_binding
from state.accounts.pages import stays_connected
from state.alerts import raise_alert, resolve_alert
from state.engine import Engine, Row, Tx
from state.intake.rhythm_learning import learn
from state.leads.queue import RECENT
from state.turns import take_turn
from state.vault import Vault

LATE_MS = HOUR_MS
"""A form that was due for this long and not read is stalled."""
ADS_MAX = 50

STANDINGS = """
    SELECT p.workspace_id, p.page_id, COALESCE(SUM(f.is_live), 0) AS live_forms,
           MAX(f.newest_lead_ms) AS newest_lead_ms,
           MIN(CASE WHEN f.is_live = 1 AND f.due_at_ms IS NOT NULL AND (f.failures > 0 OR f.due_at_ms < :late_ms)
                    THEN f.read_at_ms END) AS stalled_ms,
           MAX(r.subscribed_at_ms) AS subscribed_at_ms, MAX(r.healed_at_ms) AS healed_at_ms,
           MAX(h.last_lead_ms) AS last_lead_ms, MAX(h.last_push_ms) AS push_ms, MAX(h.told_at_ms) AS told_at_ms
      FROM pages p
      LEFT JOIN page_rounds r ON r.page_id = p.page_id AND r.workspace_id = p.workspace_id
      LEFT JOIN page_forms f ON f.page_id = p.page_id AND f.workspace_id = p.workspace_id
      LEFT JOIN page_rhythms h ON h.page_id = p.page_id AND h.workspace_id = p.workspace_id
     WHERE p.state <> 'disconnected'
     GROUP BY p.workspace_id, p.page_id ORDER BY p.workspace_id, p.page_id"""
LAST = """
    SELECT page_id, workspace_id, received_via, MAX(received_at_ms) AS at_ms
      FROM leads WHERE id > (SELECT COALESCE(MAX(id), 0) - :recent FROM leads) AND backfill_id IS NULL
     GROUP BY page_id, workspace_id, received_via"""
UNHEARD = """
    SELECT COUNT(*) AS unheard, MIN(received_at_ms) AS unheard_since_ms FROM leads
     WHERE received_via = 'reconcile' AND backfill_id IS NULL AND received_at_ms > :since_ms
       AND page_id = :page_id AND workspace_id = :workspace_id"""
HOURS = "SELECT hour, leads FROM page_hours WHERE page_id = :page_id AND workspace_id = :workspace_id"
PAGE_ADS = """
    SELECT ad_id FROM page_ads WHERE page_id = :page_id AND workspace_id = :workspace_id
     ORDER BY seen_ms DESC, ad_id LIMIT :most"""
READER = """
    SELECT c.id, c.sealed_token FROM pages p JOIN connections c ON c.id = p.connection_id
     WHERE p.page_id = :page_id AND p.workspace_id = :workspace_id AND c.sealed_token IS NOT NULL
       AND c.state IN ('healthy', 'degraded')"""
JUDGED = """
    INSERT INTO page_rhythms (page_id, workspace_id, hearing, overdue_at_ms, ads, ads_asked_at_ms, judged_at_ms)
    VALUES (:page_id, :workspace_id, :hearing, CAST(:overdue_at_ms AS BIGINT), CAST(:ads AS TEXT),
            CAST(:ads_asked_at_ms AS BIGINT), :now_ms)
    ON CONFLICT (page_id, workspace_id) DO UPDATE SET
        hearing = excluded.hearing, overdue_at_ms = excluded.overdue_at_ms, ads = excluded.ads,
        ads_asked_at_ms = excluded.ads_asked_at_ms, judged_at_ms = excluded.judged_at_ms"""
ADS_SAID = """
    SELECT ads, ads_asked_at_ms FROM page_rhythms WHERE page_id = :page_id AND workspace_id = :workspace_id"""
HEARINGS = """
    SELECT h.hearing, COUNT(*) AS pages FROM page_rhythms h
      JOIN pages p ON p.page_id = h.page_id AND p.workspace_id = h.workspace_id
     WHERE p.state <> 'disconnected' AND h.hearing IS NOT NULL GROUP BY h.hearing"""


class SqlRhythms:
    """Implements `ports.silence.Rhythms`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id

    async def take_turn(self, *, next_due_ms: int) -> bool:
        return await take_turn(self._engine, self._clock, "silence", next_due_ms=next_due_ms)

    async def learn(self) -> bool:
        return await self._engine.write(partial(learn, now_ms=self._clock.now_ms()))

    async def standings(self) -> Sequence[PageStanding]:
        now_ms = self._clock.now_ms()
        return await self._engine.read(partial(_standings, now_ms=now_ms))

    async def hours(self, page: PageStanding) -> Mapping[int, int]:
        rows = await self._engine.read(lambda tx: tx.rows(HOURS, _where(page)))
        return {row["hour"]: row["leads"] for row in rows}

    async def ads(self, page: PageStanding) -> tuple[Ads, int | None]:
        row = await self._engine.read(lambda tx: tx.row(ADS_SAID, _where(page)))
        return (row["ads"] or "unknown", row["ads_asked_at_ms"]) if row else ("unknown", None)

    async def access(self, page: PageStanding) -> AdsAccess | None:
        where = {**_where(page), "most": ADS_MAX}
        reader, ads = await self._engine.read(lambda tx: (tx.row(READER, where), tx.rows(PAGE_ADS, where)))
        if reader is None:
            return None
        try:
            token = self._vault.open(reader["sealed_token"], bound_to=token_binding(reader["id"]))
        except BadInputError:
            return None
        return AdsAccess(token=token, page_id=page.page_id, ad_ids=tuple(row["ad_id"] for row in ads))

    async def judged(self, page: PageStanding, verdict: Verdict) -> None:
        await self._engine.write(
            partial(_judged, page=page, verdict=verdict, now=self._clock.now(), new_id=self._new_id)
        )

    async def hearings(self) -> Mapping[str, int]:
        """Return how many Pages are heard how."""
        rows = await self._engine.read(lambda tx: tx.rows(HEARINGS))
        return {row["hearing"]: int(row["pages"]) for row in rows}


def _judged(
    tx: Tx, *, page: PageStanding, verdict: Verdict, now: datetime, new_id: Callable[[], str]
) -> None:
    """Write the verdict, and raise and end its alerts, while nobody can disconnect the Page."""
    if not stays_connected(tx, _where(page)):
        return
    row = {
        **_where(page),
        "hearing": verdict.quiet.hearing,
        "overdue_at_ms": verdict.quiet.overdue_at_ms,
        "ads": verdict.ads,
        "ads_asked_at_ms": verdict.asked_at_ms,
        "now_ms": int(now.timestamp() * 1000),
    }
    tx.execute(JUDGED, row)
    for key in verdict.ended:
        resolve_alert(tx, key=key, now=now, new_id=new_id)
    for alert in verdict.raised:
        raise_alert(tx, alert=alert, now=now, new_id=new_id)


def _where(page: PageStanding) -> dict[str, object]:
    return {"page_id": page.page_id, "workspace_id": page.workspace_id}


def _standings(tx: Tx, *, now_ms: int) -> Sequence[PageStanding]:
    last = {
        (row["workspace_id"], row["page_id"], row["received_via"]): min(row["at_ms"], now_ms)
        for row in tx.rows(LAST, {"recent": RECENT})
    }
    found: list[PageStanding] = []
    for row in tx.rows(STANDINGS, {"late_ms": now_ms - LATE_MS}):
        known = {name: row[name] for name in row if name not in {"push_ms", "told_at_ms"}}
        push_ms = last.get((row["workspace_id"], row["page_id"], "webhook"))
        pushes = [one for one in (push_ms, row["push_ms"], row["told_at_ms"]) if one is not None]
        known["last_push_ms"] = max(pushes, default=None)
        known["last_pull_ms"] = last.get((row["workspace_id"], row["page_id"], "reconcile"))
        found.append(PageStanding(**known, **_unheard(tx, known)))
    return found


def _unheard(tx: Tx, known: Row) -> Row:
    """Count leads found since the last webhook; filling the gap after a heal is none of them."""
    push_ms, healed_ms = known["last_push_ms"] or 0, known["healed_at_ms"] or 0
    if (known["newest_lead_ms"] or 0) <= max(push_ms, healed_ms):
        return {}
    since_ms = max(push_ms, healed_ms + LATE_MS if healed_ms else 0)
    return tx.row(UNHEARD, {**known, "since_ms": since_ms}) or {}
