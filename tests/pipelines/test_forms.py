"""The forms of the leads that pass: read once, looked at again only where that can help."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from fake_clock import FakeClock
from support.engines import FailingEngine
from support.rooms import Rooms
from support.scene import Scene

from connector.domain.connection import PageAccess
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    RateLimitedError,
    TransientError,
)
from connector.domain.lead import FormId, LeadId, PageId
from connector.pipelines.forms import LOOK_AGAIN_MS, LOOKS, FormBook
from connector.ports import Raw

ACCESS = PageAccess(page_id=PageId("100"), token="page token")
HOUR_S = LOOK_AGAIN_MS / 1000


class Provider:
    """Answers with these forms, or as told, and counts who asked."""

    def __init__(self, **forms: Sequence[str]) -> None:
        self.forms = forms
        self.failing: dict[str, ConnectorError] = {}
        self.asked: Counter[str] = Counter()
        self.more: dict[str, object] = {}

    async def fetch(
        self, access: PageAccess, lead_ids: Sequence[LeadId]
    ) -> Mapping[LeadId, Raw | ConnectorError]:
        raise NotImplementedError

    async def form(self, access: PageAccess, form_id: FormId) -> Raw:
        assert access == ACCESS
        self.asked[form_id] += 1
        if form_id in self.failing:
            raise self.failing[form_id]
        questions = [{"key": key, "type": "CUSTOM", "label": key} for key in self.forms[form_id]]
        return {"id": form_id, "questions": questions, **self.more}


def lead(form_id: str, *names: str) -> Raw:
    return {"form_id": form_id, "field_data": [{"name": name, "values": ["x"]} for name in names]}


def book(scene: Scene, provider: Provider) -> FormBook:
    return FormBook(scene.rooms.forms, provider, scene.means)


async def test_a_form_is_read_once_also_across_restarts(scene: Scene) -> None:
    provider = Provider(f1=["email"])
    for _ in range(2):
        forms = book(scene, provider)
        for _ in range(3):
            assert await forms.ensure(ACCESS, [lead("f1", "email")]) == {}
    assert provider.asked == {"f1": 1}


@pytest.mark.parametrize(
    "name",
    ["EMAIL", " email ", "utm_source", "UTM_Campaign", "inbox_url", "ref", "Nom_\u00e9", "nom_e\u0301"],
)
async def test_other_spellings_and_hidden_fields_are_no_reason_to_look_again(
    scene: Scene, clock: FakeClock, name: str
) -> None:
    provider = Provider(f1=["email", "nom_\u00e9"])
    provider.more = {"tracking_parameters": [{"key": "ref", "value": "autumn"}, None, {"key": 1}]}
    forms = book(scene, provider)
    for _ in range(5):
        await forms.ensure(ACCESS, [lead("f1", "email", name)])
        await clock.advance(HOUR_S)
    assert provider.asked == {"f1": 1}


async def test_an_unknown_name_is_looked_for_once_an_hour_and_a_few_times_in_all(
    scene: Scene, clock: FakeClock
) -> None:
    provider = Provider(f1=["email"])
    forms = book(scene, provider)
    for _ in range(4):
        await forms.ensure(ACCESS, [lead("f1", "shoe_size")])
    assert provider.asked == {"f1": 1}
    for _ in range(10):
        await clock.advance(HOUR_S)
        for _ in range(3):
            await forms.ensure(ACCESS, [lead("f1", "shoe_size")])
    assert provider.asked == {"f1": LOOKS}
    provider.forms["f1"] = ["email", "hat_size"]
    await forms.ensure(ACCESS, [lead("f1", "hat_size", "shoe_size")])  # another name is another reason
    await clock.advance(HOUR_S)
    await forms.ensure(ACCESS, [lead("f1", "hat_size", "shoe_size")])
    assert provider.asked == {"f1": LOOKS + 1}


async def test_a_known_form_that_cannot_be_read_again_is_left_for_an_hour(
    scene: Scene, clock: FakeClock
) -> None:
    provider = Provider(f1=["email"])
    forms = book(scene, provider)
    await forms.ensure(ACCESS, [lead("f1", "email")])
    provider.failing["f1"] = TransientError("down")
    await clock.advance(HOUR_S)
    for _ in range(3):
        assert await forms.ensure(ACCESS, [lead("f1", "shoe_size")]) == {}
    assert provider.asked == {"f1": 2}


@pytest.mark.parametrize(
    "error",
    [TransientError("down"), RateLimitedError("slow", retry_after_s=60), AuthLostError("dead")],
    ids=lambda error: type(error).__name__,
)
async def test_after_a_failed_call_no_other_form_is_asked_for(scene: Scene, error: ConnectorError) -> None:
    names = [f"f{n}" for n in range(10)]
    provider = Provider(**{name: ["email"] for name in names})
    provider.failing = dict.fromkeys(names[3:], error)
    failed = await book(scene, provider).ensure(ACCESS, [lead(name, "email") for name in names])
    assert failed == dict.fromkeys(names[3:], error)
    assert provider.asked == dict.fromkeys(names[:4], 1)


@pytest.mark.parametrize(
    "error", [GoneError("gone"), LeadAccessError("no")], ids=lambda error: type(error).__name__
)
async def test_what_is_about_one_form_stops_no_other(scene: Scene, error: ConnectorError) -> None:
    provider = Provider(f1=["email"], f2=["email"], f3=["email"])
    provider.failing["f2"] = error
    failed = await book(scene, provider).ensure(ACCESS, [lead(form, "email") for form in ("f1", "f2", "f3")])
    assert failed == {"f2": error}
    assert provider.asked == {"f1": 1, "f2": 1, "f3": 1}


async def test_a_form_that_cannot_be_stored_waits_for_the_state_alone(scene: Scene) -> None:
    engine, provider = FailingEngine(scene.rooms.engine), Provider(f1=["email"])
    rooms = Rooms.on(engine, scene.clock, scene.counters, scene.rooms.new_id)
    forms = FormBook(rooms.forms, provider, scene.means)
    engine.fates.append(False)
    assert await forms.ensure(ACCESS, [lead("f1", "email")]) == {}
    assert provider.asked == {"f1": 1}  # what was read is not read again
