"""A form's mapping as a value: which question goes to which field of the CRM. Validated by `reading`."""

from dataclasses import dataclass
from typing import Literal

Target = Literal[
    "full_name",
    "given_name",
    "family_name",
    "email",
    "work_email",
    "phone",
    "work_phone",
    "whatsapp",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
    "birthday",
    "gender",
    "organization",
    "job_title",
]
"""Standard fields of the contact; the second and third e-mail and phone targets give the entry its label."""

FieldType = Literal["text", "number", "date", "boolean", "choice"]
Policy = Literal["keep", "drop", "park"]
"""What is done with an answer that does not fit its field.

keep: the field holds it as answered, flagged. drop: the field stays without it, and the answer is kept under its
question's own key, flagged. park: the lead waits for a person.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One question's way. `key` and `type` are of a custom field; `options` (answer, value) of a choice."""

    question: str
    to: Target | Literal["custom"]
    key: str = ""
    type: FieldType = "text"
    options: tuple[tuple[str, str], ...] = ()
    on_problem: Policy = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptInRule:
    """A checkbox of the form's disclaimer that sets an opt-in of the CRM when it is ticked."""

    checkbox: str
    opt_in: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMapping:
    """All rules of one form. Questions without a rule go where their type says, as without a mapping.

    `split_full_name`: first and last name are made of the full one where the form asks for neither.
    """

    rules: tuple[Rule, ...] = ()
    opt_ins: tuple[OptInRule, ...] = ()
    split_full_name: bool = False


NO_MAPPING = FormMapping()
