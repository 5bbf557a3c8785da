"""Google access tokens, always fresh: refreshed ahead of their end, by one worker of all threads and machines.

Who needs a token asks `access`. Who finds it old joins the refresh that is under way in this process, or begins
one: it takes the lease and looks a second time, for the work may be done.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import structlog

from connector.domain.alerts_catalogue import GOOGLE_CLIENT_REFUSED
from connector.domain.connection import AccessToken, ConnectionId
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    MisconfiguredError,
    RateLimitedError,
    StateUnavailableError,
    SuspendedError,
    TransientError,
)
from connector.domain.token_refresh import StoredTokens, last_resort, retry_wait_s, usable
from connector.ports import Alerts, Clock, Counters, GoogleConsent, GoogleTokenStore, Wakeups

LOOK_AGAIN_S = 1.0
"""How often who waits for another worker's refresh looks at the rows, whatever it hears."""
PATIENCE_S = 90.0
"""How long it waits: longer than a lease, so that a dead holder's place is taken."""
ASK_S = 40.0
"""How long the provider may take for all tries together: shorter than a lease."""
STORE_PAUSES_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses between tries to store what came: a rotated token that is not stored ends the connection."""
LANDING_S = 5.0
"""How long closing waits for refreshes that the provider has yet to answer."""
SEALED = "The stored token was sealed with a key that is not in state.encryption_keys: put that key back."
AT_ONCE = 8
"""Refreshes in flight of one step: as many as the adapter has connections."""
IDLE_MAX_S = 60.0

log = structlog.stdlib.get_logger()


class Refresh:
    """Keeps access tokens fresh, and tells a connection's health of a grant that is dead or frozen.

    Used from the event loop's thread only: other threads come through `asyncio.run_coroutine_threadsafe`.
    """

    def __init__(
        self,
        store: GoogleTokenStore,
        google: GoogleConsent,
        alerts: Alerts,
        counters: Counters,
        wakeups: Wakeups,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._google = google
        self._alerts = alerts
        self._counters = counters
        self._wakeups = wakeups
        self._clock = clock
        self._chance = chance
        self._flights: dict[ConnectionId, asyncio.Task[str]] = {}
        self._holding: set[ConnectionId] = set()
        self._refused: MisconfiguredError | None = None
        self._has_begun = False

    async def access(self, connection_id: ConnectionId) -> str:
        """Return an access token that lives for some minutes yet.

        Raises AuthLostError when a person must consent again, SuspendedError while the account is frozen,
        TransientError while the provider is away (RateLimitedError: not before `retry_after_s`),
        MisconfiguredError when our own client is refused.
        """
        seen = await self._alive(connection_id)
        if seen.state == "suspended":
            raise SuspendedError(
                "The Google account is frozen.", remedy="It goes on by itself when it is set free."
            )
        token = usable(seen, self._clock.now())
        if token is not None:
            return token
        try:
            if seen.pause_s(self._clock.now_ms()) > 0:
                self._raise_pause(seen)
            return await self._flown(seen)
        except (TransientError, MisconfiguredError):
            spare = last_resort(seen, self._clock.now())
            if spare is None:
                raise
            return spare

    async def prove(self, connection_id: ConnectionId) -> str:
        """Refresh now, whatever is stored, and return the access token: the grant itself is put to the test."""
        return await self._flown(await self._alive(connection_id))

    async def step(self) -> bool:
        """Refresh what is due; True when a token was replaced."""
        if not self._has_begun:  # whoever restarts us may have mended what failed
            await self._store.retry_now()
            self._has_begun = True
        due = await self._store.due(limit=AT_ONCE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._renewed(connection_id)) for connection_id in due]
        return any(task.result() for task in tasks)

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most a minute."""
        due = await self._store.next_due_ms()
        left_s = IDLE_MAX_S if due is None else (due - self._clock.now_ms()) / 1000
        return min(max(left_s, LOOK_AGAIN_S), IDLE_MAX_S)

    async def aclose(self) -> None:
        """Let refreshes end that were sent to the provider; what only waits for another worker ends now."""
        for connection_id, flight in self._flights.items():
            if connection_id not in self._holding:
                flight.cancel()
        flights = set(self._flights.values())
        if flights:
            _, late = await asyncio.wait(flights, timeout=LANDING_S)
            for flight in late:
                flight.cancel()
            await asyncio.gather(*flights, return_exceptions=True)

    async def _renewed(self, connection_id: ConnectionId) -> bool:
        """Replace an access token when it is still due; False when that failed: the row has its next time."""
        try:
            seen = await self._alive(connection_id)
            if seen.is_due(self._clock.now_ms()):
                await self._flown(seen)
        except ConnectorError as error:
            log.info("token.not_refreshed", connection_id=connection_id, reason=str(error))
            return False
        return True

    async def _flown(self, seen: StoredTokens) -> str:
        """Join the refresh under way in this process, or begin one; all who wait get the same outcome.

        It ends even when all who wait went away: a token that the provider rotated must be stored.
        """
        flight = self._flights.get(seen.connection_id)
        if flight is None:
            flight = asyncio.create_task(self._refreshed(seen), name=f"refresh {seen.connection_id}")
            self._flights[seen.connection_id] = flight
            flight.add_done_callback(partial(self._landed, seen.connection_id))
        return await asyncio.shield(flight)

    def _landed(self, connection_id: ConnectionId, flight: asyncio.Task[str]) -> None:
        del self._flights[connection_id]
        if not flight.cancelled():
            flight.exception()  # taken note of, should nobody wait any more

    async def _refreshed(self, old: StoredTokens) -> str:
        until_s = self._clock.monotonic() + PATIENCE_S
        with self._wakeups.listen("tokens") as news:
            while True:
                news.clear()
                seen = await self._alive(old.connection_id)
                if seen.version != old.version and seen.access is not None:
                    return seen.access.value
                if seen.failures > old.failures:
                    raise TransientError("Another worker could not refresh the token a moment ago.")
                held = await self._store.claim(seen)
                fresh = await self._under_lease(held) if held is not None else None
                if fresh is not None:
                    return fresh.value
                if self._clock.monotonic() > until_s:
                    raise TransientError("Another worker holds the token's lease for too long.")
                if held is None:
                    await self._clock.wait(news, LOOK_AGAIN_S)

    async def _alive(self, connection_id: ConnectionId) -> StoredTokens:
        tokens = await self._store.stored(connection_id)
        if tokens is None or not tokens.has_token:
            raise AuthLostError("The Google account is not connected.")
        if tokens.state in ("reconnect", "disconnecting", "disconnected"):
            raise AuthLostError("The Google account must be connected again.")
        return tokens

    def _raise_pause(self, seen: StoredTokens) -> NoReturn:
        if self._refused is not None:
            raise MisconfiguredError(str(self._refused), remedy=self._refused.remedy)
        pause_s = seen.pause_s(self._clock.now_ms())
        raise RateLimitedError("The token could not be refreshed a moment ago.", retry_after_s=pause_s)

    async def _under_lease(self, held: StoredTokens) -> AccessToken | None:
        """Refresh once and store what came before anybody uses it; None when the lease was lost meanwhile."""
        self._holding.add(held.connection_id)
        try:
            with structlog.contextvars.bound_contextvars(connection_id=held.connection_id):
                try:
                    fresh = await self._asked(held)
                except ConnectorError as error:
                    if await self._failed(held, error):
                        raise
                    return None
                return fresh if await self._succeeded(held, fresh) else None
        finally:
            self._holding.discard(held.connection_id)

    async def _asked(self, held: StoredTokens) -> AccessToken:
        """Refresh; ask once more before a grant is called dead: that is news which people act on."""
        if held.refresh_token is None:
            raise TransientError(SEALED)
        try:
            async with asyncio.timeout(ASK_S):
                try:
                    return await self._google.refresh(held.refresh_token)
                except AuthLostError:
                    return await self._google.refresh(held.refresh_token)
        except TimeoutError:
            raise TransientError("Google did not answer in time.") from None

    async def _succeeded(self, held: StoredTokens, fresh: AccessToken) -> bool:
        """Store what came; False when the lease was lost: somebody consented again or disconnected."""
        is_ours = await self._stored(held, fresh)
        self._counters.token_refresh("google", "refreshed" if is_ours else "fenced")
        log.info("token.refreshed", rotated=fresh.refresh_token is not None, is_ours=is_ours)
        self._refused = None
        if held.failures:
            await self._alerts.resolve(GOOGLE_CLIENT_REFUSED.key())
        return is_ours

    async def _stored(self, held: StoredTokens, fresh: AccessToken) -> bool:
        for pause_s in STORE_PAUSES_S:
            try:
                return await self._store.store(held, fresh)
            except StateUnavailableError as error:
                log.warning("token.not_stored", reason=str(error))
                await self._clock.sleep(pause_s)
        return await self._store.store(held, fresh)

    async def _failed(self, held: StoredTokens, error: ConnectorError) -> bool:
        """Write what a failed try means; False when the lease was lost: then it means nothing."""
        failures = held.failures + 1
        wait_s = retry_wait_s(error, failures=failures, jitter=self._chance())
        outcome = "dead" if isinstance(error, AuthLostError) else "failed"
        due_at_ms = self._clock.now_ms() + int(wait_s * 1000)
        is_ours = await self._store.fail(held, error, due_at_ms=due_at_ms)
        self._counters.token_refresh("google", outcome if is_ours else "fenced")
        log.warning(
            "token.refresh_failed", outcome=outcome, failures=failures, reason=str(error), is_ours=is_ours
        )
        if isinstance(error, MisconfiguredError):
            self._refused = error
            await self._alerts.raise_once(GOOGLE_CLIENT_REFUSED.alert(reason=str(error), remedy=error.remedy))
        return is_ours
