"""Restoring calls into a store: as they were where they are not known, by the rules of `restoring` where they are.

A call's own id decides. Ids of the source and nearness decide only against what was there before the restore: two
calls of one backup are two calls.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from connector.domain.backup.restoring import RestoreCounts, restored
from connector.domain.call import Call
from connector.domain.calls.filters import Filters
from connector.domain.calls.identity import fingerprint
from connector.domain.errors import NotPermittedError, StateUnavailableError
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from connector.wire.call import call_from_json
from connector.wire.calls_digest import CallsDigest
from state.calls.calls import ADD_KEYS, RACES, Adding, RaceError
from state.calls.settings import read_settings
from state.engine import Engine, Params, Row, Tx

TRACKING_IS_OFF = (
    "Call tracking is off in this workspace: nothing was restored. Switch it on with "
    "`connector workspace set --call-tracking on`, or restore into a file of its own."
)
ALL = """
    SELECT call_id, import_id, body FROM calls WHERE workspace_id = :workspace_id AND call_id > :after_id
     ORDER BY call_id LIMIT :limit"""
CHUNK = 500
T = TypeVar("T")


class SqlCallRestore:
    """Implements `ports.CallRestore`. One object is one restore: what it put is not compared with itself."""

    def __init__(self, engine: Engine, clock: Clock, import_id: str) -> None:
        self._engine = engine
        self._clock = clock
        self._import_id = import_id

    async def put(self, workspace_id: WorkspaceId, calls: Sequence[Call], counts: RestoreCounts) -> None:
        for _ in range(RACES):
            unit = self._unit(workspace_id, calls)
            try:
                found = await self._engine.write(partial(_put, unit=unit))
            except RaceError:
                continue
            _add_up(counts, found)
            return
        raise StateUnavailableError("the same calls are being stored by others: try again")

    async def preview(self, workspace_id: WorkspaceId, calls: Sequence[Call], counts: RestoreCounts) -> None:
        unit = self._unit(workspace_id, calls)
        _add_up(counts, await self._engine.read(partial(_looked, unit=unit)))

    async def complete(self, workspace_id: WorkspaceId) -> None:
        async for names in self._all(workspace_id, partial(_names, import_id=self._import_id)):
            if names:
                given = {"workspace_id": workspace_id, "rows": json.dumps(names)}
                await self._engine.write(partial(_add_names, given=given))

    async def digest(self, workspace_id: WorkspaceId) -> CallsDigest:
        """Return the digest of every call of a workspace."""
        digest = CallsDigest()
        async for _ in self._all(workspace_id, partial(_add_all, digest)):
            pass
        return digest

    async def _all(self, workspace_id: WorkspaceId, of: Callable[[Sequence[Row]], T]) -> AsyncIterator[T]:
        """Yield what `of` makes of every call, a chunk at a time, by id; made in the reader's thread."""
        after_id: str | None = ""
        while after_id is not None:
            where: Params = {"workspace_id": workspace_id, "after_id": after_id, "limit": CHUNK}
            made, after_id = await self._engine.read(partial(_chunk, where=where, of=of))
            yield made

    def _unit(self, workspace_id: WorkspaceId, calls: Sequence[Call]) -> "Restoring":
        return Restoring(workspace_id, calls, self._import_id, self._clock.now_ms())


@dataclass(slots=True)
class Restoring(Adding):
    """One chunk that is restored."""

    changed: bool = False  # whether the call taken last changed a known one

    def known_as(self, call: Call) -> str | None:
        own = self.keys.get(call.call_id)
        if own is not None:
            return own
        found = Adding.known_as(self, call)
        return None if found is None or self.imports.get(found, self.import_id) == self.import_id else found

    def as_new(self, call: Call, now: datetime) -> Call:
        return replace(call, first_seen_at=call.first_seen_at or now, updated_at=call.updated_at or now)

    def joined(self, known: Call, call: Call, now: datetime) -> Call:
        becomes = restored(known, call, now=now)
        self.changed = becomes is not known
        return becomes

    def count(self, near: Callable[[int], Sequence[str]]) -> RestoreCounts:
        """Take every call; return what became or would become of them."""
        counts = RestoreCounts()
        for at, call in enumerate(self.calls):
            counts.read += 1
            self.changed = False
            if self.take(call, near(at)):
                counts.adds += 1
            elif self.changed:
                counts.changes += 1
            else:
                counts.keeps += 1
        return counts


def _put(tx: Tx, *, unit: Restoring) -> RestoreCounts:
    counts, before = _decided(tx, unit)
    unit.write(tx, before)
    return counts


def _looked(tx: Tx, *, unit: Restoring) -> RestoreCounts:
    return _decided(tx, unit)[0]


def _decided(tx: Tx, unit: Restoring) -> tuple[RestoreCounts, set[str]]:
    settings = read_settings(tx, unit.workspace_id)
    if not settings.tracking:
        raise NotPermittedError(TRACKING_IS_OFF)
    private = Filters(private=settings.filters.private, work_hours=None)
    told = unit.calls
    unit.calls = [call for call in told if private.keeps(call, workspace_id=unit.workspace_id)]
    before, near = unit.look_up(tx)
    counts = unit.count(lambda at: near.get(at, ()))
    counts.read += len(told) - len(unit.calls)
    counts.withheld += len(told) - len(unit.calls)
    return counts, before


def _add_up(counts: RestoreCounts, found: RestoreCounts) -> None:
    for name in ("read", "adds", "changes", "keeps", "withheld"):
        setattr(counts, name, getattr(counts, name) + getattr(found, name))


def _chunk(tx: Tx, *, where: Params, of: Callable[[Sequence[Row]], T]) -> tuple[T, str | None]:
    rows = tx.rows(ALL, where)
    return of(rows), rows[-1]["call_id"] if len(rows) == CHUNK else None


def _add_all(digest: CallsDigest, rows: Sequence[Row]) -> None:
    for row in rows:
        digest.add(call_from_json(row["body"]))


def _add_names(tx: Tx, *, given: Params) -> int:
    return tx.execute(ADD_KEYS, given)


def _names(rows: Sequence[Row], *, import_id: str) -> Sequence[dict[str, str]]:
    """Return the fingerprints of restored calls whose start was corrected since they got their ids.

    Not while restoring: a fingerprint may be another call's own id, which has to be there first. To the minute a
    fingerprint does not tell calls apart.
    """
    calls = [call_from_json(row["body"]) for row in rows if row["import_id"] == import_id]
    return [
        {"key": found, "call_id": call.call_id}
        for call in calls
        if call.started_at_precision != "min" and (found := fingerprint(call)) != call.call_id
    ]
