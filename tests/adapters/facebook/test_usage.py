import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.facebook.usage import NONE, Usage, parse_usage

NAMES = ["x-app-usage", "x-business-use-case-usage", "x-ad-account-usage"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
NUMBERS = st.sampled_from(["call_count", "estimated_time_to_regain_access", "type", "acc_id_util_pct"])
RECORD = st.dictionaries(NUMBERS, JSON)


def test_no_headers_say_nothing() -> None:
    assert parse_usage({"content-type": "text/html"}) is NONE


def test_the_app_s_highest_percentage_counts() -> None:
    usage = parse_usage({"x-app-usage": '{"call_count":28,"total_time":61,"total_cputime":25}'})
    assert (usage.percent, usage.wait_s) == (61.0, 0.0)


def test_minutes_of_the_right_budget_are_waited() -> None:
    records = {
        "1": [{"type": "ads_management", "call_count": 95, "estimated_time_to_regain_access": 50}],
        "2": [{"type": "leadgen", "total_time": 100, "estimated_time_to_regain_access": 19}],
    }
    usage = parse_usage({"x-business-use-case-usage": json.dumps(records)})
    assert usage.percent == 100.0
    assert usage.percents == {"ads_management": 95.0, "leadgen": 100.0}
    assert usage.wait_of("leadgen") == 19 * 60
    assert usage.wait_of("pages") == usage.wait_of(None) == 50 * 60


def test_a_repeated_key_loses_nothing() -> None:
    text = (
        '{"1":[{"type":"leadgen","call_count":9,"estimated_time_to_regain_access":7}],'
        '"1":[{"type":"pages","call_count":97}]}'
    )
    usage = parse_usage({"x-business-use-case-usage": text})
    assert usage.percent == 97.0
    assert usage.wait_of("leadgen") == 7 * 60


def test_an_ad_account_waits_seconds_once_it_is_spent() -> None:
    near = '{"acc_id_util_pct":9.67,"reset_time_duration":100}'
    spent = '{"acc_id_util_pct":100,"reset_time_duration":100}'
    assert parse_usage({"x-ad-account-usage": near}) == Usage(
        percent=9.67, wait_s=0.0, waits_s={"x-ad-account-usage": 0.0}, percents={"x-ad-account-usage": 9.67}
    )
    assert parse_usage({"x-ad-account-usage": spent}).wait_s == 100.0


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "null", '{"a":7}', '{"a":[7]}', "[" * 100_000, "9" * 5000, '{"1":[{}]}']
)
def test_what_cannot_be_read_counts_as_nothing(text: str) -> None:
    for name in NAMES:
        usage = parse_usage({name: text})
        assert (usage.percent, usage.wait_s) == (0.0, 0.0)


@pytest.mark.parametrize("number", ['"NaN"', "1e999", "-5", "true", '"text"', "[]", "NaN", "9" * 400])
def test_a_number_that_is_none_counts_as_zero(number: str) -> None:
    text = f'{{"1":[{{"type":"leadgen","call_count":{number},"estimated_time_to_regain_access":{number}}}]}}'
    usage = parse_usage({"x-business-use-case-usage": text})
    assert (usage.percent, usage.wait_s) == (0.0, 0.0)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.text() | JSON.map(json.dumps) | st.dictionaries(st.text(), st.lists(RECORD)).map(json.dumps),
    )
)
def test_reading_is_total(headers: dict[str, str]) -> None:
    usage = parse_usage(headers)
    assert 0 <= usage.wait_s < float("inf")
    assert 0 <= usage.percent < float("inf")


def test_a_budget_that_is_told_without_a_pause_has_none() -> None:
    records = {
        "1": [{"type": "ads_management", "estimated_time_to_regain_access": 50}],
        "2": [{"type": "leadgen", "call_count": 100}],
    }
    usage = parse_usage({"x-business-use-case-usage": json.dumps(records)})
    assert usage.wait_of("leadgen") == 0.0
    assert usage.wait_of("pages") == 50 * 60
