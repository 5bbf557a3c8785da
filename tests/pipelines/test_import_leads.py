"""A person hands in Meta's download: each lead once, by the door of all others, and never over what Facebook told."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_clock import FakeClock
from support.lead_exports import row, test_row, written
from support.rooms import MAIN, PAGE, raw
from support.scene import Scene

from adapters.lead_export import open_lead_export
from connector.domain.call import RejectedRow
from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.work import ParkedLead
from connector.pipelines.import_leads import ImportLeads, ImportOrder, ImportTally
from connector.wire.event import event_from_bytes
from state.leads.imports import SqlLeadImports
from state.reconcile.proving import SqlProving

ORDER = ImportOrder(workspace_id=MAIN, page_id=PAGE)


async def imported(
    scene: Scene, path: Path, rows: Sequence[dict[str, str]], order: ImportOrder | None = None
) -> tuple[ImportTally, Sequence[RejectedRow]]:
    rooms = scene.rooms
    pipeline = ImportLeads(SqlLeadImports(rooms.engine, scene.clock), rooms.forms, scene.clock)
    importing = await pipeline.begin(
        order or ImportOrder(workspace_id=MAIN, page_id=PageId(scene.pages[0].id))
    )
    written(path, rows)
    rejected = await importing.take(list(open_lead_export(path).rows()))
    return importing.done(), rejected


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


async def test_leads_of_a_file_reach_the_crm_as_imported(scene: Scene, path: Path) -> None:
    form = scene.forms[0]
    tally, rejected = await imported(
        scene, path, [row("1000000000000001", form_id=form.id), test_row("1000000000000002")]
    )
    assert (tally, rejected) == (ImportTally(rows=2, new=2, test=1), [])
    await scene.clock.advance(1)
    await scene.make_contacts()
    assert await scene.send() == 1
    assert await scene.stages() == {"1000000000000001": "contact", "1000000000000002": "test"}
    (entry,) = await scene.rooms.feed.after(MAIN, 0, limit=10)
    lead = event_from_bytes(entry.body).data.lead
    assert lead is not None
    assert (lead.lead_id, lead.received_via, lead.form_id) == ("1000000000000001", "import", form.id)
    assert (lead.campaign_name, lead.platform, lead.is_organic) == ("Autumn", "instagram", False)
    balance = await SqlProving(scene.rooms.engine, scene.clock, scene.rooms.vault).balance(since_ms=0)
    assert {fate: count for fate, count in balance.items() if count} == {"delivered": 1, "test": 1}


async def test_the_same_file_again_stores_nothing(scene: Scene, path: Path) -> None:
    rows = [row("1000000000000001"), row("1000000000000001"), row("1000000000000002")]
    first, _ = await imported(scene, path, rows)
    again, _ = await imported(scene, path, rows)
    assert (first.new, first.known, again.new, again.known) == (2, 1, 0, 3)


async def test_what_facebook_told_stays_and_what_it_tells_later_is_known(scene: Scene, path: Path) -> None:
    (told,) = await scene.submit()
    await scene.read()
    before = await scene.rooms.value("SELECT raw FROM leads WHERE lead_id = :one", one=told)
    tally, _ = await imported(scene, path, [row(told), row("1000000000000001")])
    assert (tally.new, tally.known) == (1, 1)
    assert await scene.rooms.value("SELECT raw FROM leads WHERE lead_id = :one", one=told) == before
    await scene.rooms.receive("1000000000000001", page=scene.pages[0].id)
    assert await scene.rooms.value("SELECT COUNT(*) AS n FROM leads") == 2
    assert await scene.read() == 0  # nothing is asked of Facebook


async def test_a_lead_that_facebook_refused_is_completed_by_the_file(scene: Scene, path: Path) -> None:
    page = scene.pages[0].id
    await scene.rooms.receive("1000000000000001", page=page)
    batch = await scene.rooms.claim()
    await scene.rooms.queue.settle(batch, {batch.leads[0].lead_id: ParkedLead(reason="It is gone.")})
    tally, _ = await imported(scene, path, [row("1000000000000001")])
    assert (tally.new, tally.completed, tally.known) == (0, 1, 0)
    await scene.make_contacts()
    assert await scene.stages() == {"1000000000000001": "contact"}


async def test_a_lead_that_was_read_and_parked_is_not_read_from_a_file(scene: Scene, path: Path) -> None:
    page = scene.pages[0].id
    await scene.rooms.fetch(
        {"1000000000000001": raw("1000000000000001", date_of_birth="2020-01-31")}, page=page
    )
    await scene.make_contacts()
    assert await scene.stages() == {"1000000000000001": "parked"}  # a child's
    tally, _ = await imported(scene, path, [row("1000000000000001")])
    assert (tally.completed, tally.known) == (0, 1)
    assert await scene.stages() == {"1000000000000001": "parked"}


async def test_a_lead_that_waits_for_facebook_is_left_to_it(scene: Scene, path: Path) -> None:
    await scene.rooms.receive("1000000000000001", page=scene.pages[0].id)
    tally, _ = await imported(scene, path, [row("1000000000000001")])
    assert (tally.completed, tally.known) == (0, 1)
    assert await scene.stages() == {"1000000000000001": "fetch"}


async def test_a_dry_run_counts_the_same_and_stores_nothing(scene: Scene, path: Path) -> None:
    (told,) = await scene.submit()
    rows = [
        row(told),
        row("1000000000000001"),
        row("1000000000000001"),
        test_row("1000000000000002"),
        row("x"),
    ]
    page = PageId(scene.pages[0].id)
    dry, _ = await imported(scene, path, rows, ImportOrder(workspace_id=MAIN, page_id=page, is_dry=True))
    assert await scene.rooms.value("SELECT COUNT(*) AS n FROM leads") == 1
    wet, _ = await imported(scene, path, rows)
    assert dry == wet == ImportTally(rows=5, new=2, known=2, test=1, rejected=1)


async def test_the_form_tells_the_page_and_the_questions(scene: Scene, path: Path) -> None:
    (read,) = await scene.submit()
    await scene.read()
    form = scene.forms[0]
    told = {
        name: cell for name, cell in row("1000000000000001", form_id=form.id).items() if name != "full_name"
    }
    tally, _ = await imported(scene, path, [{**told, "Full name": "Zoë"}], ImportOrder(workspace_id=MAIN))
    assert (tally.new, read != "") == (1, True)
    stored = await scene.rooms.value("SELECT raw FROM leads WHERE lead_id = '1000000000000001'")
    assert {"name": "full_name", "values": ["Zoë"]} in json.loads(str(stored))["field_data"]


async def test_a_row_whose_page_nobody_knows_says_what_to_do(scene: Scene, path: Path) -> None:
    rows = [row("1000000000000001"), row("1000000000000002", form_id="")]
    _, rejected = await imported(scene, path, rows, ImportOrder(workspace_id=MAIN))
    assert ["--page" in one.reason for one in rejected] == [True, True]
    assert "form 300" in rejected[0].reason
    away = [{**row("1000000000000003"), "page_id": "4711"}]
    _, (strange,) = await imported(scene, path, away, ImportOrder(workspace_id=MAIN))
    assert "Page 4711 is not connected" in strange.reason
    tally, _ = await imported(
        scene,
        path,
        [row("1000000000000004", form_id="")],
        ImportOrder(workspace_id=MAIN, page_id=PageId(scene.pages[0].id), form_id=FormId(scene.forms[0].id)),
    )
    assert tally.new == 1
    assert await scene.rooms.value("SELECT form_id FROM leads") == scene.forms[0].id


@pytest.mark.parametrize("scene", [2], indirect=True)
async def test_a_lead_goes_to_no_page_that_its_form_is_not_of(scene: Scene, path: Path) -> None:
    await scene.submit()
    await scene.read()
    order = ImportOrder(workspace_id=MAIN, page_id=PageId(scene.pages[1].id))
    _, (refused,) = await imported(scene, path, [row("1000000000000001", form_id=scene.forms[0].id)], order)
    assert "--page" in refused.reason


async def test_what_is_not_there_is_refused_before_anything_is_read(scene: Scene, path: Path) -> None:
    with pytest.raises(BadInputError, match=scene.pages[0].name):
        await imported(scene, path, [], ImportOrder(workspace_id=MAIN, page_id=PageId("4711")))
    with pytest.raises(BadInputError, match="workspace list"):
        await imported(scene, path, [], ImportOrder(workspace_id=WorkspaceId("nobody's")))


async def test_a_big_file_comes_at_its_pace_and_live_leads_go_first(
    scene: Scene, path: Path, clock: FakeClock
) -> None:
    page = PageId(scene.pages[0].id)
    order = ImportOrder(workspace_id=MAIN, page_id=page, per_second=10)
    await imported(scene, path, [row(f"100000000000{n:04}") for n in range(100)], order)
    await clock.advance(1)
    await scene.rooms.fetch({"5": raw("5", email="live@example.com")}, page=page)
    await scene.make_contacts()
    stages = list((await scene.stages()).values())
    assert (stages.count("contact"), stages.count("resolve")) == (12, 89)
    assert await scene.rooms.value("SELECT COUNT(*) AS n FROM deliveries WHERE accepted_at_ms IS NULL") == 11
    await clock.advance(7.25)
    _, since_ms = (await scene.rooms.records.queues())["resolve"]
    assert since_ms is not None
    assert clock.now_ms() - since_ms == 7_150, "its pace makes no old work: the next was due then"
