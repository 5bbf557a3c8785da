"""A CRM's receiver is checked against the contract: some thirty made-up requests, each with what is to come of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from connector.domain.conformance import (
    Finding,
    Reply,
    Shot,
    Verdict,
    accepted,
    same_record,
    turned_away,
)
from connector.pipelines.conform_events import Events

OLD_S = 900
CONCURRENT = 16
LARGE_BYTES = 512 * 1024
RESTORED_NUMBER = 1_796_000_000_000
"""As numbers are after a restore of our state: more than 32 bits."""

ADA = {"full_name": "Conformance Test", "email": "conformance@example.com", "phone_number": "+14155550123"}
WORLD = {
    # right to left, joined emoji, combining marks
    "full_name": "عائشة 山田 Łukasz-Ñandú O'Brien \U0001f469\u200d\U0001f680 e\u0301",
    "city": 'Zażółć "gęślą" \\jaźń\\ <b>&amp;</b> \'; --',
    "what_do_you_need?": "line one\nline two\ttab",
}


class Receiver(Protocol):
    """The endpoint that is checked."""

    async def send(self, shot: Shot) -> Reply:
        """Send one request and return what came back; raises nothing."""


Judged = tuple[Verdict, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: what it does, and what to say of it."""

    name: str
    why: str
    remedy: str
    run: Callable[["Conform"], Awaitable[Judged]]


class Conform:
    """One run against one receiver. `timeout_s` is what a real delivery gets."""

    def __init__(self, receiver: Receiver, events: Events, *, timeout_s: float) -> None:
        self._receiver = receiver
        self.events = events
        self.timeout_s = timeout_s
        self.replies: list[Reply] = []
        self.known: dict[str, Shot] = {}

    async def run(self, checks: Sequence[Check]) -> Sequence[Finding]:
        """Run every check in order; after a ping that is not taken the others are skipped."""
        findings: list[Finding] = []
        for check in checks:
            judged: Judged = ("skip", "the ping was not taken")
            if not findings or findings[0].verdict != "fail":
                judged = await check.run(self)
            verdict, detail = judged
            findings.append(
                Finding(
                    name=check.name,
                    verdict=verdict,
                    detail=detail,
                    why=check.why,
                    remedy=check.remedy if verdict in {"warn", "fail"} else "",
                )
            )
        return findings

    async def send(self, *shots: Shot) -> list[Reply]:
        """Send them one after the other."""
        replies = [await self._receiver.send(shot) for shot in shots]
        self.replies += replies
        return replies

    async def send_at_once(self, *shots: Shot) -> list[Reply]:
        """Send them all at the same time."""
        replies = list(await asyncio.gather(*map(self._receiver.send, shots)))
        self.replies += replies
        return replies

    def person(self, name: str, revision: int = 1) -> Shot:
        """Return an event of a person; the same one again when it was made before."""
        key = f"{name} {revision}"
        if key not in self.known:
            answers = {**ADA, "email": f"{name}@example.com"}
            self.known[key] = self.events.contact(name, revision, answers)
        return self.known[key]


async def ping(run: Conform) -> Judged:
    """Judge whether there is anybody."""
    return accepted(await run.send(run.events.event("ping", {})))


async def in_time(run: Conform) -> Judged:
    """Judge how long a ping takes."""
    (reply,) = await run.send(run.events.event("ping", {}))
    said = f"{reply.seconds:.2f} s of {run.timeout_s:g} s"
    if not reply.took:
        return accepted([reply])
    return ("pass" if reply.seconds < run.timeout_s / 3 else "warn"), said


def refuses(change: Callable[[Shot], Shot]) -> Callable[[Conform], Awaitable[Judged]]:
    """Return the check that a ping which is changed like this is turned away."""

    async def check(run: Conform) -> Judged:
        (reply,) = await run.send(change(run.events.event("ping", {})))
        return turned_away(reply)

    return check


def takes(change: Callable[[Shot], Shot]) -> Callable[[Conform], Awaitable[Judged]]:
    """Return the check that a ping which is changed like this is taken."""

    async def check(run: Conform) -> Judged:
        return accepted(await run.send(change(run.events.event("ping", {}))))

    return check


def takes_type(kind: str, **data: object) -> Callable[[Conform], Awaitable[Judged]]:
    """Return the check that an event of this type is taken."""

    async def check(run: Conform) -> Judged:
        return accepted(await run.send(run.events.event(kind, data)))

    return check


async def created(run: Conform) -> Judged:
    """Judge whether a contact is taken, and its record named."""
    (reply,) = await run.send(run.person("ada"))
    if reply.took and reply.crm_id is None:
        return "warn", "taken, but the answer names no record id"
    return accepted([reply])


async def repeated(run: Conform) -> Judged:
    """Send the same event again, as after an answer that got lost."""
    first = await run.send(run.person("ada"))
    again = replace(run.person("ada"), attempt=2)
    return same_record([*first, *await run.send(again, again)])


async def at_once(run: Conform) -> Judged:
    """Send the same new event twice at the same moment."""
    shot = run.person("twin")
    return same_record(await run.send_at_once(shot, shot))


