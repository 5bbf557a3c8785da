"""The app's own webhook subscription, in the shapes that the Graph API answers in."""

import pytest

from adapters.facebook.client import GraphClient
from adapters.facebook.subscriptions import AppSubscriptions
from connector.domain.connection import WebhookSubscription
from connector.domain.errors import MisconfiguredError, PermanentError, TransientError

from .conftest import APP_ID, SECRET, Script

URL = "https://connect.example.com/webhooks/facebook"
PAGE = {"object": "page", "callback_url": URL, "active": True, "fields": [{"name": "leadgen"}]}


@pytest.fixture
def subscriptions(client: GraphClient) -> AppSubscriptions:
    return AppSubscriptions(client)


async def test_it_is_read_with_the_app_s_token(graph: Script, subscriptions: AppSubscriptions) -> None:
    graph.then({"data": [{"object": "user", "callback_url": "x", "active": True}, PAGE]})
    assert await subscriptions.found() == WebhookSubscription(
        callback_url=URL, fields=("leadgen",), is_active=True
    )
    (seen,) = graph.seen
    assert seen.path == f"/v26.0/{APP_ID}/subscriptions"
    assert seen.headers["Authorization"] == f"Bearer {APP_ID}|{SECRET}"
    assert SECRET not in seen.address


@pytest.mark.parametrize(
    ("row", "fields", "is_active"),
    [
        ({"object": "page", "fields": ["leadgen", "feed"], "active": True}, ("leadgen", "feed"), True),
        ({"object": "page", "fields": None, "active": False}, (), False),
        ({"object": "page", "fields": [{"version": "v26.0"}, 7]}, (), False),
    ],
)
async def test_odd_rows_are_read_as_far_as_they_go(
    graph: Script,
    subscriptions: AppSubscriptions,
    row: dict[str, object],
    fields: tuple[str, ...],
    *,
    is_active: bool,
) -> None:
    graph.then({"data": [row]})
    found = await subscriptions.found()
    assert found is not None
    assert (found.fields, found.is_active) == (fields, is_active)


async def test_no_row_of_pages_is_none(graph: Script, subscriptions: AppSubscriptions) -> None:
    graph.then({"data": []})
    assert await subscriptions.found() is None


@pytest.mark.parametrize("answer", [{"success": True}, "true"])
async def test_it_is_written_as_a_form(
    graph: Script, subscriptions: AppSubscriptions, answer: object
) -> None:
    graph.then(answer)
    await subscriptions.subscribe(callback_url=URL, verify_token="word")
    (seen,) = graph.seen
    assert seen.method == "POST"
    assert seen.form == {
        "object": "page",
        "callback_url": URL,
        "fields": "leadgen",
        "verify_token": "word",
        "include_values": "true",
    }
    assert "word" not in seen.address


async def test_what_meta_refuses_is_told_apart(graph: Script, subscriptions: AppSubscriptions) -> None:
    graph.refuse(2200, message="(#2200) Callback verification failed")
    with pytest.raises(PermanentError, match="could not be verified"):
        await subscriptions.subscribe(callback_url=URL, verify_token="word")
    for call in (subscriptions.found(), subscriptions.subscribe(callback_url=URL, verify_token="word")):
        graph.refuse(190)
        with pytest.raises(MisconfiguredError):
            await call
    for _ in range(2):
        graph.then({"success": False})
    with pytest.raises(TransientError):
        await subscriptions.subscribe(callback_url=URL, verify_token="word")
