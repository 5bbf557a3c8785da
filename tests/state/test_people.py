"""People, roles, sessions, links and failures: on both engines."""

import asyncio
from collections.abc import Callable

import pytest
from fake_clock import FakeClock
from support.doors import ADA, IDLE_S, LIFE_S, MAIN, OPERATOR, OTHER, PASSWORD, Doors

from connector.domain.errors import BadInputError, NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.domain.people import PersonId
from connector.domain.throttling import EMAIL, FORGOTTEN_MS, Policy
from state.engine import Engine
from state.people.sessions import KNOWN_MS, SEEN_EVERY_MS

ONCE = Policy(free=2, first_s=30, longest_s=60)


@pytest.fixture
async def doors(engine: Engine, clock: FakeClock, new_id: Callable[[], str]) -> Doors:
    opened = Doors.on(engine, clock, new_id)
    await opened.workspaces.add(MAIN)
    return opened


async def dump(doors: Doors) -> str:
    tables = (
        "people",
        "memberships",
        "sessions",
        "sign_in_links",
        "known_browsers",
        "sign_in_failures",
        "audit",
    )
    found = [await doors.engine.read(lambda tx, t=t: tx.rows(f"SELECT * FROM {t}")) for t in tables]  # type: ignore[misc] # noqa: S608 - our own names
    return repr(found)


async def test_somebody_is_added_once_and_changed_after(doors: Doors) -> None:
    first, is_new = await doors.people.put("Ada@Example.com", MAIN, "admin", actor=OPERATOR, name="Ada")
    again, is_new_again = await doors.people.put("ada@example.COM", MAIN, "owner", actor=OPERATOR)
    assert (first, is_new, is_new_again) == (again, True, False)
    (member,) = await doors.people.members(MAIN)
    assert (member.name, member.email, member.role) == ("Ada", "Ada@Example.com", "owner")
    assert await doors.actions() == ["person.added", "person.role_changed"]
    assert (await doors.deeds())[1].detail == {"role": "owner"}


async def test_two_at_once_add_one_person(doors: Doors) -> None:
    made = await asyncio.gather(
        *(doors.people.put(ADA, MAIN, "admin", actor=OPERATOR) for _ in range(6)), return_exceptions=False
    )
    assert len({person_id for person_id, _ in made}) == 1
    assert sum(is_new for _, is_new in made) == 1


@pytest.mark.parametrize(("email", "workspace"), [("no address", "main"), (ADA, "nowhere")])
async def test_nonsense_is_refused(doors: Doors, email: str, workspace: str) -> None:
    with pytest.raises(BadInputError):
        await doors.people.put(email, WorkspaceId(workspace), "admin", actor=OPERATOR)
    assert await doors.people.members() == []


async def test_who_leaves_one_workspace_keeps_the_others(doors: Doors) -> None:
    ada = await doors.add(role="owner")
    await doors.add(role="viewer", workspace=OTHER, password=None)
    token = (await doors.enter()).session
    assert await doors.people.remove(ada, MAIN, actor=OPERATOR) == 1
    session = await doors.sessions.find(token)
    assert session is not None
    assert session.viewer.roles == {OTHER: "viewer"}
    assert await doors.people.remove(ada, MAIN, actor=OPERATOR) == 0
    assert (await doors.actions())[-1] == "person.removed"


async def test_who_leaves_all_is_signed_out_and_stays_out(doors: Doors) -> None:
    ada = await doors.add()
    entered = await doors.enter()
    link, _ = await doors.links.make(ada, life_s=900, actor=OPERATOR)
    assert await doors.people.remove(ada, None, actor=OPERATOR) == 1
    assert await doors.sessions.find(entered.session) is None
    assert await doors.links.look(link) is None
    assert await doors.links.use(link, label="") is None
    assert entered.known is not None
    assert await doors.browsers.owner(entered.known) is None
    with pytest.raises(NotPermittedError):
        await doors.sessions.open(ada, by="link", label="")
    person = await doors.people.by_email(ADA)
    assert person is not None
    assert (person.is_removed, person.password_hash) == (True, None)
    assert await doors.people.by_id(ada) is None


async def test_who_is_removed_here_and_added_there_at_once_stays_there(doors: Doors) -> None:
    await doors.workspaces.add(OTHER)
    for number in range(12):
        email = f"p{number}@example.com"
        person_id, _ = await doors.people.put(email, MAIN, "admin", actor=OPERATOR)
        await asyncio.gather(
            doors.people.remove(person_id, MAIN, actor=OPERATOR),
            doors.people.put(email, OTHER, "admin", actor=OPERATOR),
        )
        assert await doors.people.by_id(person_id) is not None, "a member who is removed"


