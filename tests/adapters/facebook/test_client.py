import logging
import socket
import traceback

import pytest
import structlog.testing
from aiohttp import web

from adapters.facebook.client import BATCH_MAX, GraphClient
from adapters.facebook.errors import TooMuchDataError
from adapters.facebook.fault import fault_behind
from adapters.facebook.reply import GraphReply
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

from .conftest import SECRET, TOKEN, FakeClock, Script, connected, refusal


async def test_the_token_travels_in_a_header_and_the_proof_beside_it(
    graph: Script, client: GraphClient
) -> None:
    graph.then({"id": "7"})
    reply = await client.get(TOKEN, "7", {"fields": "id"})
    assert reply.json == {"id": "7"}
    (seen,) = graph.seen
    assert (seen.method, seen.path, seen.query["fields"]) == ("GET", "/v26.0/7", "id")
    assert seen.headers["Authorization"] == f"Bearer {TOKEN}"
    assert len(seen.query["appsecret_proof"]) == 64
    assert TOKEN not in seen.address
    assert SECRET not in seen.address


async def test_a_write_keeps_the_token_out_of_address_and_form(graph: Script, client: GraphClient) -> None:
    graph.then({"success": True})
    await client.post(TOKEN, "100/subscribed_apps", {"subscribed_fields": "leadgen"})
    (seen,) = graph.seen
    assert (seen.method, seen.form) == ("POST", {"subscribed_fields": "leadgen"})
    assert TOKEN not in seen.address


async def test_every_token_has_its_own_session(graph: Script, client: GraphClient) -> None:
    graph.otherwise = lambda seen: web.json_response({"id": seen.headers["Authorization"]})
    for n in range(150):
        reply = await client.get(f"token-{n % 75}", "7")
        assert reply.json == {"id": f"Bearer token-{n % 75}"}


async def test_a_call_without_token_sends_none(graph: Script, client: GraphClient) -> None:
    graph.then({"access_token": "x"})
    await client.get(None, "oauth/access_token", {"client_id": "1"})
    assert "Authorization" not in graph.seen[0].headers
    assert graph.seen[0].query == {"client_id": "1"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<html>Bad Gateway</html>", 502),
        ("<html>success</html>", 200),
        ("<html>success</html>", 502),
        ("Service Unavailable", 200),
        ("Service Unavailable", 503),
        ("", 200),
        ("", 500),
        ("{}", 503),
        ("null", 500),
        ("null", 200),
        ("7", 200),
        ('"text"', 200),
        ("false", 200),
        ('{"id":"1"}', 500),
        ('{"error":"text"}', 400),
        ('{"error":["a"]}', 400),
        ('{"error":null}', 200),
        ('{"error":{"code":2,"error_data":"no json"}}', 500),
        ('{"error":{"code":[1]}}', 400),
        ("[" * 100_000, 200),
        ('{"id":"1"}', 302),
    ],
)
async def test_an_odd_answer_is_a_failure_of_a_moment(
    graph: Script, client: GraphClient, body: str, status: int
) -> None:
    for _ in range(3):
        graph.then(body, status)
    with pytest.raises(TransientError):
        await client.get(TOKEN, "7")
    assert len(graph.seen) >= 2


@pytest.mark.parametrize("body", ["true", '{"success":true}', '{"success":"true"}'])
async def test_a_delete_may_answer_a_bare_true(graph: Script, client: GraphClient, body: str) -> None:
    graph.then(body)
    assert isinstance(await client.delete(TOKEN, "me/permissions"), GraphReply)


async def test_a_bad_gateway_is_survived(graph: Script, client: GraphClient, clock: FakeClock) -> None:
    graph.then("<html>Bad Gateway</html>", 502)
    graph.then({"id": "7"})
    assert (await client.get(TOKEN, "7")).json == {"id": "7"}
    assert len(clock.slept_s) == 1


async def test_a_cut_connection_is_a_failure_of_a_moment(graph: Script, client: GraphClient) -> None:
    class Cut(web.Response):
        async def prepare(self, request: web.BaseRequest) -> None:
            assert request.transport is not None
            request.transport.abort()

    graph.otherwise = lambda _: Cut()
    with pytest.raises(TransientError, match="could not be reached"):
        await client.get(TOKEN, "7")
    assert len(graph.seen) == 3


async def test_a_refusal_is_translated_and_carries_its_numbers_only(
    graph: Script, client: GraphClient
) -> None:
    graph.refuse(190, 460, f"Jane Doe changed {TOKEN}")
    with pytest.raises(AuthLostError, match="190/460") as caught:
        await client.get(TOKEN, "7")
    fault = fault_behind(caught.value)
    assert fault is not None
    assert (fault.code, fault.subcode, fault.trace_id) == (190, 460, "Ab1_-")
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(fault)
    assert TOKEN not in shown
    assert "Jane" not in shown


