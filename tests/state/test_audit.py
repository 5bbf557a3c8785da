"""The audit log: in order, by workspace, with the names of people."""

from collections.abc import Callable

import pytest
from fake_clock import FakeClock
from support.doors import MAIN, OTHER, Doors

from connector.domain.audit import Actor, AuditEntry
from state.engine import Engine


@pytest.fixture
async def doors(engine: Engine, clock: FakeClock, new_id: Callable[[], str]) -> Doors:
    opened = Doors.on(engine, clock, new_id)
    await opened.workspaces.add(MAIN)
    await opened.workspaces.add(OTHER)
    return opened


async def test_the_log_is_read_backwards_in_pages(doors: Doors, clock: FakeClock) -> None:
    actor = Actor(kind="provider", name="facebook")
    for number in range(5):
        detail: dict[str, str | int | bool | None] = {
            "number": number,
            "why": "x" * 900,
            "ok": True,
            "none": None,
        }
        await doors.audit.record(
            AuditEntry(actor=actor, action="connection.lost", workspace_id=MAIN, subject="c", detail=detail)
        )
        await clock.advance(1)
    await doors.audit.record(AuditEntry(actor=actor, action="connection.lost", workspace_id=OTHER))
    first = await doors.audit.newest(MAIN, limit=3)
    rest = await doors.audit.newest(MAIN, limit=3, before_id=first[-1].id)
    assert [one.detail["number"] for one in (*first, *rest)] == [4, 3, 2, 1, 0]
    assert len(str(first[0].detail["why"])) == 500
    assert (first[0].detail["ok"], first[0].detail["none"], first[0].actor_name) == (True, None, None)
    assert first[0].at_ms > rest[0].at_ms


async def test_people_are_named(doors: Doors) -> None:
    ada = await doors.add("ada@example.com")
    bob = await doors.add("bob@example.com", "viewer", password=None)
    actor = Actor(kind="person", name=ada)
    await doors.people.remove(bob, None, actor=actor)
    (last,) = await doors.audit.newest(MAIN, limit=1)
    assert (last.action, last.actor_name) == ("person.removed", "ada")
    assert last.subject_name == "bob@example.com", "names are told of who belongs here"


@pytest.mark.parametrize(
    "action", ["connected", "Connection.Connected", "a b.c", "", "x.", "connection.connected\n"]
)
def test_an_action_is_dotted_words(action: str) -> None:
    with pytest.raises(ValueError, match="dotted"):
        AuditEntry(actor=Actor(kind="cli", name="root"), action=action)
