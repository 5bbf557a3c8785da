"""Past leads read again under another mapping: counted first, then changed and told, what people edited kept."""

import asyncio
import json
from typing import Any, cast

import pytest
from support.mapped import ADMIN, RULES, lead_comes, made, published, save
from support.rooms import MAIN
from support.scene import Scene

from adapters.sandbox.crm import CrmAnswer
from adapters.sandbox.objects import Form
from connector.domain.lead import FormId
from connector.domain.mapping.forms import RemapCount, Saved
from connector.pipelines.mapping import SAMPLES, FormMappings, Remap
from connector.ports.mappings import Stepped
from state.engine import Params, Row, Tx
from state.leads.contact_changes import CHANGE_CONTACT
from state.leads.latency import latency
from state.leads.mappings import SqlMappings
from state.leads.remapping import PART, SqlRemappings, next_leads
from state.leads.repairs import SqlRepairs


@pytest.fixture
def mappings(scene: Scene) -> SqlMappings:
    return SqlMappings(scene.rooms.engine, scene.clock, scene.rooms.new_id)


@pytest.fixture
def remappings(scene: Scene) -> SqlRemappings:
    return SqlRemappings(scene.rooms.engine, scene.clock, scene.rooms.new_id)


@pytest.fixture
def desk(scene: Scene, mappings: SqlMappings, remappings: SqlRemappings) -> FormMappings:
    return FormMappings(mappings, remappings, scene.clock, scene.means.courtesy)


@pytest.fixture
def remap(scene: Scene, remappings: SqlRemappings) -> Remap:
    return Remap(remappings, scene.means)


REVISIONS = "SELECT l.lead_id, c.revision FROM leads l JOIN contacts c ON c.id = l.contact_id"


async def all_steps(scene: Scene, remap: Remap) -> int:
    """Let the daemon do all of it; return how many seconds it took."""
    seconds = 0
    while (due_ms := await scene.rooms.value("SELECT MIN(due_at_ms) AS due FROM remappings")) is not None:
        assert isinstance(due_ms, int)
        while not await remap.step():
            await scene.clock.advance(0.1)
            seconds += 1
    return seconds // 10


async def bodies(scene: Scene) -> list[dict[str, Any]]:
    return await scene.rooms.contacts()


def custom(contact: dict[str, Any]) -> dict[str, list[str]]:
    return {one["key"]: one["values"] for one in contact["custom_fields"]}


