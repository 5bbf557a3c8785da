"""Beside the answers the CRM reads the same labels as in the contact."""

import pytest

from connector.domain.lead import Answer, Form, FormId, Lead, LeadId, Question, QuestionOption
from connector.wire.event import LeadView
from connector.wire.lead_view import lead_view

OPTIONS = (
    QuestionOption(key="k1", label="Red"),
    QuestionOption(key="k2", label="Green"),
    QuestionOption(key="k2", label="Blue"),
    QuestionOption(key="", label="As soon as possible!"),
    QuestionOption(key="k3", label=""),
)
FORM = Form(
    id=FormId("9"),
    questions=(
        Question(key="cu\u0301ando", type="CUSTOM", label="When?", options=OPTIONS),
        Question(key="C\u00daANDO", type="EMAIL", label="Second of that key"),
    ),
)


def view(*answers: Answer, platform: str | None = None) -> LeadView:
    lead = Lead(id=LeadId("1"), platform=platform, answers=answers)
    return lead_view(lead, FORM, consents=(), received_via="webhook")


@pytest.mark.parametrize("name", ["cu\u0301ando", "c\u00faando", "C\u00daANDO", " c\u00faando "])
def test_questions_are_found_in_any_spelling_of_their_key(name: str) -> None:
    (answer,) = view(Answer(name=name, values=("k1",))).answers
    assert (answer.name, answer.label, answer.type) == (name, "When?", "CUSTOM")
    assert answer.value_labels == ("Red",)


def test_options_are_shown_as_in_the_contact() -> None:
    values = ("K1", "k2", "as_soon_as_possible", "k3", "else", "")
    (answer,) = view(Answer(name="cu\u0301ando", values=values)).answers
    assert answer.values == values
    assert answer.value_labels == ("Red", "k2", "As soon as possible!", "k3", "else", "")


def test_an_answer_to_no_question_has_no_label() -> None:
    (answer,) = view(Answer(name="other", values=("x",))).answers
    assert (answer.label, answer.type, answer.value_labels) == (None, None, ("x",))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("ig", "instagram"),
        (" IG ", "instagram"),
        ("Facebook", "facebook"),
        ("wa", "wa"),
        ("", None),
        (None, None),
    ],
)
def test_platforms_are_named_in_full(given: str | None, shown: str | None) -> None:
    assert view(platform=given).platform == shown