async def test_what_was_confined_to_a_workspace_ends_with_the_place_there(doors: Doors) -> None:
    ada = await doors.add()
    await doors.add(role="viewer", workspace=OTHER, password=None)
    inside = await doors.sessions.open(ada, by="link", label="", workspace_id=OTHER)
    link, _ = await doors.links.make(ada, life_s=900, actor=OPERATOR, workspace_id=OTHER)
    await doors.people.remove(ada, OTHER, actor=OPERATOR)
    await doors.add(role="viewer", workspace=OTHER, password=None)
    assert await doors.sessions.find(inside) is None
    assert await doors.links.look(link) is None


async def test_who_comes_back_needs_a_new_password(doors: Doors) -> None:
    ada = await doors.add()
    await doors.people.remove(ada, None, actor=OPERATOR)
    back, is_new = await doors.people.put(ADA, MAIN, "viewer", actor=OPERATOR)
    person = await doors.people.by_id(back)
    assert person is not None
    assert (back, is_new, person.password_hash) == (ada, True, None)


async def test_a_new_password_ends_sessions_links_and_known_browsers(doors: Doors) -> None:
    ada = await doors.add()
    entered = await doors.enter()
    link, _ = await doors.links.make(ada, life_s=900, actor=OPERATOR)
    await doors.people.set_password(
        ada, await doors.passwords.hash("another phrase of words"), actor=OPERATOR
    )
    assert await doors.sessions.find(entered.session) is None
    assert await doors.links.use(link, label="") is None
    assert await doors.browsers.owner(entered.known or "") is None
    assert (await doors.actions())[-1] == "password.changed"


async def test_no_session_is_opened_for_a_password_that_changed_meanwhile(doors: Doors) -> None:
    ada = await doors.add()
    proved = (await doors.people.by_id(ada)).password_hash  # type: ignore[union-attr] # just added
    await doors.people.set_password(ada, "another", actor=OPERATOR)
    with pytest.raises(NotPermittedError):
        await doors.sessions.open(ada, by="password", label="", password_hash=proved)


async def test_a_session_ends_by_age_however_busy(doors: Doors, clock: FakeClock) -> None:
    await doors.add()
    token = (await doors.enter()).session
    step_s = IDLE_S / 2
    for _ in range(int(LIFE_S / step_s) - 1):
        await clock.advance(step_s)
        assert await doors.sessions.find(token) is not None
    await clock.advance(step_s)
    assert await doors.sessions.find(token) is None


async def test_a_session_ends_by_idleness(doors: Doors, clock: FakeClock) -> None:
    ada = await doors.add()
    token = (await doors.enter()).session
    await clock.advance(IDLE_S - 1)
    assert await doors.sessions.find(token) is not None
    await clock.advance(IDLE_S)
    assert await doors.sessions.find(token) is None
    assert await doors.sessions.of(ada) == []


async def test_use_is_noted_at_most_once_a_minute(doors: Doors, clock: FakeClock) -> None:
    ada = await doors.add()
    token = (await doors.enter()).session
    opened_ms = clock.now_ms()
    await clock.advance(SEEN_EVERY_MS / 1000)
    await doors.sessions.find(token)
    assert (await doors.sessions.of(ada))[0].seen_at_ms == opened_ms
    await clock.advance(1)
    await doors.sessions.find(token)
    assert (await doors.sessions.of(ada))[0].seen_at_ms == clock.now_ms()


async def test_sessions_are_ended_by_name(doors: Doors) -> None:
    ada = await doors.add()
    tokens = [await doors.sessions.open(ada, by="link", label=f"browser {n}") for n in range(3)]
    found = [await doors.sessions.find(token) for token in tokens]
    first, second, third = (session.id for session in found if session)
    assert await doors.sessions.end(PersonId("somebody else"), only=first) == 0
    assert await doors.sessions.end(ada, only=first) == 1
    assert await doors.sessions.find(tokens[0]) is None
    assert await doors.sessions.end(ada, keep=second) == 1
    assert [one.id for one in await doors.sessions.of(ada)] == [second]
    assert third != second
    ended = [one.detail for one in await doors.deeds() if one.action == "session.ended"]
    assert ended == [{"count": "1"}, {"count": "1"}]


async def test_a_link_works_once_even_when_many_try(doors: Doors) -> None:
    ada = await doors.add()
    link, _ = await doors.links.make(ada, life_s=900, actor=OPERATOR, return_to="/w/main/leads")
    looked = [await doors.links.look(link) for _ in range(3)]
    assert all(one is not None for one in looked)
    taken = await asyncio.gather(*(doors.links.use(link, label="") for _ in range(8)))
    (used,) = [one for one in taken if one is not None]
    assert (used.person_id, used.return_to) == (ada, "/w/main/leads")
    assert await doors.sessions.find(used.session) is not None
    assert len(await doors.sessions.of(ada)) == 1
    assert await doors.links.look(link) is None


async def test_a_link_whose_session_cannot_be_opened_is_not_used_up(doors: Doors) -> None:
    ada = await doors.add()
    link, _ = await doors.links.make(ada, life_s=900, actor=OPERATOR)
    await doors.sessions.open(ada, by="link", label="")
    await doors.engine.write(lambda tx: tx.execute("CREATE UNIQUE INDEX full_up ON sessions (person_id)"))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await doors.links.use(link, label="")
    assert await doors.links.look(link) is not None


