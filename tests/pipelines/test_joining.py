"""One person in two workspaces: what one of them gives away of the other, which is nothing until they join."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.doors import ADA, HERE, MAIN, OPERATOR, OTHER, PASSWORD, Doors
from support.rooms import PAGE, Rooms

from connector.domain.audit import Actor
from connector.domain.errors import NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.domain.people import SignedInSession
from connector.pipelines.sign_in import Browser, SignedIn
from state.accounts.cards import SqlAccountCards
from state.engine import Engine

TOKEN = Actor(kind="api", name="tok_1")
MALLORY = Actor(kind="person", name="per_mallory")
OLGA = Actor(kind="person", name="per_olga")
VIC = "vic@bank.example"


@pytest.fixture
async def doors(engine: Engine, clock: FakeClock, new_id: Callable[[], str]) -> Doors:
    opened = Doors.on(engine, clock, new_id)
    await opened.workspaces.add(MAIN)
    await opened.workspaces.add(OTHER)
    return opened


async def entered(doors: Doors, url: str, browser: Browser = HERE) -> tuple[str, SignedInSession]:
    outcome = await doors.sign_in.by_link(url.rpartition("/")[2], browser)
    assert isinstance(outcome, SignedIn)
    found = await doors.sessions.find(outcome.session)
    assert found is not None
    return outcome.session, found


async def at_home(doors: Doors, email: str = VIC) -> SignedInSession:
    """Return what somebody sees with their own password."""
    found = await doors.sessions.find((await doors.enter(email)).session)
    assert found is not None
    return found


async def test_an_account_made_before_its_person_came_opens_nothing_of_others(doors: Doors) -> None:
    """Mallory owns `other` and makes Vic's account there; then Olga adds Vic to `main`."""
    vic, _ = await doors.people.put(VIC, OTHER, "owner", actor=MALLORY, name="Vic by Mallory")
    trap = await doors.invite.member(OTHER, vic, actor=MALLORY)
    _, inside = await entered(doors, trap.url)
    assert inside.viewer.roles == {OTHER: "admin"}
    with pytest.raises(NotPermittedError):
        await doors.sign_in.change_password(inside, HERE, current="", new="mallory knows these words")

    await doors.people.put(VIC, MAIN, "owner", actor=OLGA, name="Vic by Olga")
    _, inside = await entered(doors, (await doors.invite.member(OTHER, vic, actor=MALLORY)).url)
    assert inside.viewer.roles == {OTHER: "admin"}
    (member,) = await doors.people.members(MAIN)
    assert (member.name, member.is_accepted) == (VIC, False)
    _, hers = await entered(doors, (await doors.invite.member(MAIN, vic, actor=OLGA)).url)
    assert hers.viewer.roles == {MAIN: "admin"}, "the confined link is the way in"

    _, own = await entered(doors, (await doors.invite.link(VIC, actor=OPERATOR)).url)
    assert own.viewer.roles == {OTHER: "owner"}, "main waits until it is joined"


async def test_whoever_is_signed_in_joins_by_the_link_and_keeps_the_session(doors: Doors) -> None:
    vic = await doors.add(VIC)
    home = (await doors.enter(VIC)).session
    made = await doors.invite.into(OTHER, VIC, role="viewer", actor=TOKEN, leads_to="/w/other/leads")
    kept, found = await entered(doors, made.url, replace(HERE, session=home))
    assert kept == home
    assert found.viewer.roles == {MAIN: "owner", OTHER: "viewer"}
    assert "person.joined" in await doors.actions(OTHER)
    (member,) = await doors.people.members(OTHER)
    assert (member.person_id, member.name, member.is_accepted) == (vic, "vic", True)
    again = await doors.invite.into(OTHER, VIC, role="viewer", actor=TOKEN)
    await entered(doors, again.url, replace(HERE, session=home))
    assert (await doors.actions(OTHER)).count("person.joined") == 1


async def test_only_a_session_of_their_own_joins(doors: Doors) -> None:
    await doors.add(VIC)
    await doors.add(ADA)
    first = await doors.invite.into(OTHER, VIC, role="viewer", actor=TOKEN)
    confined, _ = await entered(doors, first.url)
    somebody = (await doors.enter(ADA)).session
    over = (await doors.enter(VIC)).session
    await doors.sign_in.sign_out(over)
    for browser in (confined, somebody, over, "no session", None):
        made = await doors.invite.into(OTHER, VIC, role="viewer", actor=TOKEN)
        opened, found = await entered(doors, made.url, replace(HERE, session=browser))
        assert opened != browser
        assert found.viewer.roles == {OTHER: "viewer"}
    assert (await at_home(doors)).viewer.roles == {MAIN: "owner"}


