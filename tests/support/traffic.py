"""Webhooks as Meta sends them, steadily, and the books on both ends: what was answered 200, what the CRM has."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import aiohttp

from adapters.sandbox.crm import CrmSandbox
from adapters.sandbox.crm_record import Attempt
from adapters.sandbox.running import Sandbox
from adapters.sandbox.watch import Watch
from adapters.sandbox.world import Form, Lead
from support.daemon import Home

RETRY_S = 0.02
"""Seconds between two tries of a sender: Meta's ladder without its patience."""


@dataclass(slots=True)
class Received:
    """What the CRM has taken (answered 2xx), read off the sandbox's record as it grows."""

    crm: CrmSandbox
    leads: set[str] = field(default_factory=set)
    events_of_lead: dict[str, set[str]] = field(default_factory=dict)
    contacts_of_lead: dict[str, set[str]] = field(default_factory=dict)
    sequences: dict[int, set[str]] = field(default_factory=dict)
    _read: int = 0

    def look(self) -> set[str]:
        """Read what is new; return the ids of all leads that arrived."""
        attempts = self.crm.record.attempts
        while self._read < len(attempts):
            self._note(attempts[self._read])
            self._read += 1
        return self.leads

    def has(self, leads: Sequence[str] | set[str]) -> bool:
        """Tell whether all of them arrived."""
        return set(leads) <= self.look()

    def is_whole(self, leads: Sequence[str] | set[str]) -> bool:
        """Tell whether all of them arrived, and of other events (alerts) every one that came before what came."""
        return self.has(leads) and len(self.sequences) == max(self.sequences, default=0)

    def _note(self, attempt: Attempt) -> None:
        if attempt.sequence is not None:
            self.sequences.setdefault(attempt.sequence, set()).add(attempt.event_id)
        if not 200 <= attempt.status < 300:
            return
        data = json.loads(attempt.body)["data"]
        if not isinstance(data.get("lead"), dict):
            return
        lead_id = str(data["lead"]["lead_id"])
        self.leads.add(lead_id)
        self.events_of_lead.setdefault(lead_id, set()).add(attempt.event_id)
        self.contacts_of_lead.setdefault(lead_id, set()).add(str(attempt.contact_id))


def assert_kept_promises(
    crm: CrmSandbox, received: Received, *, clock_jumps: bool = False, left: AbstractSet[int] = frozenset()
) -> None:
    """Check fixed ids and bytes, revisions in order, a lead one event and one contact, no gap in the numbers.

    `left`: numbers that wait for the daemon's next start.
    """
    received.look()
    # a test's clock may jump half an hour between signing and arriving: refused as too old, and sent again
    jumped = ("bad_signature", "Message timestamp too old or too new") if clock_jumps else None
    violations = [(one.kind, one.detail) for one in crm.record.violations]
    assert [one for one in violations if one != jumped] == []
    for attempts in crm.record.by_id.values():
        assert len({(one.body, one.sequence) for one in attempts}) == 1
    assert {lead: ids for lead, ids in received.events_of_lead.items() if len(ids) != 1} == {}
    assert {lead: ids for lead, ids in received.contacts_of_lead.items() if len(ids) != 1} == {}
    assert {number: ids for number, ids in received.sequences.items() if len(ids) != 1} == {}
    numbers = received.sequences.keys() | left
    assert numbers == set(range(1, len(numbers) + 1))
    for contact in crm.record.contacts.values():
        assert contact.revisions == list(range(1, len(contact.revisions) + 1))


def left_in_line(home: Home, received: Received) -> set[int]:
    """Return the numbers of the feed that a clean stop left for the next start; check that no other is missing.

    Contacts go side by side and a stop claims nothing more, so these may be any: what is later in the feed may be
    with the CRM already. Nothing is left under a lease, whose end somebody would have to wait for.
    """
    now_ms = time.time_ns() // 1_000_000
    for table in ("leads", "deliveries"):
        leased = f"SELECT * FROM {table} WHERE claim_id IS NOT NULL AND due_at_ms > {now_ms}"  # noqa: S608 - ours
        assert home.rows(leased) == []
    numbers = {number for (number,) in home.rows("SELECT sequence FROM deliveries")}
    left = {number for (number,) in home.rows("SELECT sequence FROM deliveries WHERE due_at_ms IS NOT NULL")}
    received.look()
    assert numbers == set(range(1, len(numbers) + 1))
    assert numbers - received.sequences.keys() <= left
    return left


