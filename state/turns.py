"""What one machine of all does now and then: whoever takes the turn does it."""

from connector.ports import Clock
from state.engine import Engine, Params, Tx

ADD = "INSERT INTO rounds (name, due_at_ms) VALUES (:name, 0) ON CONFLICT DO NOTHING"
TAKE = "UPDATE rounds SET due_at_ms = :next_due_ms WHERE name = :name AND due_at_ms <= :now_ms"


async def take_turn(engine: Engine, clock: Clock, name: str, *, next_due_ms: int) -> bool:
    """Take the turn of a round that is due; True for one machine only."""
    row: Params = {"name": name, "next_due_ms": next_due_ms, "now_ms": clock.now_ms()}

    def take(tx: Tx) -> bool:
        tx.execute(ADD, row)
        return tx.execute(TAKE, row) > 0

    return await engine.write(take)
