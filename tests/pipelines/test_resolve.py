"""Fetched leads become contacts the CRM can read; what must not become one rests with a reason."""

import json

import pytest
from fake_clock import FakeClock
from support.engines import FailingEngine
from support.rooms import MAIN, PAGE, Rooms, raw
from support.scene import Scene

from adapters.sandbox.objects import Checkbox, Option, Question
from connector.domain.fetching import FAULT_ATTEMPTS, TRANSIENT_LADDER_S
from connector.pipelines.resolve import Resolve
from connector.wire.event import event_from_bytes

TEST_ANSWER = "<test lead: dummy data for full_name>"


async def test_an_event_tells_the_whole_lead(scene: Scene) -> None:
    world, page = scene.world, scene.pages[0]
    form = world.add_form(
        page,
        "Order a cake",
        questions=(
            Question(key="who", type="FULL_NAME", label="Your name"),
            Question(key="mail", type="EMAIL", label="E-mail"),
            Question(
                key="sizes",
                type="CUSTOM",
                label="Which sizes?",
                options=(Option(key="s", value="Small"), Option(key="l", value="Large")),
            ),
        ),
        checkboxes=(Checkbox(key="news", text="Send me news"), Checkbox(key="calls", text="Call me")),
        tracking={"utm_source": "facebook"},
    )
    lead_id = world.add_lead(
        form,
        answers={"who": "Zoë O'Neill", "mail": "Zoe@Example.com", "sizes": ["s", "l"]},
        disclaimers={"news": True, "calls": False},
        ad_id="11",
        ad_name="Picture",
        adset_id="12",
        adset_name="Nearby",
        campaign_id="13",
        campaign_name="Autumn",
        platform="ig",
    )
    await scene.rooms.receive(lead_id, page=page.id)
    await scene.read()
    await scene.make_contacts()
    (entry,) = await scene.rooms.feed.after(MAIN, 0, limit=10)
    event = event_from_bytes(entry.body)
    assert event.type == "contact.created"
    assert event.data.workspace == MAIN
    lead, contact = event.data.lead, event.data.contact
    assert lead is not None
    assert contact is not None
    assert (lead.lead_id, lead.page_id, lead.page_name) == (lead_id, page.id, page.name)
    assert (lead.form_id, lead.form_name) == (form.id, "Order a cake")
    assert (lead.campaign_id, lead.campaign_name, lead.adset_id, lead.adset_name) == (
        "13",
        "Autumn",
        "12",
        "Nearby",
    )
    assert (lead.ad_id, lead.ad_name, lead.platform, lead.is_organic) == ("11", "Picture", "instagram", False)
    assert lead.received_via == "webhook"
    answers = {answer.name: answer for answer in lead.answers}
    assert answers["sizes"].values == ("s", "l")
    assert answers["sizes"].value_labels == ("Small", "Large")
    assert answers["sizes"].label == "Which sizes?"
    assert answers["utm_source"].values == ("facebook",)
    assert [(one.key, one.granted, one.text) for one in lead.consents] == [
        ("news", True, "Send me news"),
        ("calls", False, "Call me"),
    ]
    assert contact.full_name == "Zoë O'Neill"
    assert contact.emails[0].value == "zoe@example.com"
    assert contact.consents == lead.consents
    (ref,) = contact.leads
    assert (ref.campaign_name, ref.utm) == ("Autumn", {"source": "facebook"})


async def test_blank_answers_of_every_shape_are_no_values(scene: Scene) -> None:
    for blank in ("missing", "empty", "empty_text"):
        lead_id = scene.world.add_lead(
            scene.forms[0],
            answers={"full_name": "Zoë", "email": "zoe@example.com", "phone_number": None},
            blank=blank,
        )
        await scene.rooms.receive(lead_id, page=scene.pages[0].id)
    await scene.read()
    await scene.make_contacts()
    for event in await scene.rooms.events():
        answers = {answer["name"]: answer["values"] for answer in event["data"]["lead"]["answers"]}
        assert [value for value in answers["phone_number"] if value] == []


async def test_a_test_lead_is_kept_and_makes_no_contact(scene: Scene) -> None:
    (lead_id,) = await scene.submit(full_name=TEST_ANSWER, email="test@meta.com")
    await scene.read()
    await scene.make_contacts()
    assert await scene.stages() == {lead_id: "test"}
    assert await scene.rooms.events() == []
    assert await scene.rooms.contacts() == []
    assert scene.counters.seen["leads", "test"] == 1


