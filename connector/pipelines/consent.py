"""The way of a person to a provider's consent page and back, the same for every provider."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from connector.domain.connection import ConnectionId, Provider
from connector.domain.consenting import ConsentAttempt, code_challenge
from connector.domain.errors import BadInputError, NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.ports import Consents

STATE_BYTES = 32
VERIFIER_BYTES = 48
"""64 characters as text; RFC 7636 asks for 43 to 128."""
ID_BYTES = 18

DECLINED = "The consent was declined: nothing was connected."
NOT_ALLOWED = (
    "The account's organisation does not allow this app, its administrator can: nothing was connected."
)
AWAY = "The provider had trouble of its own: nothing was connected. Try again in some minutes."
REFUSALS = {
    "admin_policy_enforced": NOT_ALLOWED,
    "org_internal": NOT_ALLOWED,
    "server_error": AWAY,
    "temporarily_unavailable": AWAY,
}
"""What the words of a refusal mean that is no declining. Source: RFC 6749, 4.1.2.1, and Google's documents."""

log = structlog.stdlib.get_logger()


class ConsentDeclinedError(NotPermittedError):
    """The person, or the provider, said no. `attempt` tells what had been begun."""

    def __init__(self, message: str, attempt: ConsentAttempt) -> None:
        super().__init__(message)
        self.attempt = attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAsk:
    """What a consent page is asked for. `code_challenge` is left out where a provider has no PKCE."""

    state: str
    redirect_uri: str
    code_challenge: str
    connection_id: ConnectionId | None
    rerequest: bool


class ConsentProvider(Protocol):
    """One provider, as this flow needs it. Its offer is a text that only it understands."""

    async def consent_url(self, ask: ConsentAsk) -> str:
        """Return the address of the consent page."""

    def is_own_issuer(self, issuer: str | None) -> bool:
        """Tell whether the `iss` that came back is the provider's. Source: RFC 9207."""

    async def offered(self, code: str, *, redirect_uri: str, verifier: str) -> str:
        """Exchange the code; return what it gives. Raises ConnectorError kinds."""


class ConsentDesk:
    """Sends people to consent pages, and takes what they come back with: once, in the browser that began it."""

    def __init__(
        self,
        providers: Mapping[Provider, ConsentProvider],
        consents: Consents,
        new_secret: Callable[[int], str],
        public_url: str,
    ) -> None:
        self._providers = providers
        self._consents = consents
        self._new_secret = new_secret
        self._public_url = public_url.rstrip("/")

    async def start(
        self,
        provider: Provider,
        workspace_id: WorkspaceId,
        *,
        session: str,
        person_id: str | None = None,
        connection_id: ConnectionId | None = None,
        rerequest: bool = False,
        return_to: str | None = None,
    ) -> str:
        """Return where to send the browser."""
        state, verifier = self._new_secret(STATE_BYTES), self._new_secret(VERIFIER_BYTES)
        attempt = ConsentAttempt(
            id=self._new_secret(ID_BYTES),
            provider=provider,
            workspace_id=workspace_id,
            session=session,
            person_id=person_id,
            connection_id=connection_id,
            verifier=verifier,
            return_to=return_to,
        )
        ask = ConsentAsk(
            state=state,
            redirect_uri=self.redirect_uri(provider),
            code_challenge=code_challenge(verifier),
            connection_id=connection_id,
            rerequest=rerequest,
        )
        url = await self._providers[provider].consent_url(ask)
        await self._consents.begin(attempt, state=state)
        log.info("consent.started", provider=provider, workspace_id=workspace_id, connection_id=connection_id)
        return url

    async def take(
        self, provider: Provider, query: Mapping[str, str], *, session: str
    ) -> tuple[ConsentAttempt, str]:
        """Take a browser that comes back; return what was begun, and the code.

        Raises NotPermittedError on a foreign, used or old state; ConsentDeclinedError; BadInputError.
        """
        state = query.get("state", "")
        if not state:
            raise BadInputError("The provider sent no state back: start connecting again.")
        attempt = await self._consents.take(provider, state=state, session=session)
        if "error" in query:
            log.info("consent.declined", provider=provider, workspace_id=attempt.workspace_id)
            raise ConsentDeclinedError(REFUSALS.get(query["error"], DECLINED), attempt)
        code = query.get("code", "")
        if not code or not self._providers[provider].is_own_issuer(query.get("iss")):
            raise BadInputError("The way back is not the provider's own: start connecting again.")
        return attempt, code

    async def exchange(self, attempt: ConsentAttempt, code: str) -> str:
        """Exchange the code and keep what it gives for the person's choice. Raises ConnectorError kinds."""
        offer = await self._providers[attempt.provider].offered(
            code, redirect_uri=self.redirect_uri(attempt.provider), verifier=attempt.verifier or ""
        )
        await self._consents.keep_offer(attempt, offer)
        return offer

    async def offer(self, attempt_id: str, *, session: str) -> tuple[ConsentAttempt, str]:
        """Return a consent that waits for the person's choice. Raises NotPermittedError."""
        return await self._consents.offered(attempt_id, session=session)

    async def finish(self, attempt: ConsentAttempt) -> None:
        """Forget a consent that was taken up."""
        await self._consents.finish(attempt)

    def redirect_uri(self, provider: Provider) -> str:
        """Return where the provider sends the browser back to; registered with the provider, letter by letter."""
        return f"{self._public_url}/connect/{provider}/callback"
