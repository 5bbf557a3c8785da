"""The measures, each a function of the stand. Ratios compare things run in turn, in this one run."""

import os
import statistics
import time
from collections.abc import Sequence

from connector.bench.child import child
from connector.bench.figures import Figure, Measure, Size
from connector.bench.formats import reading_formats, sealing, writing_formats
from connector.bench.resuming import resuming
from connector.bench.stand import Stand, settled
from connector.bench.whole_log import whole_log

CONNECTIONS = 64


async def accepting(stand: Stand, size: Size) -> Sequence[Figure]:
    """Durable accepts against a handler that verifies and parses, in turn; the workers rest."""
    rates: dict[str, list[float]] = {name: [] for name in ("bare", *stand.engines)}
    secret = stand.settings["facebook"]["app_secret"]
    for _ in range(size.cycles):
        async with child("connector.bench.bare", secret) as bare:
            rates["bare"].append(await _rate(stand, await bare.read(), size.posts))
        for engine in stand.engines:
            async with stand.subject(engine, running=False) as (_, address):
                rates[engine].append(await _rate(stand, address, size.posts))
        await settled()
    return [
        Figure(name="bare handler", value=statistics.median(rates["bare"]), unit="accepts/s"),
        *(
            Figure(
                name=f"durable accepts ÷ bare, {engine}",
                value=_median_ratio(rates[engine], rates["bare"]),
                unit="ratio",
                goal="≥ 0.8",
                note=f"{statistics.median(rates[engine]):.0f} accepts/s",
            )
            for engine in stand.engines
        ),
    ]


async def accepting_under_backlog(stand: Stand, size: Size) -> Sequence[Figure]:
    """Durable accepts again, while the workers drain a backlog; the bare handler has the machine to itself."""
    figures = []
    secret = stand.settings["facebook"]["app_secret"]
    for engine in stand.engines:
        bare_rates = []
        for _ in range(size.cycles):
            async with child("connector.bench.bare", secret) as bare:
                bare_rates.append(await _rate(stand, await bare.read(), size.posts))
        async with stand.subject(engine, running=False) as (subject, address):
            await stand.fire(address, await stand.posts(size.backlog, per_post=1000), connections=4)
            await subject.ask(do="start")
            rates = [await _rate(stand, address, size.posts) for _ in range(size.cycles)]
            left = size.backlog - await subject.ask(do="resolved")
        figures.append(
            Figure(
                name=f"durable accepts ÷ bare, draining a backlog, {engine}",
                value=_median_ratio(rates, bare_rates),
                unit="ratio",
                goal="≥ 0.5",
                note=f"{statistics.median(rates):.0f} accepts/s; {left} of {size.backlog} still waited at the end",
            )
        )
    return figures


async def big_post(stand: Stand, size: Size) -> Sequence[Figure]:
    """One POST of 1000 changes: until durable, and how long it held the event loop."""
    figures = []
    for engine in stand.engines:
        async with stand.subject(engine, running=False) as (subject, address):
            posts = await stand.posts(1000 * (size.cycles + 1), per_post=1000)
            await stand.fire(address, posts[:1], connections=1)
            await subject.ask(do="lag")
            taken, held = [], []
            for post in posts[1:]:
                taken.append((await stand.fire(address, [post], connections=1))["latencies"][0])
                held.append(await subject.ask(do="lag"))
                await settled(0.05)
        figures += [
            Figure(name=f"1000 changes durable, {engine}", value=_ms(taken), unit="ms", goal="≤ 40"),
            Figure(name=f"event loop held by it, {engine}", value=_ms(held), unit="ms", goal="≤ 10"),
        ]
    return figures


