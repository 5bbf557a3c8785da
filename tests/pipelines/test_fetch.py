"""Reading leads through the real SDK: what one failure means for the lead, its Page, and everyone else."""

import json
from collections.abc import Mapping, Sequence

import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs
from support.engines import FailingEngine
from support.rooms import Rooms
from support.scene import Scene

from adapters.sandbox.faults import Fault
from connector.domain.connection import PageAccess
from connector.domain.errors import ConnectorError, StateUnavailableError
from connector.domain.fetching import (
    FAULT_ATTEMPTS,
    GONE_LADDER_S,
    READ_LATELY_S,
    TRANSIENT_LADDER_S,
    UNKNOWN_ATTEMPTS,
)
from connector.domain.lead import FormId, LeadId
from connector.pipelines.fetch import FORM_ATTEMPTS, Fetch
from connector.pipelines.forms import FormBook
from connector.ports import LeadSource, Raw
from state.engine import Engine
from state.leads.queue import LEASE_MS

LEADS = "SELECT lead_id, stage, attempts, due_at_ms, reason, raw FROM leads ORDER BY id"


async def attempts(scene: Scene) -> dict[str, int]:
    return {row["lead_id"]: row["attempts"] for row in await scene.rooms.rows(LEADS)}


async def test_a_single_lead_is_one_call_and_its_form_one_more(scene: Scene) -> None:
    (lead_id,) = await scene.submit()
    assert await scene.read() == 1
    assert await scene.stages() == {lead_id: "resolve"}
    assert [seen.route for seen in scene.graph.seen] == ["lead", "form"]
    for _ in range(5):
        await scene.submit()
        await scene.read()
    assert (scene.calls("lead"), scene.calls("form"), scene.calls("batch")) == (6, 1, 0)
    assert not any(seen.token_in_url for seen in scene.graph.seen)
    assert all(seen.proved for seen in scene.graph.seen)


async def test_a_backlog_is_read_fifty_at_a_time(scene: Scene) -> None:
    ids = await scene.submit(120)
    assert await scene.read() == 3
    assert (scene.calls("batch"), scene.calls("lead"), scene.calls("form")) == (3, 0, 1)
    assert await scene.stages() == dict.fromkeys(ids, "resolve")


async def test_the_raw_lead_is_kept_verbatim(scene: Scene) -> None:
    (lead_id,) = await scene.submit(note="naïve 😀")
    await scene.read()
    (row,) = await scene.rooms.rows(LEADS)
    assert row["raw"].isascii()
    raw = json.loads(row["raw"])
    assert raw["id"] == lead_id
    assert raw["ad_name"] == "Ad"
    assert raw["platform"] == "fb"


async def test_members_left_out_are_asked_again(scene: Scene) -> None:
    ids = await scene.submit(5)
    scene.graph.faults.add("lead", Fault.null_member(), times=3)
    await scene.read()
    assert scene.calls("batch") == 2
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert scene.counters.seen["leads", "retried"] == 0


async def test_one_unreadable_lead_of_twenty_waits_alone_and_is_parked_in_the_end(
    scene: Scene, clock: FakeClock
) -> None:
    ids = await scene.submit(20)
    scene.world.leads[ids[7]].deleted = True
    await scene.read()
    stages = await scene.stages()
    assert stages.pop(ids[7]) == "fetch"
    assert set(stages.values()) == {"resolve"}
    for wait_s in GONE_LADDER_S:
        await clock.advance(wait_s)
        await scene.read()
    (row,) = await scene.rooms.rows("SELECT * FROM leads WHERE lead_id = :id", id=ids[7])
    assert row["stage"] == "parked"
    assert "does not exist or is not visible" in row["reason"]
    assert scene.counters.seen["leads", "parked"] == 1
    assert await scene.rooms.alerts.open() == []


async def test_a_lead_that_becomes_visible_goes_on(scene: Scene, clock: FakeClock) -> None:
    (lead_id,) = await scene.submit()
    scene.world.leads[lead_id].deleted = True
    await scene.read()
    scene.world.leads[lead_id].deleted = False
    await clock.advance(60)
    await scene.read()
    assert await scene.stages() == {lead_id: "resolve"}


