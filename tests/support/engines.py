"""Opening either engine."""

from pathlib import Path

from state.engine import Engine
from state.postgres import PostgresEngine
from state.sqlite import SqliteEngine


def open_engine(url: str) -> Engine:
    """Open either engine by its address."""
    if url.startswith("sqlite"):
        return SqliteEngine(Path(url.removeprefix("sqlite:///")))
    return PostgresEngine(url, connections=4)
