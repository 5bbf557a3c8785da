"""Calls: append-only, each once, merged where two sources tell the same one; reading and purging them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from connector.domain.call import Call
from connector.domain.calls.filters import CallSettings
from connector.domain.calls.identity import at_ms, is_near, native_key, owner_key, peer_key, window
from connector.domain.calls.merging import merge
from connector.domain.calls.summary import CallFact
from connector.domain.calls.taking import TRACKING_IS_OFF, CallFilter, StoredCounts
from connector.domain.errors import NotPermittedError, StateUnavailableError
from connector.domain.lead import WorkspaceId
from connector.ports import Clock
from connector.wire.call import call_from_json, call_json
from state.calls.settings import read_settings
from state.chunks import chunks
from state.engine import Engine, Params, Row, Tx

RACES = 5
"""Tries of a chunk whose calls another machine stores in the same moment."""
PURGE_CHUNK = 500

TRACKING = "SELECT call_tracking FROM workspaces WHERE id = :workspace_id"
KNOWN = "SELECT key, call_id FROM call_keys WHERE workspace_id = :workspace_id AND key IN {values}"
NEAR = """
    SELECT given.at AS at, c.call_id AS call_id
      FROM /*rows at, owner, peer_key, direction, duration_s, from_ms, to_ms, exactness*/
      CROSS JOIN calls c
     WHERE c.workspace_id = :workspace_id AND c.peer_key = given.peer_key
       AND c.started_at_ms BETWEEN CAST(given.from_ms AS BIGINT) AND CAST(given.to_ms AS BIGINT)
       AND c.owner = given.owner AND c.direction = given.direction
       AND c.duration_s = CAST(given.duration_s AS BIGINT)
       AND (c.exactness <> 'ms' OR given.exactness <> 'ms') AND c.import_id <> :import_id
     ORDER BY c.started_at_ms, c.call_id"""
"""What the same import stored is left out: two rows of one file are two calls. CROSS JOIN has SQLite begin with the
few rows that are given."""
STORED = """
    SELECT call_id, body, import_id FROM calls
     WHERE workspace_id = :workspace_id AND call_id IN {values} ORDER BY call_id /*for update*/"""
ADD_KEYS = """
    INSERT INTO call_keys (workspace_id, key, call_id)
    SELECT :workspace_id, given.key, given.call_id FROM /*rows key, call_id*/ WHERE 1 = 1 ORDER BY given.key
        ON CONFLICT (workspace_id, key) DO NOTHING"""
ADD = """
    INSERT INTO calls (workspace_id, call_id, owner, peer_key, direction, type, status, duration_s, started_at_ms,
                       exactness, import_id, body, first_seen_at_ms, updated_at_ms)
    SELECT :workspace_id, given.call_id, given.owner, given.peer_key, given.direction, given.type, given.status,
           CAST(given.duration_s AS BIGINT), CAST(given.started_at_ms AS BIGINT), given.exactness, :import_id,
           given.body, :now_ms, :now_ms
      FROM /*rows call_id, owner, peer_key, direction, type, status, duration_s, started_at_ms, exactness, body*/"""
CHANGE = """
    UPDATE calls SET type = :type, status = :status, duration_s = :duration_s, started_at_ms = :started_at_ms,
                     exactness = :exactness, body = :body, import_id = :import_id, updated_at_ms = :now_ms
     WHERE workspace_id = :workspace_id AND call_id = :call_id"""
BOUND = """
    SELECT MAX(until_ms) AS until_ms FROM (
        SELECT until_ms FROM backup_runs WHERE workspace_id = :workspace_id AND due_at_ms IS NOT NULL
        UNION ALL
        SELECT r.until_ms FROM backup_schedules s JOIN backup_runs r ON r.id = s.last_good_run_id
         WHERE s.workspace_id = :workspace_id) runs"""
"""Up to when backups took calls; what an incremental one goes on from, or will."""
FILTERS = {
    "user": "owner = :user",
    "since_ms": "started_at_ms >= :since_ms",
    "until_ms": "started_at_ms < :until_ms",
}
PAGE = """
    SELECT call_id, started_at_ms, body FROM calls
     WHERE workspace_id = :workspace_id AND {filters}
       AND (started_at_ms < :before_ms OR (started_at_ms = :before_ms AND call_id < :before_id))
     ORDER BY started_at_ms DESC, call_id DESC LIMIT :limit"""
FACTS = """
    SELECT call_id, owner, peer_key, direction, type, status, duration_s, started_at_ms FROM calls
     WHERE workspace_id = :workspace_id AND started_at_ms < :until_ms
       AND (started_at_ms > :after_ms OR (started_at_ms = :after_ms AND call_id > :after_id))
     ORDER BY started_at_ms, call_id LIMIT :limit"""
COUNT = "SELECT COUNT(*) AS calls FROM calls WHERE workspace_id = :workspace_id AND {filters}"
PURGED = "SELECT call_id FROM calls WHERE workspace_id = :workspace_id AND {filters} LIMIT :limit"
DELETE_KEYS = "DELETE FROM call_keys WHERE workspace_id = :workspace_id AND call_id IN {values}"
DELETE = "DELETE FROM calls WHERE workspace_id = :workspace_id AND call_id IN {values}"
_LAST_MS = 2**62


class RaceError(Exception):
    """Another transaction stored the same call in this moment."""


class SqlCalls:
    """Implements `ports.Calls`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def settings(self, workspace_id: WorkspaceId) -> CallSettings:
        return await self._engine.read(partial(read_settings, workspace_id=workspace_id))

    async def add(self, workspace_id: WorkspaceId, calls: Sequence[Call], *, import_id: str) -> StoredCounts:
        for _ in range(RACES):
            unit = Adding(workspace_id, calls, import_id, self._clock.now_ms())
            try:
                return await self._engine.write(unit.run)
            except RaceError:
                continue
        raise StateUnavailableError("the same calls are being stored by others: try again")

    async def page(
        self,
        workspace_id: WorkspaceId,
        where: CallFilter,
        *,
        limit: int,
        before: tuple[int, str] | None = None,
    ) -> Sequence[tuple[int, str, str]]:
        sql, params = _filtered(PAGE, workspace_id, where)
        before_ms, before_id = before or (_LAST_MS, "")
        given = {**params, "before_ms": before_ms, "before_id": before_id, "limit": limit}
        rows = await self._engine.read(lambda tx: tx.rows(sql, given))
        return [(row["started_at_ms"], row["call_id"], row["body"]) for row in rows]

    async def facts(
        self, workspace_id: WorkspaceId, *, after: tuple[int, str], until_ms: int, limit: int
    ) -> Sequence[tuple[tuple[int, str], CallFact]]:
        given = {
            "workspace_id": workspace_id,
            "after_ms": after[0],
            "after_id": after[1],
            "until_ms": until_ms,
            "limit": limit,
        }
        rows = await self._engine.read(lambda tx: tx.rows(FACTS, given))
        return [((row["started_at_ms"], row["call_id"]), _fact(row)) for row in rows]

    async def count(self, workspace_id: WorkspaceId, where: CallFilter) -> int:
        sql, params = _filtered(COUNT, workspace_id, where)
        row = await self._engine.read(lambda tx: tx.row(sql, params))
        return int(row["calls"]) if row else 0

    async def purge(self, workspace_id: WorkspaceId, where: CallFilter) -> int:
        sql, params = _filtered(PURGED, workspace_id, where)
        purged = 0
        while count := await self._engine.write(partial(_purge, sql=sql, params=params)):
            purged += count
        return purged


