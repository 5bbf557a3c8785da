"""What delivering is measured against: the bare aiohttp client posting bodies of an event's size."""

import asyncio
import json
import sys
import time

import aiohttp

from connector.bench.commands import command_lines

BODY_BYTES = 2600
"""About what a contact event of the sandbox has."""


async def post_all(url: str, count: int, concurrency: int) -> float:
    """Return the seconds that `count` posts took."""
    made = iter(range(count))
    padding = "x" * BODY_BYTES

    async def lane(session: aiohttp.ClientSession) -> None:
        for number in made:
            data = {"contact": {"contact_id": f"bare-{number}"}, "revision": 1, "sequence": number}
            event = {"type": "contact.created", "timestamp": padding, "data": data}
            headers = {"webhook-id": f"bare-{time.time_ns()}-{number}", "content-type": "application/json"}
            async with session.post(url, data=json.dumps(event).encode(), headers=headers) as answer:
                await answer.read()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(lane(session))
        return time.perf_counter() - started


async def main(url: str) -> None:
    """Answer commands until standard input ends."""
    async for command in command_lines():
        seconds = await post_all(url, command["count"], command["concurrency"])
        sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
