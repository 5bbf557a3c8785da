"""Live pages: a stream of events that says only that something moved; the page then fetches itself again."""

import asyncio

from aiohttp import web

from connector.ports import Clock, Wakeups
from connector.web.dashboard.frame import CLOCK, workspace_of
from connector.web.dashboard.guard import dress

WAKEUPS: web.AppKey[Wakeups] = web.AppKey("wakeups")
STOPPING: web.AppKey[asyncio.Event] = web.AppKey("stopping")

TOPICS = (
    "fetch", "resolve", "deliver", "reconcile", "feed", "accounts",
    "backups", "drills", "restores", "backup_progress",
)  # fmt: skip
BEAT_S = 20.0
"""Seconds between two signs of life: proxies cut a silent connection after 30 or 60."""
CALM_S = 1.0
"""Seconds between two events: a burst of leads is one change of the page."""
LIFE_S = 600.0
"""Seconds after which the browser is to come again: its session is looked at anew."""


async def live(request: web.Request) -> web.StreamResponse:
    """Tell the page when to look again, until it goes, or its session has to be checked."""
    workspace_of(request)
    app = request.config_dict
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    dress(request, response)
    await response.prepare(request)
    await response.write(b"retry: 3000\n\n")
    ends_at_s = app[CLOCK].monotonic() + LIFE_S
    news = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            ears = [group.create_task(_hear(app[WAKEUPS], topic, news)) for topic in TOPICS]
            ears.append(group.create_task(_hear_stop(app[STOPPING], news)))
            while not app[STOPPING].is_set() and app[CLOCK].monotonic() < ends_at_s:
                await _tell(response, news, app[CLOCK], app[STOPPING])
            for ear in ears:
                ear.cancel()
    except* ConnectionError:  # the browser went
        pass
    return response


async def _hear(wakeups: Wakeups, topic: str, news: asyncio.Event) -> None:
    with wakeups.listen(topic) as heard:
        while True:
            await heard.wait()
            heard.clear()
            news.set()


async def _hear_stop(stopping: asyncio.Event, news: asyncio.Event) -> None:
    await stopping.wait()
    news.set()


async def _tell(
    response: web.StreamResponse, news: asyncio.Event, clock: Clock, stopping: asyncio.Event
) -> None:
    moved = await clock.wait(news, BEAT_S)
    if stopping.is_set():
        return
    news.clear()
    await response.write(b"data: changed\n\n" if moved else b": alive\n\n")
    if moved:
        await clock.wait(stopping, CALM_S)
