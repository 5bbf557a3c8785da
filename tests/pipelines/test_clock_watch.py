"""What the watch of the clocks owes when the state does not answer, and what it leaves alone."""

import pytest
from fake_clock import FakeClock
from structlog.testing import capture_logs
from support.counters import SeenCounters

from connector.domain.errors import StateUnavailableError
from connector.pipelines.clock_watch import CURB_EVERY_S, IDLE_S, NOTE_EVERY_S, ClockWatch
from connector.pipelines.retention import DAY_S, Retention

HOUR_S = 3600


class Rows:
    """Implements `clock_watch.WaitingRows` and notes what it is asked for."""

    def __init__(self, seen_ms: int | None = None) -> None:
        self.seen_ms = seen_ms
        self.asked: list[tuple[str, int]] = []
        self.is_away = False

    async def last_seen_ms(self) -> int | None:
        self._ask("seen")
        return self.seen_ms

    async def note(self) -> None:
        self._ask("note")

    async def pull_back(self, by_ms: int) -> int:
        self._ask("pull_back", by_ms)
        return 1

    async def curb(self) -> int:
        self._ask("curb")
        return 0

    def _ask(self, what: str, by_ms: int = 0) -> None:
        if self.is_away:
            raise StateUnavailableError("away")
        self.asked.append((what, by_ms))

    def pulled_ms(self) -> list[int]:
        return [by_ms for what, by_ms in self.asked if what == "pull_back"]


async def test_a_jump_that_could_not_be_followed_is_followed_later_and_said_once(
    clock: FakeClock, counters: SeenCounters
) -> None:
    rows = Rows()
    watch = ClockWatch(rows, clock, counters, [])
    await watch.step()
    rows.is_away = True
    clock.jump(-3 * HOUR_S)
    with capture_logs() as logs:
        for _ in range(3):
            with pytest.raises(StateUnavailableError):
                await watch.step()
            await clock.advance(IDLE_S)
        clock.jump(HOUR_S)  # an hour of it is made good
        rows.is_away = False
        await watch.step()
        await watch.step()
    assert rows.pulled_ms() == [2 * HOUR_S * 1000]
    assert [one["direction"] for one in logs if one["event"] == "clock.jumped"] == ["back", "forward"]
    assert counters.seen["clock", "back"] == 1


async def test_it_writes_twice_a_minute_and_curbs_once_an_hour(
    clock: FakeClock, counters: SeenCounters
) -> None:
    rows = Rows()
    watch = ClockWatch(rows, clock, counters, [])
    for _ in range(round(HOUR_S / IDLE_S)):
        await watch.step()
        await clock.advance(IDLE_S)
    asked = [what for what, _ in rows.asked]
    assert (asked.count("note"), asked.count("curb")) == (HOUR_S / NOTE_EVERY_S, HOUR_S / CURB_EVERY_S)
    assert rows.pulled_ms() == []
    assert counters.seen == {}


async def test_a_clock_set_back_while_nobody_ran(clock: FakeClock, counters: SeenCounters) -> None:
    rows = Rows(seen_ms=clock.now_ms() + HOUR_S * 1000)
    watch = ClockWatch(rows, clock, counters, [])
    for _ in range(2):
        await watch.step()
    assert rows.pulled_ms() == [HOUR_S * 1000]


class Kept:
    """Implements `retention.Kept`."""

    def __init__(self) -> None:
        self.swept = 0

    async def sweep_consents(self) -> int:
        return 0

    async def sweep_records(self) -> int:
        self.swept += 1
        return 0


async def test_by_a_clock_that_was_just_set_nothing_is_old_for_a_day(
    clock: FakeClock, counters: SeenCounters
) -> None:
    kept = Kept()
    retention = Retention(kept, clock)
    watch = ClockWatch(Rows(), clock, counters, [retention.clock_was_set])
    await watch.step()
    await retention.step()
    assert kept.swept == 1
    clock.jump(400 * 24 * HOUR_S)
    await retention.step()  # the jump is not known yet
    await watch.step()
    await retention.step()
    assert kept.swept == 1
    await clock.advance(DAY_S)
    await retention.step()
    assert kept.swept == 2
