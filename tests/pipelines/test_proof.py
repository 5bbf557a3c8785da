"""The proof reads Meta's lists over real HTTP and names every lead that is not where it should be."""

from functools import partial

import pytest
from support.rooms import MAIN
from support.scene import Scene

from adapters.facebook.form_leads import FacebookForms
from adapters.sandbox.crm import CrmAnswer
from adapters.sandbox.faults import Fault
from connector.domain.reconciling import DAY_MS
from connector.pipelines.proof import DAILY, Books, Proof, ProofOrder
from state.engine import Tx
from state.reconcile.proving import SqlProving

FORM = """
    INSERT INTO page_forms (page_id, workspace_id, form_id, name, status, is_live, first_seen_ms, floor_ms)
    VALUES (:page_id, 'main', :form_id, 'Form', 'ACTIVE', 1, 0, 0)"""


def add_form(tx: Tx, **row: str) -> None:
    tx.execute(FORM, row)


@pytest.fixture
async def proving(scene: Scene) -> SqlProving:
    for page, form in zip(scene.pages, scene.forms, strict=True):
        await scene.rooms.engine.write(partial(add_form, page_id=page.id, form_id=form.id))
    return SqlProving(scene.rooms.engine, scene.clock, scene.rooms.vault)


@pytest.fixture
def proof(scene: Scene, proving: SqlProving) -> Proof:
    client = scene.source._client  # noqa: SLF001 - the scene's own connection to the sandbox
    return Proof(proving, FacebookForms(client), scene.means)


def order(scene: Scene, **only: str) -> ProofOrder:
    now_ms = scene.clock.now_ms()
    return ProofOrder(since_ms=now_ms - 3 * DAY_MS, until_ms=now_ms + DAY_MS, **only)  # type: ignore[arg-type] # ids


async def delivered(scene: Scene) -> None:
    await scene.read()
    await scene.make_contacts()
    await scene.send()


async def test_equal_sets_are_proved_equal(scene: Scene, proof: Proof, proving: SqlProving) -> None:
    await scene.submit(5)
    await delivered(scene)
    (found,) = await proof.prove(order(scene))
    (day,) = found.days
    assert (day.at_meta, day.pushed, day.fates["delivered"], day.is_whole) == (5, 5, 5, True)
    assert day.differences == ()


async def test_every_difference_is_named(scene: Scene, proof: Proof) -> None:
    form = scene.forms[0]
    (fine, healed, waiting) = await scene.submit(3)
    scene.crm.fail(CrmAnswer(status=422, body={"errors": []}), times=None)
    (refused,) = await scene.submit(1, email="refused@example.com")
    await scene.read()
    await scene.make_contacts()
    sql = "UPDATE leads SET received_via = 'reconcile' WHERE lead_id = :lead_id"
    await scene.rooms.engine.write(lambda tx: tx.execute(sql, {"lead_id": healed}))
    scene.crm.heal()
    missing = scene.world.add_lead(form, answers={"email": "gone@example.com"})
    test = scene.world.add_lead(form, answers={"email": "test@meta.com"}, is_test=True)
    await scene.rooms.receive(test, page=scene.pages[0].id)
    await delivered(scene)
    (later,) = await scene.submit(1)
    (found,) = await proof.prove(order(scene))
    (day,) = found.days
    assert day.at_meta == 7
    assert sum(day.fates.values()) == day.at_meta
    named = {one.lead_id: one.fate for one in day.differences}
    assert named == {healed: "healed", missing: "missing", later: "waiting"}
    assert {fine, waiting, refused, test}.isdisjoint(named)
    assert not day.is_whole


async def test_a_refused_contact_is_parked_with_its_reason(scene: Scene, proof: Proof) -> None:
    scene.crm.fail(CrmAnswer(status=422, body={"errors": [{"field": "phone", "message": "bad"}]}))
    (lead_id,) = await scene.submit(1)
    await delivered(scene)
    (found,) = await proof.prove(order(scene))
    (one,) = found.days[0].differences
    assert (one.lead_id, one.fate, one.reason) == (lead_id, "parked", "the CRM refused the contact")


@pytest.mark.parametrize("scene", [2], indirect=True)
async def test_one_forms_trouble_is_its_own(scene: Scene, proof: Proof) -> None:
    await scene.submit(1)
    scene.graph.faults.add(scene.forms[1].id, Fault.error("missing_permissions"), times=99)
    found = {one.form.form_id: one for one in await proof.prove(order(scene))}
    assert found[scene.forms[0].id].days[0].at_meta == 1  # type: ignore[index] # ids are text
    assert found[scene.forms[1].id].trouble is not None  # type: ignore[index] # the same


async def test_it_is_kept_once_a_day_by_one_machine(scene: Scene, proof: Proof, proving: SqlProving) -> None:
    await scene.submit(2)
    await delivered(scene)
    await scene.clock.advance(86_400.0)
    await proof.step()
    today = scene.clock.now_ms() // DAY_MS
    (day,) = await proving.days(MAIN, since_day=today - 9)
    assert (day["at_meta"], day["delivered"], day["missing"]) == (2, 2, 0)
    calls = scene.calls("leads")
    await proof.step()  # another machine, or the same an hour later
    assert scene.calls("leads") == calls
    assert not await proving.take_turn(DAILY, next_due_ms=0)


async def test_the_books_balance_and_what_is_nowhere_is_an_alarm(scene: Scene, proving: SqlProving) -> None:
    await scene.submit(3)
    await delivered(scene)
    await scene.submit(1)
    rooms = scene.rooms
    books = Books(proving, rooms.alerts, scene.means)
    await books.step()
    assert {fate: count for fate, count in books.balance.items() if count} == {"delivered": 3, "waiting": 1}
    assert await rooms.alerts.open() == []
    lose = "UPDATE deliveries SET due_at_ms = NULL, state = 'waiting' WHERE sequence = 1"
    await rooms.engine.write(lambda tx: tx.execute(lose))
    await books.step()
    assert books.balance["lost"] == 1
    (alert,) = await rooms.alerts.open()
    assert alert["key"] == "leads.unaccounted"
    await rooms.records.replay_deliveries({"workspace_id": MAIN}, limit=None, dry_run=False)
    await books.step()
    assert await rooms.alerts.open() == []
