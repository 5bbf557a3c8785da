"""The proof that a write ends up on disk: one that needs room, as a batch of leads does."""

import hashlib

from state.engine import Engine, Tx

PADDING = hashlib.shake_256(b"room").digest(16 * 1024)
"""Bytes that no database can make smaller."""
FILL = """
    INSERT INTO probes (id, padding) VALUES ('readiness', :padding)
    ON CONFLICT (id) DO UPDATE SET padding = excluded.padding"""
EMPTY = "UPDATE probes SET padding = NULL WHERE id = 'readiness'"


async def store_something(engine: Engine) -> None:
    """Write a row that takes room, and give the room back. Raises StateUnavailableError.

    Two commits: what is written and taken back in one may never get as far as the disk.
    """
    await engine.write(_fill)
    await engine.write(_empty)


def _fill(tx: Tx) -> None:
    tx.execute(FILL, {"padding": PADDING})


def _empty(tx: Tx) -> None:
    tx.execute(EMPTY)
