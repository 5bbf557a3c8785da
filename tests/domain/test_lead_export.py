"""A row of Meta's download as the Graph API would have told the lead; what is no lead says why."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lead_exports import row, test_row

from connector.domain.call import RejectedRow
from connector.domain.lead import Form, FormId, PageId, Question, QuestionOption
from connector.domain.lead_export import ExportedLead, ExportRow, exported_lead, form_of, page_of

PAGE = PageId("100")
FORM = Form(
    id=FormId("300"),
    questions=(
        Question(key="wer?", type="FULL_NAME", label="Ihr Name"),
        Question(key="email", type="EMAIL", label="E-Mail"),
        Question(key="phone_number", type="PHONE", label="Telefon"),
        Question(
            key="groesse",
            type="CUSTOM",
            label="Which size?",
            options=(
                QuestionOption(key="s", label="Small (up to 8)"),
                QuestionOption(key="l", label="Large"),
            ),
        ),
        Question(key="a", type="CUSTOM", label="Anything else"),
        Question(key="b", type="CUSTOM", label="Anything else"),
    ),
)


def of(**cells: str) -> ExportRow:
    return ExportRow(line=2, text="…", cells=tuple(cells.items()))


def read(cells: dict[str, str], form: Form | None = None) -> ExportedLead:
    found = exported_lead(of(**cells), page_id=PAGE, form_id=FormId("300"), form=form)
    assert isinstance(found, ExportedLead), found
    return found


def refusal(**cells: str) -> str:
    found = exported_lead(of(**row("1000000000000001", **cells)), page_id=PAGE, form_id=None, form=None)
    assert isinstance(found, RejectedRow)
    return found.reason


def test_a_row_reads_as_the_api_would_have_told_it() -> None:
    lead = read(row("1000000000000001"))
    assert (lead.id, lead.page_id, lead.form_id, lead.is_test) == ("1000000000000001", PAGE, "300", False)
    assert json.loads(lead.raw) == {
        "id": "1000000000000001",
        "created_time": "2026-03-16T00:12:13+03:00",
        "ad_id": "11",
        "ad_name": "Picture",
        "adset_id": "12",
        "adset_name": "Nearby",
        "campaign_id": "13",
        "campaign_name": "Autumn",
        "form_id": "300",
        "form_name": "Window cleaning",
        "is_organic": False,
        "platform": "ig",
        "lead_status": "CREATED",
        "field_data": [
            {"name": "full_name", "values": ["Zoë Beispiel 1000000000000001"]},
            {"name": "phone_number", "values": ["+4915223433333"]},
            {"name": "email", "values": ["zoe.1000000000000001@example.com"]},
            {"name": "inbox_url", "values": ["https://example.com/inbox"]},
        ],
    }


def test_blank_cells_are_left_out_as_the_api_does() -> None:
    raw = json.loads(read(row("1000000000000001", ad_id="", is_organic="", platform="", email=" ")).raw)
    assert raw.keys() & {"ad_id", "is_organic", "platform"} == set()
    assert {"name": "email"} in raw["field_data"]


def test_columns_become_the_keys_of_the_form_s_questions() -> None:
    told = {
        "Ihr Name": "Zoë", "E-MAIL": "z@example.com", "which_size?": "Small (up to 8)", "Anything else": "no",
    }  # fmt: skip
    raw = json.loads(read({**row("1000000000000001"), **told}, FORM).raw)
    answers = {one["name"]: one.get("values") for one in raw["field_data"]}
    assert answers["wer?"] == ["Zoë"]
    assert answers["groesse"] == ["s"]
    assert answers["Anything else"] == ["no"]  # two questions are called so: nobody knows which it is
    assert [one["values"] for one in raw["field_data"] if one["name"] == "email"][-1] == ["z@example.com"]


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("small (up to 8)", ["s"]),
        ("l", ["l"]),
        ("Large, Small (up to 8)", ["l", "s"]),
        ("Large, blue", ["Large, blue"]),
    ],
)
def test_choices_are_told_by_their_keys_only_where_all_of_them_are_known(
    cell: str, values: list[str]
) -> None:
    raw = json.loads(read({**row("1000000000000001"), "groesse": cell}, FORM).raw)
    assert raw["field_data"][-1] == {"name": "groesse", "values": values}


def test_prefixes_go_only_where_meta_puts_them() -> None:
    told = {"zip_code": "z:01067", "note": "p: see below", "when": "z: later"}
    raw = json.loads(read({**row("1000000000000001"), **told}).raw)
    answers = {one["name"]: one["values"] for one in raw["field_data"]}
    assert (answers["zip_code"], answers["note"], answers["when"]) == (
        ["01067"],
        ["p: see below"],
        ["z: later"],
    )


def test_a_test_lead_is_recognised() -> None:
    assert read(test_row("1000000000000001")).is_test


def test_what_is_no_lead_says_why() -> None:
    assert "rounded" in refusal(id="1.35932E+15")
    assert "rounded" in refusal(id="1,35932E+15")
    assert "no id of a lead" in refusal(id="l:")
    assert "no id of a lead" in refusal(id="l:12x456")
    assert "created_time" in refusal(created_time="16.03.2026 00:12")
    assert "created_time" in refusal(created_time="2026-03-16T00:12:13")  # of which zone?
    assert "created_time" in refusal(created_time="0001-01-01T00:00:00+14:00")  # before all years, in UTC


def test_the_row_names_its_form_and_sometimes_its_page() -> None:
    assert form_of(of(**row("1000000000000001"))) == "300"
    assert form_of(of(id="1")) is None
    assert page_of(of(page_id="100")) == "100"
    assert page_of(of(id="1")) is None


@given(cells=st.dictionaries(st.text(max_size=15), st.text(max_size=30), max_size=8), with_form=st.booleans())
def test_any_cells_make_a_lead_with_every_answer_or_a_reason(
    cells: dict[str, str], *, with_form: bool
) -> None:
    told = {**row("1000000000000001"), **{f"q {name}": cell for name, cell in cells.items()}}
    raw = json.loads(read(told, FORM if with_form else None).raw)
    assert len(raw["field_data"]) == 4 + len(cells)
    json.dumps(raw, ensure_ascii=False).encode()
    found = exported_lead(of(**cells), page_id=PAGE, form_id=None, form=FORM)
    assert isinstance(found, RejectedRow)