async def paced(stand: Stand, size: Size) -> Sequence[Figure]:
    """Accept latency at 500 webhooks a second, the workers running."""
    figures = []
    for engine in stand.engines:
        async with stand.subject(engine, running=True) as (_, address):
            posts = await stand.posts(max(size.posts // 2, 500))
            latencies = (await stand.fire(address, posts, per_second=500.0))["latencies"]
        figures += [
            Figure(name=f"accept at 500/s, p50, {engine}", value=_at(latencies, 0.50) * 1e3, unit="ms"),
            Figure(name=f"accept at 500/s, p99, {engine}", value=_at(latencies, 0.99) * 1e3, unit="ms"),
        ]
    return figures


async def idle_latency(stand: Stand, size: Size) -> Sequence[Figure]:
    """From the webhook's first byte to the CRM's answer, one lead at a time; the outside's own time taken off."""
    figures = []
    outside_s = await _outside_s(stand)
    for engine in stand.engines:
        async with stand.subject(engine, running=True) as (_, address):
            taken = []
            for post in await stand.posts(60 + 40 * size.cycles):
                already = await stand.outside.ask(do="accepted")
                started = time.time()
                await stand.fire(address, [post], connections=1)
                done = await stand.outside.ask(do="wait", count=already + 1, timeout_s=10.0)
                taken.append(max(done - started - outside_s, 0.0))
        taken = sorted(taken[5:])
        note = f"outside {outside_s * 1e3:.1f} ms taken off"
        figures += [
            Figure(
                name=f"webhook to CRM, idle, p50, {engine}",
                value=_at(taken, 0.5) * 1e3,
                unit="ms",
                goal="≤ 15",
                note=note,
            ),
            Figure(
                name=f"webhook to CRM, idle, p99, {engine}",
                value=_at(taken, 0.99) * 1e3,
                unit="ms",
                goal="≤ 50",
            ),
        ]
    return figures


async def throughput(stand: Stand, size: Size) -> Sequence[Figure]:
    """Leads a second, webhook to CRM, with a quick and with a slow Graph API."""
    figures = []
    for engine in stand.engines:
        for latency_s in (0.0, 0.05):
            await stand.outside.ask(do="latency", seconds=latency_s)
            async with stand.subject(engine, running=True) as (subject, address):
                posts = await stand.posts(size.leads, per_post=50)
                already = await stand.outside.ask(do="accepted")
                cpu, started = await subject.ask(do="cpu"), time.perf_counter()
                await stand.fire(address, posts, connections=8)
                await stand.outside.ask(do="wait", count=already + size.leads, timeout_s=300.0)
                seconds, cpu = time.perf_counter() - started, await subject.ask(do="cpu") - cpu
            figures.append(
                Figure(
                    name=f"end to end, Graph at {latency_s * 1e3:.0f} ms, {engine}",
                    value=size.leads / seconds,
                    unit="leads/s",
                    note=f"{cpu / size.leads * 1e3:.2f} ms CPU a lead",
                )
            )
    await stand.outside.ask(do="latency", seconds=0.0)
    return figures


async def stages(stand: Stand, size: Size) -> Sequence[Figure]:
    """CPU of each stage a lead, and deliveries against the bare aiohttp client."""
    figures = []
    for engine in stand.engines:
        async with stand.subject(engine, running=False) as (subject, address):
            posts = await stand.posts(size.leads, per_post=50)
            cpu = await subject.ask(do="cpu")
            await stand.fire(address, posts, connections=8)
            used = {"accept": await subject.ask(do="cpu") - cpu}
            walls = {}
            for stage in ("fetch", "resolve", "deliver"):
                said = await subject.ask(do="stage", name=stage)
                used[stage], walls[stage] = said["cpu_s"], said["wall_s"]
        async with child("connector.bench.bare_client", stand.settings["crm"]["url"]) as client:
            bare_s = (await client.ask(count=size.leads, concurrency=16))["seconds"]
        figures += [
            Figure(
                name=f"CPU of {stage} a lead, {engine}",
                value=seconds / size.leads * 1e3,
                unit="ms",
                goal="≤ 0.12" if stage == "fetch" else "",
            )
            for stage, seconds in used.items()
        ]
        figures.append(
            Figure(
                name=f"deliveries ÷ bare client, {engine}",
                value=bare_s / walls["deliver"],
                unit="ratio",
                goal="≥ 0.5",
                note=f"{size.leads / walls['deliver']:.0f} deliveries/s",
            )
        )
    return figures


async def starting(stand: Stand, size: Size) -> Sequence[Figure]:
    """Start time, memory at rest, and from a kill with work waiting to the first accept."""
    starts, memory, restarts = [], [], []
    for _ in range(size.cycles):
        async with stand.config("sqlite") as path:
            started = time.perf_counter()
            async with child("connector.bench.subject", str(path)) as subject:
                address = (await subject.read())["public"]
                starts.append(time.perf_counter() - started)
                await subject.ask(do="start")
                posts = await stand.posts(1000, per_post=50)
                await stand.fire(address, posts[:1], connections=1)
                await settled(1.0)
                memory.append(subject.rss_mib())
                await stand.fire(address, posts[1:], connections=4)
                subject.kill()
                await subject.process.wait()
            started = time.perf_counter()
            async with child("connector.bench.subject", str(path)) as again:
                address = (await again.read())["public"]
                await stand.fire(address, await stand.posts(1), connections=1)
                restarts.append(time.perf_counter() - started)
    return [
        Figure(name="start to listening", value=statistics.median(starts), unit="s", goal="≤ 1.5"),
        Figure(name="memory at rest", value=statistics.median(memory), unit="MiB", goal="≤ 90"),
        Figure(name="kill to first accept", value=statistics.median(restarts), unit="s"),
    ]


MEASURES: dict[str, Measure] = {
    "accepting": accepting,
    "backlog": accepting_under_backlog,
    "big-post": big_post,
    "paced": paced,
    "idle": idle_latency,
    "throughput": throughput,
    "stages": stages,
    "starting": starting,
    "formats": writing_formats,
    "formats-read": reading_formats,
    "sealing": sealing,
    "resuming": resuming,
    "calls": whole_log,
}


def machine() -> str:
    """Return what the figures were measured on, in a few words."""
    return f"{os.cpu_count()} cores, Python process pairs on loopback"


async def _rate(stand: Stand, address: str, count: int) -> float:
    posts = await stand.posts(count + CONNECTIONS)
    await stand.fire(address, posts[:CONNECTIONS])  # warm connections, caches and the database's first pages
    result = await stand.fire(address, posts[CONNECTIONS:], connections=CONNECTIONS)
    return count / float(result["seconds"])


async def _outside_s(stand: Stand) -> float:
    """Return what the sandbox itself takes for one lead: a Graph read and a CRM answer, from a bare client."""
    async with child("connector.bench.bare_client", stand.settings["crm"]["url"]) as client:
        crm = await client.ask(count=200, concurrency=1)
    return float(crm["seconds"]) / 200 * 2


def _median_ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(ours, bare, strict=True))


def _ms(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1e3


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
