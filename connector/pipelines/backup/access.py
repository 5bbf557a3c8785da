"""Drive with a fresh access token: one that is not accepted any more is renewed once."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from connector.domain.connection import ConnectionId
from connector.domain.errors import StaleTokenError

T = TypeVar("T")


class Tokens(Protocol):
    """Access tokens; `pipelines.refresh.Refresh` is one. Raises ConnectorError kinds only."""

    async def access(self, connection_id: ConnectionId) -> str:
        """Return a token that lives for some minutes."""

    async def prove(self, connection_id: ConnectionId) -> str:
        """Return a new token, whatever is stored."""


class DriveAccess:
    """Calls under the token of one connection."""

    def __init__(self, tokens: Tokens, connection_id: ConnectionId) -> None:
        self._tokens = tokens
        self._connection_id = connection_id

    async def call(self, ask: Callable[[str], Awaitable[T]]) -> T:
        """Return what `ask` returns for a token; asked once more with a new one when that was stale."""
        try:
            return await ask(await self.token())
        except StaleTokenError:
            return await ask(await self.renewed())

    async def token(self) -> str:
        """Return a token."""
        return await self._tokens.access(self._connection_id)

    async def renewed(self) -> str:
        """Return a new token."""
        return await self._tokens.prove(self._connection_id)
