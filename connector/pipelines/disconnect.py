"""Disconnecting an account: it stops at once; what connecting did at the provider is taken back until it is."""

from collections.abc import Callable
from typing import Protocol

import structlog

from connector.domain.audit import Actor
from connector.domain.connection import ConnectionId, PageAccess, UserToken
from connector.domain.disconnecting import (
    GivenUp,
    Preview,
    UndoingOutcome,
    UndoingWork,
    UndoLater,
    Undone,
    decide_undoing,
)
from connector.domain.errors import ConnectorError, PermanentError
from connector.ports import Clock

IDLE_MAX_S = 5.0
"""Seconds after which we look again whatever we know: a command in another process may have put work in line."""
SEALED_AWAY = "No key opens the token that was kept for it."

log = structlog.stdlib.get_logger()


class Accounts(Protocol):
    """What disconnecting needs of the connected accounts."""

    async def preview(self, connection_id: ConnectionId) -> Preview:
        """Return what disconnecting would do now. Raises BadInputError: no such connection."""

    async def disconnect(self, connection_id: ConnectionId, actor: Actor) -> Preview:
        """Stop its work, erase its tokens and queue what is to be undone; return what that was.

        Twice is as once. Raises BadInputError: no such connection.
        """

    async def done_by_hand(self, connection_id: ConnectionId, actor: Actor) -> int:
        """Note that a person took back what was given up; return how much that was. Raises BadInputError."""


class Undoings(Protocol):
    """What is still to be taken back at a provider."""

    async def claim(self) -> UndoingWork | None:
        """Lease one; None when nothing is due. What was connected again meanwhile is called off instead."""

    async def settle(self, work: UndoingWork, outcome: UndoingOutcome) -> bool:
        """Write what became of it, erase its token when it is over; False when the lease was lost meanwhile."""

    async def next_due_ms(self) -> int | None:
        """Return when the earliest one is due."""


class FacebookUndo(Protocol):
    """Taking back at Facebook. Every method raises ConnectorError kinds only."""

    async def unsubscribe(self, access: PageAccess) -> None:
        """Take our app off the Page, for every workspace."""

    async def revoke(self, token: UserToken) -> None:
        """Take back the person's whole consent; a token that is dead already is as good."""


class GoogleUndo(Protocol):
    """Taking back at Google. Raises ConnectorError kinds only."""

    async def revoke(self, token: str) -> None:
        """Take the grant back, for every client of the project; a token that is dead already is as good."""


class Disconnect:
    """What admins and the CRM ask for: what would happen, and doing it."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def preview(self, connection_id: ConnectionId) -> Preview:
        """Return what disconnecting would do now. Raises BadInputError: no such connection."""
        return await self._accounts.preview(connection_id)

    async def disconnect(self, connection_id: ConnectionId, actor: Actor) -> Preview:
        """Disconnect; return what that did, as the preview told it. Raises BadInputError: no such connection."""
        done = await self._accounts.disconnect(connection_id, actor)
        if not done.is_gone:
            log.info(
                "connection.disconnected",
                connection_id=connection_id,
                workspace_id=done.workspace_id,
                pages=len(done.pages),
                parked=done.parked,
                undoings=len(done.undoings),
            )
        return done

    async def done_by_hand(self, connection_id: ConnectionId, actor: Actor) -> bool:
        """Take a person's word that they removed the app at the provider; False where nothing was given up.

        What is still tried is left to that. Raises BadInputError: no such connection.
        """
        undoings = await self._accounts.done_by_hand(connection_id, actor)
        if undoings:
            log.info("connection.undone_by_hand", connection_id=connection_id, undoings=undoings)
        return undoings > 0


class Undo:
    """Works off what is to be taken back, one at a time: it is rare and never urgent."""

    def __init__(
        self,
        undoings: Undoings,
        facebook: FacebookUndo,
        google: GoogleUndo | None,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._undoings = undoings
        self._facebook = facebook
        self._google = google
        self._clock = clock
        self._chance = chance

    async def step(self) -> bool:
        """Take one thing back; False when nothing is due."""
        work = await self._undoings.claim()
        if work is None:
            return False
        outcome = await self._outcome(work)
        ours = await self._undoings.settle(work, outcome)
        log.info(
            "undoing.attempted",
            connection_id=work.connection_id,
            kind=work.kind,
            page_id=work.page_id,
            attempt=work.attempt,
            outcome=_NAMES[type(outcome)] if ours else "lease_lost",
            reason=outcome.reason,
        )
        return True

    async def idle_s(self) -> float:
        """Return how many seconds nothing will be due."""
        due_ms = await self._undoings.next_due_ms()
        if due_ms is None:
            return IDLE_MAX_S
        return min(max((due_ms - self._clock.now_ms()) / 1000, 0.05), IDLE_MAX_S)

    async def _outcome(self, work: UndoingWork) -> UndoingOutcome:
        if work.token is None:
            return GivenUp(reason=SEALED_AWAY)
        try:
            await self._take_back(work, work.token)
        except ConnectorError as error:
            return decide_undoing(error, work, now_ms=self._clock.now_ms(), jitter=self._chance())
        return Undone()

    async def _take_back(self, work: UndoingWork, token: str) -> None:
        if work.kind == "unsubscribe_page" and work.page_id is not None:
            await self._facebook.unsubscribe(PageAccess(page_id=work.page_id, token=token))
        elif work.provider == "facebook":
            await self._facebook.revoke(UserToken(value=token))
        elif self._google is not None:
            await self._google.revoke(token)
        else:
            raise PermanentError("Google is not set up here any more.")


_NAMES: dict[type[UndoingOutcome], str] = {Undone: "undone", UndoLater: "retried", GivenUp: "given_up"}
