import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crm.answers import judge, pause_s
from connector.domain.delivery import Accepted, Answer, EndpointGone, FieldError, Rejected, TryLater

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["id", "errors", "field", "message"]), inner)
    ),
)
BODIES = st.binary() | JSON.map(lambda value: json.dumps(value).encode())


def judged(status: int, body: object = None, retry_after: str | None = None) -> Answer:
    return judge(status, retry_after=retry_after, body=json.dumps(body).encode(), now=NOW)


@given(st.integers(min_value=100, max_value=999), st.none() | st.text(), BODIES)
def test_judging_is_total_and_bounded(status: int, retry_after: str | None, body: bytes) -> None:
    match judge(status, retry_after=retry_after, body=body, now=NOW):
        case Accepted(crm_id=str(crm_id)):
            assert 0 < len(crm_id) <= 200
            assert crm_id.isprintable()
        case Rejected(errors=errors):
            assert len(errors) <= 20
            assert all(len(e.field) <= 100 and len(e.message) <= 500 for e in errors)
        case TryLater(reason=reason):
            assert len(reason) < 50
        case _:
            pass


@pytest.mark.parametrize(
    ("body", "crm_id"),
    [
        ({"id": "c-7"}, "c-7"),
        ({"id": 7}, "7"),
        ({"id": True}, None),
        ({"id": ""}, None),
        ({"id": "a\nb"}, None),
        ({"id": "\ud800"}, None),
        ({"id": "x" * 201}, None),
        ({"id": 7.5}, None),
        (["id"], None),
        (None, None),
    ],
)
def test_the_record_id_is_kept_when_it_is_one(body: object, crm_id: str | None) -> None:
    assert judged(200, body) == Accepted(status=200, crm_id=crm_id)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 60_000, b'{"id":' + b"9" * 5_000 + b"}", b"\xff"])
def test_a_body_that_is_no_json_spoils_nothing(body: bytes) -> None:
    assert judge(204, retry_after=None, body=body, now=NOW) == Accepted(status=204)
    assert judge(422, retry_after=None, body=body, now=NOW) == Rejected(status=422)


@pytest.mark.parametrize(
    ("errors", "found"),
    [
        ([{"field": "phone", "message": "invalid"}], (("phone", "invalid"),)),
        (["broken"], (("", "broken"),)),
        ({"phone": "invalid", "email": ["a", "b"]}, (("phone", "invalid"), ("email", "a"), ("email", "b"))),
        ([{"field": None, "message": {"x": 1}}, 3], (("", ""),)),
        ([{"field": "a\x00b", "message": "m" * 999}], (("a b", "m" * 500),)),
        ("text", ()),
    ],
)
def test_field_errors_are_read_leniently(errors: object, found: tuple[tuple[str, str], ...]) -> None:
    expected = tuple(FieldError(field=field, message=message) for field, message in found)
    assert judged(422, {"errors": errors}) == Rejected(status=422, errors=expected)


def test_at_most_twenty_errors_are_kept() -> None:
    answer = judged(422, {"errors": ["no"] * 500})
    assert isinstance(answer, Rejected)
    assert len(answer.errors) == 20


def test_statuses() -> None:
    assert judged(410) == EndpointGone(status=410)
    assert judged(302) == TryLater(reason="redirected, which is not followed", status=302)
    assert judged(404) == TryLater(reason="request refused", status=404)
    assert judged(500, retry_after="7") == TryLater(reason="server error", status=500)
    assert judged(429, retry_after="7") == TryLater(reason="asked to slow down", status=429, retry_after_s=7)
    assert judged(503) == TryLater(reason="unavailable", status=503, is_outage=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 22 Nov 2026 10:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 10:01:00 -0000", 60),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0),
        ("9" * 400, 1e9),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert pause_s(text, NOW) == seconds


@given(st.integers(min_value=0, max_value=10**6))
def test_dates_and_seconds_mean_the_same(seconds: int) -> None:
    at = (NOW + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert pause_s(at, NOW) == pause_s(str(seconds), NOW)
