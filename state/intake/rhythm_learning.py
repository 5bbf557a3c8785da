"""Learning Pages' rhythm from stored leads, each once, by their ids: hours, ads, the last of everything."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from connector.domain.lead import PageId, WorkspaceId
from connector.domain.raw import instant
from connector.domain.raw_values import identifier, mapping
from connector.domain.rhythm import HISTORY_H, HOUR_MS
from state.engine import Params, Row, Tx

READER = "rhythm"
ROWS = 500
"""Leads learnt from in one transaction."""
SETTLED_MS = HOUR_MS
"""A younger lead, and all behind it, is left for the next time: by then it is read, and no number below it commits
any more. One of the future, by a clock that was set back since, is none of those."""
TOLD_EVERY_MS = 60_000

SEEN = "SELECT seen_id FROM lead_readers WHERE name = :name"
FLOOR = """
    SELECT id FROM leads WHERE id < :newest AND received_at_ms < :since_ms ORDER BY id DESC LIMIT 1"""
KEEP_SEEN = """
    INSERT INTO lead_readers (name, seen_id) VALUES (:name, :seen_id)
    ON CONFLICT (name) DO UPDATE SET seen_id = excluded.seen_id"""
NEXT = """
    SELECT id, workspace_id, page_id, received_at_ms, received_via, backfill_id, stage, raw FROM leads
     WHERE id > :seen_id ORDER BY id LIMIT :rows"""
"""By their ids alone: this runs in a write, and a busy hour is millions of leads."""

ADD_HOUR = """
    INSERT INTO page_hours (page_id, workspace_id, hour, leads) VALUES (:page_id, :workspace_id, :hour, :leads)
    ON CONFLICT (page_id, workspace_id, hour) DO UPDATE SET leads = page_hours.leads + excluded.leads"""
ADD_AD = """
    INSERT INTO page_ads (page_id, workspace_id, ad_id, seen_ms) VALUES (:page_id, :workspace_id, :ad_id, :seen_ms)
    ON CONFLICT (page_id, workspace_id, ad_id) DO UPDATE SET seen_ms = excluded.seen_ms
     WHERE page_ads.seen_ms < excluded.seen_ms"""
LEARNT = """
    INSERT INTO page_rhythms (page_id, workspace_id, last_lead_ms, last_push_ms)
    VALUES (:page_id, :workspace_id, CAST(:lead_ms AS BIGINT), CAST(:push_ms AS BIGINT))
    ON CONFLICT (page_id, workspace_id) DO UPDATE SET
        last_lead_ms = CASE WHEN page_rhythms.last_lead_ms > COALESCE(excluded.last_lead_ms, 0)
                            THEN page_rhythms.last_lead_ms ELSE excluded.last_lead_ms END,
        last_push_ms = CASE WHEN page_rhythms.last_push_ms > COALESCE(excluded.last_push_ms, 0)
                            THEN page_rhythms.last_push_ms ELSE excluded.last_push_ms END"""
_OLD = """
    DELETE FROM {table} WHERE page_id = :page_id AND workspace_id = :workspace_id AND {column} < :floor"""
OLD_HOURS = _OLD.format(table="page_hours", column="hour")
OLD_ADS = _OLD.format(table="page_ads", column="seen_ms")
LAST_LEAD = "SELECT last_lead_ms FROM page_rhythms WHERE page_id = :page_id AND workspace_id = :workspace_id"
TOLD = """
    INSERT INTO page_rhythms (page_id, workspace_id, told_at_ms) VALUES (:page_id, :workspace_id, :now_ms)
    ON CONFLICT (page_id, workspace_id) DO UPDATE SET told_at_ms = excluded.told_at_ms
     WHERE page_rhythms.told_at_ms IS NULL OR page_rhythms.told_at_ms < :before_ms"""

PageKey = tuple[PageId, WorkspaceId]


@dataclass(slots=True)
class _Learnt:
    """What a run of leads says of one Page."""

    hours: Counter[int] = field(default_factory=Counter)
    ads: dict[str, int] = field(default_factory=dict)
    lead_ms: int | None = None
    push_ms: int | None = None


def learn(tx: Tx, *, now_ms: int) -> bool:
    """Learn from the next leads; False when there are no more for now."""
    seen = tx.row(SEEN, {"name": READER})
    if seen is None:
        seen = tx.row(FLOOR, {"newest": 2**62, "since_ms": now_ms - HISTORY_H * HOUR_MS})
    seen_id = 0 if seen is None else next(iter(seen.values()))
    found = tx.rows(NEXT, {"seen_id": seen_id, "rows": ROWS})
    rows = list(takewhile(lambda row: not now_ms - SETTLED_MS < row["received_at_ms"] <= now_ms, found))
    if not rows:
        return False
    learnt: defaultdict[PageKey, _Learnt] = defaultdict(_Learnt)
    for row in rows:
        _take(learnt[row["page_id"], row["workspace_id"]], row, now_ms=now_ms)
    for (page_id, workspace_id), one in sorted(learnt.items()):
        _write(tx, {"page_id": page_id, "workspace_id": workspace_id}, one)
    tx.execute(KEEP_SEEN, {"name": READER, "seen_id": rows[-1]["id"]})
    return len(rows) == ROWS


def note_told(tx: Tx, pages: Sequence[PageKey], *, now_ms: int) -> None:
    """Note that a webhook told of leads that were known: it comes, only later than we read."""
    rows = [
        {
            "page_id": page_id,
            "workspace_id": workspace_id,
            "now_ms": now_ms,
            "before_ms": now_ms - TOLD_EVERY_MS,
        }
        for page_id, workspace_id in sorted(set(pages))  # one lock order on every machine
    ]
    tx.execute_many(TOLD, rows)


def _take(one: _Learnt, row: Row, *, now_ms: int) -> None:
    """Count one lead in the hour of its submission; test leads say nothing, nor does history that is not read."""
    received_ms = min(row["received_at_ms"], now_ms)
    if row["received_via"] == "webhook":
        one.push_ms = max(one.push_ms or 0, received_ms)
    raw = mapping(json.loads(row["raw"])) if row["raw"] else {}
    created = instant(raw.get("created_time"))
    if row["stage"] == "test" or (created is None and row["backfill_id"] is not None):
        return
    at_ms = received_ms if created is None else min(int(created.timestamp() * 1000), now_ms)
    one.hours[at_ms // HOUR_MS] += 1
    one.lead_ms = max(one.lead_ms or 0, at_ms)
    ad_id = identifier(raw.get("ad_id"))
    if ad_id is not None:
        one.ads[ad_id] = max(one.ads.get(ad_id, 0), at_ms)


def _write(tx: Tx, where: Params, one: _Learnt) -> None:
    tx.execute(LEARNT, {**where, "lead_ms": one.lead_ms, "push_ms": one.push_ms})
    if one.hours:
        hours = [{**where, "hour": hour, "leads": leads} for hour, leads in sorted(one.hours.items())]
        tx.execute_many(ADD_HOUR, hours)
    if one.ads:
        ads = [{**where, "ad_id": ad_id, "seen_ms": at_ms} for ad_id, at_ms in sorted(one.ads.items())]
        tx.execute_many(ADD_AD, ads)
    last = tx.row(LAST_LEAD, where)
    if last is not None and last["last_lead_ms"] is not None:
        floor_h = last["last_lead_ms"] // HOUR_MS - HISTORY_H
        tx.execute(OLD_HOURS, {**where, "floor": floor_h})
        tx.execute(OLD_ADS, {**where, "floor": floor_h * HOUR_MS})
