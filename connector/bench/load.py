"""A lean source of webhooks in a process of its own: raw HTTP/1.1 on kept connections.

An HTTP client library would cost more than the server it measures. Requests are made beforehand; a connection
sends its next one when the answer to the last is complete.
"""

import asyncio
import base64
import json
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from connector.bench.commands import command_lines

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass
class Run:
    """One run's requests that wait, and what became of those sent. Latencies in seconds."""

    waiting: deque[bytes]
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    left: int = 0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0


class Line(asyncio.Protocol):
    """One connection. `paced` lines send only when told to."""

    def __init__(self, run: Run, *, paced: bool) -> None:
        self._run = run
        self._paced = paced
        self._buffer = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self.is_busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport if isinstance(transport, asyncio.Transport) else None
        if not self._paced:
            self.send_next()

    def send_next(self) -> None:
        """Send the next request, if there is one."""
        if self._run.waiting and self._transport is not None:
            self.is_busy = True
            self._sent_at = time.perf_counter()
            self._transport.write(self._run.waiting.popleft())

    def data_received(self, data: bytes) -> None:
        """Take in an answer; go on when it is complete."""
        self._buffer += data
        head, found, rest = self._buffer.partition(HEAD_END)
        if not found or len(rest) < _content_length(head):
            return
        self._buffer = b""
        self.is_busy = False
        run = self._run
        run.latencies.append(time.perf_counter() - self._sent_at)
        run.refused += not head.startswith(b"HTTP/1.1 200")
        run.left -= 1
        if run.left == 0:
            run.finished.set()
        if not self._paced:
            self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count what was under way as refused."""
        del exc
        if self.is_busy:
            self._run.refused += 1
            self._run.finished.set()

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


def _content_length(head: bytes) -> int:
    lower = head.lower()
    place = lower.find(LENGTH)
    return int(lower[place + len(LENGTH) :].split(b"\r\n", 1)[0]) if place >= 0 else 0


def request_bytes(host: str, body: bytes, signature: str) -> bytes:
    """Return one whole request."""
    head = (
        f"POST /webhooks/facebook HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def fire(url: str, posts: list[dict[str, str]], connections: int, per_second: float) -> dict[str, Any]:
    """Send all posts; as fast as answers come, or `per_second` of them whatever the answers do."""
    address = urlsplit(url)
    hostname, port = address.hostname or "", address.port or 80
    host = f"{hostname}:{port}"
    made = deque(request_bytes(host, base64.b64decode(post["body"]), post["signature"]) for post in posts)
    run = Run(waiting=made, left=len(made))
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    lines = [
        (await loop.create_connection(lambda: Line(run, paced=per_second > 0), hostname, port))[1]
        for _ in range(connections)
    ]
    if per_second > 0:
        await _pace(run, lines, per_second)
    await run.finished.wait()
    seconds = time.perf_counter() - started
    for line in lines:
        line.close()
    return {"seconds": seconds, "latencies": sorted(run.latencies), "refused": run.refused}


async def _pace(run: Run, lines: list[Line], per_second: float) -> None:
    started, number = time.perf_counter(), 0
    while run.waiting:
        wait_s = started + number / per_second - time.perf_counter()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        free = next((line for line in lines if not line.is_busy), None)
        if free is None:
            await asyncio.sleep(0.0005)
            continue
        free.send_next()
        number += 1


async def serve() -> None:
    """Answer one JSON command a line until standard input ends."""
    async for said in command_lines():
        result = await fire(said["url"], said["posts"], said["connections"], said.get("per_second", 0.0))
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