async def test_an_outage_of_the_provider_spends_time_and_loses_nothing(
    scene: Scene, clock: FakeClock
) -> None:
    ids = await scene.submit(3)
    scene.graph.faults.rate("*", Fault.status(502), 1.0)
    for _ in range(30):
        await scene.read()
        await clock.advance(4_600)
    assert set((await scene.stages()).values()) == {"fetch"}
    assert min((await attempts(scene)).values()) > 10
    scene.graph.faults.clear()
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")


async def test_an_answer_that_no_rule_covers_is_parked_when_it_stays(scene: Scene, clock: FakeClock) -> None:
    (lead_id,) = await scene.submit()
    odd = '{"error": {"message": "?", "code": 987654}}'
    scene.graph.faults.rate("lead", Fault.status(400, odd, "application/json"), 1.0)
    for _ in range(UNKNOWN_ATTEMPTS):
        assert await scene.stages() == {lead_id: "fetch"}
        await scene.read()
        await clock.advance(4_600)
    assert await scene.stages() == {lead_id: "parked"}


@pytest.mark.parametrize("count", [1, 3])
async def test_a_dead_token_holds_its_leads_and_is_one_alert(
    scene: Scene, clock: FakeClock, count: int
) -> None:
    ids = await scene.submit(count)
    scene.world.invalidate(scene.admin)
    await scene.read()
    await scene.submit()
    for _ in range(5):
        await clock.advance(3_600)
        await scene.read()
    assert set((await scene.stages()).values()) == {"held"}
    assert set((await attempts(scene)).values()) == {0}
    (alert,) = await scene.rooms.alerts.open()
    assert alert["key"].startswith("connection.lost:")
    assert "password was changed" in alert["title"]
    assert "Connect the account again" in alert["remedy"]
    asked = scene.graph.requests
    await scene.read()
    assert scene.graph.requests == asked  # nobody asks with a dead token
    assert await scene.consent() == count + 1
    await scene.read()
    assert set((await scene.stages()).values()) == {"resolve"}
    assert await scene.rooms.alerts.open() == []
    assert len(ids) == count


@pytest.mark.parametrize("scene", [40], indirect=True)
async def test_one_dead_page_of_forty_harms_no_other(scene: Scene) -> None:
    for token in scene.world.tokens.values():
        if token.page_id == scene.pages[17].id:
            scene.world.invalidate_token(token.value, 492)
    lead_page: dict[str, int] = {}
    for page in range(40):
        for lead_id in await scene.submit(2, page=page):
            lead_page[lead_id] = page
    await scene.read()
    stages = await scene.stages()
    assert {lead_page[lead] for lead, stage in stages.items() if stage == "held"} == {17}
    assert sum(stage == "resolve" for stage in stages.values()) == 78
    assert len(await scene.rooms.alerts.open()) == 1


@pytest.mark.parametrize("count", [1, 3])
async def test_a_single_false_190_is_not_believed(scene: Scene, clock: FakeClock, count: int) -> None:
    ids = await scene.submit(count)
    scene.graph.faults.add("lead" if count == 1 else "batch", Fault.error("session_expired"))
    await scene.read()
    assert await scene.rooms.alerts.open() == []
    assert await scene.rooms.value("SELECT state FROM pages") == "ok"
    await clock.advance(3)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")


@pytest.mark.parametrize("scene", [2], indirect=True)
@pytest.mark.parametrize("minutes", [1, 19])
async def test_a_throttled_page_waits_as_long_as_it_said_and_alone(
    scene: Scene, clock: FakeClock, minutes: int
) -> None:
    slow = await scene.submit(3)
    quick = await scene.submit(3, page=1)
    scene.world.throttle(scene.pages[0], minutes=minutes)
    await scene.read()
    stages = await scene.stages()
    assert {stages[lead] for lead in quick} == {"resolve"}
    assert {stages[lead] for lead in slow} == {"fetch"}
    asked = scene.graph.requests
    await clock.advance(minutes * 60 - 1)
    await scene.submit()
    await scene.read()
    assert scene.graph.requests == asked
    assert max((await attempts(scene)).values()) == 0
    assert await scene.rooms.alerts.open() == []
    await clock.advance(1)
    await scene.read()
    assert set((await scene.stages()).values()) == {"resolve"}


