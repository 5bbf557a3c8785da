"""Mail about alerts over a real mail server: one an episode and person, counted when it goes, through outages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs
from support.counters import SeenCounters
from support.engines import FailingEngine
from support.people import add_person
from support.rooms import MAIN, Rooms
from support.smtp import SmtpSandbox

from adapters.mail.smtp import SmtpMailer, SmtpServer, verifying
from connector.domain.alerts_catalogue import CONNECTION_LOST, CRM_OUTAGE
from connector.domain.connection import ConnectionId
from connector.domain.expiry import expiry_alert
from connector.domain.mail import FIRST_PROBE_S, Letter, MailAnswer, MailWork, PutOff, Taken
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.mailing import Mailing
from connector.pipelines.means import Means
from connector.runtime.lanes import Lanes
from state.alerts import raise_alert, resolve_alert
from state.engine import Engine, Tx
from state.mails import SqlMails

CONNECTION = ConnectionId("con_1")
PUBLIC_URL = "https://connect.example.com"
LOST = CONNECTION_LOST.alert(
    CONNECTION,
    workspace_id=MAIN,
    connection_id=CONNECTION,
    provider="Facebook",
    reason="The password was changed.",
)
HOLD = "UPDATE leads SET stage = 'held', due_at_ms = NULL"
FREE = "UPDATE leads SET stage = 'resolve'"


@dataclass(frozen=True, kw_only=True)
class Office:
    """A connected workspace with an owner, and the mailing in front of a mail server."""

    rooms: Rooms
    clock: FakeClock
    smtp: SmtpSandbox

    @property
    def means(self) -> Means:
        """What flows need, without chance."""
        counters, courtesy = self.rooms.counters, Courtesy(self.clock)
        return Means(counters=counters, clock=self.clock, chance=lambda: 0.0, courtesy=courtesy)

    def mailing(self, mails: SqlMails | None = None) -> Mailing:
        """Return it as a fresh process has it."""
        server = SmtpServer.of(self.smtp.url)
        mailer = SmtpMailer(
            server, sender="alerts@example.org", host="connect.example.com", tls=verifying(server)
        )
        rooms = self.rooms
        return Mailing(mails or rooms.mails, mailer, rooms.alerts, self.means, public_url=PUBLIC_URL)

    async def post(self, mailing: Mailing) -> int:
        """Send everything that is due now."""
        return await Lanes("mail", mailing, width=2, clock=self.clock).drain()

    async def lose(self, tx_end: str = HOLD) -> None:
        """Let the account die as its probe would: leads held and alert raised in one transaction."""

        def lose(tx: Tx) -> None:
            tx.execute(tx_end)
            raise_alert(tx, alert=LOST, now=self.clock.now(), new_id=self.rooms.new_id)

        await self.rooms.engine.write(lose)

    async def mend(self) -> None:
        """Let somebody consent again."""

        def mend(tx: Tx) -> None:
            tx.execute(FREE)
            resolve_alert(tx, key=LOST.key, now=self.clock.now(), new_id=self.rooms.new_id)

        await self.rooms.engine.write(mend)

    def subjects(self) -> list[str]:
        """Return the subjects of what arrived."""
        return [mail.subject for mail in self.smtp.mails]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def office(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[Office]:
    rooms = Rooms.on(engine, clock, counters, new_id)
    await rooms.workspaces.add(MAIN)
    await rooms.connect("100", connection_id=CONNECTION)
    await rooms.mails.switch(on=True)
    await add_person(engine, "Olga", "owner")
    async with SmtpSandbox().running() as smtp:
        yield Office(rooms=rooms, clock=clock, smtp=smtp)
    await rooms.aclose()


async def test_twenty_five_leads_wait_and_one_mail_says_so(office: Office) -> None:
    mailing = office.mailing()
    await office.rooms.receive(*(str(number) for number in range(1, 11)))
    await office.lose()
    await office.clock.advance(10)
    for number in range(11, 26):  # they come while the account is dead, some after the alert
        await office.rooms.receive(str(number))
    await office.clock.advance(20)
    assert await office.post(mailing) == 1
    (mail,) = office.smtp.mails
    assert mail.subject == "A Facebook account must be connected again: 25 leads wait (main)"
    for text in (mail.part("plain"), mail.part("html")):
        assert "25 leads, the first since 22 Nov 2026, 10:00 UTC" in text
        assert "The first that waits has" in text
        assert f"{PUBLIC_URL}/connect/facebook/start?connection=con_1" in text
        assert "The password was changed." in text
    await office.clock.advance(86_400)
    assert await office.post(mailing) == 0


async def test_nothing_secret_or_of_a_lead_is_in_a_mail(office: Office) -> None:
    await office.rooms.receive("4711")
    await office.lose()
    await office.clock.advance(30)
    await office.post(office.mailing())
    sent = office.smtp.mails[0].raw.decode()
    assert "4711" not in sent
    assert "page token" not in sent
    assert "user page" not in sent


async def test_an_account_that_flaps_is_one_mail_an_episode_and_one_when_it_is_over(office: Office) -> None:
    mailing = office.mailing()
    for _ in range(5):  # mended before anybody had to know
        await office.lose()
        await office.clock.advance(25)
        await office.mend()
        await office.clock.advance(25)
        assert await office.post(mailing) == 0
    await office.lose()
    for _ in range(5):
        await office.lose()
        await office.clock.advance(30)
        await office.post(mailing)
    await office.mend()
    await office.mend()
    await office.clock.advance(60)
    await office.post(mailing)
    assert office.subjects() == [
        "A Facebook account must be connected again (main)",
        "Resolved: A Facebook account must be connected again. The password was changed. (main)",
    ]
    first, last = office.smtp.mails
    assert f"{PUBLIC_URL}/w/main/alerts" in last.part("plain").split()
    assert first.message["References"] == last.message["References"]
    assert first.message["Message-ID"] != last.message["Message-ID"]


async def test_a_clock_that_is_set_forward_makes_no_outage_longer_or_shorter(office: Office) -> None:
    mailing = office.mailing()
    office.smtp.senders.append("421 closing")
    await office.lose()
    await office.clock.advance(30)
    await office.post(mailing)
    office.clock.jump(72 * 3600)
    assert await office.post(mailing) == 0
    await office.clock.advance(FIRST_PROBE_S)
    assert await office.post(mailing) == 1
    assert len(office.smtp.mails) == 1


async def test_a_mail_outage_loses_nothing_and_is_told_once(office: Office) -> None:
    mailing = office.mailing()
    office.smtp.senders.extend(["421 closing"] * 4)
    for number in range(3):
        alert = CONNECTION_LOST.alert(str(number), workspace_id=MAIN, provider="Google", reason="Gone.")
        await office.rooms.alerts.raise_once(alert)
    await office.clock.advance(30)
    with capture_logs() as logs:
        await office.post(mailing)
        assert len(office.smtp.senders) == 2  # two at once found it out
        for _ in range(20):
            await office.post(mailing)
            if office.smtp.senders:  # it is out: until the next probe is due nobody asks it
                asked = office.smtp.connections
                assert await office.post(mailing) == 0
                assert office.smtp.connections == asked
            await office.clock.advance(60)
    assert len(office.smtp.mails) == 3
    names = [entry["event"] for entry in logs]
    assert names.count("mail.outage_started") == names.count("mail.outage_ended") == 1
    assert [entry["outcome"] for entry in logs if entry["event"] == "mail.attempted"] == ["sent"] * 3
    types = [event["type"] for event in await office.rooms.events()]
    assert (types.count("alert.raised"), types.count("alert.resolved")) == (4, 1)
    assert {row["key"] for row in await office.rooms.alerts.open()} == {
        f"connection.lost:{number}" for number in range(3)
    }
    assert office.smtp.connections <= 3 + 4


async def test_a_mail_alert_outlives_a_restart_and_ends(office: Office) -> None:
    office.smtp.senders.append("421 closing")
    await office.rooms.alerts.raise_once(CRM_OUTAGE.alert())
    await office.clock.advance(30)
    await office.post(office.mailing())
    assert "mail.failing" in {row["key"] for row in await office.rooms.alerts.open()}
    await office.post(office.mailing())
    assert [row["key"] for row in await office.rooms.alerts.open()] == ["crm.outage"]
    assert "On the dashboard" in office.smtp.mails[0].part("plain")
    assert f'href="{PUBLIC_URL}/"' in office.smtp.mails[0].part("html")


async def test_one_refused_mail_is_parked_and_stops_no_other(office: Office) -> None:
    await add_person(office.rooms.engine, "Zora", "admin")
    office.smtp.recipients.extend(["550 5.1.1 no such user"])
    await office.lose()
    await office.clock.advance(30)
    await office.post(office.mailing())
    rows = await office.rooms.rows("SELECT state, reason, attempts FROM mails ORDER BY state")
    assert [row["state"] for row in rows] == ["parked", "sent"]
    assert rows[0]["reason"] == "The mail server refused the recipient (550 5.1.1)."
    assert len(await office.rooms.alerts.open()) == 1


async def test_a_greylisted_mail_comes_again_and_is_the_same(office: Office) -> None:
    mailing = office.mailing()
    office.smtp.recipients.append("450 4.2.0 try later")
    await office.lose()
    await office.clock.advance(30)
    await office.post(mailing)
    assert [row["key"] for row in await office.rooms.alerts.open()] == [LOST.key]
    assert 0 < await mailing.idle_s() <= 5
    await office.clock.advance(60)
    await office.post(mailing)
    assert len(office.smtp.mails) == 1
    assert await office.rooms.value("SELECT attempts FROM mails") == 2


async def test_killed_between_alert_and_mail_nothing_is_lost(office: Office) -> None:
    await office.lose()
    await office.clock.advance(30)
    dying = office.mailing()
    assert len(await dying.claim(9)) == 1  # claimed, and then the power goes
    assert await office.post(office.mailing()) == 0  # as far as another machine knows it is being sent
    await office.clock.advance(180)
    await office.post(office.mailing())
    assert len(office.smtp.mails) == 1


async def test_a_stop_gives_claims_back(office: Office) -> None:
    mailing = office.mailing()
    await office.lose()
    await office.clock.advance(30)
    await mailing.release(await mailing.claim(9))
    assert await office.post(office.mailing()) == 1
    assert await office.rooms.value("SELECT attempts FROM mails") == 1


async def test_an_end_that_comes_near_is_mailed_three_times(office: Office) -> None:
    mailing = office.mailing()
    ends_at = office.clock.now().replace(month=12, day=12)  # in 20 days
    for _ in range(21):
        alert = expiry_alert(CONNECTION, MAIN, "facebook", ends_at=ends_at, now=office.clock.now())
        if alert is not None:
            await office.rooms.alerts.raise_once(alert)
        await office.clock.advance(86_400)
        await office.post(mailing)
    assert office.subjects() == ["The consent of a Facebook account ends on 12 December 2026. (main)"] * 3
    assert "/connect/facebook/start?connection=con_1" in office.smtp.mails[0].part("plain")
    assert len({mail.message["Message-ID"] for mail in office.smtp.mails}) == 3


class BlackHole:
    """A mailer whose server takes connections and never answers, until it is let go."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[MailAnswer]] = []
        self.reached = asyncio.Event()

    async def send(self, letter: Letter) -> MailAnswer:
        assert letter.address
        answer: asyncio.Future[MailAnswer] = asyncio.get_running_loop().create_future()
        self.waiting.append(answer)
        self.reached.set()
        return await answer