async def replayed(run: Conform) -> Judged:
    """Send it again as an operator does."""
    return same_record(await run.send(run.person("ada"), replace(run.person("ada"), is_replay=True)))


async def updated(run: Conform) -> Judged:
    """Send the next revision, which is of the same record."""
    return same_record(await run.send(run.person("ada"), run.person("ada", 2)))


async def outdated(run: Conform) -> Judged:
    """Send a revision that is older than the last one, under an id that is new."""
    first = run.events.contact("order", 1, ADA)
    newer = run.events.contact("order", 3, ADA)
    older = run.events.contact("order", 2, {**ADA, "full_name": "Must Not Win"})
    return same_record(await run.send(first, newer, older))


async def skipped_ahead(run: Conform) -> Judged:
    """Send a revision far above the last one, as after a restore of our state."""
    later = run.events.contact("ada", RESTORED_NUMBER, ADA, sequence=RESTORED_NUMBER)
    return same_record(await run.send(run.person("ada"), later))


async def unseen(run: Conform) -> Judged:
    """Send an update of a contact that the receiver never heard of."""
    shot = run.events.contact("unseen", 4, ADA, kind="contact.updated")
    return accepted(await run.send(shot))


async def told_twice(run: Conform) -> Judged:
    """Create a contact twice: after a restore it is told anew."""
    first = run.events.contact("anew", 1, ADA)
    second = run.events.contact("anew", 5, ADA, kind="contact.created")
    return same_record(await run.send(first, second))


async def new_fields(run: Conform) -> Judged:
    """Send fields that do not exist yet."""
    return accepted(
        await run.send(run.events.contact("fields", 1, ADA, more={"from_the_future": {"a": [1, None]}}))
    )


async def world(run: Conform) -> Judged:
    """Send names and texts of all the world."""
    return accepted(await run.send(run.events.contact("world", 1, WORLD)))


async def bare(run: Conform) -> Judged:
    """Send a contact of which hardly anything is known."""
    (reply,) = await run.send(run.events.contact("bare", 1, {"favourite_colour": "blue"}))
    if reply.status == 422:  # noqa: PLR2004 - unprocessable, which it may be
        return "warn", "refused with 422: every such lead will wait for a person"
    return accepted([reply])


async def large(run: Conform) -> Judged:
    """Send a contact with very long answers."""
    return accepted(await run.send(run.events.contact("large", 1, ADA, padding=LARGE_BYTES)))


async def many(run: Conform) -> Judged:
    """Send different contacts at once."""
    shots = [run.events.contact(f"many{number}", 1, ADA) for number in range(CONCURRENT)]
    replies = await run.send_at_once(*shots)
    verdict, detail = accepted(replies)
    if verdict != "pass":
        return verdict, detail
    slowest = max(reply.seconds for reply in replies)
    if slowest > run.timeout_s / 2:
        return "warn", f"taken, the slowest after {slowest:.1f} s"
    ids = [reply.crm_id for reply in replies if reply.crm_id is not None]
    if len(ids) != len(set(ids)):
        return "fail", "different contacts got the same record id"
    return "pass", f"{CONCURRENT} taken"


async def erased(run: Conform) -> Judged:
    """Tell twice that a person was removed."""
    shot = run.events.erased("ada")
    return accepted(await run.send(shot, shot))


async def erased_unseen(run: Conform) -> Judged:
    """Tell of the removal of a person of whom the receiver never heard."""
    return accepted(await run.send(run.events.erased("stranger")))


async def late(run: Conform) -> Judged:
    """Send an older revision after the person was removed."""
    return accepted(await run.send(replace(run.person("ada"), event_id=f"{run.person('ada').event_id}_late")))


async def never_410(run: Conform) -> Judged:
    """Judge whether anything was answered with the word that stops all."""
    found = sum(reply.status == 410 for reply in run.replies)  # noqa: PLR2004 - gone
    return ("fail", f"{found} of {len(run.replies)} answered 410") if found else ("pass", "never seen")


async def redirects(run: Conform) -> Judged:
    """Judge whether anything was sent elsewhere."""
    found = sum(reply.status is not None and 300 <= reply.status < 400 for reply in run.replies)  # noqa: PLR2004 - 3xx
    return ("fail", f"{found} of {len(run.replies)} redirected") if found else ("pass", "never seen")


async def shape_of_422(run: Conform) -> Judged:
    """Judge whether each refusal named its fields."""
    found = [reply for reply in run.replies if reply.status == 422]  # noqa: PLR2004 - unprocessable
    mute = sum(not reply.errors for reply in found)
    if mute:
        return "warn", f"{mute} of {len(found)} name no field"
    return "pass", f"{len(found)} seen, all name their fields" if found else "never seen"


async def tidied(run: Conform) -> Judged:
    """Take every made-up contact away again."""
    people = [person for person in run.events.told if person not in {"ada", "stranger"}]
    return accepted(await run.send(*(run.events.erased(person) for person in people)))
