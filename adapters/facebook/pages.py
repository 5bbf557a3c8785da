"""Following a listing to its end. The SDK's own cursor stops at the first empty page and loses the rest."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from adapters.facebook.client import GraphClient, Params
from adapters.facebook.errors import TooMuchDataError
from adapters.facebook.reply import GraphReply
from connector.domain.errors import TransientError
from connector.ports import Raw

DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a listing. `after` None: it ends here. `limit` is what was granted, `calls` what it took."""

    rows: Sequence[Raw] = field(repr=False)
    after: str | None
    reply: GraphReply = field(repr=False)
    limit: int
    calls: int


async def pages(
    client: GraphClient, token: str, path: str, params: Params, *, limit: int = DEFAULT_LIMIT
) -> AsyncIterator[Sequence[Raw]]:
    """Yield the rows of page after page until no `next` is named; a page may be empty before the end.

    Only the `after` cursor is kept, never `next`, which holds the token. Asks for half as much when told so.
    Raises any ConnectorError; TransientError when the listing goes in a circle or its end is out of reach.
    """
    async for listed in listing(client, token, path, params, limit=limit):
        yield listed.rows


async def listing(
    client: GraphClient, token: str, path: str, params: Params, *, limit: int = DEFAULT_LIMIT
) -> AsyncIterator[Listed]:
    """Yield whole pages as `pages` yields their rows."""
    after: str | None = None
    seen: set[str] = set()
    while True:
        listed = await one_page(client, token, path, params, after=after, limit=limit)
        yield listed
        after, limit = listed.after, listed.limit
        if after is None:
            return
        if after in seen:
            raise TransientError("A listing of Facebook went in a circle.", unknown=True)
        seen.add(after)


async def one_page(
    client: GraphClient, token: str, path: str, params: Params, *, after: str | None, limit: int
) -> Listed:
    """Return the page behind the cursor `after` (None: the first), halving `limit` as often as told to.

    Raises any ConnectorError.
    """
    cursor: Params = {} if after is None else {"after": after}
    calls = 0
    while True:
        calls += 1
        try:
            reply = await client.get(token, path, {**params, **cursor, "limit": limit})
        except TooMuchDataError:
            if limit == 1:
                raise
            limit //= 2
            continue
        following = _after(reply)
        if following is not None and following == after:
            raise TransientError("A listing of Facebook went in a circle.", unknown=True)
        return Listed(rows=_rows(reply), after=following, reply=reply, limit=limit, calls=calls)


def _rows(reply: GraphReply) -> Sequence[Raw]:
    rows = reply.record.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TransientError("Facebook answered a listing of unknown shape.", unknown=True)
    return rows


def _after(reply: GraphReply) -> str | None:
    """Return the next page's cursor, or None at the end."""
    paging = reply.record.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    if not isinstance(paging, dict) or not following:
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after:
        after = _after_of_address(following)
    if after is None:
        raise TransientError("A listing of Facebook goes on without a cursor.", unknown=True)
    return after


def _after_of_address(address: object) -> str | None:
    try:
        return parse_qs(urlsplit(str(address)).query).get("after", [None])[0]
    except ValueError:
        return None