async def test_many_past_leads_are_counted_changed_and_told(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form, count = published(scene), 3 * PART + 5
    ids = [
        scene.world.add_lead(form, answers={"who": f"P {n}", "email": f"p{n}@example.com", "budget": str(n)})
        for n in range(count)
    ]
    await scene.rooms.receive(*ids, page=scene.pages[0].id)
    await scene.read()
    await scene.make_contacts()
    await scene.send()
    before = await bodies(scene)
    mapping = made(*RULES)
    counted = await desk.count(MAIN, FormId(form.id), mapping)
    assert counted == RemapCount(
        leads=count, looked_at=count, contacts_changed=count, left_alone=0, failed=0, is_whole=True
    )
    newest = await desk.count(MAIN, FormId(form.id), mapping, most=7)
    assert (newest.looked_at, newest.contacts_changed, newest.is_whole) == (7, 7, False)
    assert await bodies(scene) == before
    await save(mappings, form, mapping)
    asked = await desk.apply(MAIN, FormId(form.id), actor=ADMIN, per_second=20)
    assert (asked.total, asked.state) == (count, "waiting")
    assert await bodies(scene) == before  # the daemon does it
    took_s = await all_steps(scene, remap)
    assert took_s >= 1, "at its pace"
    done = await desk.progress(MAIN, FormId(form.id))
    assert done is not None
    assert (done.state, done.seen, done.changed, done.failed) == ("done", count, count, 0)
    after = await bodies(scene)
    assert {one["full_name"]: custom(one) for one in after} == {
        f"P {n}": {"deal_amount": [str(n)]} for n in range(count)
    }
    events = [one["data"] for one in await scene.rooms.events() if one["type"] == "contact.updated"]
    assert [one["revision"] for one in events] == [2] * count
    assert {one["lead"]["lead_id"] for one in events} == set(ids)
    await scene.send()
    assert scene.crm.record.violations == []
    assert [one.revision for one in scene.crm.record.contacts.values()] == [2] * count
    fast = await scene.rooms.engine.read(lambda tx: latency(tx, MAIN, since_ms=0))
    assert fast is not None
    assert fast.leads == count, "how fast leads come says nothing of what was read again"
    assert (await desk.count(MAIN, FormId(form.id), mapping)).contacts_changed == 0
    audited = await scene.rooms.rows("SELECT action FROM audit ORDER BY id")
    assert [row["action"] for row in audited] == ["mapping.saved", "mapping.applied"]


@pytest.mark.parametrize(
    "state_url", ["sqlite"], indirect=True
)  # how it is written, the test above shows of both
async def test_five_hundred_past_leads_are_shown_changed_and_sent_to_the_crm(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form, count = published(scene), 500
    answers = [{"who": f"P {n}", "email": f"p{n}@example.com", "budget": str(n)} for n in range(count)]
    ids = [scene.world.add_lead(form, answers=one) for one in answers]
    await scene.rooms.receive(*ids, page=scene.pages[0].id)
    await scene.read()
    await scene.make_contacts()
    mapping = made(RULES[1])
    known = await mappings.form(MAIN, FormId(form.id))
    assert known is not None
    shown = await desk.preview(MAIN, known, mapping)
    assert len(shown) == SAMPLES
    for one in shown:
        (usual, mapped) = one.changes
        assert (usual.name, usual.after) == ("custom_fields.budget", None)
        assert (mapped.name, mapped.before, mapped.after) == ("custom_fields.deal_amount", None, usual.before)
    counted = await desk.count(MAIN, FormId(form.id), mapping)
    assert (counted.looked_at, counted.contacts_changed, counted.is_whole) == (count, count, True)
    await save(mappings, form, mapping)
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    assert await all_steps(scene, remap) >= (count - 2 * PART) / 20, "at its pace"
    await scene.send()
    assert scene.crm.record.violations == []
    told = [one.contact for one in scene.crm.record.contacts.values() if isinstance(one.contact, dict)]
    assert {one["full_name"]: custom(one) for one in told} == {
        f"P {n}": {"deal_amount": [str(n)]} for n in range(count)
    }


async def broken_in_two_ways(scene: Scene, form: Form) -> list[str]:
    """Have five leads come, of which our code breaks on two: on what one says, and on the other's contact."""
    ids = [await lead_comes(scene, form, f"p{n}@example.com") for n in range(5)]
    unreadable = "UPDATE leads SET raw = 'no json' WHERE lead_id = :id"
    strange = """
        UPDATE contacts SET body = '{"schema": "of another planet"}'
         WHERE id = (SELECT contact_id FROM leads WHERE lead_id = :id)"""
    await scene.rooms.engine.write(lambda tx: tx.execute(unreadable, {"id": ids[1]}))
    await scene.rooms.engine.write(lambda tx: tx.execute(strange, {"id": ids[3]}))
    return ids


async def test_leads_that_our_code_breaks_on_are_counted_and_stop_no_other(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form = published(scene)
    ids = await broken_in_two_ways(scene, form)
    counted = await desk.count(MAIN, FormId(form.id), made(*RULES))
    assert (counted.leads, counted.looked_at, counted.contacts_changed) == (5, 5, 3)
    assert (counted.left_alone, counted.failed, counted.is_whole) == (0, 2, True)
    known = await mappings.form(MAIN, FormId(form.id))
    assert known is not None
    shown = {one.lead_id: one.is_faulty for one in await desk.preview(MAIN, known, made(*RULES))}
    assert shown == {lead_id: lead_id == ids[1] for lead_id in ids}
    await save(mappings, form, made(*RULES))
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    await all_steps(scene, remap)
    done = await desk.progress(MAIN, FormId(form.id))
    assert done is not None
    assert (done.state, done.seen, done.changed, done.failed) == ("done", 5, 3, 2)


class Breaking:
    """A transaction in which our own code breaks as one lead's contact is written."""

    def __init__(self, tx: Tx, lead_id: str) -> None:
        self._tx = tx
        self._lead_id = lead_id

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        found = self._tx.row(sql, params)
        if sql == CHANGE_CONTACT:
            assert found is not None
            first = self._tx.row("SELECT contact_id FROM leads WHERE lead_id = :id", {"id": self._lead_id})
            if first is not None and (params or {})["contact_id"] == first["contact_id"]:
                raise RecursionError("our own fault")
        return found

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a transaction has
        return getattr(self._tx, name)


async def test_a_contact_that_breaks_while_it_is_written_stays_whole_and_stops_no_other(
    scene: Scene, mappings: SqlMappings, desk: FormMappings
) -> None:
    form = published(scene)
    ids = [await lead_comes(scene, form, f"p{n}@example.com") for n in range(3)]
    await save(mappings, form, made(*RULES))
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)

    def step(tx: Tx) -> Stepped | None:
        broken = cast("Tx", Breaking(tx, ids[1]))
        return next_leads(broken, now=scene.clock.now(), new_id=scene.rooms.new_id)

    done = await scene.rooms.engine.write(step)
    assert done is not None
    assert (done.seen, done.changed, [lead_id for lead_id, _ in done.faulty]) == (3, 2, [ids[1]])
    revisions = {row["lead_id"]: row["revision"] for row in await scene.rooms.rows(REVISIONS)}
    assert revisions == {ids[0]: 2, ids[1]: 1, ids[2]: 2}


async def test_what_a_person_corrected_is_never_overwritten(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form = published(scene)
    scene.crm.answer_next(CrmAnswer(status=422, body={"errors": [{"field": "name", "message": "no"}]}))
    await lead_comes(scene, form, "zoe@example.com")
    await scene.send()
    repairs = SqlRepairs(scene.rooms.engine, scene.clock, scene.rooms.new_id)
    (refused,) = await repairs.refused(MAIN, before=2**62, limit=9)
    values = {
        "full_name": "Zoe Miller",
        "custom_fields.budget": "13000",
        "emails.0": "zoe.miller@example.com",
    }
    await repairs.correct(MAIN, refused.event_id, values, revision=refused.revision, actor=ADMIN)
    other = {"question": "who", "to": "custom", "key": "stage_name"}
    await save(mappings, form, made(*RULES, other))
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    await all_steps(scene, remap)
    (contact,) = await bodies(scene)
    assert contact["full_name"] == "Zoe Miller"
    assert [one["value"] for one in contact["emails"]] == ["zoe.miller@example.com"]
    assert custom(contact)["budget"] == ["13000"]
    assert custom(contact)["deal_amount"] == ["€ 12.500,50"]
    assert custom(contact)["stage_name"] == ["Zoë O'Neill"]
    assert [one["value"] for one in contact["phones"]] == ["+14155552671"]


async def test_a_lead_that_was_replayed_in_between_leaves_nothing_of_the_former_mapping(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form = published(scene)
    await save(mappings, form, made({"question": "budget", "to": "custom", "key": "price"}))
    await lead_comes(scene, form, "zoe@example.com")
    await save(mappings, form, made(RULES[1]), based_on=1)
    await scene.rooms.records.replay_leads({"stage": "contact"}, limit=None, reread=False, dry_run=False)
    await scene.make_contacts()
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    await all_steps(scene, remap)
    (contact,) = await bodies(scene)
    assert set(custom(contact)) == {"deal_amount", "reach_me", "course"}
    assert await scene.rooms.value("SELECT mapping_version FROM leads") == 2


async def test_a_replay_adds_nothing_of_a_mapping_that_was_never_applied(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form = published(scene)
    await save(mappings, form, made({"question": "budget", "to": "custom", "key": "price"}))
    await lead_comes(scene, form, "zoe@example.com")
    await save(mappings, form, made({"question": "budget", "to": "custom", "key": "wrong"}), based_on=1)
    await scene.rooms.records.replay_leads({"stage": "contact"}, limit=None, reread=False, dry_run=False)
    await scene.make_contacts()
    (replayed,) = await bodies(scene)
    assert "wrong" not in custom(replayed)
    await save(mappings, form, made(RULES[1]), based_on=2)
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    await all_steps(scene, remap)
    (contact,) = await bodies(scene)
    assert set(custom(contact)) == {"deal_amount", "reach_me", "course"}


async def test_what_another_lead_of_the_person_told_stays(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form, other = published(scene), published(scene, "Other")
    await save(mappings, form, made({"question": "reach_me", "to": "phone"}))
    await lead_comes(scene, form, "zoe@example.com")
    await save(mappings, other, made({"question": "reach_me", "to": "phone"}))
    await lead_comes(scene, other, "zoe@example.com", course="a1")
    await save(mappings, form, made({"question": "reach_me", "to": "custom", "key": "hotline"}), based_on=1)
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    await all_steps(scene, remap)
    (contact,) = await bodies(scene)
    assert [one["value"] for one in contact["phones"]] == ["+14155552671"], (
        "the other form's lead told it too"
    )
    assert custom(contact)["hotline"] == ["+14155552671"]
    assert custom(contact)["course"] == ["a1"]


async def test_a_value_that_went_elsewhere_leaves_and_its_key_with_it(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form = published(scene)
    await save(mappings, form, made({"question": "reach_me", "to": "phone"}))
    await lead_comes(scene, form, "zoe@example.com")
    await save(mappings, form, made({"question": "reach_me", "to": "custom", "key": "hotline"}), based_on=1)
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    await all_steps(scene, remap)
    (contact,) = await bodies(scene)
    assert contact["phones"] == []
    keys = await scene.rooms.rows("SELECT kind, value FROM contact_keys")
    assert [(row["kind"], row["value"]) for row in keys] == [("email", "zoe@example.com")]


async def test_a_lead_that_the_mapping_would_park_is_left_alone(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form = published(scene)
    await lead_comes(scene, form, "bad@example.com", reach_me="12")
    before = await bodies(scene)
    await save(mappings, form, made(*RULES))
    counted = await desk.count(MAIN, FormId(form.id), made(*RULES))
    assert (counted.contacts_changed, counted.left_alone) == (0, 1)
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    await all_steps(scene, remap)
    assert await bodies(scene) == before
    done = await desk.progress(MAIN, FormId(form.id))
    assert done is not None
    assert (done.left_alone, done.changed) == (1, 0)


async def test_a_contact_that_the_crm_refused_is_told_anew(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form = published(scene)
    scene.crm.answer_next(
        CrmAnswer(status=422, body={"errors": [{"field": "budget", "message": "no number"}]})
    )
    await lead_comes(scene, form, "zoe@example.com")
    await scene.send()
    await save(mappings, form, made(*RULES))
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    await all_steps(scene, remap)
    await scene.send()
    states = await scene.rooms.rows("SELECT state FROM deliveries ORDER BY sequence")
    assert [row["state"] for row in states] == ["superseded", "delivered"]
    last = json.loads(scene.crm.record.attempts[-1].body)
    assert (last["type"], last["data"]["revision"]) == ("contact.created", 2)


async def test_a_preview_shows_old_and_new_of_the_newest_leads_and_writes_nothing(
    scene: Scene, mappings: SqlMappings, desk: FormMappings
) -> None:
    form = published(scene)
    await save(mappings, form, made(*RULES[1:]))
    await lead_comes(scene, form, "zoe@example.com")
    await lead_comes(scene, form, "bad@example.com", reach_me="12")
    known = await mappings.form(MAIN, FormId(form.id))
    assert known is not None
    newest, oldest = await desk.preview(MAIN, known, made(*RULES))
    assert newest.parked is not None
    assert "cannot go to phone" in newest.parked
    assert oldest.parked is None
    shown = {one.name: (one.before, one.after) for one in oldest.changes}
    assert shown == {
        "phones": (None, "+14155552671"),
        "custom_fields.reach_me": ("+14155552671", None),
    }
    assert isinstance(await mappings.save(MAIN, known.id, made(), based_on=1, actor=ADMIN), Saved)


async def test_an_application_that_is_stopped_changes_no_more(
    scene: Scene, mappings: SqlMappings, desk: FormMappings, remap: Remap
) -> None:
    form = published(scene)
    for n in range(2 * PART):
        await lead_comes(scene, form, f"p{n}@example.com")
    await save(mappings, form, made(*RULES))
    await desk.apply(MAIN, FormId(form.id), actor=ADMIN)
    assert await remap.step()
    assert await desk.stop(MAIN, FormId(form.id), actor=ADMIN)
    assert not await desk.stop(MAIN, FormId(form.id), actor=ADMIN)
    await scene.clock.advance(60.0)
    assert not await remap.step()
    done = await desk.progress(MAIN, FormId(form.id))
    assert done is not None
    assert (done.state, done.seen, done.changed) == ("stopped", PART, PART)


async def test_of_two_applications_asked_for_in_one_moment_one_goes_on(
    scene: Scene, mappings: SqlMappings, desk: FormMappings
) -> None:
    form = published(scene)
    await lead_comes(scene, form, who="P", email="p@example.com", budget="1")
    await save(mappings, form, made(*RULES))
    await asyncio.gather(*(desk.apply(MAIN, FormId(form.id), actor=ADMIN) for _ in range(4)))
    states = await scene.rooms.rows("SELECT state FROM remappings ORDER BY state")
    assert [row["state"] for row in states] == ["stopped"] * 3 + ["waiting"]
