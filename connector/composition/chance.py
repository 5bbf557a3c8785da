"""Every source of chance in one value, so that a test brings its own."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from random import Random


def new_id() -> str:
    """Return a fresh id: 32 hexadecimal digits."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """Every source of chance, so that a test brings its own."""

    random: Random
    new_id: Callable[[], str] = new_id
    new_secret: Callable[[int], str] = secrets.token_urlsafe

    @classmethod
    def of_system(cls) -> "Chance":
        """Return the operating system's."""
        return cls(random=Random())  # noqa: S311 - it spreads retries and protects nothing
