"""Whatever happens between the pages of a list, no lead at or below a form's watermark is without a row of ours."""

import random
from dataclasses import dataclass, field

import pytest
from support.reading_again import EVERY_S, ReadingAgain
from support.scene import Scene

from adapters.facebook.form_leads import FacebookForms
from adapters.sandbox.faults import Fault
from connector.domain.connection import PageAccess
from connector.domain.lead import FormId
from connector.domain.reconciling import FormListing, FoundPage, Window
from state.reconcile.claims import LEASE_MS

DAY_S = 86_400.0
STEPS = 25
FAULTS = (
    Fault.status(502),
    Fault.error("unknown"),
    Fault.error("leadgen_limit"),
    Fault.error("reduce_data"),
)
WATERMARKS = "SELECT form_id, watermark_ms FROM page_forms WHERE watermark_ms IS NOT NULL"


class Killed(BaseException):
    """What ends a process: no code of ours sees it."""


@dataclass
class Eventful:
    """The adapter's own reader, in front of a Page where something happens behind each page of a list."""

    inner: FacebookForms
    scene: Scene
    rng: random.Random
    kills: int = 0
    came: int = 0
    pages: list[str | None] = field(default_factory=list)

    async def leads(
        self, access: PageAccess, form_id: FormId, window: Window, *, after: str | None = None
    ) -> FoundPage:
        page = await self.inner.leads(access, form_id, window, after=after)
        self.pages.append(after)
        if self.rng.random() < 0.15:
            form = self.scene.world.forms[form_id]
            for _ in range(self.rng.randint(1, 3)):  # in one second, behind the cursor of this read
                self.scene.world.add_lead(form)
                self.came += 1
        if page.after is not None and self.rng.random() < 0.06:
            self.kills += 1
            raise Killed
        return page

    async def forms(self, access: PageAccess) -> FormListing:
        return await self.inner.forms(access)


async def check(scene: Scene) -> int:
    """Look at every form's watermark; return how many leads lie at or below one."""
    here = {row["lead_id"] for row in await scene.rooms.rows("SELECT lead_id FROM leads")}
    marks = {row["form_id"]: row["watermark_ms"] for row in await scene.rooms.rows(WATERMARKS)}
    below = {
        lead.id
        for lead in scene.world.leads.values()
        if lead.form_id in marks and lead.created_time * 1000 <= marks[lead.form_id]
    }
    assert below <= here
    return len(below)


async def live(again: ReadingAgain) -> None:
    """Do all that is due, as one process after the other, until none of them is killed."""
    while True:
        try:
            await again.drain()
        except Killed:
            await again.scene.clock.advance(LEASE_MS / 1000)
        else:
            return


@pytest.mark.parametrize(
    ("state_url", "seed"), [("sqlite", seed) for seed in (0, 1, 3)], indirect=["state_url"]
)
@pytest.mark.parametrize("scene", [2], indirect=True)
async def test_no_lead_at_or_below_a_watermark_is_unstored(scene: Scene, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - repeatable
    reader = Eventful(FacebookForms(scene.client, scene.counters.graph_budget), scene, rng)
    again = ReadingAgain.over(scene, reader=reader)
    scene.graph.switches.max_limit = 8  # so that lists have many pages
    for form in scene.forms:
        again.submit(8, form=form, ago_s=rng.uniform(0, 80) * DAY_S)
    checked = 0
    for _ in range(STEPS):
        form = rng.choice(scene.forms)
        what = rng.choice(("some", "told", "fault", "odd", "wait", "wait"))
        if what in {"some", "told"}:
            ids = again.submit(rng.randint(1, 4), form=form, ago_s=rng.choice((0, 0, 100)))
            if what == "told":
                await scene.rooms.receive(*ids, page=form.page_id)
        if what == "fault":
            scene.graph.faults.add("leads", rng.choice(FAULTS), times=rng.randint(1, 4))
        if what == "odd":
            scene.graph.switches.empty_pages = rng.random() < 0.5
            scene.graph.switches.filter_ignored = rng.random() < 0.5
        await scene.clock.advance(rng.choice((1, EVERY_S, EVERY_S, DAY_S / 3)))
        await live(again)
        checked += await check(scene)
    assert (reader.kills > 0, reader.came > 5, checked > 100, len(reader.pages) > 40) == (True,) * 4
    scene.graph.faults.clear()
    for _ in range(3):
        await scene.clock.advance(DAY_S / 2)
        await live(again)
    here = await again.stored()
    late = {lead.id for lead in scene.world.leads.values() if lead.id not in here}
    newest = max(scene.world.leads[one].created_time for one in late) if late else 0
    assert not late or newest >= scene.world.now() - DAY_S, "only what came during the last read is not here"
