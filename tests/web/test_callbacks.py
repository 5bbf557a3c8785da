"""What Facebook and Google post to us: believed when proved, on disk before the answer, the same when repeated."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import aiohttp
import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.leaving import Leaving, opened_leaving
from support.rooms import MAIN
from support.scene import opened_scene

from adapters.facebook.signed_request import SignedRequests
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import Account
from adapters.sandbox.webhook_sender import WebhookSender
from connector.domain.audit import Actor
from connector.domain.connection import ConnectionId
from connector.domain.consenting import ConsentAttempt
from connector.domain.lead import WorkspaceId
from connector.domain.privacy import PrivacyRequest
from connector.domain.signals import TokenDied
from connector.pipelines.callbacks import Callbacks
from connector.web.callbacks import MAX_BODY_BYTES, add_callbacks
from connector.web.server import addresses, public_app, serve
from state.accounts.consents import SqlConsents
from state.accounts.removals import SqlRemovals
from state.accounts.security_events import SqlSecurityEvents
from state.engine import Engine
from state.people.people import SqlPeople

SHORT_S = 0.4
KEPT_TOKENS = """
    SELECT id FROM connections WHERE sealed_token IS NOT NULL
     UNION ALL SELECT page_id FROM pages WHERE sealed_token <> ''
     UNION ALL SELECT page_id FROM page_grants WHERE sealed_token <> ''"""
DEAUTHORIZE, DELETION = "/webhooks/facebook/deauthorize", "/webhooks/facebook/data-deletion"
RISC = "/webhooks/google/risc"


class HastyClock(FakeClock):
    """Sleeping takes no time: retries of seconds happen at once."""

    async def sleep(self, seconds: float) -> None:
        del seconds
        await super().sleep(0)


@dataclass(kw_only=True)
class Door:
    """The public server with the callbacks, and the providers that call it."""

    url: str
    leaving: Leaving
    sender: WebhookSender
    http: aiohttp.ClientSession

    async def post(self, path: str, **form: str) -> tuple[int, str]:
        async with self.http.post(f"{self.url}{path}", data=form) as answer:
            return answer.status, await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.text()

    async def state(self, connection_id: ConnectionId) -> object:
        return await self.leaving.state(connection_id)

    async def tell(self, token: str) -> int:
        return await self.leaving.google.events.send(token)

    async def value(self, sql: str, **params: object) -> object:
        return await self.leaving.scene.rooms.value(sql, **params)

    async def alerts(self) -> list[str]:
        return [row["key"] for row in await self.leaving.scene.rooms.alerts.open()]


@pytest.fixture
def clock() -> FakeClock:
    return HastyClock()


@pytest.fixture
async def door(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[Door]:
    async with (
        opened_scene(engine, clock, counters, new_id, pages=1) as scene,
        opened_leaving(scene) as leaving,
        WebhookSender(scene.world) as sender,
        aiohttp.ClientSession() as http,
    ):
        rooms = scene.rooms
        callbacks = Callbacks(
            SignedRequests([scene.world.app_secret, "previous"]),
            SqlRemovals(engine, clock, rooms.vault, new_id),
            leaving.security_events,
            SqlSecurityEvents(engine, clock, rooms.vault, new_id),
            new_secret=lambda size: f"{new_id()}{size}",
        )
        app = public_app()
        add_callbacks(
            app, callbacks, public_url="https://connect.example.com/", page=shown, body_timeout_s=SHORT_S
        )
        # long: the sandbox makes a stranger's key between two requests on one connection
        runner = await serve(app, "127.0.0.1:0", header_timeout_s=30.0, drain_s=0.2)
        url = addresses(runner)[0]
        scene.world.deauthorize_url, scene.world.deletion_url = f"{url}{DEAUTHORIZE}", f"{url}{DELETION}"
        leaving.google.events.url = f"{url}{RISC}"
        scene.graph.sender = sender
        yield Door(url=url, leaving=leaving, sender=sender, http=http)
        await runner.cleanup()


def shown(asked: PrivacyRequest | None) -> str:
    return "no such request" if asked is None else f"{asked.state}: {asked.outcome}"


@pytest.fixture
def account(door: Door) -> Account:
    return door.leaving.google.world.add_account("ada@example.com")


# The app was removed


async def test_a_removed_app_is_known_at_once_in_every_workspace(door: Door) -> None:
    scene, rooms = door.leaving.scene, door.leaving.scene.rooms
    first = await door.leaving.facebook_account()
    second = await door.leaving.facebook_account(workspace="other")
    waits = await scene.submit(2)
    scene.world.remove_app(scene.admin)
    assert await door.sender.deauthorize(scene.admin.id) == 200
    for connection_id in (first, second):
        assert await door.state(connection_id) == "reconnect"
        reason = await door.value("SELECT reason FROM connections WHERE id = :id", id=connection_id)
        assert "removed" in str(reason)
    assert await door.alerts() == [f"connection.lost:{first}", f"connection.lost:{second}"]
    assert await rooms.rows(KEPT_TOKENS) == []
    assert await scene.stages() == dict.fromkeys(waits, "held")
    deeds = await rooms.rows("SELECT subject, actor FROM audit WHERE action = 'connection.deauthorised'")
    assert {(row["subject"], row["actor"]) for row in deeds} == {(first, "facebook"), (second, "facebook")}
    assert await door.leaving.facebook_account() == first  # connected again: what waited goes on
    await scene.read()
    mine = await rooms.rows("SELECT stage FROM leads WHERE workspace_id = :id", id=MAIN)
    assert [row["stage"] for row in mine] == ["resolve", "resolve"]


async def test_another_admin_takes_over_when_the_app_is_removed(door: Door) -> None:
    scene = door.leaving.scene
    other = scene.world.add_person("Bo Backup")
    other.tasks[scene.pages[0].id] = ("ADVERTISE", "MANAGE")
    first = await door.leaving.facebook_account()
    spare = await door.leaving.facebook_account(other)
    (lead_id,) = await scene.submit()
    scene.world.remove_app(scene.admin)
    assert await door.sender.deauthorize(scene.admin.id) == 200
    assert await door.state(first) == "reconnect"
    assert await door.value("SELECT connection_id FROM pages") == spare
    await scene.read()
    assert await scene.stages() == {lead_id: "resolve"}


async def test_repeats_and_strangers_are_answered_200_and_change_nothing(door: Door) -> None:
    scene = door.leaving.scene
    connection_id = await door.leaving.facebook_account()
    assert await door.sender.deauthorize("999") == 200
    assert await door.state(connection_id) == "healthy"
    call = door.sender.signed_request({"user_id": scene.admin.id})
    for _ in range(2):
        assert (await door.post(DEAUTHORIZE, signed_request=call))[0] == 200
    assert await door.value("SELECT COUNT(*) FROM audit WHERE action = 'connection.deauthorised'") == 1
    assert await door.value("SELECT COUNT(*) FROM alerts") == 1
    assert (await door.get(DEAUTHORIZE))[0] == 200
    assert (await door.get(DELETION))[0] == 200


async def test_a_call_of_before_the_consent_ends_nothing_but_lets_us_look(door: Door) -> None:
    scene = door.leaving.scene
    call = door.sender.signed_request({"user_id": scene.admin.id})
    await scene.clock.advance(5)
    connection_id = await door.leaving.facebook_account()
    assert (await door.post(DEAUTHORIZE, signed_request=call))[0] == 200
    assert await door.state(connection_id) == "healthy"
    due_ms = await door.value("SELECT probe_due_at_ms FROM connections")
    assert due_ms == scene.clock.now_ms()


async def test_our_own_disconnect_is_no_removal(door: Door) -> None:
    scene = door.leaving.scene
    connection_id = await door.leaving.facebook_account()
    await door.leaving.leave(connection_id)
    await scene.graph.settled()  # Facebook calls back when the grant is taken back
    assert await door.state(connection_id) == "disconnected"
    assert await door.alerts() == []


async def test_what_could_not_be_taken_back_is_settled_when_the_person_does_it(door: Door) -> None:
    scene = door.leaving.scene
    connection_id = await door.leaving.facebook_account()
    scene.graph.faults.rate("permissions", Fault.status(503), 1.0)
    await door.leaving.leave(connection_id)
    for _ in range(3):
        await scene.clock.advance(4000)
        await door.leaving.work()
    assert await door.alerts() == [f"connection.revoke_failed:{connection_id}"]
    scene.world.remove_app(scene.admin)
    assert await door.sender.deauthorize(scene.admin.id) == 200
    assert await door.state(connection_id) == "disconnected"
    assert await door.alerts() == []
    assert await door.value("SELECT COUNT(*) FROM undoings WHERE sealed_token IS NOT NULL") == 0


async def test_the_mail_about_a_removed_app_is_due_within_the_minute(door: Door) -> None:
    scene, rooms = door.leaving.scene, door.leaving.scene.rooms
    await rooms.mails.switch(on=True)
    people = SqlPeople(rooms.engine, rooms.clock, rooms.new_id)
    await people.put("olga@example.com", MAIN, "owner", actor=Actor(kind="cli", name="tester"))
    await door.leaving.facebook_account()
    await door.sender.deauthorize(scene.admin.id)
    due_ms = await door.value("SELECT due_at_ms FROM mails")
    assert isinstance(due_ms, int)
    assert due_ms - scene.clock.now_ms() <= 60_000


@pytest.mark.parametrize("path", [DEAUTHORIZE, DELETION])
async def test_what_is_not_proved_is_refused(door: Door, path: str) -> None:
    scene = door.leaving.scene
    connection_id = await door.leaving.facebook_account()
    call = door.sender.signed_request({"user_id": scene.admin.id})
    forged = f"{call[:5]}{'A' if call[5] != 'A' else 'B'}{call[6:]}"
    assert (await door.post(path, signed_request=forged))[0] == 401
    assert (await door.post(path, other="x"))[0] == 400
    assert (await door.post(path, signed_request=door.sender.signed_request({"user_id": ""})))[0] == 400
    async with door.http.post(f"{door.url}{path}", data=b"\xff=1") as answer:
        assert answer.status == 400
    async with door.http.post(f"{door.url}{path}", data=b"x" * (MAX_BODY_BYTES + 1)) as answer:
        assert answer.status == 413
    assert await door.state(connection_id) == "healthy"
    assert await door.value("SELECT COUNT(*) FROM privacy_requests") == 0


async def test_a_body_that_does_not_come_is_not_waited_for(door: Door) -> None:
    host, port = door.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {DEAUTHORIZE} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsigned"
    writer.write(head.encode())
    assert b" 408 " in await reader.readline()
    writer.close()


# Data is to be erased


async def test_a_deletion_request_erases_and_shows_its_state(door: Door) -> None:
    scene, rooms = door.leaving.scene, door.leaving.scene.rooms
    connection_id = await door.leaving.facebook_account()
    status, body = await door.sender.request_deletion(scene.admin.id)
    answer = json.loads(body)
    code = answer["confirmation_code"]
    assert status == 200
    assert answer["url"] == f"https://connect.example.com/privacy/requests/{code}"
    assert code.isalnum()
    assert len(code) == 32
    (row,) = await rooms.rows("SELECT account_id, account_name, sealed_token, state FROM connections")
    assert (row["account_name"], row["sealed_token"], row["state"]) == (None, None, "reconnect")
    assert scene.admin.id not in row["account_id"]
    status, page = await door.get(f"/privacy/requests/{code}")
    assert status == 200
    assert page.startswith("done: Your name")
    assert await door.alerts() == [f"connection.lost:{connection_id}"]


async def test_the_same_request_has_the_same_code_and_another_its_own(door: Door) -> None:
    scene = door.leaving.scene
    await door.leaving.facebook_account()
    call = door.sender.signed_request({"user_id": scene.admin.id})
    first, again = [await door.post(DELETION, signed_request=call) for _ in range(2)]
    assert first == again
    _, other = await door.sender.request_deletion("999")
    assert json.loads(other)["confirmation_code"] != json.loads(first[1])["confirmation_code"]
    code = json.loads(other)["confirmation_code"]
    assert (await door.get(f"/privacy/requests/{code}"))[1].startswith("done: We hold nothing")


async def test_who_connects_again_is_not_erased_by_an_old_request(door: Door) -> None:
    scene = door.leaving.scene
    await door.leaving.facebook_account()
    told, late = (
        door.sender.signed_request({"user_id": scene.admin.id, "expires": number}) for number in (1, 2)
    )
    first = await door.post(DELETION, signed_request=told)
    await scene.clock.advance(60)
    again = await door.leaving.facebook_account()
    assert await door.post(DELETION, signed_request=told) == first
    assert (await door.post(DELETION, signed_request=late))[0] == 200
    name = await door.value("SELECT account_name FROM connections WHERE id = :id", id=again)
    assert (name, await door.state(again)) == ("Ada Admin", "healthy")


async def test_an_unknown_code_is_404_and_the_page_is_nobodys_to_keep(door: Door) -> None:
    for code in ("0" * 32, "x", "%00", "a" * 500, "..%2f"):
        assert (await door.get(f"/privacy/requests/{code}"))[0] == 404
    async with door.http.get(f"{door.url}/privacy/requests/{'0' * 32}") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_removal_is_no_deletion_request_to_look_up(door: Door) -> None:
    scene = door.leaving.scene
    await door.leaving.facebook_account()
    await door.sender.deauthorize(scene.admin.id)
    code = await door.value("SELECT code FROM privacy_requests")
    assert (await door.get(f"/privacy/requests/{code}"))[0] == 404


# Google's security events


async def test_revoked_tokens_end_every_connection_of_the_account(door: Door, account: Account) -> None:
    other = await door.leaving.google_account(door.leaving.google.world.add_account("bo@example.com"))
    mine = [await door.leaving.google_account(account, workspace) for workspace in (MAIN, "other")]
    token = door.leaving.google.events.about("tokens-revoked", account)
    assert await door.tell(token) == 202
    for connection_id in mine:
        assert await door.state(connection_id) == "reconnect"
    assert await door.state(other) == "healthy"
    kept = await door.leaving.scene.rooms.rows(
        "SELECT id FROM connections WHERE sealed_token IS NOT NULL OR token_print_hash IS NOT NULL"
    )
    assert [row["id"] for row in kept] == [other]
    assert len(await door.alerts()) == 2
    assert await door.tell(token) == 202  # redelivered
    assert await door.value("SELECT COUNT(*) FROM audit WHERE action = 'connection.deauthorised'") == 2


@pytest.mark.parametrize("by", ["prefix", "hash"])
async def test_a_revoked_token_ends_the_connection_that_has_it(door: Door, account: Account, by: str) -> None:
    mine = await door.leaving.google_account(account)
    other = await door.leaving.google_account(account, "other")
    refresh = door.leaving.google.world.refresh_tokens[door.leaving.user_tokens[mine]]
    token = door.leaving.google.events.token_revoked(refresh, by="prefix" if by == "prefix" else "hash")
    assert await door.tell(token) == 202
    assert (await door.state(mine), await door.state(other)) == ("reconnect", "healthy")


async def test_an_event_of_before_the_consent_does_not_end_it(door: Door, account: Account) -> None:
    token = door.leaving.google.events.about("tokens-revoked", account)
    await door.leaving.scene.clock.advance(5)
    connection_id = await door.leaving.google_account(account)
    assert await door.tell(token) == 202
    assert await door.state(connection_id) == "healthy"


async def test_a_disabled_account_rests_until_it_is_enabled(door: Door, account: Account) -> None:
    connection_id = await door.leaving.google_account(account)
    events = door.leaving.google.events
    disabled = events.about("account-disabled", account, reason="hijacking")
    assert await door.tell(disabled) == 202
    assert await door.state(connection_id) == "suspended"
    assert "somebody else" in str(await door.value("SELECT reason FROM connections"))
    assert await door.tell(events.about("account-enabled", account)) == 202
    assert await door.tell(disabled) == 202  # redelivered: it is known
    assert await door.state(connection_id) == "healthy"
    assert await door.alerts() == []
    assert await door.value("SELECT probe_due_at_ms FROM connections") == door.leaving.scene.clock.now_ms()


async def test_ended_sessions_let_us_refresh_soon(door: Door, account: Account) -> None:
    connection_id = await door.leaving.google_account(account)
    assert await door.tell(door.leaving.google.events.about("sessions-revoked", account)) == 202
    assert await door.value("SELECT refresh_due_at_ms FROM connections") == door.leaving.scene.clock.now_ms()
    assert await door.state(connection_id) == "healthy"


async def test_what_is_only_to_be_known_changes_nothing(door: Door, account: Account) -> None:
    connection_id = await door.leaving.google_account(account)
    events = door.leaving.google.events
    assert await door.tell(events.about("account-credential-change-required", account)) == 202
    assert await door.tell(events.verification("hello")) == 202
    assert await door.tell(events.about("tokens-revoked", await stranger(door))) == 202
    assert await door.state(connection_id) == "healthy"
    outcomes = await door.leaving.scene.rooms.rows("SELECT outcome FROM security_events")
    assert [row["outcome"] for row in outcomes] == ["none"] * 3


async def stranger(door: Door) -> Account:
    return door.leaving.google.world.add_account("nobody@example.com")


async def test_an_unproved_event_is_400_and_one_that_cannot_be_proved_now_503(
    door: Door, account: Account
) -> None:
    connection_id = await door.leaving.google_account(account)
    google = door.leaving.google
    google.faults.rate("risc_config", Fault.status(503), 1.0)
    assert await door.tell(google.events.about("tokens-revoked", account)) == 503
    google.faults.clear()
    await door.leaving.scene.clock.advance(61)
    assert await door.tell(google.events.forged("tokens-revoked", account)) == 400
    assert await door.tell("no.token.atall") == 400
    assert await door.tell("x" * (MAX_BODY_BYTES + 1)) == 413
    assert await door.state(connection_id) == "healthy"
    assert await door.value("SELECT COUNT(*) FROM security_events") == 0


async def test_nothing_stored_is_answered_503(door: Door, account: Account) -> None:
    scene = door.leaving.scene
    await door.leaving.google_account(account)
    events = door.leaving.google.events
    token, call = (
        events.about("tokens-revoked", account),
        door.sender.signed_request({"user_id": scene.admin.id}),
    )
    await door.leaving.security_events.read(events.verification("x").encode())  # fetches the keys
    await scene.rooms.engine.aclose()
    assert await door.tell(token) == 503
    assert (await door.post(DEAUTHORIZE, signed_request=call))[0] == 503
    assert (await door.post(DELETION, signed_request=call))[0] == 503
    assert (await door.get(f"/privacy/requests/{'0' * 32}"))[0] == 503


# Late, repeated, out of order


async def test_an_enabled_account_without_a_token_waits_for_consent(door: Door, account: Account) -> None:
    scene, events = door.leaving.scene, door.leaving.google.events
    connection_id = await door.leaving.google_account(account)
    dead = TokenDied(at=scene.clock.now(), reason="Refused.", cause="revoked")
    await scene.rooms.probing.hear(connection_id, dead)
    assert await door.tell(events.about("tokens-revoked", account)) == 202
    for name in ("account-enabled", "sessions-revoked"):
        assert await door.tell(events.about(name, account)) == 202
    assert await door.state(connection_id) == "reconnect"
    assert await door.alerts() == [f"connection.lost:{connection_id}"]
    assert await door.value("SELECT refresh_due_at_ms FROM connections") is None
    assert await door.value("SELECT cause FROM connections") == "deauthorised"


async def test_no_event_sets_free_what_has_no_token(door: Door, account: Account) -> None:
    """Whatever its cause says: rows that older versions wrote."""
    connection_id = await door.leaving.google_account(account)
    await door.leaving.scene.rooms.engine.write(
        lambda tx: tx.execute(
            "UPDATE connections SET sealed_token = NULL, state = 'reconnect', cause = 'revoked'"
        )
    )
    assert await door.tell(door.leaving.google.events.about("account-enabled", account)) == 202
    assert await door.state(connection_id) == "reconnect"


UNDOINGS = "SELECT kind, state FROM undoings ORDER BY kind"


async def undoings(door: Door) -> dict[str, str]:
    return {row["kind"]: row["state"] for row in await door.leaving.scene.rooms.rows(UNDOINGS)}


async def test_a_late_removal_settles_nothing_of_a_newer_consent(door: Door, account: Account) -> None:
    scene, leaving = door.leaving.scene, door.leaving
    late = door.sender.signed_request({"user_id": scene.admin.id})
    revoked = leaving.google.events.about("tokens-revoked", account)
    await scene.clock.advance(5)
    for connection_id in (await leaving.facebook_account(), await leaving.google_account(account)):
        await leaving.disconnects.disconnect(connection_id, Actor(kind="cli", name="tester"))
    assert (await door.post(DEAUTHORIZE, signed_request=late))[0] == 200
    assert await door.tell(revoked) == 202
    assert await undoings(door) == {"revoke_grant": "waiting", "unsubscribe_page": "waiting"}
    await leaving.work()
    assert (leaving.revoked(), scene.admin.authorised) == (2, False)


async def test_a_removal_settles_the_grant_and_not_the_pages_subscription(door: Door) -> None:
    scene, leaving = door.leaving.scene, door.leaving
    connection_id = await leaving.facebook_account()
    await leaving.disconnects.disconnect(connection_id, Actor(kind="cli", name="tester"))
    assert await door.sender.deauthorize(scene.admin.id) == 200
    assert await undoings(door) == {"revoke_grant": "done", "unsubscribe_page": "waiting"}
    await leaving.work()
    assert (leaving.unsubscribed(), leaving.revoked()) == ([scene.pages[0].id], 0)
    assert await door.state(connection_id) == "disconnected"


async def test_a_repeated_removal_without_a_time_ends_no_newer_consent(door: Door) -> None:
    scene = door.leaving.scene
    await door.leaving.facebook_account()
    call = door.sender.signed_request({"user_id": scene.admin.id, "issued_at": None})
    assert (await door.post(DEAUTHORIZE, signed_request=call))[0] == 200
    connection_id = await door.leaving.facebook_account()
    assert (await door.post(DEAUTHORIZE, signed_request=call))[0] == 200
    assert await door.state(connection_id) == "healthy"


@pytest.mark.parametrize("path", [DEAUTHORIZE, DELETION])
async def test_no_tokens_of_a_removed_person_are_left_in_a_choice_under_way(door: Door, path: str) -> None:
    scene = door.leaving.scene
    consents = SqlConsents(scene.rooms.engine, scene.clock, scene.rooms.vault)
    await scene.rooms.workspaces.add(MAIN)
    late = door.sender.signed_request({"user_id": scene.admin.id})
    await scene.clock.advance(5)
    offered = ConsentAttempt(
        id="offered",
        provider="facebook",
        workspace_id=WorkspaceId(MAIN),
        session="s",
        person_id=None,
        connection_id=None,
        verifier=None,
        return_to=None,
    )
    exchanging = replace(offered, id="exchanging")
    for attempt in (offered, exchanging):
        await consents.begin(attempt, state=attempt.id)
        await consents.take("facebook", state=attempt.id, session="s")
    await consents.keep_offer(offered, "tokens")
    assert (await door.post(path, signed_request=late))[0] == 200
    assert await door.value("SELECT COUNT(*) FROM consent_attempts") == 2  # they are of after it
    call = door.sender.signed_request({"user_id": scene.admin.id})
    assert (await door.post(path, signed_request=call))[0] == 200
    await consents.keep_offer(
        exchanging, "tokens"
    )  # what was being exchanged meanwhile has no place any more
    assert await door.value("SELECT COUNT(*) FROM consent_attempts") == 0
