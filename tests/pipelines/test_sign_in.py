"""Signing in by password and by link, blocks, changing the password, links for a CRM."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_clock import FakeClock
from support.doors import ADA, HERE, MAIN, OPERATOR, OTHER, PASSWORD, PUBLIC_URL, Doors

from adapters.passwords import Argon2Passwords
from connector.domain.audit import Actor
from connector.domain.errors import BadInputError, NotPermittedError, TransientError
from connector.domain.people import SignedInSession
from connector.domain.throttling import ADDRESS, EMAIL, KNOWN_BROWSER, OWN_PASSWORD
from connector.pipelines.invite import LINK_LIFE_MAX_S
from connector.pipelines.sign_in import Blocked, Refused, SignedIn, SignIn, Weak
from state.engine import Engine

STRANGER = replace(HERE, address="198.51.100.7")
TOKEN = Actor(kind="api", name="tok_1")
NEW = "another phrase of words"


@pytest.fixture
async def doors(engine: Engine, clock: FakeClock, new_id: Callable[[], str]) -> Doors:
    opened = Doors.on(engine, clock, new_id)
    await opened.add()
    return opened


async def session(doors: Doors, token: str) -> SignedInSession:
    found = await doors.sessions.find(token)
    assert found is not None
    return found


async def test_the_right_password_opens_a_fresh_session(doors: Doors) -> None:
    first = await doors.enter("Ada@EXAMPLE.com")
    second = await doors.enter(browser=replace(HERE, session=first.session, known=first.known))
    assert first.session != second.session
    assert await doors.sessions.find(first.session) is None, "the session is rotated at sign-in"
    assert (await session(doors, second.session)).viewer.email == ADA
    assert second.known is None, "the browser was known"
    assert (await doors.deeds())[-1].detail == {"by": "password"}


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (ADA, "wrong"),
        (ADA, ""),
        ("nobody@example.com", PASSWORD),
        ("", PASSWORD),
        ("no address", ""),
        (ADA, PASSWORD.upper()),
        (f"{ADA}\x00", PASSWORD),
        (ADA, "\ud800" * 12),
    ],
)
async def test_what_is_wrong_is_refused_without_a_difference(doors: Doors, email: str, password: str) -> None:
    assert await doors.sign_in.by_password(email, password, HERE) == Refused()


async def test_who_has_no_password_or_was_removed_is_refused(doors: Doors) -> None:
    await doors.add("bob@example.com", password=None)
    eve = await doors.add("eve@example.com")
    await doors.people.remove(eve, None, actor=OPERATOR)
    for email in ("bob@example.com", "eve@example.com"):
        assert await doors.sign_in.by_password(email, PASSWORD, HERE) == Refused()


async def test_an_unknown_address_costs_a_verification_too(doors: Doors) -> None:
    class Watched(Argon2Passwords):
        seen = 0

        async def verify(self, password: str, stored: str | None, *, is_known: bool = False) -> bool:
            self.seen += 1
            return await super().verify(password, stored, is_known=is_known)

    watched = Watched(time_cost=1, memory_kib=8)
    sign_in = SignIn(
        doors.people, doors.sessions, doors.browsers, doors.links, doors.throttle, watched, doors.audit
    )
    for email in (ADA, "nobody@example.com", "no address"):
        assert await sign_in.by_password(email, "wrong", HERE) == Refused()
    assert watched.seen == 3


class Busy(Argon2Passwords):
    """A queue that is full for strangers, and for whoever is known too when `is_full`."""

    is_full = False

    async def verify(self, password: str, stored: str | None, *, is_known: bool = False) -> bool:
        if self.is_full or not is_known:
            raise TransientError("too many people are signing in at this moment")
        return await super().verify(password, stored, is_known=is_known)


async def test_what_was_not_looked_at_is_held_against_nobody(doors: Doors) -> None:
    entered = await doors.enter()
    busy = Busy(time_cost=1, memory_kib=8)
    sign_in = SignIn(
        doors.people, doors.sessions, doors.browsers, doors.links, doors.throttle, busy, doors.audit
    )
    for _ in range(ADDRESS.free + 1):
        with pytest.raises(TransientError):
            await sign_in.by_password(ADA, PASSWORD, HERE)
    at_home = replace(HERE, known=entered.known)
    assert isinstance(await sign_in.by_password(ADA, PASSWORD, at_home), SignedIn), "known: there is a place"
    busy.is_full = True
    found = await session(doors, entered.session)
    for _ in range(KNOWN_BROWSER.free + 1):
        with pytest.raises(TransientError):
            await sign_in.by_password(ADA, PASSWORD, at_home)
        with pytest.raises(TransientError):
            await sign_in.change_password(found, HERE, current=PASSWORD, new=NEW)
    rows = await doors.engine.read(lambda tx: tx.rows("SELECT failures FROM sign_in_failures"))
    assert {row["failures"] for row in rows} <= {0}
    await doors.enter()


async def test_guessing_is_blocked_and_told_once(doors: Doors, clock: FakeClock) -> None:
    for number in range(EMAIL.free):
        browser = replace(HERE, address=f"192.0.2.{number}")
        assert await doors.sign_in.by_password(ADA, "guess", browser) == Refused()
    until_ms = clock.now_ms() + EMAIL.first_s * 1000
    assert await doors.sign_in.by_password(ADA, PASSWORD, HERE) == Blocked(until_ms=until_ms)
    assert (await doors.actions()).count("sign_in.blocked") == 1
    await clock.advance(EMAIL.first_s)
    assert isinstance(await doors.sign_in.by_password(ADA, PASSWORD, HERE), SignedIn)


async def test_an_address_nobody_has_is_blocked_alike(doors: Doors) -> None:
    outcomes = [await doors.sign_in.by_password("nobody@x.de", "guess", HERE) for _ in range(EMAIL.free + 1)]
    assert [type(one) for one in outcomes] == [Refused] * EMAIL.free + [Blocked]


async def test_one_network_address_cannot_try_everybody(doors: Doors) -> None:
    for number in range(ADDRESS.free):
        await doors.sign_in.by_password(f"p{number}@example.com", "guess", STRANGER)
    assert isinstance(await doors.sign_in.by_password(ADA, PASSWORD, STRANGER), Blocked)
    assert isinstance(await doors.sign_in.by_password(ADA, PASSWORD, HERE), SignedIn)


async def test_a_success_does_not_wash_an_address_clean(doors: Doors) -> None:
    for number in range(ADDRESS.free - 1):
        await doors.sign_in.by_password(f"p{number}@example.com", "guess", STRANGER)
    await doors.enter(browser=STRANGER)
    await doors.sign_in.by_password("last@example.com", "guess", STRANGER)
    assert isinstance(await doors.sign_in.by_password("one@example.com", "guess", STRANGER), Blocked)


async def test_a_stranger_locks_nobody_out(doors: Doors, clock: FakeClock) -> None:
    known = (await doors.enter()).known
    for _ in range(40):  # a day of guessing from everywhere
        outcome = await doors.sign_in.by_password(ADA, "guess", STRANGER)
        await clock.advance(EMAIL.longest_s if isinstance(outcome, Refused) else 0)
        await doors.sign_in.by_password(ADA, "guess", STRANGER)
    assert isinstance(await doors.sign_in.by_password(ADA, PASSWORD, HERE), Blocked)
    at_home = replace(HERE, known=known)
    assert isinstance(await doors.sign_in.by_password(ADA, PASSWORD, at_home), SignedIn)
    made = await doors.invite.link(ADA, actor=OPERATOR)
    assert isinstance(await doors.sign_in.by_link(made.url.rpartition("/")[2], HERE), SignedIn)


async def test_a_known_browser_is_no_way_around_the_limit(doors: Doors) -> None:
    at_home = replace(HERE, known=(await doors.enter()).known)
    outcomes = [await doors.sign_in.by_password(ADA, "guess", at_home) for _ in range(KNOWN_BROWSER.free + 1)]
    assert isinstance(outcomes[-1], Blocked)


async def test_a_browser_known_to_one_is_a_stranger_to_others(doors: Doors) -> None:
    await doors.add("bob@example.com")
    at_home = replace(HERE, known=(await doors.enter()).known)
    for _ in range(EMAIL.free):
        await doors.sign_in.by_password("bob@example.com", "guess", at_home)
    assert isinstance(await doors.sign_in.by_password("bob@example.com", PASSWORD, HERE), Blocked)


async def test_a_weaker_hash_is_made_anew_and_the_session_stays(doors: Doors) -> None:
    before = await doors.people.by_email(ADA)
    stronger = Argon2Passwords(time_cost=2, memory_kib=8)
    sign_in = SignIn(
        doors.people, doors.sessions, doors.browsers, doors.links, doors.throttle, stronger, doors.audit
    )
    outcome = await sign_in.by_password(ADA, PASSWORD, HERE)
    assert isinstance(outcome, SignedIn)
    after = await doors.people.by_email(ADA)
    assert before is not None
    assert after is not None
    assert before.password_hash != after.password_hash
    assert await doors.sessions.find(outcome.session) is not None
    assert isinstance(await sign_in.by_password(ADA, PASSWORD, HERE), SignedIn)


async def test_a_link_signs_in_once(doors: Doors) -> None:
    made = await doors.invite.link(ADA, actor=OPERATOR, leads_to="//evil.example")
    assert made.url.startswith(f"{PUBLIC_URL}/sign-in/link/")
    token = made.url.rpartition("/")[2]
    outcome = await doors.sign_in.by_link(token, HERE)
    assert isinstance(outcome, SignedIn)
    assert (outcome.return_to, outcome.known) == ("/", None)
    assert await doors.sign_in.by_link(token, HERE) == Refused()
    assert "sign_in_link.made" in await doors.actions()


async def test_a_link_is_for_people_and_a_day_at_most(doors: Doors, clock: FakeClock) -> None:
    with pytest.raises(BadInputError):
        await doors.invite.link("nobody@example.com", actor=OPERATOR)
    made = await doors.invite.link(ADA, actor=OPERATOR, life_s=10**9)
    assert made.expires_at_ms == clock.now_ms() + LINK_LIFE_MAX_S * 1000


async def test_signing_out_ends_the_session(doors: Doors) -> None:
    entered = await doors.enter()
    await doors.sign_in.sign_out(entered.session)
    await doors.sign_in.sign_out(entered.session)
    assert await doors.sessions.find(entered.session) is None
    assert (await doors.actions()).count("session.closed") == 1


async def test_a_changed_password_signs_everybody_else_out(doors: Doors) -> None:
    here, there = await doors.enter(), await doors.enter()
    outcome = await doors.sign_in.change_password(
        await session(doors, here.session), HERE, current=PASSWORD, new=NEW
    )
    assert isinstance(outcome, SignedIn)
    assert await doors.sessions.find(here.session) is None
    assert await doors.sessions.find(there.session) is None
    await session(doors, outcome.session)
    assert await doors.sign_in.by_password(ADA, PASSWORD, HERE) == Refused()
    await doors.enter(password=NEW)


async def test_changing_needs_the_current_password_and_a_good_new_one(doors: Doors) -> None:
    found = await session(doors, (await doors.enter()).session)
    change = doors.sign_in.change_password
    assert isinstance(await change(found, HERE, current=PASSWORD, new="short"), Weak)
    outcomes = [await change(found, HERE, current="guess", new=NEW) for _ in range(OWN_PASSWORD.free + 1)]
    assert [type(one) for one in outcomes] == [Refused] * OWN_PASSWORD.free + [Blocked]
    assert isinstance(await change(found, HERE, current=PASSWORD, new=NEW), Blocked)


async def test_a_forgotten_password_is_replaced_after_a_link(doors: Doors) -> None:
    made = await doors.invite.link(ADA, actor=OPERATOR)
    outcome = await doors.sign_in.by_link(made.url.rpartition("/")[2], HERE)
    assert isinstance(outcome, SignedIn)
    found = await session(doors, outcome.session)
    assert isinstance(await doors.sign_in.change_password(found, HERE, current="", new=NEW), SignedIn)
    await doors.enter(password=NEW)


async def test_a_crm_lets_its_people_into_its_workspace_only(doors: Doors) -> None:
    await doors.workspaces.add(OTHER)
    made = await doors.invite.into(OTHER, "Ada@example.com", role="viewer", actor=TOKEN, name="Imposed")
    outcome = await doors.sign_in.by_link(made.url.rpartition("/")[2], HERE)
    assert isinstance(outcome, SignedIn)
    found = await session(doors, outcome.session)
    assert found.viewer.roles == {OTHER: "viewer"}, "the owner of main sees nothing of it this way"
    assert found.viewer.name == ADA, "another workspace's CRM names nobody, and learns no name"
    owner = await session(doors, (await doors.enter()).session)
    assert (owner.viewer.name, owner.viewer.roles) == ("ada", {MAIN: "owner"}), (
        "nobody is made a member unasked"
    )
    with pytest.raises(NotPermittedError):
        await doors.sign_in.change_password(found, HERE, current="", new=NEW)
    assert [one.actor for one in await doors.deeds(OTHER)][:2] == ["tok_1", "tok_1"]
    assert (await doors.actions(MAIN)).count("session.opened") == 1, "her own"


async def test_a_crm_makes_no_owner_and_wakes_no_owners_powers(doors: Doors) -> None:
    with pytest.raises(NotPermittedError):
        await doors.invite.into(MAIN, "new@example.com", role="owner", actor=TOKEN)
    made = await doors.invite.into(MAIN, ADA, role="viewer", actor=TOKEN)
    outcome = await doors.sign_in.by_link(made.url.rpartition("/")[2], HERE)
    assert isinstance(outcome, SignedIn)
    assert (await session(doors, outcome.session)).viewer.roles == {MAIN: "admin"}
    (ada,) = await doors.people.members(MAIN)
    assert ada.role == "owner", "and who is there keeps the role"


async def test_a_crm_does_not_bring_back_who_was_removed(doors: Doors) -> None:
    ada = await doors.people.by_email(ADA)
    assert ada is not None
    await doors.people.remove(ada.id, None, actor=OPERATOR)
    with pytest.raises(NotPermittedError):
        await doors.invite.into(MAIN, ADA, role="viewer", actor=TOKEN)
    assert await doors.people.members() == []
