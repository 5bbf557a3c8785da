"""A process that uploads a file and is meant to be killed in the middle: it keeps nothing but what it was given.

python -m support.dying_uploader DRIVE_URL TOKEN SESSION_URL PATH
"""

import asyncio
import random
import sys
from contextlib import aclosing
from pathlib import Path

from fake_clock import FakeClock

from adapters.google.backup_drive import GoogleBackupDrive
from adapters.google.drive_client import DriveClient
from adapters.google.uploads import GRANULE
from adapters.retrying import Retrying
from adapters.sdk_threads import SdkThreads


async def upload(drive_url: str, token: str, session_url: str, path: Path) -> None:
    """Send chunk after chunk from the beginning."""
    threads = SdkThreads("google", limit=1)
    retrying = Retrying(FakeClock(), random.Random(1))  # noqa: S311 - jitter
    async with aclosing(DriveClient(drive_url, threads, retrying)) as client, aclosing(threads):
        drive = GoogleBackupDrive(client, chunk_bytes=GRANULE)
        size, offset = path.stat().st_size, 0  # noqa: ASYNC240 - nothing else runs here
        while offset < size:
            offset = (await drive.send(token, session_url, path, size, offset=offset)).acknowledged_bytes


if __name__ == "__main__":
    asyncio.run(upload(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
