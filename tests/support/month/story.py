"""The story of a month: an installation, people who fill forms in, and a calendar of what goes wrong and heals."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

import aiohttp
from fake_clock import FakeClock

from adapters.sandbox.faults import Fault, Faults
from adapters.sandbox.objects import Form, Lead, Page, Question
from adapters.sandbox.running import Sandbox
from connector.domain.errors import ConnectorError
from connector.domain.lead import WorkspaceId
from support.daemon import Config, Home
from support.month.life import Life
from support.month.post import HOUR_S, Post

BRANCH = WorkspaceId("branch")
"""The second workspace: it has one of the two Pages, which the first one has as well."""
DAY_S = 24 * HOUR_S
RECONCILE_MINUTES = 240.0
LEASES_S = 660.0
"""How long a dead machine's claims stand at most, and a little more."""
CALL_S = 0.02
"""Seconds, of the real clock as of the test's, that a call gets before it is looked at again."""
PEOPLE = 80
"""How many different people there are: some fill in more than one form, and some the same one again."""
CHILD = "2019-05-04"
QUESTIONS = (
    Question(key="full_name", type="FULL_NAME", label="Full name"),
    Question(key="email", type="EMAIL", label="Email"),
    Question(key="phone_number", type="PHONE", label="Phone number"),
    Question(key="date_of_birth", type="DOB", label="Date of birth"),
)

Deed = Callable[[], Awaitable[None]]


class Interrupting(Faults):
    """The fault dial of the Graph API, which also tells of each call before it is answered."""

    def __init__(self, rng: Random, told: Callable[[str], None]) -> None:
        super().__init__(rng)
        self._told = told

    def __bool__(self) -> bool:
        return True

    def take(
        self,
        route: str,
        path: tuple[str, ...],
        page: str,
        *,
        member: bool = False,
        span: tuple[int, int] | None = None,
    ) -> Fault | None:
        """Tell of the call, then see what goes wrong with it."""
        self._told(route)
        return super().take(route, path, page, member=member, span=span)


