import random
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from adapters.sandbox.faults import Fault, Faults
from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.world import Form, World

if TYPE_CHECKING:
    from adapters.sandbox.conftest import Client


async def test_queued_faults_run_out(client: "Client", graph: GraphSandbox, user_token: str) -> None:
    graph.faults.add("me", Fault.status(502), times=2)
    graph.faults.add("*", Fault.bare("true"))
    texts = [(await client.get("me", user_token)).text for _ in range(4)]
    assert texts[:3] == ["<html>Bad Gateway</html>"] * 2 + ["true"]
    assert "Ada" in texts[3]


async def test_drop_closes_the_connection(client: "Client", graph: GraphSandbox, user_token: str) -> None:
    # a lone GET on a reused connection may be repeated by the client itself: both attempts are dropped
    graph.faults.add("me", Fault.drop_connection, times=5)
    with pytest.raises(aiohttp.ClientError):
        await client.get("me", user_token)


async def test_hang_lasts_until_the_server_stops(world: World, form: Form) -> None:
    async with GraphSandbox(world) as graph, aiohttp.ClientSession() as http:
        graph.faults.add("*", Fault.hang())
        with pytest.raises(TimeoutError):
            await http.get(f"{graph.url}/v26.0/me", timeout=aiohttp.ClientTimeout(total=0.05))
        assert graph.seen[-1].status == 0


async def test_latency_sleeps_on_the_given_clock(world: World) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with GraphSandbox(world, latency_s=3, sleep=sleep) as graph, aiohttp.ClientSession() as http:
        graph.faults.add("me", Fault.latency(9))
        async with http.get(f"{graph.url}/v26.0/me") as answer:
            assert answer.status == 400
    assert slept == [3, 9]


async def test_wait_for_wakes_on_a_request(client: "Client", graph: GraphSandbox, user_token: str) -> None:
    await client.get("me", user_token)
    await graph.wait_for(lambda: graph.requests == 1)
    with pytest.raises(TimeoutError):
        await graph.wait_for(lambda: False, timeout_s=0.01)


def test_rate_is_a_chance_of_the_given_rng() -> None:
    faults = Faults(random.Random(1))  # noqa: S311 - repeatable
    assert not faults
    faults.rate("lead", Fault.null_member, 0.25)
    hits = sum(faults.take("lead", ("1",), "", member=True) is not None for _ in range(1000))
    assert 200 < hits < 300
    assert faults.take("lead", ("1",), "") is None
    faults.rate("lead", Fault.null_member, 0)
    assert not faults


def test_unknown_error_name_is_refused_at_once() -> None:
    with pytest.raises(KeyError):
        Fault.error("no_such_error")


async def test_error_fault_has_the_real_shape(client: "Client", graph: GraphSandbox, user_token: str) -> None:
    graph.faults.add("me", Fault.error("service_unavailable"))
    answer: Any = await client.get("me", user_token)
    assert answer.status == 503
    assert answer.body["error"]["is_transient"] is True
    assert answer.body["error"]["fbtrace_id"]
