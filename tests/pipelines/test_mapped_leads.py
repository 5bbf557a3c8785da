"""Leads under a form's mapping: typed fields, what does not fit, and forms that take a mapping over."""

from typing import Any, cast

import pytest
from fake_clock import FakeClock
from support.mapped import ADMIN, ANSWERS, QUESTIONS, RULES, lead_comes, made, published, save
from support.reading_again import EVERY_S, ReadingAgain
from support.rooms import MAIN
from support.scene import Scene

from connector.domain.lead import FormId, PageId
from connector.domain.mapping.forms import Outdated
from connector.domain.mapping.rules import NO_MAPPING
from connector.domain.work import ParkedLead
from state.engine import Params, Row, Tx
from state.leads.carrying import OWN, Place, carry_over, listed
from state.leads.contacts import SqlResolver
from state.leads.mappings import SqlMappings
from state.leads.remapping import SqlRemappings

DAY_S = 86_400.0


@pytest.fixture
def mappings(scene: Scene) -> SqlMappings:
    return SqlMappings(scene.rooms.engine, scene.clock, scene.rooms.new_id)


async def fields_of(scene: Scene) -> dict[str, dict[str, Any]]:
    """Return the newest contact's custom fields by key."""
    contact = (await scene.rooms.contacts())[-1]
    return {one["key"]: one for one in contact["custom_fields"]}


async def test_without_a_mapping_all_is_as_ever(scene: Scene) -> None:
    await lead_comes(scene, published(scene), "zoe@example.com")
    assert set(await fields_of(scene)) == {"reach_me", "budget", "course"}
    assert "type" not in (await fields_of(scene))["budget"]


async def test_the_next_lead_goes_where_the_mapping_says(scene: Scene, mappings: SqlMappings) -> None:
    form = published(scene)
    opt_ins = [{"checkbox": "news", "opt_in": "newsletter"}]
    await save(mappings, form, made(*RULES, opt_ins=opt_ins, split_full_name=True))
    await lead_comes(scene, form, "zoe@example.com")
    (contact,) = await scene.rooms.contacts()
    assert [phone["value"] for phone in contact["phones"]] == ["+14155552671"]
    assert (contact["full_name"], contact["given_name"], contact["family_name"]) == (
        "Zoë O'Neill",
        "Zoë",
        "O'Neill",
    )
    assert contact["flags"] == ["name_split"]
    found = await fields_of(scene)
    assert found["deal_amount"]["typed_values"] == [12500.5]
    assert found["deal_amount"]["values"] == ["€ 12.500,50"]
    assert (found["deal_amount"]["type"], found["deal_amount"]["question"]) == ("number", "budget")
    assert found["course_code"]["typed_values"] == ["ADV"]
    assert found["course_code"]["value_labels"] == ["Advanced"]
    assert [(one["granted"], one["opt_in"]) for one in contact["consents"]] == [(True, "newsletter")]
    (event,) = await scene.rooms.events()
    assert {one["name"] for one in event["data"]["lead"]["answers"]} == {"email", *ANSWERS}


async def test_a_number_that_does_not_fit_parks_its_lead_alone_and_mending_lets_it_go_on(
    scene: Scene, mappings: SqlMappings
) -> None:
    form = published(scene)
    await save(mappings, form, made(*RULES))
    bad = await lead_comes(scene, form, "bad@example.com", reach_me="12")
    good = await lead_comes(scene, form, "good@example.com")
    assert await scene.stages() == {bad: "parked", good: "contact"}
    reason = await scene.rooms.value("SELECT reason FROM leads WHERE lead_id = :id", id=bad)
    assert str(reason).startswith("The answer to “reach_me” cannot go to phone: it is no phone number")
    assert "12" not in str(reason).replace(form.id, "")
    keeping = made({"question": "reach_me", "to": "phone", "on_problem": "keep"}, *RULES[1:])
    saved = await save(mappings, form, keeping, based_on=1)
    assert (saved.stored.version, saved.retried) == (2, 1)
    await scene.make_contacts()
    assert (await scene.stages())[bad] == "contact"
    (contact,) = [
        one for one in await scene.rooms.contacts() if one["emails"][0]["value"] == "bad@example.com"
    ]
    assert contact["phones"][0]["raw"] == "12"
    assert {"phone_invalid", "mapping_misfit"} <= set(contact["flags"])


