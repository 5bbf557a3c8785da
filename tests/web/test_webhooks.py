"""The webhook's door, tried as a stranger would: each answered right, the daemon lives, nothing in the logs."""

import asyncio
import gzip
import hashlib
import hmac
import io
import json
from collections.abc import Callable

import pytest
from support.rooms import PAGE

from connector.web.webhooks import MAX_BODY_BYTES

from .conftest import PREVIOUS, SECRET, SHORT_S, VERIFY, Site

PATH = "/webhooks/facebook"
PERSONAL = "zoe.private@example.com"


def signature(body: bytes, secret: str = SECRET) -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def body_of(*lead_ids: object, page: object = PAGE, **more: object) -> bytes:
    changes = [{"field": "leadgen", "value": {"leadgen_id": i, "page_id": page, **more}} for i in lead_ids]
    return json.dumps({"object": "page", "entry": [{"id": page, "time": 1, "changes": changes}]}).encode()


async def post(site: Site, body: bytes, headers: dict[str, str] | None = None) -> int:
    given = {"X-Hub-Signature-256": signature(body)} if headers is None else headers
    async with site.http.post(f"{site.url}{PATH}", data=io.BytesIO(body), headers=given) as answer:
        await answer.read()
        return answer.status


async def raw(site: Site, *parts: bytes, until: bytes = b"") -> bytes:
    """Send bytes as they are and return what comes back until the server closes, or until these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(5):
            return await (reader.readuntil(until) if until else reader.read())
    except ConnectionError:
        return b""
    finally:
        writer.close()


def head(body: bytes, *, length: int | None = None, extra: str = "") -> bytes:
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: {signature(body)}\r\n"
        f"Content-Length: {len(body) if length is None else length}\r\n{extra}\r\n"
    ).encode()


async def leads(site: Site) -> list[str]:
    return [row["lead_id"] for row in await site.rooms.rows("SELECT lead_id FROM leads ORDER BY lead_id")]


async def still_works(site: Site) -> None:
    """Show that the next good webhook is taken in."""
    before = await leads(site)
    assert await post(site, body_of("777001")) == 200
    assert await leads(site) == sorted([*before, "777001"])


async def test_the_challenge_is_echoed_as_plain_text(site: Site) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "<b>1158201444"}
    async with site.http.get(f"{site.url}{PATH}", params=query) as answer:
        assert (answer.status, await answer.text()) == (200, "<b>1158201444")
        assert answer.content_type == "text/plain"


@pytest.mark.parametrize(
    "change",
    [
        {"hub.verify_token": "wrong"},
        {"hub.verify_token": ""},
        {"hub.mode": "x"},
        {"hub.challenge": ""},
        {"hub.verify_token": "\ud800"},
    ],
)
async def test_a_wrong_challenge_is_refused(site: Site, change: dict[str, str]) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1"} | change
    text = "&".join(f"{key}={value}" for key, value in query.items()).encode(errors="surrogatepass")
    answer = await raw(
        site, b"GET /webhooks/facebook?" + text + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert answer.split(b" ")[1] in {b"403", b"400"}
    assert VERIFY.encode() not in answer
    await still_works(site)


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS])
async def test_an_authentic_post_is_on_disk_when_it_is_answered(site: Site, secret: str) -> None:
    body = body_of("1", 2, 9_007_199_254_740_993)
    assert await post(site, body, {"X-Hub-Signature-256": signature(body, secret)}) == 200
    assert await leads(site) == ["1", "2", "9007199254740993"]
    assert site.counters.seen["webhook", "accepted"] == 1


async def test_unproved_posts_are_refused_and_store_nothing(site: Site, written: Callable[[], str]) -> None:
    body = body_of("1", email=PERSONAL)
    sha1 = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
    right = signature(body)
    attempts: list[dict[str, str]] = [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": signature(body, "another secret")},
        {"X-Hub-Signature": f"sha1={sha1}"},
        {"X-Hub-Signature-256": f"sha1={sha1}"},
        {"X-Hub-Signature-256": right[:-1] + ("0" if right[-1] != "0" else "1")},
        {"X-Hub-Signature-256": right.upper()},
        {"X-Hub-Signature-256": right[:-1]},
        {"X-Hub-Signature-256": right + "0"},
        {"X-Hub-Signature-256": right.removeprefix("sha256=")},
        {"X-Hub-Signature-256": "sha256=" + "\xe9" * 64},
    ]
    for headers in attempts:
        assert await post(site, body, headers) == 401, headers
    for place in (0, len(body) // 2, len(body) - 1):
        flipped = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert await post(site, flipped, {"X-Hub-Signature-256": right}) == 401
    assert await leads(site) == []
    assert await site.rooms.rows("SELECT digest FROM quarantine") == []
    await still_works(site)
    said = written()
    assert PERSONAL not in said
    assert right not in said
    assert SECRET not in said


async def test_what_cannot_be_stored_is_503_and_never_200(site: Site) -> None:
    await site.rooms.engine.aclose()
    async with site.http.post(
        f"{site.url}{PATH}", data=body_of("1"), headers={"X-Hub-Signature-256": signature(body_of("1"))}
    ) as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert "database" not in await answer.text()
    assert site.counters.seen["webhook", "unavailable"] == 1
    assert site.counters.seen["webhook", "accepted"] == 0


async def test_a_body_of_four_mebibytes_is_taken(site: Site) -> None:
    short = body_of("1", pad="")
    body = body_of("1", pad="x" * (MAX_BODY_BYTES - len(short)))
    assert len(body) == MAX_BODY_BYTES
    assert await post(site, body) == 200
    assert await leads(site) == ["1"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_one_byte_more_is_too_large(site: Site, *, chunked: bool) -> None:
    short = body_of("1", pad="")
    body = body_of("1", pad="x" * (MAX_BODY_BYTES + 1 - len(short)))
    if chunked:
        pieces = [body[start : start + 65536] for start in range(0, len(body), 65536)]
        framed = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"
        begin = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Hub-Signature-256: {signature(body)}\r\n".encode()
        answer = await raw(site, begin + b"Transfer-Encoding: chunked\r\n\r\n", framed)
    else:
        answer = await raw(site, head(body), body)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert await leads(site) == []
    assert site.counters.seen["webhook", "too_large"] == 1
    await still_works(site)


async def test_five_mebibytes_of_nothing_signed_are_too_large(site: Site) -> None:
    answer = await raw(site, head(b"", length=5 * 2**20), b"\x00" * (5 * 2**20))
    assert answer.startswith(b"HTTP/1.1 413 ")
    await still_works(site)


async def test_a_slow_body_is_cut_off(site: Site) -> None:
    body = body_of("1")
    answer = await raw(site, head(body), body[:10], until=b"too long.\n")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert site.counters.seen["webhook", "too_slow"] == 1
    await still_works(site)


@pytest.mark.parametrize("beginning", [b"", b"POST /webhooks/facebook HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_slow_head_is_cut_off(site: Site, beginning: bytes) -> None:
    """The time is the event loop's own here, which no clock of ours moves."""
    started = asyncio.get_running_loop().time()
    await raw(site, beginning)
    took_s = asyncio.get_running_loop().time() - started
    assert SHORT_S * 0.9 <= took_s < SHORT_S + 1
    await still_works(site)


