"""A small world with one admin, one Page and one form, served on loopback."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.world import SCOPES, Form, Page, Person, World

START = 1_790_000_000.0


@dataclass
class Reading:
    """What a call was answered."""

    status: int
    headers: dict[str, str]
    body: object
    text: str


class Client:
    """Calls the Graph sandbox with the token in the header."""

    def __init__(self, http: aiohttp.ClientSession, graph: GraphSandbox) -> None:
        self._http, self._graph = http, graph

    async def call(self, method: str, path: str, token: str = "", **params: str) -> Reading:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = path if path.startswith("http") else f"{self._graph.url}/v26.0/{path}"
        sent = {"data": params} if method == "POST" else {"params": params}
        async with self._http.request(method, url, headers=headers, allow_redirects=False, **sent) as r:  # type: ignore[arg-type]  # handed through
            text = await r.text()
            is_json = text[:1] in {"{", "["} or text == "true"
            return Reading(
                r.status, dict(r.headers), await r.json(content_type=None) if is_json else text, text
            )

    async def get(self, path: str, token: str = "", **params: str) -> Reading:
        return await self.call("GET", path, token, **params)


@pytest.fixture
def clock() -> list[float]:
    """Hold the world's time in its only element."""
    return [START]


@pytest.fixture
def world(clock: list[float]) -> World:
    return World.invented(random.Random(7), now=lambda: clock[0])  # noqa: S311 - repeatable


@pytest.fixture
def admin(world: World) -> Person:
    return world.add_person("Ada Admin")


@pytest.fixture
def page(world: World, admin: Person) -> Page:
    return world.add_page("Bäckerei / Test", admins=[admin])


@pytest.fixture
def form(world: World, page: Page) -> Form:
    return world.add_form(page)


@pytest.fixture
async def graph(world: World) -> AsyncIterator[GraphSandbox]:
    async with GraphSandbox(world) as server:
        yield server


@pytest.fixture
async def client(graph: GraphSandbox) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, graph)


@pytest.fixture
def user_token(graph: GraphSandbox, admin: Person) -> str:
    return graph.log_in(admin, scopes=SCOPES)


@pytest.fixture
def page_token(graph: GraphSandbox, user_token: str, page: Page) -> str:
    return graph.page_token(user_token, page)
