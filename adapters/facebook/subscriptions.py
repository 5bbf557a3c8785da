"""The app's own webhook subscription: where Meta sends what happens at any of the Pages.

https://developers.facebook.com/docs/graph-api/reference/app/subscriptions
"""

from collections.abc import Mapping

from adapters.facebook.client import GraphClient
from adapters.facebook.pages import pages
from connector.domain.connection import WebhookSubscription
from connector.domain.errors import AuthLostError, MisconfiguredError
from connector.ports import Raw

_NOT_OURS = "Facebook does not accept our app id and secret."


class AppSubscriptions:
    """Reads and writes it with the app's own token. Every method raises ConnectorError kinds only."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._path = f"{client.app.id}/subscriptions"

    async def found(self) -> WebhookSubscription | None:
        """Return the subscription to Pages, or None when there is none."""
        try:
            async for rows in pages(self._client, self._client.app.token, self._path, {}):
                for row in rows:
                    if row.get("object") == "page":
                        return _subscription(row)
        except AuthLostError as error:  # the app's token: no account can be connected again
            raise MisconfiguredError(_NOT_OURS) from error
        return None

    async def subscribe(self, *, callback_url: str, verify_token: str) -> None:
        """Subscribe `callback_url` to the leads of all Pages; Meta calls it at once and wants its echo."""
        wanted = {
            "object": "page",
            "callback_url": callback_url,
            "fields": "leadgen",
            "verify_token": verify_token,
            "include_values": "true",
        }
        try:
            reply = await self._client.post(self._client.app.token, self._path, wanted)
        except AuthLostError as error:
            raise MisconfiguredError(_NOT_OURS) from error
        reply.confirm("the webhook is subscribed")


def _subscription(row: Raw) -> WebhookSubscription:
    fields = row.get("fields")
    names = [_name(field) for field in fields] if isinstance(fields, list) else []
    return WebhookSubscription(
        callback_url=str(row.get("callback_url")),
        fields=tuple(name for name in names if name),
        is_active=row.get("active") is True,
    )


def _name(field: object) -> str:
    """Return a field's name; it is given as an object with a version, by old versions as a text."""
    name = field.get("name") if isinstance(field, Mapping) else field
    return name if isinstance(name, str) else ""