async def test_a_mapping_that_is_mended_while_a_lead_is_read_parks_it_no_more(
    scene: Scene, mappings: SqlMappings
) -> None:
    form = published(scene)
    await save(mappings, form, made(*RULES))
    lead_id = scene.world.add_lead(form, answers={**ANSWERS, "email": "zoe@example.com", "reach_me": "12"})
    await scene.rooms.receive(lead_id, page=scene.pages[0].id)
    await scene.read()
    resolver = SqlResolver(scene.rooms.engine, scene.clock, scene.rooms.new_id)
    (work,) = await resolver.claim(limit=1)
    saved = await save(mappings, form, made(*RULES[1:]), based_on=1)
    assert saved.retried == 0, "it is not parked yet"
    assert await resolver.commit([(work, ParkedLead(reason="it does not fit", by_mapping=True))]) == 0
    await scene.make_contacts()
    assert await scene.stages() == {lead_id: "contact"}


async def test_no_lead_becomes_a_contact_under_a_mapping_that_is_in_force_no_more(
    scene: Scene, mappings: SqlMappings
) -> None:
    form = published(scene)
    lead_id = scene.world.add_lead(form, answers={**ANSWERS, "email": "zoe@example.com"})
    await scene.rooms.receive(lead_id, page=scene.pages[0].id)
    await scene.read()
    resolver = scene.rooms.resolver
    (work,) = await resolver.claim(limit=1)
    early = scene.rooms.outcome(work)
    await save(mappings, form, made(*RULES))
    asked = SqlRemappings(scene.rooms.engine, scene.clock, scene.rooms.new_id)
    await asked.ask(MAIN, FormId(form.id), per_second=20, actor=ADMIN)
    await asked.step()  # it passes by a lead that is no contact yet
    assert await resolver.commit([(work, early)]) == 0
    await scene.make_contacts()
    assert "deal_amount" in await fields_of(scene)
    assert await scene.rooms.value("SELECT mapping_version FROM leads") == 1


async def test_what_is_dropped_stays_under_its_own_key(scene: Scene, mappings: SqlMappings) -> None:
    form = published(scene)
    rule = {**RULES[1], "on_problem": "drop"}
    await save(mappings, form, made(rule))
    await lead_comes(scene, form, "zoe@example.com", budget="as little as possible")
    found = await fields_of(scene)
    assert "deal_amount" not in found
    assert found["budget"]["values"] == ["as little as possible"]
    assert "mapping_misfit" in (await scene.rooms.contacts())[0]["flags"]


async def test_versions_stay_and_the_second_of_two_savers_is_told(
    scene: Scene, mappings: SqlMappings
) -> None:
    form = published(scene)
    first, second = made(*RULES), made(*RULES[:1])
    assert (await save(mappings, form, first)).stored.version == 1
    assert (await save(mappings, form, first, based_on=1)).is_new is False
    late = await mappings.save(MAIN, FormId(form.id), second, based_on=0, actor=ADMIN)
    assert late == Outdated(version=1)
    assert (await save(mappings, form, second, based_on=1)).stored.version == 2
    versions = await mappings.versions(MAIN, FormId(form.id), limit=9)
    assert [(one.version, one.mapping, one.actor) for one in versions] == [
        (2, second, "per_1"),
        (1, first, "per_1"),
    ]
    audited = await scene.rooms.rows("SELECT action, subject, detail FROM audit ORDER BY id")
    assert [row["action"] for row in audited] == ["mapping.saved"] * 2
    assert {row["subject"] for row in audited} == {form.id}


async def test_a_copy_takes_the_mapping_over_and_the_admin_is_told(
    scene: Scene, mappings: SqlMappings, clock: FakeClock
) -> None:
    again = ReadingAgain.over(scene)
    old = published(scene)
    await again.let_pass(EVERY_S)
    await save(mappings, old, made(*RULES))
    await clock.advance(DAY_S)
    copy = published(scene, "Courses, new picture", QUESTIONS[::-1])
    other = published(scene, "Something else", QUESTIONS[:3])
    await again.let_pass(EVERY_S)
    found = {form.id: form for form in await mappings.forms(MAIN, limit=50)}
    carried = found[FormId(copy.id)].current
    assert carried is not None
    assert (carried.version, carried.origin, carried.origin_version) == (1, old.id, 1)
    assert carried.mapping == made(*RULES)
    assert found[FormId(other.id)].mapping == NO_MAPPING
    assert [one.key for one in found[FormId(other.id)].questions] == ["who", "email", "reach_me"]
    (alert,) = await scene.rooms.alerts.open()
    assert alert["key"] == f"form.mapping_carried:main:{old.id}:{copy.id}"
    assert old.id in alert["title"]
    assert copy.id in alert["title"]
    raised = [one for one in await scene.rooms.events() if one["type"] == "alert.raised"]
    assert [one["data"]["alert"]["key"] for one in raised] == [alert["key"]]
    confirmed = await save(mappings, copy, made(*RULES), based_on=1)
    assert (confirmed.stored.version, confirmed.stored.actor, confirmed.stored.origin) == (2, "per_1", None)
    assert await scene.rooms.alerts.open() == []


