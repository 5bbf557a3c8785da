"""The outward heartbeat: one GET to a dead-man switch (healthchecks.io and its like), which alarms when it stops."""

import aiohttp

from connector.domain.errors import TransientError

TIMEOUT_S = 10.0


class HttpHeartbeat:
    """Pings one address; its path is a secret of its service, so no error names it."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def ping(self) -> None:
        """Say that all is well. Raises TransientError."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(self._url, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise TransientError("The heartbeat's address gave no answer.") from None
        if not 200 <= status < 300:  # noqa: PLR2004 - HTTP's success
            raise TransientError(f"The heartbeat's address answered {status}.")
