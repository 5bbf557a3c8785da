"""The daemon tells its people by mail, when it is told of a mail server."""

import pytest
from fake_clock import FakeClock
from support.daemon import MakeHome, running_inside
from support.people import add_person
from support.smtp import SmtpSandbox
from support.time_flow import TimeFlow

from connector.domain.alerts_catalogue import CONNECTION_LOST, MAIL_FAILING
from connector.domain.connection import ConnectionId
from connector.domain.lead import WorkspaceId

pytestmark = pytest.mark.timeout(120)


async def test_the_daemon_mails_its_people(state_url: str, make_home: MakeHome, clock: FakeClock) -> None:
    async with make_home(state_url, clock=clock) as home, SmtpSandbox().running() as smtp:
        mail = {"smtp_url": smtp.url, "sender": "Leads <alerts@example.org>"}
        config = home.configure(fixed_ports=False, mail=mail)
        connected = await home.connect(config, clock)
        async with running_inside(home, config, clock) as inside:
            rooms, flow = inside.daemon.rooms, TimeFlow(inside, clock)
            await add_person(rooms.engine, "Olga", "owner")
            lost = CONNECTION_LOST.alert(
                connected.connection_id,
                workspace_id=WorkspaceId("main"),
                connection_id=ConnectionId(connected.connection_id),
                provider="Facebook",
                reason="The person removed the app.",
            )
            await rooms.alerts.raise_once(lost)
            took_s = await flow.pass_by(120, step_s=1.0, until=lambda: bool(smtp.mails))
            assert 29 <= took_s <= 40
            await rooms.alerts.resolve(lost.key)
            await flow.pass_by(120, step_s=1.0, until=lambda: len(smtp.mails) == 2)
        assert [one.recipient for one in smtp.mails] == ["olga@example.com"] * 2
        assert smtp.mails[1].subject.startswith("Resolved: ")
        assert f"/connect/facebook/start?connection={connected.connection_id}" in smtp.mails[0].part("plain")


async def test_without_a_mail_server_there_is_no_loop_and_no_queue(
    state_url: str, make_home: MakeHome, clock: FakeClock
) -> None:
    async with make_home(state_url, clock=clock) as home:
        config = home.configure(fixed_ports=False)
        async with running_inside(home, config, clock) as inside:
            rooms = inside.daemon.rooms
            await rooms.alerts.raise_once(MAIL_FAILING.alert(reason="it is away"))
            await add_person(rooms.engine, "Olga", "owner")
            await rooms.alerts.raise_once(CONNECTION_LOST.alert("c", provider="Facebook", reason=""))
            assert "mail" not in inside.daemon.loops
        async with running_inside(home, config, clock) as inside:
            assert [row["key"] for row in await inside.daemon.rooms.alerts.open()] == ["connection.lost:c"]
        assert home.rows("SELECT id FROM mails") == []
