"""This daemon says that it runs, and which keys it knows: a change of keys waits for all, a restore for none."""

from collections.abc import Awaitable, Callable

IDLE_S = 30.0


class Presence:
    """Says so twice a minute."""

    def __init__(self, seen: Callable[[], Awaitable[None]]) -> None:
        self._seen = seen

    async def step(self) -> bool:
        """Say it once."""
        await self._seen()
        return False

    async def idle_s(self) -> float:
        """Return how long to wait until it is said again."""
        return IDLE_S