async def test_one_mail_alone_tries_a_server_that_does_not_answer(office: Office) -> None:
    hole, rooms = BlackHole(), office.rooms
    mailing = Mailing(rooms.mails, hole, rooms.alerts, office.means, public_url=PUBLIC_URL)
    for name in ("Ada", "Bea", "Cleo"):
        await add_person(rooms.engine, name, "owner")
    await office.lose()
    await office.clock.advance(31)
    first, *buffered = await mailing.claim(3)
    await run_out(mailing, hole, first)
    for work in buffered:  # claimed before it was known: given back, not sent into the hole
        async with asyncio.timeout(5):
            await mailing.handle(work)
    assert hole.waiting == []
    await office.clock.advance(31)
    (probe,) = await mailing.claim(4)
    async with asyncio.TaskGroup() as group:
        group.create_task(mailing.handle(probe))
        await hole.reached.wait()
        hole.reached.clear()
        await office.clock.advance(600)
        assert await mailing.claim(4) == ()  # however many lanes are free
        hole.waiting.pop().set_result(Taken())
    assert len(await mailing.claim(4)) == 3


async def run_out(mailing: Mailing, hole: BlackHole, work: MailWork) -> None:
    """Let one mail find out that the server does not answer."""
    async with asyncio.TaskGroup() as group:
        group.create_task(mailing.handle(work))
        await hole.reached.wait()
        hole.reached.clear()
        hole.waiting.pop().set_result(PutOff(reason="it does not answer", is_outage=True))


async def test_a_mail_that_went_is_not_sent_again_though_the_state_was_away(office: Office) -> None:
    engine = FailingEngine(office.rooms.engine)
    mailing = office.mailing(SqlMails(engine, office.clock, office.rooms.new_id))
    await office.lose()
    await office.clock.advance(31)
    (work,) = await mailing.claim(1)
    engine.fates.extend([False] * 5)
    sending = asyncio.create_task(mailing.handle(work))
    while not sending.done():
        await office.clock.advance(0.5)
    await sending
    assert not engine.fates
    await office.clock.advance(86_400)
    assert await office.post(office.mailing()) == 0
    assert len(office.smtp.mails) == 1
