"""A month of mixed faults, drawn from a seed: in the end Meta's set is the CRM's set and named exceptions."""

import os

import pytest
from fake_clock import LeapingClock
from support.daemon import MakeHome
from support.month.books import check_at_the_end, check_on_the_way
from support.month.mishaps import befall, heal
from support.month.post import HOUR_S
from support.month.story import DAY_S, Story, configured

DAYS = 30
QUIET_DAYS = 4
"""Longer than anything waits by itself: a lead that cannot be seen is looked for during a day and a half."""
SEEDS = [int(seed) for seed in os.environ.get("CONNECTOR_TEST_MONTHS", "1,2,3").split(",")]
"""Other months: `CONNECTOR_TEST_MONTHS=4,5,6 pytest tests/end_to_end/test_month.py`."""
MONTHS = [
    *(("sqlite", seed) for seed in SEEDS),
    pytest.param("postgres", SEEDS[0], marks=pytest.mark.postgres),
]


async def history(story: Story) -> None:
    """People have filled forms in for months before anybody connected; some leads are about to be dropped."""
    world = story.sandbox.world
    for _ in range(12):
        story.submit(age_s=story.rng.uniform(0.1, 89) * DAY_S)
    for _ in range(4):
        story.submit(age_s=89.9 * DAY_S)
    assert all(world.is_readable(lead) for lead in world.leads.values())


async def lived(story: Story) -> None:
    """Let the month pass."""
    while story.day < DAYS:
        await story.do_what_is_due()
        if story.rng.random() < 0.6:
            befall(story)
        story.some_leads()
        await story.post.deliver()
        await story.pass_by(story.rng.choice((0.5, 2, 5, 8, 12)) * HOUR_S)
        if story.rng.random() < 0.2:
            await check_on_the_way(story)


async def calmed(story: Story) -> None:
    """Let all be well for some days, in which some leads come in as they should."""
    await heal(story)
    for _ in range(QUIET_DAYS):
        for page in story.pages:
            story.post.announce_surely([story.submit(form=story.rng.choice(story.live_forms([page])))])
        for _ in range(4):
            await story.post.deliver()
            await story.pass_by(DAY_S / 4)


@pytest.mark.parametrize(("state_url", "seed"), MONTHS, indirect=["state_url"])
async def test_a_month_of_mixed_faults_loses_nothing(state_url: str, make_home: MakeHome, seed: int) -> None:
    clock = LeapingClock()
    async with make_home(state_url, clock=clock, seed=seed) as home:
        story = configured(home, clock, seed)
        try:
            await history(story)
            await story.connect()
            await story.start()
            await lived(story)
            await calmed(story)
            await check_at_the_end(story)
            await story.stop()
        finally:
            print(f"seed {seed}", *story.diary, sep="\n")  # noqa: T201 - shown when it fails, to repeat it
            await story.kill()
