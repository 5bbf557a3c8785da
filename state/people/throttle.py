"""Failures of signing in, by key. Attempts under one key take turns: each is counted before it is judged."""

from collections.abc import Mapping, Sequence
from functools import partial

from connector.domain.throttling import FORGOTTEN_MS, Admission, Failures, Policy, charged
from connector.ports import Clock
from state.engine import Engine, Row, Tx

SEEN = "SELECT key, failures, last_failed_at_ms, blocked_until_ms FROM sign_in_failures WHERE key = :key"
FORGET = "DELETE FROM sign_in_failures WHERE last_failed_at_ms <= :since_ms"
# the conflict's update changes nothing: it locks the row until the commit
LOCK = """
    INSERT INTO sign_in_failures (key, failures, last_failed_at_ms, blocked_until_ms) VALUES (:key, 0, :now_ms, 0)
    ON CONFLICT (key) DO UPDATE SET key = excluded.key
    RETURNING key, failures, last_failed_at_ms, blocked_until_ms"""
CHARGE = """
    UPDATE sign_in_failures
       SET failures = :failures, last_failed_at_ms = :now_ms, blocked_until_ms = :blocked_until_ms
     WHERE key = :key"""
EMPTY = "DELETE FROM sign_in_failures WHERE key = :key AND failures = 0"
CLEAR = "DELETE FROM sign_in_failures WHERE key = :key"
RETURN = "UPDATE sign_in_failures SET failures = failures - 1, blocked_until_ms = 0 WHERE key = :key AND failures > 0"


class SqlThrottle:
    """Implements `ports.Throttle`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def admit(self, keys: Mapping[str, Policy]) -> Admission:
        now_ms = self._clock.now_ms()
        # read first: a flood at a door that is shut costs no write and no row
        blocked_until_ms = await self._engine.read(partial(_blocked_until_ms, keys=keys))
        if blocked_until_ms > now_ms:
            return Admission(blocked_until_ms=blocked_until_ms)
        return await self._engine.write(partial(_admit, keys=keys, now_ms=now_ms))

    async def clear(self, *, forgotten: Sequence[str], returned: Sequence[str] = ()) -> None:
        def clear(tx: Tx) -> None:
            for key in sorted({*forgotten, *returned}):
                tx.execute(CLEAR if key in forgotten else RETURN, {"key": key})

        await self._engine.write(clear)


def _blocked_until_ms(tx: Tx, *, keys: Mapping[str, Policy]) -> int:
    found = [tx.row(SEEN, {"key": key}) for key in sorted(keys)]
    return max((row["blocked_until_ms"] for row in found if row is not None), default=0)


def _admit(tx: Tx, *, keys: Mapping[str, Policy], now_ms: int) -> Admission:
    tx.execute(FORGET, {"since_ms": now_ms - FORGOTTEN_MS})
    seen = {key: _failures(tx.row(LOCK, {"key": key, "now_ms": now_ms})) for key in sorted(keys)}
    blocked_until_ms = max(one.blocked_until_ms for one in seen.values())
    if blocked_until_ms > now_ms:  # since a moment ago: what was put in to be locked goes again
        for key in seen:
            tx.execute(EMPTY, {"key": key})
        return Admission(blocked_until_ms=blocked_until_ms)
    begins_block = False
    for key, failures in seen.items():
        held = charged(failures, keys[key], now_ms=now_ms)
        begins_block = begins_block or held.blocked_until_ms > now_ms
        row = {
            "key": key,
            "failures": held.count,
            "now_ms": now_ms,
            "blocked_until_ms": held.blocked_until_ms,
        }
        tx.execute(CHARGE, row)
    return Admission(begins_block=begins_block)


def _failures(row: Row | None) -> Failures:
    assert row is not None  # noqa: S101 - RETURNING of an insert or update
    return Failures(
        count=row["failures"],
        last_at_ms=row["last_failed_at_ms"],
        blocked_until_ms=row["blocked_until_ms"],
    )
