"""What a measure takes and gives."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from connector.bench.stand import Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report. `goal` is what we hold ourselves to, as text."""

    name: str
    value: float
    unit: str
    goal: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured."""

    cycles: int
    posts: int
    backlog: int
    leads: int
    calls: int


Measure = Callable[[Stand, Size], Awaitable[Sequence[Figure]]]