async def test_revoked_lead_access_is_tried_slowly_and_says_how_to_mend_it(
    scene: Scene, clock: FakeClock
) -> None:
    ids = await scene.submit(2)
    scene.world.revoke_lead_access(scene.pages[0])
    await scene.read()
    asked = scene.graph.requests
    (page,) = await scene.rooms.connections.all_pages()
    assert (page["state"], page["waiting"]) == ("no_lead_access", 2)
    assert "Leads Access Manager" in page["remedy"]
    for _ in range(48):
        await clock.advance(3_600)
        await scene.read()
    assert scene.graph.requests - asked <= 48 * 2
    assert set((await attempts(scene)).values()) == {0}
    assert len(await scene.rooms.alerts.open()) == 1
    scene.pages[0].lead_access.ok = True
    await clock.advance(3_600)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await scene.rooms.alerts.open() == []
    assert await scene.rooms.value("SELECT state FROM pages") == "ok"


@pytest.mark.parametrize("name", ["ads_fields_refused_100", "ads_fields_refused_200"])
@pytest.mark.parametrize("count", [1, 3])
async def test_refused_names_of_ads_do_not_cost_the_lead(scene: Scene, name: str, count: int) -> None:
    scene.pages[0].ads_fields_refused = name
    ids = await scene.submit(count)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    for row in await scene.rooms.rows(LEADS):
        raw = json.loads(row["raw"])
        assert "ad_name" not in raw
        assert raw["field_data"]
        assert raw["platform"] == "fb"


async def test_a_form_that_cannot_be_read_for_a_moment_delays_its_leads(
    scene: Scene, clock: FakeClock
) -> None:
    ids = await scene.submit(3)
    scene.graph.faults.add("form", Fault.status(502), times=3)  # all retries of seconds
    await scene.read()
    assert set((await scene.stages()).values()) == {"fetch"}
    await clock.advance(3)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await scene.rooms.value("SELECT COUNT(*) FROM forms") == 1


async def test_a_token_that_dies_between_lead_and_form_costs_no_labels(
    scene: Scene, clock: FakeClock
) -> None:
    ids = await scene.submit(3)
    scene.graph.faults.add("form", Fault.error("session_expired"))
    await scene.read()
    assert set((await scene.stages()).values()) == {"fetch"}
    await clock.advance(3)
    await scene.read()
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await scene.rooms.value("SELECT COUNT(*) FROM forms") == 1


async def test_a_form_that_stays_unreadable_does_not_cost_the_leads(scene: Scene, clock: FakeClock) -> None:
    ids = await scene.submit(2)
    scene.graph.faults.rate("form", Fault.status(502), 1.0)
    for _ in range(5):
        await scene.read()
        await clock.advance(120)
    assert await scene.stages() == dict.fromkeys(ids, "resolve")
    assert await scene.rooms.value("SELECT COUNT(*) FROM forms") == 0


async def test_causes_that_alternate_do_not_keep_a_lead_from_going_on_without_its_form(
    scene: Scene, clock: FakeClock
) -> None:
    ids = await scene.submit(2)
    odd = '{"error": {"message": "?", "code": 987654}}'
    for n in range(FORM_ATTEMPTS):
        fault = Fault.status(400, odd, "application/json") if n % 2 else Fault.status(502)
        scene.graph.faults.clear()
        scene.graph.faults.rate("form", fault, 1.0)
        assert set((await scene.stages()).values()) == {"fetch"}
        await scene.read()
        await clock.advance(120)
    assert await scene.stages() == dict.fromkeys(ids, "resolve")


