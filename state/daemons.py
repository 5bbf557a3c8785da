"""Which daemons run on this state, of which version, and which keys each of them knows."""

from collections.abc import Sequence
from dataclasses import dataclass

from connector.ports import Clock
from state.engine import Engine, Params

ALIVE_MS = 120_000
"""A daemon that has not been seen for so long has ended: it is seen every 30 s."""

SEEN = """
    INSERT INTO daemons (id, version, keys, started_at_ms, seen_at_ms)
    VALUES (:id, :version, :keys, :now_ms, :now_ms)
    ON CONFLICT (id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms"""
FORGET = "DELETE FROM daemons WHERE id = :id OR seen_at_ms < :dead_ms"
ALIVE = "SELECT id, version, keys FROM daemons WHERE seen_at_ms >= :since_ms ORDER BY started_at_ms, id"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDaemon:
    """A daemon that was seen lately. `keys` are names of keys."""

    id: str
    version: str
    keys: tuple[str, ...]


class SqlDaemons:
    """Noting oneself, and looking who else there is."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def seen(self, daemon: SeenDaemon) -> None:
        """Note that this one runs."""
        row: Params = {
            "id": daemon.id,
            "version": daemon.version,
            "keys": " ".join(daemon.keys),
            "now_ms": self._clock.now_ms(),
        }
        await self._engine.write(lambda tx: tx.execute(SEEN, row))

    async def gone(self, daemon_id: str) -> None:
        """Note that this one ends, and forget those that ended without a word."""
        row: Params = {"id": daemon_id, "dead_ms": self._clock.now_ms() - ALIVE_MS}
        await self._engine.write(lambda tx: tx.execute(FORGET, row))

    async def alive(self) -> Sequence[SeenDaemon]:
        """Return those that were seen within the last two minutes."""
        where: Params = {"since_ms": self._clock.now_ms() - ALIVE_MS}
        rows = await self._engine.read(lambda tx: tx.rows(ALIVE, where))
        return [
            SeenDaemon(id=row["id"], version=row["version"], keys=tuple(row["keys"].split())) for row in rows
        ]
