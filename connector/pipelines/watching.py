"""Is the app's own webhook still subscribed at Meta? Looked at on a schedule, made again when it is not."""

from connector.domain.errors import ConnectorError, MisconfiguredError, PermanentError
from connector.domain.reconcile_work import Watched
from connector.pipelines.subscribe import Subscriptions, subscribe, webhook_trouble

REACHABLE = "See that server.public_url leads here from outside, then run `connector subscribe`."


class SubscriptionWatch:
    """Looks, heals, and says what it found. An address of somebody else's is left alone: two daemons would fight."""

    def __init__(self, subscriptions: Subscriptions, *, callback_url: str, verify_token: str) -> None:
        self._subscriptions = subscriptions
        self._callback_url = callback_url
        self._verify_token = verify_token

    def expect(self, verify_token: str) -> None:
        """Subscribe with this token from now on."""
        self._verify_token = verify_token

    async def look(self, *, due_at_ms: int) -> Watched:
        """Return what was found, to be looked at again at `due_at_ms`. Raises TransientError kinds."""
        try:
            found = await self._subscriptions.found()
        except MisconfiguredError as error:
            return Watched(due_at_ms=due_at_ms, trouble=str(error), remedy=error.remedy)
        trouble = webhook_trouble(found, self._callback_url)
        if trouble is None:
            return Watched(due_at_ms=due_at_ms)
        if found is not None and found.callback_url != self._callback_url:
            return Watched(due_at_ms=due_at_ms, trouble=_sentence(trouble), remedy=REACHABLE)
        return await self._heal(trouble, due_at_ms=due_at_ms)

    async def _heal(self, trouble: str, *, due_at_ms: int) -> Watched:
        try:
            await subscribe(
                self._subscriptions, callback_url=self._callback_url, verify_token=self._verify_token
            )
        except (PermanentError, MisconfiguredError) as error:
            said = f"{_sentence(trouble)} {error}"
            return Watched(due_at_ms=due_at_ms, trouble=said, remedy=REACHABLE)
        except ConnectorError as error:
            return Watched(due_at_ms=due_at_ms, trouble=f"{_sentence(trouble)} {error}")
        return Watched(due_at_ms=due_at_ms, healed=True)


def _sentence(trouble: str) -> str:
    return f"{trouble[0].upper()}{trouble[1:]}."