async def test_a_process_that_died_leaves_its_batch_to_the_next(scene: Scene, clock: FakeClock) -> None:
    (lead_id,) = await scene.submit()
    (batch,) = await scene.fetch.claim(1)
    assert await scene.read() == 0
    await clock.advance(LEASE_MS / 1000)
    assert await scene.read() == 1
    await scene.fetch.handle(batch)  # the lost one comes to its end later: nothing of it is written
    assert await scene.stages() == {lead_id: "resolve"}


async def test_released_batches_are_due_and_unspent(scene: Scene) -> None:
    await scene.submit(3)
    await scene.fetch.release(await scene.fetch.claim(1))
    assert set((await attempts(scene)).values()) == {0}
    assert await scene.fetch.idle_s() == pytest.approx(0.05)
    assert await scene.read() == 1
    assert await scene.fetch.idle_s() == 5.0


class Faulty:
    """A source with a fault in it: it raises when it meets one of these leads."""

    def __init__(self, source: LeadSource, *lead_ids: str) -> None:
        self._source = source
        self._lead_ids = lead_ids

    async def fetch(
        self, access: PageAccess, lead_ids: Sequence[LeadId]
    ) -> Mapping[LeadId, Raw | ConnectorError]:
        if set(lead_ids) & set(self._lead_ids):
            raise ZeroDivisionError
        return await self._source.fetch(access, lead_ids)

    async def form(self, access: PageAccess, form_id: FormId) -> Raw:
        return await self._source.form(access, form_id)


def fetching(scene: Scene, *, source: LeadSource | None = None, engine: Engine | None = None) -> Fetch:
    """Return another fetcher of the same scene."""
    source = source or scene.source
    rooms = Rooms.on(engine or scene.rooms.engine, scene.clock, scene.counters, scene.rooms.new_id)
    return Fetch(rooms.queue, source, FormBook(rooms.forms, source, scene.means), scene.means)


async def test_one_poison_lead_of_fifty_stops_no_other_and_ends_parked(
    scene: Scene, clock: FakeClock
) -> None:
    ids = await scene.submit(50)
    scene.fetch = fetching(scene, source=Faulty(scene.source, ids[7]))
    with capture_logs() as logged:
        assert await scene.read() == 1
    (failed,) = [entry for entry in logged if entry["event"] == "job.failed"]
    assert isinstance(failed["exc_info"], ZeroDivisionError)
    assert set((await scene.stages()).values()) == {"fetch"}
    await clock.advance(3)
    later = await scene.submit(5)
    assert await scene.read() == 51  # each of them alone, and those that came meanwhile together
    stages = await scene.stages()
    assert {stages[lead] for lead in (*ids[:7], *ids[8:], *later)} == {"resolve"}
    for wait_s in TRANSIENT_LADDER_S[1 : FAULT_ATTEMPTS - 1]:
        assert (await scene.stages())[ids[7]] == "fetch"
        await clock.advance(wait_s * 1.25)
        await scene.read()
    (row,) = await scene.rooms.rows("SELECT * FROM leads WHERE lead_id = :id", id=ids[7])
    assert row["stage"] == "parked"
    assert "ZeroDivisionError" in row["reason"]


async def test_what_was_read_is_written_once_the_state_is_back_and_not_read_twice(scene: Scene) -> None:
    (lead_id,) = await scene.submit()
    engine = FailingEngine(scene.rooms.engine)
    fetch = fetching(scene, engine=engine)
    (batch,) = await fetch.claim(1)
    engine.fates.extend([True] + [False] * 10)  # the form is written
    asked = len(scene.graph.seen)
    await fetch.handle(batch)
    assert not engine.fates
    assert len(scene.graph.seen) == asked + 2  # the lead and its form
    assert await scene.stages() == {lead_id: "resolve"}


@pytest.mark.parametrize("name", ["session_expired", "app_limit"])
async def test_a_page_that_stops_is_noted_once_the_state_is_back(scene: Scene, name: str) -> None:
    await scene.submit()
    engine = FailingEngine(scene.rooms.engine)
    fetch = fetching(scene, engine=engine)
    scene.graph.faults.rate("*", Fault.error(name), 1.0)
    (batch,) = await fetch.claim(1)
    engine.fates.extend([False] * 10)
    await fetch.handle(batch)
    assert not engine.fates
    assert await scene.rooms.value("SELECT COUNT(*) FROM leads WHERE claim_id IS NOT NULL") == 0