@dataclass(kw_only=True)
class Story:
    """Everything that a mishap may touch. `life` None: the daemon is down."""

    home: Home
    clock: FakeClock
    config: Config
    rng: Random
    life: Life | None = None
    is_calm: bool = False
    children: set[str] = field(default_factory=set)
    trials: set[str] = field(default_factory=set)  # test leads
    diary: list[str] = field(default_factory=list)
    _calendar: list[tuple[float, int, Deed]] = field(default_factory=list)
    _number: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        world = self.sandbox.world
        bakery, clinic, school = world.pages.values()
        self.admin = next(iter(world.people.values()))
        del self.admin.tasks[school.id]
        self.bakery, self.clinic = bakery, clinic
        self.pages: Sequence[Page] = (bakery, clinic)
        for page in self.pages:
            world.add_form(page, "Register", questions=QUESTIONS)
        self.sandbox.graph.faults = Interrupting(self.rng, self._during_a_call)
        self.post = Post(self.sandbox.sender, self.clock, self.rng)

    @property
    def sandbox(self) -> Sandbox:
        return self.home.sandbox

    @property
    def day(self) -> float:
        return self.clock.monotonic() / DAY_S

    def note(self, what: str) -> None:
        """Write into the diary, which a failing test prints."""
        self.diary.append(f"day {self.day:5.2f}  {what}")

    def later(self, hours: float, deed: Deed) -> None:
        """Do something when so many hours have passed."""
        heapq.heappush(self._calendar, (self.clock.monotonic() + hours * HOUR_S, next(self._number), deed))

    async def do_what_is_due(self, *, everything: bool = False) -> None:
        """Do what the calendar says up to now, or all that stands in it now."""
        until_s = float("inf") if everything else self.clock.monotonic()
        due: list[Deed] = []
        while self._calendar and self._calendar[0][0] <= until_s:
            due.append(heapq.heappop(self._calendar)[2])
        for deed in due:
            await deed()

    # people

    def live_forms(self, pages: Sequence[Page] | None = None) -> list[Form]:
        """Return the forms that people can fill in now."""
        forms = self.sandbox.world.forms
        ids = [form_id for page in pages or self.pages for form_id in page.form_ids]
        return [forms[one] for one in ids if forms[one].status == "ACTIVE"]

    def submit(self, *, form: Form | None = None, is_child: bool = False, age_s: float = 0.0) -> Lead:
        """Let somebody fill a form in."""
        asked = form or self.rng.choice(self.live_forms())
        person = self.rng.randrange(PEOPLE)
        answers = {
            "FULL_NAME": f"Kunigunde Quastenflosser{person}",
            "EMAIL": f"kunigunde.{person}@example.com",
            "PHONE": f"+4915223{person:06d}",
            "DOB": CHILD if is_child else "1990-01-31",
        }
        world = self.sandbox.world
        lead_id = world.add_lead(
            asked,
            answers={one.key: answers.get(one.type) for one in asked.questions},
            created_time=world.now() - age_s,
        )
        if is_child:
            self.children.add(lead_id)
        return world.leads[lead_id]

    def some_leads(self) -> None:
        """Let a few people fill forms in, and Meta tell of it as it does."""
        leads = [self.submit() for _ in range(self.rng.choice((0, 0, 0, 1, 1, 2, 4)))]
        self.post.announce(leads)

    def _during_a_call(self, route: str) -> None:
        """While a form's list is read somebody fills that Page's form in, in the same second as somebody else."""
        if route == "leads" and not self.is_calm and self.rng.random() < 0.02:
            self.post.announce([self.submit() for _ in range(2)])

    # the daemon

    async def start(self) -> None:
        """Start the daemon, unless it runs."""
        if self.life is None:
            life = Life(self.home, self.config, self.clock, self.rng)
            await life.begin()
            self.life = life

    async def stop(self) -> None:
        """Stop the daemon as a service manager does."""
        if self.life is not None:
            await self.life.stop()
            self.life = None

    async def kill(self) -> None:
        """Kill the daemon, or clear away the one that died."""
        if self.life is not None:
            await self.life.kill()
            self.life = None
            if not self.home.state_url.startswith("sqlite:"):  # there a start ends the leases of the dead
                await self.clock.advance(LEASES_S)

    async def connect(self) -> None:
        """Let the admin consent, for both workspaces; who fails at it tries again some hours later."""
        consenting = asyncio.ensure_future(self._consent())
        while not consenting.done():  # a call that is tried again waits for a clock that only we move
            await asyncio.wait({consenting}, timeout=CALL_S)
            await self.clock.advance(CALL_S)
        try:
            await consenting
        except (
            ConnectorError,
            aiohttp.ClientError,
            KeyError,
        ) as error:  # KeyError: the dialog shows no way back
            self.note(f"connecting failed: {type(error).__name__} {error}")
            self.later(3, self.connect)

    async def _consent(self) -> None:
        await self.home.consent(self.config, self.clock)
        await self.home.consent(self.config, self.clock, workspace_id=BRANCH, page_ids={self.clinic.id})

    async def pass_by(self, seconds: float) -> None:
        """Let time go by, in one go or in pieces; a daemon that dies of it is started anew by systemd."""
        life = self.life
        if life is None:
            await self.clock.advance(seconds)
            return
        pieces = self.rng.choice((1, 1, 1, 2))
        if not await life.pass_by(seconds, step_s=seconds / pieces):
            self.note("it died")
            await self.kill()
            await self.start()


def configured(home: Home, clock: FakeClock, seed: int) -> Story:
    """Return the story of an installation that is about to begin."""
    config = home.configure(
        server={"drain_seconds": 2.0},
        facebook={"reconcile_minutes": RECONCILE_MINUTES, "read_timeout_seconds": 0.5},
        crm={"timeout_seconds": 0.5},
    )
    return Story(home=home, clock=clock, config=config, rng=Random(seed))  # noqa: S311 - repeatable
