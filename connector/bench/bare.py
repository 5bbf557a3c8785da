"""What durable acceptance is measured against: an aiohttp handler that verifies and parses, and stores nothing."""

import asyncio
import hashlib
import hmac
import json
import sys

from aiohttp import web

from connector.web.server import addresses, serve

HEADER_TIMEOUT_S = 60.0


def bare_app(app_secret: str) -> web.Application:
    """Return the application."""
    key = app_secret.encode()

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        signature = request.headers.get("X-Hub-Signature-256", "")
        right = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, right):
            return web.Response(status=401)
        json.loads(body)
        return web.Response(text="EVENT_RECEIVED")

    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/webhooks/facebook", receive)
    return app


async def main(app_secret: str) -> None:
    """Serve until standard input ends; print the address first."""
    runner = await serve(bare_app(app_secret), "127.0.0.1:0", header_timeout_s=HEADER_TIMEOUT_S, drain_s=1.0)
    sys.stdout.write(json.dumps(addresses(runner)[0]) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