async def test_the_first_lead_of_a_copy_is_mapped_though_its_page_was_not_listed_yet(
    scene: Scene, mappings: SqlMappings, clock: FakeClock
) -> None:
    again = ReadingAgain.over(scene)
    old = published(scene)
    await again.let_pass(EVERY_S)
    await save(mappings, old, made(*RULES))
    await clock.advance(60.0)
    copy = published(scene, "Courses, new picture")
    await lead_comes(scene, copy, "zoe@example.com")
    assert "deal_amount" in await fields_of(scene)
    await clock.advance(DAY_S)
    await again.let_pass(EVERY_S)  # the list tells of it now: nothing is told twice
    keys = [alert["key"] for alert in await scene.rooms.alerts.open()]
    assert keys == [f"form.mapping_carried:main:{old.id}:{copy.id}"]


async def test_a_copy_whose_questions_are_told_later_takes_the_mapping_over_then(
    scene: Scene, mappings: SqlMappings, clock: FakeClock
) -> None:
    again = ReadingAgain.over(scene)
    old = published(scene)
    await again.let_pass(EVERY_S)
    await save(mappings, old, made(*RULES))
    await clock.advance(DAY_S)
    copy = published(scene, "Courses, new picture")
    scene.pages[0].questions_refused = True
    await again.let_pass(EVERY_S)
    found = await mappings.form(MAIN, FormId(copy.id))
    assert found is not None
    assert (found.version, found.is_asked_known) == (0, False)
    scene.pages[0].questions_refused = False
    await clock.advance(DAY_S)
    await again.let_pass(EVERY_S)
    found = await mappings.form(MAIN, FormId(copy.id))
    assert found is not None
    assert (found.version, found.mapping) == (1, made(*RULES))
    await clock.advance(DAY_S)
    await again.let_pass(EVERY_S)
    keys = [alert["key"] for alert in await scene.rooms.alerts.open()]
    assert keys == [f"form.mapping_carried:main:{old.id}:{copy.id}"]


class Early:
    """A transaction that looked for the form's own mapping before another one committed it."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._looked = False

    def row(self, sql: str, params: Params | None = None) -> Row | None:
        if sql == OWN and not self._looked:
            self._looked = True
            return None
        return self._tx.row(sql, params)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a transaction has
        return getattr(self._tx, name)


@pytest.mark.parametrize("is_ours", [False, True])
async def test_whoever_comes_second_with_a_forms_first_mapping_leaves_it(
    scene: Scene, mappings: SqlMappings, clock: FakeClock, *, is_ours: bool
) -> None:
    again = ReadingAgain.over(scene)
    old = published(scene)
    await again.let_pass(EVERY_S)
    await save(mappings, old, made(*RULES))
    await clock.advance(DAY_S)
    copy = published(scene, "Courses, new picture")
    if is_ours:
        await save(mappings, copy, made(*RULES[:1]))
    await again.let_pass(EVERY_S)
    told = [row["key"] for row in await scene.rooms.alerts.open()]

    def carry(tx: Tx) -> bool:
        known = {row["form_id"]: listed(row) for row in tx.rows("SELECT * FROM page_forms")}
        page_id = PageId(scene.pages[0].id)
        at = Place(workspace_id=MAIN, page_id=page_id, now=clock.now(), new_id=scene.rooms.new_id)
        return carry_over(cast("Tx", Early(tx)), at, known[copy.id], known.values())

    assert await scene.rooms.engine.write(carry) is not is_ours
    assert [row["key"] for row in await scene.rooms.alerts.open()] == told


async def test_a_mapping_of_its_own_is_kept(scene: Scene, mappings: SqlMappings, clock: FakeClock) -> None:
    again = ReadingAgain.over(scene)
    old = published(scene)
    await again.let_pass(EVERY_S)
    await save(mappings, old, made(*RULES))
    await clock.advance(DAY_S)
    copy = published(scene, "Courses, new picture")
    own = made(*RULES[:1])
    await save(mappings, copy, own)  # through the API: it may know a form before we do
    await again.let_pass(EVERY_S)
    form = await mappings.form(MAIN, FormId(copy.id))
    assert form is not None
    assert (form.mapping, form.version) == (own, 1)
    assert [alert["key"].partition(":")[0] for alert in await scene.rooms.alerts.open()] == ["form.succeeded"]
