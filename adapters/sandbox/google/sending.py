"""Putting an answer onto the wire; the bytes of a file go out piece by piece, and may break off."""

from aiohttp import web

from adapters.sandbox.google.replies import Media, Reply

_PIECE_BYTES = 2**20


async def send(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Answer."""
    headers = {"Content-Type": reply.content_type, "Cache-Control": "no-store", **reply.headers}
    if reply.media is None:
        return web.Response(body=reply.text.encode(), status=reply.status, headers=headers)
    headers["Content-Length"] = str(reply.media.count)
    response = web.StreamResponse(status=reply.status, headers=headers)
    await response.prepare(request)
    await _write(response, reply.media, reply.media.count if reply.cut_at is None else reply.cut_at)
    if reply.cut_at is None:
        await response.write_eof()
    elif request.transport is not None:
        request.transport.close()  # what was written still goes out
    return response


async def _write(response: web.StreamResponse, media: Media, count: int) -> None:
    for start in range(media.start, media.start + count, _PIECE_BYTES):
        await response.write(media.content.read(start, min(_PIECE_BYTES, media.start + count - start)))
