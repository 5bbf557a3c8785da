"""Calling the Drive API over google-api-python-client, in its own few threads; errors ours."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from adapters.google.client import checked_token
from adapters.google.drive_wire import Ask, caller_left
from adapters.retrying import Retrying
from adapters.sdk_threads import SdkThreads
from connector.domain.errors import ConnectorError

if TYPE_CHECKING:
    from adapters.google.drive_lines import DriveLines

R = TypeVar("R")


class DriveClient:
    """Makes calls to Drive. Every failure is a ConnectorError without token or address.

    `drive_url` is the root under which `/drive/v3` lies. The timeout is in seconds for each wait for bytes.
    Close with `aclose()` once the threads are closed: they use the connections.
    """

    def __init__(
        self, drive_url: str, threads: SdkThreads, retrying: Retrying, *, timeout_s: float = 30.0
    ) -> None:
        self.drive_url = drive_url
        self._threads = threads
        self._retrying = retrying
        self._timeout_s = timeout_s
        self._opening = threading.Lock()
        self._lines: DriveLines | None = None

    async def call(self, access_token: str, ask: Ask) -> Mapping[str, object]:
        """Return the JSON of one call; repeated on failures of a moment: `ask` must be fit to be made twice."""
        return await self.repeated(access_token, lambda lines: lines.exchange(access_token, ask))

    async def repeated(self, access_token: str, work: Callable[["DriveLines"], R | ConnectorError]) -> R:
        """Return what `work` gives in one of the threads; repeated on failures of a moment."""
        return await self._retrying(partial(self.once, access_token, work))

    async def once(self, access_token: str, work: Callable[["DriveLines"], R | ConnectorError]) -> R:
        """Do `work` in one of the threads. Cancelled, it ends there within a piece or a wait for bytes."""
        checked_token(access_token)
        left = threading.Event()
        try:
            answer: R | ConnectorError = await self._threads.call(partial(self._worked, left, work))
        finally:
            left.set()
        if isinstance(answer, ConnectorError):
            raise answer  # raised out here, so that no exception of the SDK hangs on it
        return answer

    async def aclose(self) -> None:
        """Close the connections."""
        if self._lines is not None:
            self._lines.close()

    def _worked(
        self, left: threading.Event, work: Callable[["DriveLines"], R | ConnectorError]
    ) -> R | ConnectorError:
        """Do it, in a thread and a context of its own; the first one opens the SDK."""
        from adapters.google.drive_lines import DriveLines  # noqa: PLC0415 - 15 MiB that start-up does not need

        caller_left.set(left)
        with self._opening:
            if self._lines is None:
                self._lines = DriveLines(self.drive_url, self._timeout_s)
        return work(self._lines)