async def test_a_workspace_learns_nothing_of_who_has_not_joined(doors: Doors, clock: FakeClock) -> None:
    await doors.add(VIC, password=None)
    await doors.people.put(VIC, MAIN, "owner", actor=OPERATOR, name="Victoria Victim")
    made = await doors.invite.into(OTHER, VIC, role="admin", actor=TOKEN, name="Imposed")
    facts = await doors.links.look(made.url.rpartition("/")[2])
    assert facts is not None
    assert (facts.name, facts.workspace_id) == (VIC, OTHER)
    own, _ = await entered(doors, (await doors.invite.link(VIC, actor=OPERATOR)).url)
    (member,) = await doors.people.members(OTHER)
    assert (member.name, member.seen_at_ms) == (VIC, None)
    _, inside = await entered(doors, made.url)
    assert (inside.viewer.name, inside.viewer.email) == (VIC, VIC)
    (member,) = await doors.people.members(OTHER)
    assert member.seen_at_ms == clock.now_ms(), "the sessions that it made are its own"
    await doors.sessions.close(own)
    told = await doors.deeds(OTHER)
    assert [one.action for one in told] == ["person.added", "sign_in_link.made", "session.opened"]
    assert "Victoria" not in repr([(one.actor_name, one.subject_name) for one in told])


async def test_who_connected_an_account_is_named_where_they_joined(
    doors: Doors, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> None:
    rooms = Rooms.on(doors.engine, clock, counters, new_id)
    await rooms.connect(PAGE, workspace=OTHER)
    vic = await doors.add(VIC)
    await doors.people.put(VIC, OTHER, "admin", actor=MALLORY)
    await doors.engine.write(
        lambda tx: tx.execute("UPDATE connections SET connected_by = :vic", {"vic": vic})
    )
    cards = SqlAccountCards(doors.engine)
    assert (await cards.all(OTHER))[0]["connected_by_name"] == VIC
    await doors.people.put(VIC, OTHER, "admin", actor=OPERATOR)
    assert (await cards.all(OTHER))[0]["connected_by_name"] == "vic"


async def test_seen_elsewhere_in_a_confined_session_is_not_told(doors: Doors) -> None:
    vic = await doors.add(VIC)
    await doors.add(VIC, "viewer", workspace=OTHER, password=None)
    await doors.sessions.open(vic, by="link", label="", workspace_id=OTHER)
    seen = {one.workspace_id: one.seen_at_ms for one in await doors.people.members()}
    assert seen[MAIN] is None
    assert seen[OTHER] is not None


async def test_a_block_is_told_where_the_person_belongs(doors: Doors) -> None:
    await doors.add(VIC)
    await doors.people.put(VIC, OTHER, "viewer", actor=MALLORY)
    for _ in range(20):
        await doors.sign_in.by_password(VIC, "guess", HERE)
    assert "sign_in.blocked" in await doors.actions(MAIN)
    assert "sign_in.blocked" not in await doors.actions(OTHER)


@pytest.mark.parametrize(
    ("actor", "known", "accepted"),
    [(OPERATOR, True, True), (OPERATOR, False, True), (MALLORY, False, True), (MALLORY, True, False)],
)
async def test_who_must_accept(doors: Doors, actor: Actor, *, known: bool, accepted: bool) -> None:
    if known:
        await doors.people.put(VIC, MAIN, "viewer", actor=OLGA)
    await doors.people.put(VIC, OTHER, "viewer", actor=actor)
    await doors.people.put(VIC, OTHER, "admin", actor=MALLORY)
    (member,) = await doors.people.members(OTHER)
    assert (member.role, member.is_accepted) == ("admin", accepted)
    await doors.people.put(
        VIC, OTHER, "owner", actor=OPERATOR, password_hash=await doors.passwords.hash(PASSWORD)
    )
    assert (await at_home(doors)).viewer.roles[WorkspaceId(OTHER)] == "owner"
