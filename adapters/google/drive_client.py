"""Calling the Drive API over google-api-python-client, in its own few threads; errors ours."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from adapters.google.client import checked_token
from adapters.retrying import Retrying
from adapters.sdk_threads import SdkThreads
from connector.domain.errors import ConnectorError

if TYPE_CHECKING:
    from adapters.google.drive_lines import DriveLines

Ask = Callable[[Any], Any]
"""From the Drive service to the request that is to be made; both are the SDK's and have no types."""


class DriveClient:
    """Makes one call to Drive and gives its JSON. Every failure is a ConnectorError without token or address.

    `drive_url` is the root under which `/drive/v3` lies. The timeout is in seconds for each wait for bytes.
    Close with `aclose()` once the threads are closed: they use the connections.
    """

    def __init__(
        self, drive_url: str, threads: SdkThreads, retrying: Retrying, *, timeout_s: float = 30.0
    ) -> None:
        self._threads = threads
        self._retrying = retrying
        self._drive_url = drive_url
        self._timeout_s = timeout_s
        self._opening = threading.Lock()
        self._lines: DriveLines | None = None

    async def call(self, access_token: str, ask: Ask) -> Mapping[str, object]:
        """Return the answer; repeated on failures of a moment, so `ask` must be fit to be made twice."""
        checked_token(access_token)
        return await self._retrying(partial(self._once, access_token, ask))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._lines is not None:
            self._lines.close()

    async def _once(self, access_token: str, ask: Ask) -> Mapping[str, object]:
        answer = await self._threads.call(self._exchange, access_token, ask)
        if isinstance(answer, ConnectorError):
            raise answer  # raised out here, so that no exception of the SDK hangs on it
        return answer

    def _exchange(self, access_token: str, ask: Ask) -> Mapping[str, object] | ConnectorError:
        """Make one call, in a thread; the first one opens the SDK. Never raises what a network or a server causes."""
        from adapters.google.drive_lines import DriveLines  # noqa: PLC0415 - 15 MiB that start-up does not need

        with self._opening:
            if self._lines is None:
                self._lines = DriveLines(self._drive_url, self._timeout_s)
        return self._lines.exchange(access_token, ask)
