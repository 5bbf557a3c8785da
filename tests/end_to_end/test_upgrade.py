"""Today's code over the state of the release before: it keeps every row and goes on where that one stopped."""

import json

import pytest
from fake_clock import START, FakeClock
from support.daemon import MakeHome, running_inside
from support.past_release import KEY, PastRelease, rows_of
from support.release_state import DELIVERED, FOR_FACEBOOK, FOR_THE_CRM, REFUSED
from support.time_flow import TimeFlow
from support.traffic import Received, submit

pytestmark = pytest.mark.timeout(120)

FOR_GOOD = (
    *("api_tokens", "attempts", "audit", "calls", "call_keys", "connections", "contact_keys", "events"),
    *("memberships", "merges", "page_grants", "people", "workspaces"),
)
"""Tables of which no row may be gone or become another one; what works goes on beside them."""
MOVES = frozenset(
    {"last_sequence", "due_at_ms", "claim_id", "checked_at_ms", "probed_at_ms", "next_probe_at_ms"}
)
"""Columns that the work itself moves."""


def key_of(row: dict[str, object]) -> str:
    return json.dumps({name: str(value) for name, value in row.items() if name not in MOVES}, sort_keys=True)


async def test_the_state_of_the_first_release_goes_on(bare_state_url: str, make_home: MakeHome) -> None:
    release, clock = PastRelease("first"), FakeClock(START)
    release.restore(bare_state_url)
    before = rows_of(bare_state_url)
    assert len(before["events"]) == DELIVERED + REFUSED + FOR_THE_CRM
    waiting = {row["event_id"] for row in before["deliveries"] if row["state"] == "waiting"}
    bodies = {row["id"]: bytes(row["body"]) for row in before["events"]}
    unread = {row["lead_id"] for row in before["leads"] if row["stage"] == "fetch"}
    assert (len(waiting), len(unread)) == (FOR_THE_CRM, FOR_FACEBOOK)
    world = release.world(lambda: clock.now().timestamp())
    async with make_home(bare_state_url, clock=clock, world=world) as home:
        home.encryption_key = KEY
        received = Received(home.sandbox.crm)
        config = home.configure(fixed_ports=False)
        async with running_inside(home, config, clock) as inside:
            flow = TimeFlow(inside, clock)
            fresh = submit(home.sandbox, next(iter(world.forms.values())), 50)
            await home.sandbox.sender.announce([fresh])
            await flow.pass_by(1800.0, step_s=5.0, until=lambda: received.has({*unread, fresh.id}))
        sent = home.sandbox.crm.record.by_id
        assert waiting <= sent.keys()
        assert {event_id for event_id in waiting if sent[event_id][-1].body != bodies[event_id]} == set()
        assert received.has({*unread, fresh.id})
        assert all(len(ids) == 1 for ids in received.events_of_lead.values())
        assert (
            not {row["event_id"] for row in before["deliveries"] if row["state"] == "delivered"} & sent.keys()
        )
        kinds = {one.kind for one in home.sandbox.crm.record.violations}
        # this CRM has not seen the revisions before; and a clock that jumps makes signatures old
        assert kinds <= {"revision_order", "bad_signature"}
    after = rows_of(bare_state_url)
    for table in FOR_GOOD:
        columns = set(before[table][0])
        kept = {key_of({name: row[name] for name in columns}) for row in after[table]}
        lost = [row for row in before[table] if key_of(row) not in kept]
        assert lost == [], table
    assert [row["sequence"] for row in sorted(after["events"], key=lambda row: row["sequence"])] == list(
        range(1, len(after["events"]) + 1)
    )