async def test_a_batch_whose_outcome_cannot_be_written_before_a_stop_is_nobodys_fault(
    scene: Scene, clock: FakeClock
) -> None:
    (lead_id,) = await scene.submit()
    engine = FailingEngine(scene.rooms.engine)
    fetch = fetching(scene, engine=engine)
    (batch,) = await fetch.claim(1)
    engine.fates.append(False)
    scene.means.stopping.set()
    with pytest.raises(StateUnavailableError):
        await fetch.handle(batch)
    await clock.advance(LEASE_MS / 1000)
    await scene.read()
    assert await scene.stages() == {lead_id: "resolve"}


async def test_the_end_of_an_outage_that_could_not_be_written_is_tried_again(
    scene: Scene, clock: FakeClock
) -> None:
    (waiting,) = await scene.submit()
    engine = FailingEngine(scene.rooms.engine)
    scene.fetch = fetching(scene, engine=engine)
    scene.graph.faults.rate("*", Fault.status(502), 1.0)
    for wait_s in TRANSIENT_LADDER_S:
        await scene.read()
        await clock.advance(wait_s * 1.25)
    await scene.read()
    scene.graph.faults.clear()
    await scene.submit()
    (batch,) = await scene.fetch.claim(1)
    engine.fates.extend(
        [True, True, False]
    )  # the form and the lead are written, the Page's end of trouble is not
    await scene.fetch.handle(batch)
    assert not engine.fates
    assert (await scene.stages())[waiting] == "fetch"
    await scene.read()
    assert set((await scene.stages()).values()) == {"resolve"}


@pytest.mark.parametrize("name", ["leads_access_revoked_103", "leads_access_revoked_200"])
async def test_a_lead_refused_alone_stops_no_page_that_was_read_lately(
    scene: Scene, clock: FakeClock, name: str
) -> None:
    await scene.submit()
    await scene.read()
    (refused,) = await scene.submit()
    scene.graph.faults.rate(refused, Fault.error(name), 1.0)
    await clock.advance(1)
    await scene.read()
    assert await scene.rooms.value("SELECT state FROM pages") == "ok"
    assert await scene.rooms.alerts.open() == []
    (row,) = await scene.rooms.rows("SELECT * FROM leads WHERE lead_id = :id", id=refused)
    assert row["due_at_ms"] - clock.now_ms() == GONE_LADDER_S[0] * 1000
    (other,) = await scene.submit()
    await scene.read()
    assert (await scene.stages())[other] == "resolve"


async def test_a_lead_refused_alone_stops_a_page_of_which_nothing_was_read_lately(
    scene: Scene, clock: FakeClock
) -> None:
    await scene.submit()
    await scene.read()
    await clock.advance(READ_LATELY_S)
    await scene.submit()
    scene.world.revoke_lead_access(scene.pages[0])
    await scene.read()
    assert await scene.rooms.value("SELECT state FROM pages") == "no_lead_access"
    assert len(await scene.rooms.alerts.open()) == 1


async def test_a_lead_that_is_not_visible_yet_is_not_hastened(scene: Scene, clock: FakeClock) -> None:
    (hidden,) = await scene.submit()
    scene.world.leads[hidden].deleted = True
    await scene.read()
    await clock.advance(GONE_LADDER_S[0])
    await scene.read()
    scene.graph.faults.rate("*", Fault.status(502), 1.0)
    await scene.submit()
    await scene.read()
    scene.graph.faults.clear()
    await clock.advance(3)
    await scene.read()
    (row,) = await scene.rooms.rows("SELECT * FROM leads WHERE lead_id = :id", id=hidden)
    assert (row["attempts"], row["due_at_ms"] - clock.now_ms()) == (2, int(GONE_LADDER_S[1] - 3) * 1000)
