"""The provider's JSON in every shape it was seen in, and in some it was not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.domain.lead import Answer, QuestionOption
from connector.domain.raw import form_from_graph, instant, lead_from_graph


@pytest.mark.parametrize(
    ("raw", "at"),
    [
        ("2018-02-28T08:49:14+0000", datetime(2018, 2, 28, 8, 49, 14, tzinfo=UTC)),
        ("2026-08-07T08:21:55-05:00", datetime(2026, 8, 7, 13, 21, 55, tzinfo=UTC)),
        ("2026-08-07T08:21:55Z", datetime(2026, 8, 7, 8, 21, 55, tzinfo=UTC)),
        ("2026-08-07T08:21:55", datetime(2026, 8, 7, 8, 21, 55, tzinfo=UTC)),
        (1761945743, datetime(2025, 10, 31, 21, 22, 23, tzinfo=UTC)),
        ("1761945743", datetime(2025, 10, 31, 21, 22, 23, tzinfo=UTC)),
        (1761945743000, datetime(2025, 10, 31, 21, 22, 23, tzinfo=UTC)),
    ],
)
def test_created_time(raw: object, at: datetime) -> None:
    assert instant(raw) == at


@pytest.mark.parametrize("raw", ["", "soon", None, True, 10**40, "0001-01-01T00:00:00+14:00", [], 1e300])
def test_no_created_time(raw: object) -> None:
    assert instant(raw) is None


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        *(("a", ("a",)), (["a", "b"], ("a", "b")), ([1, 2.5, True, False], ("1", "2.5", "true", "false"))),
        *(
            ([{"b": [1, None]}], ('{"b":[1,null]}',)),
            ({"x": 1}, ('{"x":1}',)),
            (["a\0b\ud800"], ("a b\ufffd",)),
        ),
        ([0], ("0",)),
    ],
)
def test_values(raw: object, values: tuple[str, ...]) -> None:
    lead = lead_from_graph({"id": "1", "field_data": [{"name": "q", "values": raw}]})
    assert lead.answers == (Answer(name="q", values=values),)


@pytest.mark.parametrize("raw", [None, [], [""], "", [None], {}, [" "]])
def test_blank_values(raw: object) -> None:
    lead = lead_from_graph({"id": "1", "field_data": [{"name": "q", "values": raw}]})
    assert lead.answers == (Answer(name="q", values=()),)


def test_values_may_be_missing_or_singular() -> None:
    lead = lead_from_graph({"field_data": [{"name": "q"}, {"name": "r", "value": "x"}]})
    assert [answer.values for answer in lead.answers] == [(), ("x",)]


def test_answers_as_an_object() -> None:
    lead = lead_from_graph({"field_data": {"email": "a@example.com", "q": ["x", "y"]}})
    assert lead.answers == (
        Answer(name="email", values=("a@example.com",)),
        Answer(name="q", values=("x", "y")),
    )


@pytest.mark.parametrize(
    ("raw", "id_"),
    [
        ("l:12", "12"),
        (12, "12"),
        (12.0, "12"),
        (" 12 ", "12"),
        ("ag:12", "12"),
        (0, None),
        ("0", None),
        ("as:0", None),
        (True, None),
        (None, None),
        ({}, None),
        ("", None),
    ],
)
def test_ids(raw: object, id_: str | None) -> None:
    lead = lead_from_graph({"ad_id": raw, "adset_id": raw, "campaign_id": raw, "form_id": raw})
    assert (lead.ad_id, lead.adset_id, lead.campaign_id, lead.form_id) == (id_, id_, id_, id_)


def test_lead_ids() -> None:
    assert lead_from_graph({"id": 0}).id == "0"
    assert lead_from_graph({}).id == ""
    assert lead_from_graph([]).answers == ()


def test_what_the_caller_knows_wins() -> None:
    raw = {"id": 1, "page_id": "5", "form_name": "old"}
    lead = lead_from_graph(raw, page_id="7", page_name="Page", form_name="Form")
    assert (lead.page_id, lead.page_name, lead.form_name) == ("7", "Page", "Form")
    assert lead_from_graph(raw).page_id == "5"


@pytest.mark.parametrize(
    ("raw", "organic"),
    [
        *((yes, True) for yes in (True, "true", "1", 1, "TRUE")),
        *((no, False) for no in (False, "false", "0", 0)),
        *((neither, None) for neither in ("", "maybe", "2")),
    ],
)
def test_is_organic(raw: object, organic: object) -> None:
    assert lead_from_graph({"is_organic": raw}).is_organic is organic


def test_form_questions_and_options() -> None:
    raw: dict[str, Any] = {
        "id": 9,
        "locale": "en_US",
        "questions": [
            {
                "key": "q",
                "type": "custom",
                "label": "Q?",
                "options": [{"key": "a", "value": "A"}, {"value": "B"}, "C"],
            },
            {"type": "PHONE"},
            {"type": "CUSTOM", "label": "When do you start?"},
            "broken",
        ],
    }
    form = form_from_graph(raw)
    assert [(q.key, q.type) for q in form.questions] == [
        *(("q", "CUSTOM"), ("phone_number", "PHONE"), ("when_do_you_start?", "CUSTOM"))
    ]
    assert form.questions[0].options[0] == QuestionOption(key="a", label="A")
    assert [option.label for option in form.questions[0].options] == ["A", "B", "C"]
    assert (form.id, form.locale) == ("9", "en_US")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("Text", "Text"),
        ({"text": "Text"}, "Text"),
        ([{"text": "One"}, "Two"], "One\nTwo"),
        (None, None),
        ({"x": 1}, '{"x":1}'),
    ],
)
def test_disclaimer_body(body: object, shown: str | None) -> None:
    assert form_from_graph({"legal_content": {"custom_disclaimer": {"body": body}}}).disclaimer_body == shown


@pytest.mark.parametrize(
    "raw",
    [
        {"legal_content": {"privacy_policy": {"url": "https://example.com/p"}}},
        {"legal_content": {"privacy_policy_url": "https://example.com/p"}},
        {"privacy_policy_url": "https://example.com/p"},
        {"privacy_policy": {"url": "https://example.com/p"}},
    ],
)
def test_privacy_policy_url(raw: object) -> None:
    assert form_from_graph(raw).privacy_policy_url == "https://example.com/p"


def test_no_personal_datum_in_a_repr() -> None:
    lead = lead_from_graph({"id": "1", "field_data": [{"name": "email", "values": ["asha@example.com"]}]})
    assert "asha" not in repr(lead)
