"""Connecting the sandbox's Facebook account without a browser, as `connector connect facebook` does."""

import secrets
from urllib.parse import parse_qs, urlsplit

import aiohttp

from connector.composition import Chance, opened_connect
from connector.config import Settings
from connector.domain.lead import WorkspaceId
from connector.pipelines.connect import Connected
from connector.ports import Clock
from state.workspaces import MAIN


async def connect_facebook(
    settings: Settings, clock: Clock, chance: Chance, http: aiohttp.ClientSession
) -> Connected:
    """Let the dialog agree, and take every Page that is offered."""
    redirect_uri = f"{settings.server.public_url}/connect/facebook/callback"
    state = secrets.token_urlsafe(32)
    async with opened_connect(settings, clock, chance) as (pipeline, _connections, _rooms):
        dialog = pipeline.dialog_url(state=state, redirect_uri=redirect_uri)
        async with http.get(dialog, allow_redirects=False) as answer:
            query = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert query["state"] == [state]
        offer = await pipeline.offer(query["code"][0], redirect_uri=redirect_uri)
        return await pipeline.accept(WorkspaceId(MAIN), offer, [page.page_id for page in offer.pages])
