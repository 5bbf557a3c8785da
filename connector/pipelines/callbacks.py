"""What the providers tell us unasked: the app was removed, a person's data is to be erased, an account is not safe.

Everything is on disk before it is answered; a repeat changes nothing.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from connector.domain.connection import ConnectionId
from connector.domain.privacy import PersonCall, PrivacyRequest
from connector.domain.security_event import SecurityEvent
from connector.ports import SecurityEventDoor

CODE_CHARS = 32

log = structlog.stdlib.get_logger()


class SignedRequestDoor(Protocol):
    """Facebook's signed requests without I/O."""

    def open(self, signed_request: str) -> PersonCall:
        """Return whom a proved call is about. Raises BadSignatureError, BadInputError."""


class Removals(Protocol):
    """What persons asked Facebook to tell us. Every method raises StateUnavailableError: nothing was stored."""

    async def deauthorise(self, call: PersonCall, *, code: str) -> Sequence[ConnectionId]:
        """Note that the person removed the app; return the connections that this ended.

        In every workspace they wait for a new consent, their tokens are erased, and what waits is kept.
        """

    async def erase(self, call: PersonCall, *, code: str) -> PrivacyRequest:
        """Erase what is held about the person; a repeated call returns the request of the first."""

    async def find(self, code: str) -> PrivacyRequest | None:
        """Return a deletion request by its code."""


class SecurityEvents(Protocol):
    """Google's security events, each taken once."""

    async def apply(self, event: SecurityEvent) -> tuple[str, Sequence[ConnectionId]]:
        """Store an event and do what it asks for; return what that was, and to which connections.

        Raises StateUnavailableError: nothing was stored.
        """


class Callbacks:
    """The doors of the providers. `events` None: no Google client is set up."""

    def __init__(
        self,
        requests: SignedRequestDoor,
        removals: Removals,
        events: SecurityEventDoor | None,
        told: SecurityEvents,
        *,
        new_secret: Callable[[int], str],
    ) -> None:
        self._requests = requests
        self._removals = removals
        self._events = events
        self._told = told
        self._new_secret = new_secret

    @property
    def hears_google(self) -> bool:
        """Tell whether security events of Google's can be proved."""
        return self._events is not None

    async def deauthorise(self, signed_request: str) -> None:
        """Take in that a person removed the app.

        Raises BadSignatureError, BadInputError, StateUnavailableError; nobody we know and repeats are no error.
        """
        call = self._requests.open(signed_request)
        ended = await self._removals.deauthorise(call, code=self._new_code())
        log.info("connection.deauthorised", connection_ids=list(ended), connections=len(ended))

    async def request_deletion(self, signed_request: str) -> PrivacyRequest:
        """Erase what is held about a person and return the request; raises as `deauthorise`."""
        call = self._requests.open(signed_request)
        request = await self._removals.erase(call, code=self._new_code())
        log.info("privacy.deletion_requested", state=request.state)
        return request

    async def privacy_request(self, code: str) -> PrivacyRequest | None:
        """Return a deletion request by its code, which only its person has."""
        usable = code.isascii() and code.isalnum() and len(code) == CODE_CHARS
        return await self._removals.find(code) if usable else None

    async def security_event(self, body: bytes) -> None:
        """Take in what Google tells of an account.

        Raises BadSignatureError, TransientError (keys cannot be had), StateUnavailableError.
        """
        if self._events is None:
            return
        event = await self._events.read(body)
        outcome, touched = await self._told.apply(event)
        log.info("security_event.received", type=event.type, outcome=outcome, connection_ids=list(touched))

    def _new_code(self) -> str:
        """Return a code of letters and digits that nobody guesses."""
        return hashlib.sha256(self._new_secret(32).encode()).hexdigest()[:CODE_CHARS]