async def test_a_child_under_13_is_not_sent_and_somebody_is_told_once(scene: Scene) -> None:
    world, page = scene.world, scene.pages[0]
    form = world.add_form(
        page,
        questions=(
            Question(key="name", type="FULL_NAME", label="Name"),
            Question(key="dob", type="DOB", label="Date of birth"),
        ),
    )
    lead_id = world.add_lead(form, answers={"name": "Tim Young", "dob": "05/06/2020"})
    await scene.rooms.receive(lead_id, page=page.id)
    await scene.read()
    await scene.make_contacts()
    (lead,) = await scene.rooms.rows("SELECT stage, reason, contact_id FROM leads")
    assert dict(lead) == {"stage": "parked", "reason": "minor_under_13", "contact_id": None}
    assert await scene.rooms.contacts() == []
    (alert,) = await scene.rooms.alerts.open()
    assert lead_id in alert["title"]
    assert "Tim" not in json.dumps(dict(alert))
    assert [event["type"] for event in await scene.rooms.events()] == ["alert.raised"]
    await scene.rooms.records.replay_leads({"lead_id": lead_id}, limit=1, reread=False, dry_run=False)
    await scene.make_contacts()
    assert len(await scene.rooms.alerts.open()) == 1
    assert len(await scene.rooms.events()) == 1


async def spoil(rooms: Rooms, lead_id: str, raw_text: str) -> None:
    """Let a stored lead hold what our own code cannot take."""
    await rooms.engine.write(
        lambda tx: tx.execute(
            "UPDATE leads SET raw = :raw WHERE lead_id = :lead_id", {"raw": raw_text, "lead_id": lead_id}
        )
    )


async def test_a_poison_lead_is_tried_a_few_times_and_stops_no_other(scene: Scene, clock: FakeClock) -> None:
    await scene.rooms.connect(PAGE)
    await scene.rooms.fetch({f"{n}": raw(f"{n}", email=f"p{n}@example.com") for n in range(20)})
    await spoil(scene.rooms, "7", "{broken")
    await scene.make_contacts()
    assert len(await scene.rooms.contacts()) == 19
    for tried in range(1, FAULT_ATTEMPTS):
        (row,) = await scene.rooms.rows("SELECT * FROM leads WHERE lead_id = '7'")
        assert (row["stage"], row["attempts"]) == ("resolve", tried)
        await clock.advance(TRANSIENT_LADDER_S[tried - 1] * 1.25)
        await scene.make_contacts()
    (row,) = await scene.rooms.rows("SELECT * FROM leads WHERE lead_id = '7'")
    assert row["stage"] == "parked"
    assert "JSONDecodeError" in row["reason"]
    assert scene.counters.seen["leads", "contact"] == 19
    assert scene.counters.seen["leads", "parked"] == 1


async def test_a_lead_that_breaks_the_commit_is_found_and_the_others_go_on(
    scene: Scene, clock: FakeClock
) -> None:
    """A contact row that no one can read: what shares its key fails inside the transaction."""
    await scene.rooms.connect(PAGE)
    await scene.rooms.fetch({"0": raw("0", email="bad@example.com")})
    await scene.make_contacts()
    await scene.rooms.engine.write(lambda tx: tx.execute("UPDATE contacts SET body = 'no contact'"))
    await scene.rooms.fetch(
        {f"{n}": raw(f"{n}", email="bad@example.com" if n == 4 else f"p{n}@example.com") for n in range(1, 9)}
    )
    for wait_s in (*TRANSIENT_LADDER_S[:FAULT_ATTEMPTS], 0):
        await scene.make_contacts()
        await clock.advance(wait_s * 1.25)
    stages = await scene.stages()
    assert stages.pop("4") == "parked"
    assert set(stages.values()) == {"contact"}
    sequences = [event["data"]["sequence"] for event in await scene.rooms.events()]
    assert sequences == list(range(1, 9))


async def test_a_contact_is_made_once_the_state_is_back(scene: Scene) -> None:
    await scene.rooms.connect(PAGE)
    await scene.rooms.fetch({"1": raw("1")})
    engine = FailingEngine(scene.rooms.engine)
    rooms = Rooms.on(engine, scene.clock, scene.counters, scene.rooms.new_id)
    engine.fates.extend([True] + [False] * 10)  # claimed, and then the state is away
    assert await Resolve(rooms.resolver, scene.means).step()
    assert not engine.fates
    assert await scene.stages() == {"1": "contact"}


@pytest.mark.parametrize("text", ["[]", "null", "1", '"x"', "{}", '{"field_data": [null, 1, {"name": []}]}'])
async def test_any_json_that_was_read_becomes_something(scene: Scene, text: str) -> None:
    await scene.rooms.connect(PAGE)
    await scene.rooms.fetch({"1": raw("1")})
    await spoil(scene.rooms, "1", text)
    await scene.make_contacts()
    assert await scene.stages() == {"1": "contact"}


async def test_nothing_due_is_said_with_the_wait(scene: Scene, clock: FakeClock) -> None:
    assert not await scene.resolve.step()
    assert await scene.resolve.idle_s() == 5.0
    await scene.rooms.connect(PAGE)
    await scene.rooms.fetch({"1": raw("1")})
    (work,) = await scene.rooms.resolver.claim(limit=1)
    await scene.rooms.resolver.retry(work, due_at_ms=clock.now_ms() + 3_000, reason="x")
    assert await scene.resolve.idle_s() == 3.0
