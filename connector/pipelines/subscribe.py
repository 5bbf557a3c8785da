"""Subscribing the app's webhook at Meta, and judging whether what is subscribed is ours."""

from typing import Protocol

from connector.domain.connection import WebhookSubscription
from connector.domain.errors import TransientError

FIELD = "leadgen"


class Subscriptions(Protocol):
    """The app-level webhook subscription. Every method raises ConnectorError kinds only."""

    async def found(self) -> WebhookSubscription | None:
        """Return what is subscribed to Pages, or None."""

    async def subscribe(self, *, callback_url: str, verify_token: str) -> None:
        """Subscribe; the provider verifies the address before it answers."""


def webhook_trouble(found: WebhookSubscription | None, callback_url: str) -> str | None:
    """Return why no webhook of a lead comes to `callback_url`, or None when it does."""
    if found is None:
        return "the app's webhook is not subscribed at Meta: no webhooks come"
    if found.callback_url != callback_url:
        return f"Meta sends the webhooks to {found.callback_url}, not to {callback_url}"
    if FIELD not in found.fields:
        return f"the app's webhook lacks the field {FIELD}: no webhooks of leads come"
    return None if found.is_active else "Meta has switched the app's webhook off"


async def subscribe(subscriptions: Subscriptions, *, callback_url: str, verify_token: str) -> None:
    """Subscribe and read it back. Raises any ConnectorError; TransientError when it does not show."""
    await subscriptions.subscribe(callback_url=callback_url, verify_token=verify_token)
    trouble = webhook_trouble(await subscriptions.found(), callback_url)
    if trouble is not None:
        raise TransientError(f"It was subscribed, and yet {trouble}.")