async def test_a_head_that_drips_is_cut_off_all_the_same(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    closed = asyncio.create_task(reader.read())
    started = asyncio.get_running_loop().time()
    writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
    while not closed.done() and asyncio.get_running_loop().time() - started < 3:
        writer.write(b"x")
        await asyncio.wait({closed}, timeout=0.05)
    assert closed.done()
    assert asyncio.get_running_loop().time() - started < SHORT_S + 1
    writer.close()
    await still_works(site)


async def test_a_body_that_breaks_off_stores_nothing(site: Site, written: Callable[[], str]) -> None:
    body = body_of("1", email=PERSONAL)
    _, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(head(body) + body[:-20])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await still_works(site)
    assert await leads(site) == ["777001"]
    assert PERSONAL not in written()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"object": "page", "entry": [{"id": 1, "changes": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}]}",
        b'{"object": "page", "entry": [{"id": "' + b"1" * 100_000 + b'", "changes": [{}]}]}',
        b"1" * 5_000,
        b"\x00" * 100,
        b"\xff\xfe\xfd",
        b'"\\ud800"',
        b'{"object": "page", "entry": [{"id": "\\u0000", "changes": [{"field": "\\ud800\\u0000", "value": {}}]}]}',
        body_of("\ud800"),
        body_of("1\x00"),
        body_of(10**4_000),
        body_of(1e308),
        body_of(-1),
        body_of(True),
        body_of({"a": 1}),
        body_of("1", page="' OR 1=1 --"),
        gzip.compress(body_of("1")),
        b'{"object": "user", "entry": []}',
        b'{"object": "page", "entry": NaN}',
    ],
    ids=range(23),
)
async def test_authentic_nonsense_is_kept_answered_and_never_a_lead(
    site: Site, body: bytes, written: Callable[[], str]
) -> None:
    assert await post(site, body) == 200
    assert await leads(site) == []
    assert len(await site.rooms.rows("SELECT digest FROM quarantine")) == 1
    assert await post(site, body) == 200
    assert await site.rooms.value("SELECT seen FROM quarantine") == 2
    await still_works(site)
    assert signature(body) not in written()


async def test_a_packed_body_is_judged_as_sent(site: Site) -> None:
    body = gzip.compress(body_of("1"))
    headers = {"X-Hub-Signature-256": signature(body), "Content-Encoding": "gzip"}
    assert await post(site, body, headers) == 200
    assert await leads(site) == []


async def test_ids_beyond_what_floats_hold_stay_exact(site: Site) -> None:
    body = body_of(9_007_199_254_740_993, "1234567890123456789", 2**63)
    assert await post(site, body) == 200
    assert await leads(site) == ["1234567890123456789", "9007199254740993", str(2**63)]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 64 + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /webhooks/facebook HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /webhooks/facebook HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /webhooks/facebook HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nsecret-in-garbage\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX-Long: " + b"secret-in-garbage" * 10_000 + b"\r\n\r\n",
        b"GET /%00%ff%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    ids=range(10),
)
async def test_what_is_no_http_is_refused(site: Site, garbage: bytes, written: Callable[[], str]) -> None:
    answer = await raw(site, garbage)
    assert answer == b"" or answer.split(b" ")[1][:1] == b"4"
    await still_works(site)
    assert "secret-in-garbage" not in written()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_refused(site: Site, method: str) -> None:
    async with site.http.request(method, f"{site.url}{PATH}", data=body_of("1")) as answer:
        assert answer.status == 405


async def test_many_at_once_are_all_stored(site: Site) -> None:
    statuses = await asyncio.gather(*(post(site, body_of(n, n + 1)) for n in range(1, 101)))
    assert set(statuses) == {200}
    assert len(await leads(site)) == 101
