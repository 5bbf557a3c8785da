"""Connecting a Google account: what is stored, what is refused in words, what is taken back."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs
from support.counters import SeenCounters
from support.google_accounts import SESSION, GoogleStand, opened_stand
from support.rooms import MAIN, Rooms

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import DRIVE_FILE, Account
from adapters.sandbox.google.objects import GoogleConsent as Decision
from adapters.sandbox.google.replies import google_fault
from adapters.sandbox.google.tokens import tokens_of
from adapters.sandbox.google.world import GoogleWorld
from connector.domain.audit import Actor
from connector.domain.connection import ConnectionId
from connector.domain.errors import (
    AuthLostError,
    BadInputError,
    ConnectorError,
    NotPermittedError,
    PermanentError,
)
from connector.domain.google_consent import DRIVE_BOX
from connector.domain.security_event import token_prints
from connector.pipelines.connect_google import BoxNotTickedError
from connector.pipelines.consent import AWAY, DECLINED, NOT_ALLOWED, ConsentDeclinedError
from connector.pipelines.disconnect import Disconnect
from state.accounts.disconnecting import SqlDisconnecting
from state.engine import Engine

DAY_S = 86_400
CHECKS = dict.fromkeys(("token", "scope", "folder", "quota", "account"), "ok")


@pytest.fixture
async def stand(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[GoogleStand]:
    world = GoogleWorld.invented(random.Random(1), now=lambda: clock.now().timestamp())  # noqa: S311 - repeatable
    world.add_account("ada@example.com")
    rooms = Rooms.on(engine, clock, counters, new_id)
    async with opened_stand(rooms, world) as opened:
        yield opened
    await rooms.aclose()


@pytest.fixture
def ada(stand: GoogleStand) -> Account:
    return next(iter(stand.world.accounts.values()))


def living(stand: GoogleStand) -> list[str]:
    return [token.value for token in stand.world.refresh_tokens.values() if token.dead is None]


async def connections(stand: GoogleStand) -> int:
    return len(await stand.rooms.rows("SELECT id FROM connections"))


async def test_an_account_is_connected_with_five_checks_and_its_address(stand: GoogleStand) -> None:
    done = await stand.connected()
    assert done.account_name == "ada@example.com"
    assert {check.name: check.outcome for check in done.checks} == CHECKS
    assert await stand.checks(done.connection_id) == CHECKS
    row = await stand.row(done.connection_id)
    assert (row["state"], row["account_name"]) == ("healthy", "ada@example.com")
    (folder,) = stand.world.files.values()
    assert row["folder_id"] == folder.id
    (token,) = living(stand)
    prints = token_prints(token)
    assert (row["token_print_prefix"], row["token_print_hash"]) == (prints.prefix, prints.double_hash)
    audit = await stand.rooms.rows("SELECT action, actor, subject FROM audit")
    assert [tuple(line.values()) for line in audit] == [("connection.connected", "per_1", done.connection_id)]


async def test_an_unticked_box_is_named_and_the_consent_taken_back(stand: GoogleStand, ada: Account) -> None:
    with pytest.raises(BoxNotTickedError, match=DRIVE_BOX) as refused:
        await stand.connected(ada, unticked=frozenset({DRIVE_FILE}))
    assert refused.value.scopes == (DRIVE_FILE,)
    assert await connections(stand) == 0
    assert (stand.revokes(), living(stand)) == (1, [])


async def test_an_unticked_box_ends_nothing_else_of_the_same_person(stand: GoogleStand, ada: Account) -> None:
    first = await stand.connected(workspace="other")
    with pytest.raises(BoxNotTickedError):
        await stand.connected(ada, unticked=frozenset({DRIVE_FILE}))
    assert stand.revokes() == 0
    assert await stand.refresh.prove(first.connection_id)


async def test_a_server_that_names_no_scopes_leaves_the_unticked_box_to_drive(
    stand: GoogleStand, ada: Account
) -> None:
    stand.world.names_scopes = False
    with pytest.raises(BoxNotTickedError, match=DRIVE_BOX):
        await stand.connected(ada, unticked=frozenset({DRIVE_FILE}))
    assert (await connections(stand), stand.revokes()) == (0, 1)
    assert (await stand.connected(ada)).account_name == "ada@example.com"


async def without_refresh_token(stand: GoogleStand, mends: ConnectionId | None = None) -> str:
    """Come back with a code of somebody whom Google did not ask again; return the offer."""
    back = await stand.begin(mends=mends)
    stand.world.codes[back["code"]].with_refresh = False
    attempt, code = await stand.desk.take("google", back, session=SESSION)
    return await stand.desk.exchange(attempt, code)


async def test_without_a_refresh_token_the_old_one_is_kept(stand: GoogleStand) -> None:
    done = await stand.connected()
    before = await stand.row(done.connection_id)
    await stand.connect.accept(MAIN, await without_refresh_token(stand))
    after = await stand.row(done.connection_id)
    assert (after["sealed_token"], after["token_version"]) == (before["sealed_token"], 2)
    assert await stand.refresh.prove(done.connection_id)


@pytest.mark.parametrize("was_connected", [False, True])
async def test_without_a_refresh_token_and_a_living_one_it_is_told(
    stand: GoogleStand, ada: Account, *, was_connected: bool
) -> None:
    if was_connected:
        done = await stand.connected()
        stand.world.revoke(ada, stand.world.client.project)
        with pytest.raises(AuthLostError):
            await stand.refresh.prove(done.connection_id)
    offer = await without_refresh_token(stand)
    with pytest.raises(BadInputError, match="no lasting access"):
        await stand.connect.accept(MAIN, offer)
    assert stand.world.grants == {}  # taken back, so that the next consent brings one
    assert await connections(stand) == int(was_connected)


async def test_mending_with_another_account_is_refused_in_words(stand: GoogleStand, ada: Account) -> None:
    done = await stand.connected()
    bob = stand.world.add_account("bob@example.com")
    before = await stand.row(done.connection_id)
    with pytest.raises(NotPermittedError, match="another Google account") as refused:
        await stand.connected(bob, mends=done.connection_id)
    assert "bob" not in str(refused.value)
    assert await stand.row(done.connection_id) == before
    assert list(stand.world.grants) == [(ada.sub, stand.world.client.project)]  # bob's was taken back


async def test_mending_proposes_the_account_that_is_to_be_mended(stand: GoogleStand) -> None:
    done = await stand.connected()
    await stand.begin(mends=done.connection_id)
    assert stand.google.seen[-1].query["login_hint"] == "ada@example.com"
    await stand.begin()
    assert "login_hint" not in stand.google.seen[-1].query


async def test_consenting_again_keeps_the_id_and_renews_everything(
    stand: GoogleStand, ada: Account, clock: FakeClock
) -> None:
    done = await stand.connected()
    before = await stand.row(done.connection_id)
    stand.world.revoke(ada, stand.world.client.project)
    with pytest.raises(AuthLostError):
        await stand.refresh.prove(done.connection_id)
    assert await stand.alerts() == {f"connection.lost:{done.connection_id}"}
    await clock.advance(DAY_S)
    again = await stand.connected(mends=done.connection_id)
    after = await stand.row(done.connection_id)
    assert again.connection_id == done.connection_id
    assert (after["state"], after["folder_id"]) == ("healthy", before["folder_id"])
    assert after["sealed_token"] != before["sealed_token"]
    assert after["refresh_failures"] == 0
    assert after["consented_at_ms"] == clock.now_ms()
    assert await stand.alerts() == set()
    assert await stand.checks(done.connection_id) == CHECKS
    assert await stand.refresh.access(done.connection_id)


async def test_one_account_in_two_workspaces_works_in_each(stand: GoogleStand) -> None:
    first = await stand.connected()
    second = await stand.connected(workspace="other")
    assert first.connection_id != second.connection_id
    folders = {(await stand.row(one.connection_id))["folder_id"] for one in (first, second)}
    assert len(folders) == 2
    leaving = Disconnect(
        SqlDisconnecting(stand.rooms.engine, stand.clock, stand.rooms.vault, stand.rooms.new_id)
    )
    await leaving.disconnect(first.connection_id, Actor(kind="cli", name="tester"))
    assert stand.revokes() == 0
    with pytest.raises(AuthLostError):
        await stand.refresh.access(first.connection_id)
    token = await stand.refresh.prove(second.connection_id)
    assert (await stand.drive.space(token)).email == "ada@example.com"
    assert (await stand.look(second.connection_id))["state"] == "healthy"
    assert await stand.checks(second.connection_id) == CHECKS


async def test_two_who_connect_one_account_at_once_make_one_connection(stand: GoogleStand) -> None:
    done = await asyncio.gather(stand.connected(), stand.connected())
    assert len({one.connection_id for one in done}) == 1
    assert await connections(stand) == 1
    assert await stand.refresh.prove(done[0].connection_id)


async def test_a_full_drive_is_connected_and_said(stand: GoogleStand, ada: Account) -> None:
    ada.limit_bytes = ada.used_elsewhere_bytes
    done = await stand.connected()
    failed = {check.name for check in done.checks if check.outcome == "failed"}
    assert "quota" in failed
    row = await stand.row(done.connection_id)
    assert row["state"] == "degraded"
    assert "room" in str(row["remedy"]) or "space" in str(row["remedy"])


async def test_an_organisation_that_forbids_drive_apps_suspends_the_new_account(stand: GoogleStand) -> None:
    stand.google.faults.add("drive", google_fault("domainPolicy"), times=2)
    done = await stand.connected()
    row = await stand.row(done.connection_id)
    assert row["state"] == "suspended"
    assert await stand.alerts() == {f"connection.lost:{done.connection_id}"}
    assert (await stand.look(done.connection_id))["state"] == "healthy"
    assert await stand.alerts() == set()


async def test_a_drive_that_is_away_is_no_reason_to_refuse_a_consent(stand: GoogleStand) -> None:
    stand.google.faults.add("drive", Fault.status(502), times=99)
    done = await stand.connected()
    assert {check.name: check.outcome for check in done.checks} == CHECKS | dict.fromkeys(
        ("scope", "folder", "quota"), "unknown"
    )
    assert (await stand.row(done.connection_id))["state"] == "healthy"


async def test_a_consent_that_ends_soon_is_told_at_once(stand: GoogleStand) -> None:
    stand.world.testing = True
    done = await stand.connected()
    assert (await stand.row(done.connection_id))["state"] == "degraded"
    assert await stand.alerts() == {f"connection.expiring:{done.connection_id}"}
    stand.world.testing = False
    await stand.connected()
    assert (await stand.row(done.connection_id))["state"] == "healthy"
    assert await stand.alerts() == set()


# The way back


async def test_a_code_goes_once(stand: GoogleStand) -> None:
    back = await stand.begin()
    attempt, code = await stand.desk.take("google", back, session=SESSION)
    await stand.desk.exchange(attempt, code)
    with pytest.raises(NotPermittedError):
        await stand.desk.take("google", back, session=SESSION)
    with pytest.raises(PermanentError, match="used before"):
        await stand.desk.exchange(attempt, code)
    other, _ = await stand.desk.take("google", await stand.begin(), session=SESSION)
    with pytest.raises(PermanentError):  # somebody else's code: made for another verifier
        await stand.desk.exchange(other, (await stand.begin())["code"])
    assert await connections(stand) == 0


async def test_a_foreign_browser_and_a_late_one_get_nothing(stand: GoogleStand, clock: FakeClock) -> None:
    back = await stand.begin()
    with pytest.raises(NotPermittedError):
        await stand.desk.take("google", back, session="somebody else's")
    with pytest.raises(NotPermittedError):
        await stand.desk.take("facebook", back, session=SESSION)
    await clock.advance(31 * 60)
    with pytest.raises(NotPermittedError):
        await stand.desk.take("google", back, session=SESSION)


@pytest.mark.parametrize("spoilt", [{"state": ""}, {"code": ""}])
async def test_a_way_back_without_state_or_code_is_refused(
    stand: GoogleStand, spoilt: dict[str, str]
) -> None:
    back = await stand.begin()
    with pytest.raises(BadInputError, match="start connecting again"):
        await stand.desk.take("google", back | spoilt, session=SESSION)


@pytest.mark.parametrize(
    ("word", "told"),
    [("access_denied", DECLINED), ("admin_policy_enforced", NOT_ALLOWED), ("server_error", AWAY)],
)
async def test_a_refusal_is_told_by_its_kind(stand: GoogleStand, ada: Account, word: str, told: str) -> None:
    stand.world.next_consent = Decision(account=ada, decline=True)
    back = await stand.begin()
    assert back["error"] == "access_denied"
    with pytest.raises(ConsentDeclinedError) as declined:
        await stand.desk.take("google", back | {"error": word}, session=SESSION)
    assert str(declined.value) == told
    assert declined.value.attempt.workspace_id == MAIN
    with pytest.raises(NotPermittedError):
        await stand.desk.take("google", back, session=SESSION)


# What is said of it


async def test_no_token_code_or_address_is_in_a_log_line_an_error_or_the_state(
    stand: GoogleStand, ada: Account
) -> None:
    said: list[str] = []
    with capture_logs() as lines:
        done = await stand.connected()
        for fault in (google_fault("invalid_client"), google_fault("invalid_grant"), Fault.status(502)):
            stand.google.faults.add("token", fault, times=9)
            try:
                await stand.refresh.prove(done.connection_id)
            except ConnectorError as error:
                said.append(f"{error} {error!r} {error.__cause__!r}")
            stand.google.faults.clear()
            with contextlib.suppress(ConnectorError):
                await stand.connected()
        offer = await without_refresh_token(stand)
        with contextlib.suppress(ConnectorError):
            await stand.connect.accept(MAIN, offer, mends=ConnectionId("con_other"))
    secrets = [*tokens_of(stand.world, ada), *stand.world.codes, stand.world.client.secret]
    assert len(secrets) > 8
    assert len(said) == 3
    spoken = "\n".join([*map(str, lines), *said, repr(done)])
    assert not [secret for secret in secrets if secret in spoken]
    assert "ada@example.com" not in spoken
    tables = ("connections", "consent_attempts", "alerts", "audit", "connection_checks")
    kept = "\n".join([str(await stand.rooms.rows(f"SELECT * FROM {table}")) for table in tables])  # noqa: S608 - our own tables
    # 16 characters of a token are kept on purpose: security events name it by them
    assert not [secret for secret in secrets if secret in kept]
    assert not [seen.path for seen in stand.google.seen if seen.secrets_in_url]
