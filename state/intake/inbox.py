"""Where notices become leads that wait, and everything else that was authentic is kept in quarantine."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from connector.domain.lead import PageId, ReceivedVia, WorkspaceId
from connector.domain.notice import Notice, Notification, Quarantined
from connector.ports import Clock, Counters
from state.chunks import chunks
from state.engine import Engine, Params, Tx
from state.grouped import Grouped
from state.intake.rhythm_learning import note_told

WORKSPACES_OF_PAGES = "SELECT page_id, workspace_id FROM pages WHERE state <> 'disconnected' AND page_id IN "

ADD_LEADS = """
    INSERT INTO leads (workspace_id, lead_id, page_id, form_id, received_via, backfill_id, received_at_ms,
                       stage, due_at_ms, attempts)
    SELECT p.workspace_id, given.lead_id, given.page_id, given.form_id, :received_via,
           CAST(:backfill_id AS TEXT), :now_ms, 'fetch', :now_ms, 0
      FROM /*rows lead_id, page_id, form_id*/ JOIN pages p ON p.page_id = given.page_id
     WHERE p.state <> 'disconnected'
     ORDER BY given.lead_id, p.workspace_id
    ON CONFLICT (lead_id, workspace_id) DO NOTHING"""
"""Ordered, so that two machines that store the same leads take their locks in the same order."""

QUARANTINE = """
    INSERT INTO quarantine (digest, reason, field_name, page_id, lead_id, form_id, payload,
                            seen, first_seen_ms, last_seen_ms)
    VALUES (:digest, :reason, :field_name, :page_id, :lead_id, :form_id, :payload, 1, :now_ms, :now_ms)
    ON CONFLICT (digest) DO UPDATE SET seen = quarantine.seen + 1, last_seen_ms = excluded.last_seen_ms"""

WAITING_FOR_PAGE = """
    SELECT digest, lead_id, form_id FROM quarantine
     WHERE page_id = :page_id AND reason = 'unknown_page' AND released_at_ms IS NULL AND lead_id IS NOT NULL"""

RELEASED = "UPDATE quarantine SET released_at_ms = :now_ms WHERE digest = :digest"


class SqlInbox:
    """Implements `ports.Inbox`: the notifications that arrive while a write is in flight share the next."""

    def __init__(self, engine: Engine, clock: Clock, counters: Counters) -> None:
        self._counters = counters
        self._grouped = Grouped(engine, partial(_record_group, clock=clock))

    async def record(self, notification: Notification) -> None:
        new, known, quarantined = await self._grouped.add(notification)
        if new:
            self._counters.notices("new", new)
        if known:
            self._counters.notices("duplicate", known)
        if quarantined:
            self._counters.notices("quarantined", quarantined)

    async def aclose(self) -> None:
        """Wait for what is in flight."""
        await self._grouped.aclose()


Counts = tuple[int, int, int]
"""New leads, known ones, pieces in quarantine. The whole group's counts go to its first item."""


def _record_group(tx: Tx, group: Sequence[Notification], *, clock: Clock) -> Sequence[Counts]:
    now_ms = clock.now_ms()
    notices = [notice for item in group for notice in item.notices]
    strange = [_strange(piece, now_ms) for item in group for piece in item.quarantined]
    new, known, homeless = add_notices(tx, notices, now_ms=now_ms, received_via="webhook")
    strange += [_homeless(notice, now_ms) for notice in homeless]
    if strange:
        strange.sort(key=lambda row: str(row["digest"]))  # one lock order on every machine
        tx.execute_many(QUARANTINE, strange)
    return [(new, known, len(strange)), *[(0, 0, 0)] * (len(group) - 1)]


def add_notices(
    tx: Tx,
    notices: Sequence[Notice],
    *,
    now_ms: int,
    received_via: ReceivedVia,
    backfill_id: str | None = None,
) -> tuple[int, int, list[Notice]]:
    """Make every notice of a connected Page a lead that waits, once a workspace.

    Returns how many were new, how many known, and the notices whose Page nobody has connected. `backfill_id` marks
    the new ones as history that was imported: live leads go before them.
    """
    homes = _workspaces(tx, sorted({notice.page_id for notice in notices}))
    at_home = [notice for notice in notices if notice.page_id in homes]
    given = [
        {"lead_id": notice.lead_id, "page_id": notice.page_id, "form_id": notice.form_id}
        for notice in at_home
    ]
    rows = {
        "rows": json.dumps(given),
        "received_via": received_via,
        "backfill_id": backfill_id,
        "now_ms": now_ms,
    }
    new = tx.execute(ADD_LEADS, rows) if given else 0
    if new:
        tx.wake("fetch")
    homeless = [notice for notice in notices if notice.page_id not in homes]
    told = sum(len(homes[notice.page_id]) for notice in at_home)
    if told > new and received_via == "webhook":
        pages = [(notice.page_id, one) for notice in at_home for one in homes[notice.page_id]]
        note_told(tx, pages, now_ms=now_ms)
    return new, told - new, homeless


def release_quarantined(tx: Tx, page_id: PageId, *, now_ms: int) -> int:
    """Turn what waited in quarantine for this Page into leads; return how many are new."""
    rows = tx.rows(WAITING_FOR_PAGE, {"page_id": page_id})
    notices = [
        Notice(lead_id=row["lead_id"], page_id=page_id, form_id=row["form_id"], change=None) for row in rows
    ]
    new, _, _ = add_notices(tx, notices, now_ms=now_ms, received_via="webhook")
    if rows:
        tx.execute_many(RELEASED, [{"now_ms": now_ms, "digest": row["digest"]} for row in rows])
    return new


def _workspaces(tx: Tx, page_ids: Sequence[PageId]) -> dict[PageId, list[WorkspaceId]]:
    homes: dict[PageId, list[WorkspaceId]] = defaultdict(list)
    for listed, params in chunks(page_ids):
        for row in tx.rows(WORKSPACES_OF_PAGES + listed, params):
            homes[row["page_id"]].append(row["workspace_id"])
    return dict(homes)


def _strange(piece: Quarantined, now_ms: int) -> Params:
    return {
        "digest": hashlib.sha256(piece.payload).hexdigest(),
        "reason": piece.reason,
        "field_name": piece.field_name,
        "page_id": piece.page_id,
        "lead_id": None,
        "form_id": None,
        "payload": piece.payload,
        "now_ms": now_ms,
    }


def _homeless(notice: Notice, now_ms: int) -> Params:
    return {
        "digest": hashlib.sha256(notice.payload).hexdigest(),
        "reason": "unknown_page",
        "field_name": "leadgen",
        "page_id": notice.page_id,
        "lead_id": notice.lead_id,
        "form_id": notice.form_id,
        "payload": notice.payload,
        "now_ms": now_ms,
    }
