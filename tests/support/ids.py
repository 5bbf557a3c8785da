"""Ids without chance that no two makers share."""

import itertools
from collections.abc import Callable


def numbered(prefix: int) -> Callable[[], str]:
    """Return a maker of ids: 32 hexadecimal digits, the first eight are `prefix`."""
    numbers = itertools.count(1)
    return lambda: f"{prefix:08x}{next(numbers):024x}"
