"""The lead as the provider tells it, and the form it was given on: the values that travel."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

from connector.domain.errors import require_aware

WorkspaceId = NewType("WorkspaceId", str)
PageId = NewType("PageId", str)
FormId = NewType("FormId", str)
LeadId = NewType("LeadId", str)
ContactId = NewType("ContactId", str)

ReceivedVia = Literal["webhook", "reconcile", "import"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question's answers as given. `values` is empty for a blank answer."""

    name: str
    values: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAnswer:
    """One optional checkbox of the form's disclaimer. `is_checked` is the provider's text, parsed later."""

    key: str
    is_checked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One submission of one form. Ids are text: they exceed what floats hold exactly.

    Every text is free of lone surrogates and NUL, so that it can be stored and encoded anywhere; the raw
    JSON beside it in state is the verbatim record.
    """

    id: LeadId
    created_at: datetime | None = None  # aware
    page_id: PageId | None = None
    page_name: str | None = None
    form_id: FormId | None = None
    form_name: str | None = None
    ad_id: str | None = None
    ad_name: str | None = None
    adset_id: str | None = None
    adset_name: str | None = None
    campaign_id: str | None = None
    campaign_name: str | None = None
    platform: str | None = None  # the provider's text: fb, ig, or whatever comes next
    is_organic: bool | None = None
    partner_name: str | None = None
    retailer_item_id: str | None = None
    answers: tuple[Answer, ...] = field(default=(), repr=False)
    consent_answers: tuple[ConsentAnswer, ...] = ()

    def __post_init__(self) -> None:
        if self.created_at is not None:
            require_aware(self.created_at, "Lead.created_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionOption:
    """One choice of a question: `key` is what answers carry, `label` what the person saw."""

    key: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of a form. `type` decides the contact field, never `key`: authors choose keys."""

    key: str
    type: str  # upper case; CUSTOM, EMAIL, PHONE, …; unknown ones are kept
    label: str = ""
    options: tuple[QuestionOption, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCheckbox:
    """One checkbox of the form's custom disclaimer, as shown to the person."""

    key: str
    text: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A published form: immutable at the provider, so it may be cached by id."""

    id: FormId
    name: str | None = None
    locale: str | None = None
    questions: tuple[Question, ...] = ()
    checkboxes: tuple[ConsentCheckbox, ...] = ()
    disclaimer_body: str | None = None
    privacy_policy_url: str | None = None
