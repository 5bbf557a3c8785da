"""Following a listing to its end. The SDK's own cursor stops at the first empty page and loses the rest."""

from collections.abc import AsyncIterator, Sequence
from urllib.parse import parse_qs, urlsplit

from adapters.facebook.client import GraphClient, Params
from adapters.facebook.errors import TooMuchDataError
from adapters.facebook.reply import GraphReply
from connector.domain.errors import TransientError
from connector.ports import Raw

DEFAULT_LIMIT = 100


async def pages(
    client: GraphClient, token: str, path: str, params: Params, *, limit: int = DEFAULT_LIMIT
) -> AsyncIterator[Sequence[Raw]]:
    """Yield the rows of page after page until no `next` is named; a page may be empty before the end.

    Only the `after` cursor is kept, never `next`, which holds the token. Asks for half as much when told so.
    Raises any ConnectorError; TransientError when the listing goes in a circle or its end is out of reach.
    """
    after: str | None = None
    seen: set[str] = set()
    while True:
        cursor: Params = {} if after is None else {"after": after}
        try:
            reply = await client.get(token, path, {**params, **cursor, "limit": limit})
        except TooMuchDataError:
            if limit == 1:
                raise
            limit //= 2
            continue
        yield _rows(reply)
        after = _after(reply)
        if after is None:
            return
        if after in seen:
            raise TransientError("A listing of Facebook went in a circle.", unknown=True)
        seen.add(after)


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