@dataclass(slots=True)
class Adding:
    """One chunk in one transaction: looks up what is known, merges, writes what is new or changed."""

    workspace_id: WorkspaceId
    calls: Sequence[Call]
    import_id: str
    now_ms: int
    keys: dict[str, str] = field(default_factory=dict)  # known and new: key → call id
    stored: dict[str, Call] = field(default_factory=dict)
    imports: dict[str, str] = field(
        default_factory=dict
    )  # of the stored ones: by which import they came or changed
    now_held: dict[str, Call] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def run(self, tx: Tx) -> StoredCounts:
        """Store. Raises NotPermittedError when the workspace does not track calls, RaceError."""
        tracking = tx.row(TRACKING, {"workspace_id": self.workspace_id})
        if tracking is None or not tracking["call_tracking"]:
            raise NotPermittedError(TRACKING_IS_OFF)
        before, near = self.look_up(tx)
        new = sum(self.take(call, near.get(at, ())) for at, call in enumerate(self.calls))
        self.write(tx, before)
        return StoredCounts(new=new, duplicate=len(self.calls) - new)

    def look_up(self, tx: Tx) -> tuple[set[str], Mapping[int, Sequence[str]]]:
        """Load what the calls may be; return the keys that are known, and place → ids of near ones."""
        wanted = [key for call in self.calls for key in keys_of(call)]
        for values, params in chunks(wanted):
            rows = tx.rows(KNOWN.replace("{values}", values), {**params, "workspace_id": self.workspace_id})
            self.keys.update((row["key"], row["call_id"]) for row in rows)
        before = set(self.keys)
        near = self._near(tx)
        self._load(tx, {*self.keys.values(), *(one for found in near.values() for one in found)})
        self.used = set(self.keys.values())
        return before, near

    def _near(self, tx: Tx) -> Mapping[int, Sequence[str]]:
        """Return place → ids of calls that another source may have told with another precision."""
        given = [
            {**_row(call), "at": str(at), "from_ms": window(call)[0], "to_ms": window(call)[1]}
            for at, call in enumerate(self.calls)
            if not any(key in self.keys for key in keys_of(call))
        ]
        for one in given:
            del one["body"]
        params = {"rows": json.dumps(given), "workspace_id": self.workspace_id, "import_id": self.import_id}
        found: dict[int, list[str]] = {}
        for row in tx.rows(NEAR, params) if given else ():
            found.setdefault(int(row["at"]), []).append(row["call_id"])
        return found

    def _load(self, tx: Tx, call_ids: set[str]) -> None:
        for values, params in chunks(sorted(call_ids)):
            given = {**params, "workspace_id": self.workspace_id}
            for row in tx.rows(STORED.replace("{values}", values), given):
                self.stored[row["call_id"]] = call_from_json(row["body"])
                self.imports[row["call_id"]] = row["import_id"]
        self.now_held = dict(self.stored)

    def take(self, call: Call, near: Sequence[str]) -> bool:
        """Join a call with the one that it is, or hold it as new; return whether it is new."""
        call_id = self.known_as(call)
        if call_id is None:
            call_id = next(
                (one for one in near if one not in self.used and is_near(self.stored[one], call)),
                call.call_id,
            )
        self.used.add(call_id)
        self.keys.update((key, call_id) for key in keys_of(call) if key not in self.keys)
        known = self.now_held.get(call_id)
        now = datetime.fromtimestamp(self.now_ms / 1000, UTC)
        if known is None:
            self.now_held[call_id] = self.as_new(call, now)
            return True
        self.now_held[call_id] = self.joined(known, call, now)
        return False

    def known_as(self, call: Call) -> str | None:
        """Return the id under which a call is known."""
        return next((self.keys[key] for key in keys_of(call) if key in self.keys), None)

    def as_new(self, call: Call, now: datetime) -> Call:
        """Return a call as it is stored first."""
        return replace(call, first_seen_at=now, updated_at=now)

    def joined(self, known: Call, call: Call, now: datetime) -> Call:
        """Return what a known call becomes; `known` itself when nothing changes."""
        return merge(known, call, now=now)

    def write(self, tx: Tx, before: set[str]) -> None:
        """Write what is new or changed. Raises RaceError."""
        common: Params = {
            "workspace_id": self.workspace_id,
            "import_id": self.import_id,
            "now_ms": self._noted_ms(tx),
        }
        keys = [{"key": key, "call_id": of} for key, of in sorted(self.keys.items()) if key not in before]
        if keys:
            given = {"workspace_id": self.workspace_id, "rows": json.dumps(keys)}
            if tx.execute(ADD_KEYS, given) != len(keys):
                raise RaceError
        new = [{**_row(call), "call_id": of} for of, call in self.now_held.items() if of not in self.stored]
        if new:
            tx.execute(ADD, {**common, "rows": json.dumps(new)})
        for call_id, call in self.now_held.items():
            if call_id in self.stored and call is not self.stored[call_id]:
                row = _row(call)
                changed = {name: row[name] for name in _CHANGED}
                tx.execute(CHANGE, {**common, **changed, "call_id": call_id})

    def _noted_ms(self, tx: Tx) -> int:
        """Return the time by which backups find what is written: never behind a bound, whatever the clock says.

        A clock that was ahead when a backup began, and is right again, would hide calls from all that go on from it.
        """
        row = tx.row(BOUND, {"workspace_id": self.workspace_id})
        return max(self.now_ms, row["until_ms"] + 1) if row and row["until_ms"] is not None else self.now_ms


