"""Who waits for what: events by topic, set whenever a commit announces the topic."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class TopicWakeups:
    """Implements `ports.Wakeups`. Used from the event loop's thread only."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)

    def announce(self, topic: str) -> None:
        """Wake whoever listens to `topic`."""
        for event in self._listeners[topic]:
            event.set()

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """Return an event that `announce` sets; the listener clears it."""
        event = asyncio.Event()
        self._listeners[topic].add(event)
        try:
            yield event
        finally:
            self._listeners[topic].discard(event)
