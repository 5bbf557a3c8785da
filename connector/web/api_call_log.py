"""Calls of the API: handed in as a stream, listed, added up by day and employee."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from aiohttp import web

from connector.domain.call import Call, RejectedRow
from connector.domain.calls.columns import custom_map
from connector.domain.calls.filters import CallSettings
from connector.domain.calls.identity import Occurrences
from connector.domain.calls.numbers import region_named
from connector.domain.calls.reading import Rules
from connector.domain.calls.taking import CallFilter
from connector.domain.calls.times import order_of_region, written, zone_named
from connector.domain.errors import BadInputError
from connector.pipelines.take_calls import CHUNK, TakeCalls, Taking
from connector.ports import Clock
from connector.ports.calls import Calls
from connector.web.api_calls import BODY_TIMEOUT_S, caller_of, number, workspace_of
from connector.web.call_days import call_days
from connector.wire.call_rows import JsonPieces, Piece, call_of, line_of, row_of

LIMIT_MAX = 500
LIMIT_DEFAULT = 100
BLOCK_BYTES = 64 * 1024
REJECTED_MAX = 1000
"""Rows that an answer names; more are counted only."""
SYSTEM = "api"

CALLS: web.AppKey[Calls] = web.AppKey("api_call_log")
TAKE: web.AppKey[TakeCalls] = web.AppKey("api_take_calls")
CALLS_CLOCK: web.AppKey[Clock] = web.AppKey("api_calls_clock")


class CallLogPart:
    """Adds `/calls` to the API."""

    def __init__(self, calls: Calls, take: TakeCalls, clock: Clock) -> None:
        self._calls = calls
        self._take = take
        self._clock = clock

    def __call__(self, api: web.Application) -> None:
        """Mount the endpoints."""
        api[CALLS] = self._calls
        api[TAKE] = self._take
        api[CALLS_CLOCK] = self._clock
        api.router.add_post("/calls", _post)
        api.router.add_get("/calls", _list, allow_head=False)
        api.router.add_get("/calls/summary", _summary, allow_head=False)


async def _post(request: web.Request) -> web.Response:
    """Store what is new of a batch of any length; the same batch again changes nothing."""
    workspace_id = await workspace_of(request)
    caller = await caller_of(request)
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise web.HTTPUnsupportedMediaType
    taking = await request.app[TAKE].begin(workspace_id)
    rules = _rules(request, taking.settings, f"api:{caller.token_id}")
    rejected = await _taken(request, taking, rules)
    tally = taking.done()
    body = {
        "received": tally.received,
        "new": tally.new,
        "duplicate": tally.duplicate,
        "filtered": tally.filtered,
        "rejected": [asdict(row) for row in rejected],
        "rejected_total": tally.rejected,
    }
    return web.json_response(body)


def _rules(request: web.Request, settings: CallSettings, imported_by: str) -> Rules:
    zone, region = request.query.get("zone"), region_named(request.query.get("region")) or settings.region
    return Rules(
        now=request.app[CALLS_CLOCK].now(),
        zone=zone_named(zone) if zone else None,
        order=order_of_region(region) or "dmy",
        region=region,
        owner=_text(request, "owner"),
        owners=settings.owners,
        imported_by=imported_by,
    )


async def _taken(request: web.Request, taking: Taking, rules: Rules) -> list[RejectedRow]:
    """Take the body chunk by chunk; parsing goes to a thread, so that no webhook waits for it."""
    custom = custom_map(request.query.getall("map", []))
    occurrences = Occurrences()
    rejected: list[RejectedRow] = []

    def read(pieces: Sequence[Piece | RejectedRow]) -> list[Call | RejectedRow]:
        rows = []
        for piece in pieces:
            row = piece if isinstance(piece, RejectedRow) else row_of(piece, system=SYSTEM, custom=custom)
            text = "" if isinstance(piece, RejectedRow) else piece[1]
            call = call_of(row, rules, line=line_of(row), text=text)
            rows.append(replace(call, call_id=occurrences.identify(call)) if isinstance(call, Call) else call)
        return rows

    async for pieces in _pieces(request):
        rows = await asyncio.to_thread(read, pieces)
        rejected += [row for row in rows if isinstance(row, RejectedRow)][: REJECTED_MAX - len(rejected)]
        await taking.take(rows)
    return rejected


async def _pieces(request: web.Request) -> AsyncIterator[list[Piece | RejectedRow]]:
    """Yield the body's objects, few at a time, each read within seconds."""
    cutter = JsonPieces()
    held: list[Piece | RejectedRow] = []
    more = True
    while more:
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                block = await request.content.read(BLOCK_BYTES)
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        more = bool(block)
        for piece in cutter.feed(block, last=not more):
            held.append(piece)
            if len(held) >= CHUNK:
                yield held
                held = []
    if held:
        yield held


async def _list(request: web.Request) -> web.Response:
    """Return calls, the latest start first, as stored."""
    workspace_id = await workspace_of(request)
    limit = number(request, "limit", default=LIMIT_DEFAULT, most=LIMIT_MAX, least=1)
    where = CallFilter(
        user=_text(request, "user"), since_ms=_instant(request, "since"), until_ms=_instant(request, "until")
    )
    found = await request.app[CALLS].page(
        workspace_id, where, limit=limit + 1, before=_cursor(request.query.get("cursor"))
    )
    page = found[:limit]
    cursor = f'"{page[-1][0]}-{page[-1][1]}"' if len(found) > limit else "null"
    bodies = ",".join(body for _, _, body in page)
    return web.Response(
        text=f'{{"calls":[{bodies}],"next_cursor":{cursor}}}', content_type="application/json"
    )


async def _summary(request: web.Request) -> web.Response:
    """Return each employee's days: calls, talk time, connected, missed and not called back."""
    workspace_id = await workspace_of(request)
    settings = await request.app[CALLS].settings(workspace_id)
    now = request.app[CALLS_CLOCK].now()
    asked = call_days(request.query, zone=settings.timezone, now=now)
    days = await request.app[TAKE].summary(workspace_id, asked.zone, asked.since, asked.until)
    body = {
        "timezone": asked.zone.key,
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "days": [{**asdict(one), "day": one.day.isoformat()} for one in days],
    }
    return web.json_response(body)


def _text(request: web.Request, name: str) -> str | None:
    text = request.query.get(name)
    if text is not None and not text.isprintable():  # no database takes NUL
        raise BadInputError(f"`{name}` has characters that no name has.")
    return text


def _instant(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    parts = written(text)
    try:
        at = datetime.fromisoformat(text) if parts else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadInputError(f"`{name}` must be a time with its offset, such as 2026-11-22T10:00:00Z.")
    return int(at.astimezone(UTC).timestamp() * 1000)


def _cursor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    at_ms, _, call_id = text.partition("-")
    if not (at_ms.isascii() and at_ms.isdigit() and len(at_ms) < 16 and call_id.isalnum() and text.isascii()):  # noqa: PLR2004 - ms
        raise BadInputError("`cursor` must be the `next_cursor` of another page.")
    return int(at_ms), call_id