@pytest.mark.parametrize("broken", ["away", "page", "refusal"])
async def test_no_error_shows_a_token_or_an_address(
    graph: Script, clock: FakeClock, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    params = {"client_secret": SECRET, "code": "single-use-code", "input_token": TOKEN}
    if broken == "page":
        graph.otherwise = lambda _: web.Response(status=500, text=f"oops {SECRET}")
    else:
        graph.otherwise = lambda _: web.json_response(refusal(100, None, f"bad {SECRET}"), status=400)
    url = graph.url if broken != "away" else f"http://127.0.0.1:{_free_port()}"
    with structlog.testing.capture_logs() as logged, pytest.raises(ConnectorError) as caught:
        async with connected(url, clock) as client:
            await client.get(TOKEN, "oauth/access_token", params)
    error = caught.value
    shown = "".join(traceback.format_exception(error)) + str(logged) + caplog.text
    for word in (TOKEN, SECRET, "single-use-code", "127.0.0.1", "appsecret_proof"):
        assert word not in shown
    assert error.__context__ is None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_token_that_no_header_can_carry_is_never_shown(client: GraphClient) -> None:
    with pytest.raises(TransientError) as caught:
        await client.get(f"{TOKEN}\n", "7")
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_a_redirect_is_not_followed(graph: Script, client: GraphClient) -> None:
    graph.otherwise = lambda _: web.Response(status=302, headers={"Location": f"{graph.url}/elsewhere"})
    with pytest.raises(TransientError):
        await client.get(TOKEN, "7")
    assert {seen.path for seen in graph.seen} == {"/v26.0/7"}


async def test_a_path_that_is_no_id_is_refused_before_it_is_sent(graph: Script, client: GraphClient) -> None:
    for path in ("7?fields=x", "../7", "7/", "", "a b", "é"):
        with pytest.raises(PermanentError):
            await client.get(TOKEN, path)
    assert graph.seen == []


async def test_the_pause_of_a_limit_comes_from_the_headers(graph: Script, client: GraphClient) -> None:
    usage = '{"100":[{"type":"leadgen","call_count":100,"estimated_time_to_regain_access":19}]}'
    graph.then(refusal(80005), 400, {"X-Business-Use-Case-Usage": usage})
    with pytest.raises(RateLimitedError) as caught:
        await client.get(TOKEN, "7")
    assert caught.value.retry_after_s == 19 * 60
    assert len(graph.seen) == 1


async def test_too_much_data_is_handed_up_at_once(graph: Script, client: GraphClient) -> None:
    graph.refuse(1, None, "Please reduce the amount of data you're asking for", 500)
    with pytest.raises(TooMuchDataError):
        await client.get(TOKEN, "7")
    assert len(graph.seen) == 1


async def test_another_version_is_noticed_once(graph: Script, client: GraphClient) -> None:
    for _ in range(3):
        graph.then({"id": "7"}, 200, {"facebook-api-version": "v20.0", "x-ad-api-version-warning": "old"})
    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            await client.get(TOKEN, "7")
    assert [entry["event"] for entry in logged] == ["graph.version_differed", "graph.version_deprecated"]
    assert client.served_version == "v20.0"
    assert client.is_version_deprecated


async def test_the_asked_version_is_no_event(graph: Script, client: GraphClient) -> None:
    graph.then({"id": "7"}, 200, {"facebook-api-version": "v26.0"})
    with structlog.testing.capture_logs() as logged:
        await client.get(TOKEN, "7")
    assert logged == []


async def test_each_member_of_a_batch_is_judged_by_itself(graph: Script, client: GraphClient) -> None:
    graph.then(
        [
            {"code": 200, "headers": [], "body": '{"id":"1"}'},
            None,
            {"code": 400, "headers": [], "body": '{"error":{"code":100,"error_subcode":33}}'},
            {"code": 200, "body": "<html>"},
            {"code": "200", "body": "{}"},
            "text",
            {"code": 200, "headers": "no", "body": '{"error":"text"}'},
        ]
    )
    one, two, three, *rest = await client.batch(TOKEN, list("abcdefg"))
    assert isinstance(one, GraphReply)
    assert one.json == {"id": "1"}
    assert two is None
    assert isinstance(three, GoneError)
    assert all(isinstance(error, TransientError) for error in rest)
    assert graph.seen[0].path == "/v26.0/"
    assert graph.seen[0].form["batch"].startswith('[{"method":"GET","relative_url":"a"}')


@pytest.mark.parametrize("body", [[], [None, None], {"data": []}])
async def test_a_batch_answer_of_another_length_is_not_matched_up(
    graph: Script, client: GraphClient, body: object
) -> None:
    graph.otherwise = lambda _: web.json_response(body)
    with pytest.raises(TransientError):
        await client.batch(TOKEN, ["a"])


async def test_a_batch_that_fails_as_a_whole_raises(graph: Script, client: GraphClient) -> None:
    graph.refuse(190, 463)
    with pytest.raises(AuthLostError):
        await client.batch(TOKEN, ["a", "b"])


async def test_a_batch_beyond_the_provider_s_limit_is_a_bug(client: GraphClient) -> None:
    with pytest.raises(ValueError, match="50"):
        await client.batch(TOKEN, ["a"] * (BATCH_MAX + 1))
