"""The operators' endpoints, on an address of their own: alive, ready with reasons, metrics."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

Check = Callable[[], Awaitable[str | None]]
"""Returns why we are not ready, or None."""

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def ops_app(checks: Sequence[Check], render_metrics: Callable[[], Awaitable[bytes]]) -> web.Application:
    """Return the application behind `ops_listen`."""

    async def livez(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        reasons = [reason for check in checks if (reason := await check()) is not None]
        status = 503 if reasons else 200
        return web.json_response(
            {"status": "not ready" if reasons else "ok", "reasons": reasons}, status=status
        )

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=await render_metrics(), headers={"Content-Type": METRICS_TYPE})

    app = web.Application()
    app.router.add_get("/livez", livez, allow_head=False)
    app.router.add_get("/readyz", readyz, allow_head=False)
    app.router.add_get("/metrics", metrics, allow_head=False)
    return app
