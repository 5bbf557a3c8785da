"""The watermark never passes what is not stored; the budget carries what is planned; a copy of a form is known."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from connector.domain.lead import FormId
from connector.domain.reconciling import (
    CALLS_PER_LEAD,
    DAY_MS,
    FLOOR_CALLS,
    HOUR_MS,
    OVERLAP_MS,
    RETENTION_MS,
    SETTLING_MS,
    STOP_FROM,
    Budget,
    ListedForm,
    decide_postponement,
    listed_form,
    next_watermark,
    predecessor_of,
    questions_digest,
    read_every_s,
    window_of,
)

NOW_MS = 1_790_000_000_000


@dataclass
class Meta:
    """A form's list as the provider may keep it: any order, dates in seconds, leads that show minutes late."""

    now_ms: int = NOW_MS
    leads: list[tuple[int, int]] = field(default_factory=list)  # (created, shown from), ms
    stored: set[int] = field(default_factory=set)  # indices

    def submit(self, late_ms: int) -> None:
        self.leads.append((self.now_ms // 1000 * 1000, self.now_ms + late_ms))

    def shown(self) -> list[int]:
        return [n for n, (_, from_ms) in enumerate(self.leads) if from_ms <= self.now_ms]


steps = st.lists(
    st.tuples(
        st.sampled_from(["submit", "read", "read", "fail", "kill", "wait"]),
        st.integers(0, 4),
        st.integers(0, SETTLING_MS - 2_000),
        st.randoms(use_true_random=False),
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(history=steps, skew_ms=st.integers(-DAY_MS, DAY_MS), filter_ignored=st.booleans())
def test_no_lead_at_or_below_the_watermark_is_unstored(
    history: list[tuple[str, int, int, object]], skew_ms: int, *, filter_ignored: bool
) -> None:
    meta, watermark = Meta(), None
    floor_ms = NOW_MS - RETENTION_MS
    for what, count, amount_ms, chance in history:
        meta.now_ms += amount_ms
        if what == "submit":
            for _ in range(count):  # several in one second
                meta.submit(amount_ms if count % 2 else 0)
        if what == "wait":
            meta.now_ms += count * 20 * HOUR_MS
        if what not in {"read", "fail", "kill"}:
            continue
        began_ms, served_at_ms = meta.now_ms + skew_ms, meta.now_ms // 1000 * 1000
        window = window_of(watermark_ms=watermark, floor_ms=floor_ms, created_ms=None, now_ms=meta.now_ms)
        listed = [n for n in meta.shown() if filter_ignored or window.holds(meta.leads[n][0])]
        chance.shuffle(listed)  # type: ignore[attr-defined]  # hypothesis hands a Random out as an object
        pages = [listed[at : at + 2] for at in range(0, len(listed), 2)]
        broken_at = count if what in {"fail", "kill"} else len(pages) + 1
        for number, page in enumerate(pages):
            if number >= broken_at:
                break
            meta.stored |= {n for n in page if window.holds(meta.leads[n][0])}
            meta.now_ms += amount_ms // 7
            meta.submit(0)  # comes while the list is read, behind the cursor: this read never sees it
        is_whole = broken_at > len(pages)
        if what != "kill":
            after = next_watermark(watermark, began_ms=began_ms, served_at_ms=served_at_ms, is_whole=is_whole)
            assert watermark is None or (after is not None and after >= watermark)
            watermark = after
        below = {
            n for n, (created, _) in enumerate(meta.leads) if watermark is not None and created <= watermark
        }
        assert below <= meta.stored


@given(st.integers(0, 10**13), st.integers(0, 10**13), st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_window_looks_back_over_the_overlap_and_not_past_what_meta_keeps(
    watermark_ms: int, floor_ms: int, created_ms: int, now_ms: int
) -> None:
    window = window_of(watermark_ms=watermark_ms, floor_ms=floor_ms, created_ms=created_ms, now_ms=now_ms)
    assert window.since_ms >= 0
    reached = max(watermark_ms - OVERLAP_MS, floor_ms - OVERLAP_MS, created_ms - OVERLAP_MS)
    assert window.since_ms == max(reached, now_ms - RETENTION_MS - OVERLAP_MS, 0)


def test_a_lead_without_a_readable_time_is_never_left_out() -> None:
    assert window_of(watermark_ms=NOW_MS, floor_ms=0, created_ms=None, now_ms=NOW_MS).holds(None)


@given(st.integers(0, 1000), st.integers(0, 200), st.floats(60, 86_400), st.floats(0, 1))
def test_reading_again_stays_within_its_share(leads: int, forms: int, every_s: float, used: float) -> None:
    budget = Budget(leads=leads, used=used, used_at_ms=NOW_MS)
    wait_s = read_every_s(budget, every_s=every_s, forms=forms, now_ms=NOW_MS)
    assert wait_s >= every_s
    if wait_s < 86_400:
        assert (1 + forms) * 86_400 / wait_s <= max(FLOOR_CALLS, CALLS_PER_LEAD * leads / 10) * 1.001


def test_a_quiet_page_is_read_rarely_and_a_busy_one_as_set() -> None:
    quiet = read_every_s(Budget(leads=0), every_s=900, forms=1, now_ms=NOW_MS)
    busy = read_every_s(Budget(leads=100), every_s=900, forms=20, now_ms=NOW_MS)
    assert (quiet, busy) == (3600.0, 900.0)


def test_a_budget_that_is_nearly_gone_is_left_to_live_leads() -> None:
    budget = Budget(leads=10).after(1, STOP_FROM, now_ms=NOW_MS)
    assert budget.free_at_ms(NOW_MS) == NOW_MS + HOUR_MS
    assert budget.free_at_ms(NOW_MS + 2 * HOUR_MS) == NOW_MS + 2 * HOUR_MS
    assert budget.after(1, 0.1, now_ms=NOW_MS).free_at_ms(NOW_MS) == NOW_MS


def test_the_calls_of_a_day_are_counted_and_end_with_it() -> None:
    budget = Budget()
    for _ in range(FLOOR_CALLS):
        assert budget.free_at_ms(NOW_MS) == NOW_MS
        budget = budget.after(1, None, now_ms=NOW_MS)
    assert budget.free_at_ms(NOW_MS) == NOW_MS + DAY_MS
    assert budget.after(1, None, now_ms=NOW_MS + DAY_MS).spent == 1


@pytest.mark.parametrize(
    ("error", "reads_leads", "wait_s", "reach"),
    [
        (RateLimitedError("", retry_after_s=420), True, 420, "page"),
        (RateLimitedError("", retry_after_s=420), False, 420, "job"),
        (AuthLostError(""), True, 3600, "look"),
        (LeadAccessError(""), True, 3600, "look"),
        (GoneError(""), True, 3600, "job"),
        (PermanentError(""), True, 3600, "job"),
        (MisconfiguredError(""), False, 900, "job"),
        (TransientError(""), True, 60, "job"),
    ],
)
def test_what_a_failure_means(error: ConnectorError, wait_s: int, reach: str, *, reads_leads: bool) -> None:
    why = decide_postponement(error, failures=1, now_ms=NOW_MS, jitter=0.0, reads_leads=reads_leads)
    assert (why.due_at_ms - NOW_MS, why.reach) == (wait_s * 1000, reach)


def form(form_id: str, keys: str, *, created_ms: int) -> ListedForm:
    questions = [{"key": key, "type": "CUSTOM", "label": f"{key}?"} for key in keys]
    made = listed_form({"id": form_id, "questions": questions}, created_ms=created_ms)
    assert made is not None
    return made


def test_a_copy_of_a_form_continues_the_newest_that_asks_the_same() -> None:
    known = [form("1", "abc", created_ms=1), form("2", "cba", created_ms=2), form("3", "ab", created_ms=3)]
    copy = form("4", "bca", created_ms=4)
    found = predecessor_of(copy, known)
    assert found is not None
    assert found.id == FormId("2")
    assert predecessor_of(form("5", "xyz", created_ms=4), known) is None
    assert predecessor_of(form("6", "", created_ms=4), [form("7", "", created_ms=1)]) is None


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_reading_a_row_of_the_list_is_total(raw: object) -> None:
    listed_form(raw, created_ms=None)
    questions_digest(raw)