async def test_a_link_ends(doors: Doors, clock: FakeClock) -> None:
    ada = await doors.add()
    link, expires_at_ms = await doors.links.make(ada, life_s=900, actor=OPERATOR)
    assert expires_at_ms == clock.now_ms() + 900_000
    await clock.advance(899)
    assert await doors.links.look(link) is not None
    await clock.advance(1)
    assert await doors.links.look(link) is None
    assert await doors.links.use(link, label="") is None


@pytest.mark.parametrize("guess", ["", "\x00", "\ud800", "x" * 100_000, "' OR 1=1 --"])
async def test_a_guess_opens_nothing(doors: Doors, guess: str) -> None:
    ada = await doors.add()
    await doors.enter()
    await doors.links.make(ada, life_s=900, actor=OPERATOR)
    assert await doors.sessions.find(guess) is None
    assert await doors.links.use(guess, label="") is None
    assert await doors.links.look(guess) is None
    assert await doors.browsers.owner(guess) is None


async def test_no_token_and_no_password_is_stored(doors: Doors) -> None:
    ada = await doors.add()
    entered = await doors.enter()
    link, _ = await doors.links.make(ada, life_s=900, actor=OPERATOR)
    stored = await dump(doors)
    assert entered.known is not None
    for secret in (entered.session, entered.known, link, PASSWORD):
        assert secret not in stored


async def test_a_known_browser_is_forgotten_after_half_a_year(doors: Doors, clock: FakeClock) -> None:
    ada = await doors.add()
    token = await doors.browsers.remember(ada)
    await clock.advance(KNOWN_MS / 1000 - 1)
    assert await doors.browsers.owner(token) == ada
    await clock.advance(1)
    assert await doors.browsers.owner(token) is None


async def test_attempts_at_once_do_not_pass_under_the_limit(doors: Doors) -> None:
    admissions = await asyncio.gather(*(doors.throttle.admit({"k": EMAIL}) for _ in range(EMAIL.free + 15)))
    assert sum(one.blocked_until_ms is None for one in admissions) == EMAIL.free
    assert sum(one.begins_block for one in admissions) == 1


async def test_two_keys_in_either_order_do_not_lock_each_other(doors: Doors) -> None:
    orders = [{"a": EMAIL, "b": EMAIL}, {"b": EMAIL, "a": EMAIL}]
    admissions = await asyncio.gather(*(doors.throttle.admit(orders[n % 2]) for n in range(8)))
    assert all(one.blocked_until_ms is None for one in admissions)


async def test_a_blocked_attempt_makes_the_block_no_longer(doors: Doors, clock: FakeClock) -> None:
    for _ in range(2):
        await doors.throttle.admit({"k": ONCE})
    until = (await doors.throttle.admit({"k": ONCE})).blocked_until_ms
    await clock.advance(29)
    assert (await doors.throttle.admit({"k": ONCE})).blocked_until_ms == until
    await clock.advance(1)
    assert (await doors.throttle.admit({"k": ONCE})).blocked_until_ms is None


async def test_a_success_forgets_its_own_and_returns_what_is_shared(doors: Doors) -> None:
    for _ in range(2):
        await doors.throttle.admit({"own": ONCE, "shared": ONCE})
    await doors.throttle.clear(forgotten=["own"], returned=["shared"])
    assert (await doors.throttle.admit({"own": ONCE})).begins_block is False
    assert (await doors.throttle.admit({"shared": ONCE})).begins_block is True


async def test_a_blocked_key_writes_nothing_more(doors: Doors) -> None:
    keys = [{"address": ONCE, f"email {number}": EMAIL} for number in range(20)]
    admissions = [await doors.throttle.admit(one) for one in keys]
    assert [one.blocked_until_ms is None for one in admissions].count(True) == ONCE.free
    rows = await doors.engine.read(lambda tx: tx.rows("SELECT key FROM sign_in_failures ORDER BY key"))
    assert [row["key"] for row in rows] == ["address", "email 0", "email 1"]


async def test_attempts_at_once_leave_no_empty_rows_behind(doors: Doors) -> None:
    admissions = await asyncio.gather(
        *(doors.throttle.admit({"address": ONCE, f"email {number}": EMAIL}) for number in range(12))
    )
    assert sum(one.blocked_until_ms is None for one in admissions) == ONCE.free
    rows = await doors.engine.read(lambda tx: tx.rows("SELECT key FROM sign_in_failures"))
    assert len(rows) == 1 + ONCE.free


async def test_old_failures_are_swept(doors: Doors, clock: FakeClock) -> None:
    await doors.throttle.admit({"old": EMAIL})
    await clock.advance(FORGOTTEN_MS / 1000)
    await doors.throttle.admit({"new": EMAIL})
    rows = await doors.engine.read(lambda tx: tx.rows("SELECT key FROM sign_in_failures"))
    assert [row["key"] for row in rows] == ["new"]