@dataclass(slots=True)
class Stream:
    """Senders that announce one fresh lead after the other while `crm` lags behind by at most `ahead` leads.

    The stubborn ones repeat until the 200, as Meta does; the fickle ones give up once somebody heard them: what they
    were not answered 200 for may be lost, what they were may not. While nobody listens they wait as well, else a
    machine that is slow to start would be busy with what they gave up.
    """

    sandbox: Sandbox
    forms: Sequence[Form]
    targets: Sequence[str]
    received: Received
    stubborn: int = 6
    fickle: int = 2
    ahead: int = 60
    acknowledged: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)  # by the stubborn
    refused: int = 0
    watch: Watch = field(default_factory=Watch)
    _ending: bool = False
    _people: int = 0
    _http: aiohttp.ClientSession | None = None

    async def run(self) -> None:
        """Send until `end`; every stubborn sender then still gets its last lead through."""
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as self._http, asyncio.TaskGroup() as group:
            for _ in range(self.stubborn):
                group.create_task(self._send(stubborn=True))
            for _ in range(self.fickle):
                group.create_task(self._send(stubborn=False))

    def end(self) -> None:
        """Announce no further leads."""
        self._ending = True

    async def wait_for(self, predicate: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Return once `predicate()` holds; it is looked at after each 200."""
        await self.watch.wait_for(predicate, timeout_s)

    def submit(self) -> Lead:
        """Let the next person fill a form in; one in four has done so before and becomes a later revision."""
        self._people += 1
        number = self._people if self._people % 4 else self._people - 3
        return submit(self.sandbox, self.forms[self._people % len(self.forms)], number)

    async def _send(self, *, stubborn: bool) -> None:
        while not self._ending:
            lead = self.submit()
            if stubborn:
                self.announced.add(lead.id)
            await self._announce(lead, stubborn=stubborn)
            await self._room()

    async def _room(self) -> None:
        """Wait until the CRM has caught up."""
        crm = self.sandbox.crm
        await crm.wait_for(
            lambda: self._ending or len(self.acknowledged - self.received.look()) < self.ahead, 60.0
        )

    async def _announce(self, lead: Lead, *, stubborn: bool) -> None:
        body = self.sandbox.sender.bodies([lead])[0]
        while (taken := await self._is_taken(body)) is not True:
            self.refused += 1
            await asyncio.sleep(RETRY_S)  # Meta's pause, not ours
            if taken is False and not stubborn:
                return
        self.acknowledged.add(lead.id)
        await self.watch.notify()

    async def _is_taken(self, body: bytes) -> bool | None:
        """Post to every target; taken is what each of them answered 200. None: one of them did not listen."""
        assert self._http is not None
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": self.sandbox.sender.sign(body),
        }

        async def post(url: str) -> bool | None:
            assert self._http is not None
            try:
                async with self._http.post(url, data=body, headers=headers) as answer:
                    return answer.status == 200
            except aiohttp.ClientConnectorError:
                return None
            except (aiohttp.ClientError, OSError):
                return False

        answers = await asyncio.gather(*(post(url) for url in self.targets))
        return None if None in answers else all(answers)


def plain_forms(sandbox: Sandbox) -> list[Form]:
    """Publish a form that asks for name, e-mail and phone on every Page."""
    return [sandbox.world.add_form(page, "Call me") for page in list(sandbox.world.pages.values())]


def submit(sandbox: Sandbox, form: Form, number: int) -> Lead:
    """Let the person with this number fill the form in: the same number is the same person."""
    answers = {
        "full_name": f"Kunigunde Quastenflosser{number}",
        "email": f"kunigunde.{number}@example.com",
        "phone_number": f"+4915223{number:06d}",
    }
    return sandbox.world.leads[sandbox.world.add_lead(form, answers=answers)]