_CHANGED = ("type", "status", "duration_s", "started_at_ms", "exactness", "body")


def keys_of(call: Call) -> tuple[str, ...]:
    """Return what a call is known by: the id of its source where it can be relied on, and its own."""
    native = native_key(call)
    return (call.call_id,) if native is None else (native, call.call_id)


def _row(call: Call) -> dict[str, Any]:
    return {
        "owner": owner_key(call),
        "peer_key": peer_key(call.peer),
        "direction": call.direction,
        "type": call.type,
        "status": call.status,
        "duration_s": call.duration_seconds,
        "started_at_ms": at_ms(call.started_at),
        "exactness": call.started_at_precision,
        "body": call_json(call),
    }


def _fact(row: Row) -> CallFact:
    return CallFact(
        owner=row["owner"],
        peer=row["peer_key"],
        started_at=datetime.fromtimestamp(row["started_at_ms"] / 1000, UTC),
        direction=row["direction"],
        type=row["type"],
        status=row["status"],
        duration_s=row["duration_s"],
    )


def _filtered(sql: str, workspace_id: WorkspaceId, where: CallFilter) -> tuple[str, dict[str, Any]]:
    """Return the statement with the filters that were given, out of our own constant conditions."""
    given = {name: value for name in FILTERS if (value := getattr(where, name)) is not None}
    conditions = " AND ".join(FILTERS[name] for name in given) or "1 = 1"
    return sql.replace("{filters}", conditions), {**given, "workspace_id": workspace_id}


def _purge(tx: Tx, *, sql: str, params: Mapping[str, Any]) -> int:
    """Remove one chunk of calls and all that they are known by."""
    found = [row["call_id"] for row in tx.rows(sql, {**params, "limit": PURGE_CHUNK})]
    for values, names in chunks(found):
        given = {**names, "workspace_id": params["workspace_id"]}
        tx.execute(DELETE_KEYS.replace("{values}", values), given)
        tx.execute(DELETE.replace("{values}", values), given)
    return len(found)
