"""A Call as the cells of one row, and back: every field a column, by the names of the schema.

An absent text and an empty one are different; a cell cannot tell, so `empty_fields` names the empty ones. Tags,
warnings and `extra` are JSON in their cells, for their texts may hold any separator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from pydantic_core import from_json, to_json

from connector.domain.call import BadRowError, Call, Peer, Recording, Sim, Source, User
from connector.domain.times import rfc3339
from connector.wire.call import call_from_value

_PARTS = {"source": Source, "user": User, "peer": Peer, "sim": Sim, "recording": Recording}
_REQUIRED = frozenset({"source.system", "peer.number_raw"})
"""Texts that are never absent."""
EMPTY_FIELDS = "empty_fields"


def _paths() -> tuple[str, ...]:
    return tuple(
        path
        for field in fields(Call)
        for path in (
            [f"{field.name}.{part.name}" for part in fields(_PARTS[field.name])]
            if field.name in _PARTS
            else [field.name]
        )
    )


PATHS = _paths()
COLUMNS = (*PATHS, EMPTY_FIELDS)
_OF_CALL = attrgetter(*PATHS)
_TIMES = tuple(at for at, path in enumerate(PATHS) if path.endswith("_at"))
_LISTS = tuple(PATHS.index(path) for path in ("tags", "warnings"))
_EXTRA = PATHS.index("extra")
_VIDEO = PATHS.index("is_video")
_JSON = frozenset({"tags", "warnings", "extra"})
DURATION = PATHS.index("duration_seconds")
STARTED_AT = PATHS.index("started_at")


def cells_of(call: Call) -> list[str | int | None]:
    """Return the cells of a call, one for each of `COLUMNS`; None: nothing."""
    cells: list[Any] = list(_OF_CALL(call))
    for at in _TIMES:
        if cells[at] is not None:
            cells[at] = rfc3339(cells[at])
    for at in _LISTS:
        cells[at] = to_json(cells[at]).decode() if cells[at] else None
    cells[_EXTRA] = to_json(dict(sorted(call.extra.items()))).decode() if call.extra else None
    cells[_VIDEO] = "true" if call.is_video else "false"
    cells.append(_empty_fields(cells) if "" in cells else None)
    return cells


def _empty_fields(cells: Sequence[object]) -> str | None:
    named = [path for path, cell in zip(PATHS, cells, strict=True) if cell == "" and path not in _REQUIRED]
    return " ".join(named) or None


def call_of_cells(cells: Mapping[str, str]) -> Call:
    """Return the call of a row of ours; columns that we do not know are passed over. Raises BadRowError."""
    empty = cells.get(EMPTY_FIELDS, "").split(" ")
    value: dict[str, Any] = {"user": {}, "peer": {"number": None}}
    for path in PATHS:
        cell: Any = cells.get(path, "")
        if not cell and path not in _REQUIRED and path not in empty:
            continue
        if path in _JSON:
            cell = _structure(path, cell)
        part, _, name = path.partition(".")
        if name:
            value.setdefault(part, {})[name] = cell
        else:
            value[part] = cell
    return call_from_value(value)


def _structure(path: str, cell: str) -> object:
    try:
        return from_json(cell)
    except ValueError:
        raise BadRowError(f"`{path}` is no JSON") from None


def local_time(at: datetime) -> str:
    """Return a time as spreadsheets take it: no zone, seconds."""
    return at.strftime("%Y-%m-%d %H:%M:%S")
