"""Reading JSON commands from standard input without holding the event loop."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

LINE_BYTES = 512 * 1024 * 1024


async def command_lines() -> AsyncIterator[dict[str, Any]]:
    """Yield one command a line until the input ends."""
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)
