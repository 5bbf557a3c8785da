"""What the sandbox's world is made of: mutable values that a test or a demo may change at any time."""

from dataclasses import dataclass, field
from typing import Literal

SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_metadata",
    "pages_manage_ads",
    "leads_retrieval",
    "ads_management",
    "business_management",
)
"""What a lead connector asks for; any other scope may be asked for too."""

ALL_TASKS = ("ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE")

TokenKind = Literal["USER", "PAGE", "APP", "SYSTEM_USER"]
Blank = Literal["missing", "empty", "empty_text"]
"""How a blank answer looks: no `values`, `values: []`, or `values: [""]`."""


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """Someone with a role on Pages. `granted` and `declined` are what the app got in the last dialogs."""

    id: str
    name: str
    tasks: dict[str, tuple[str, ...]] = field(default_factory=dict)  # Page id → tasks
    granted: set[str] = field(default_factory=set)
    declined: set[str] = field(default_factory=set)
    chosen_pages: set[str] | None = None  # None: all
    authorised: bool = False
    password_epoch: int = 0
    ad_account_role: bool = True  # without it ad-level fields are silently absent
    is_system_user: bool = False
    data_access_days: int = 90


@dataclass(slots=True, kw_only=True)
class LeadAccess:
    """Leads Access Manager's verdict on a Page. `error` names the refusal that lead reads then get."""

    ok: bool = True
    reason: str = ""
    resolution: str = ""
    error: str = "leads_access_revoked_103"
    manager_enabled: bool = False


@dataclass(slots=True, kw_only=True)
class Usage:
    """Percentages of the lead bucket, as the usage headers report them; `regain_minutes` when throttled."""

    call_count: int = 1
    total_time: int = 1
    total_cputime: int = 1
    regain_minutes: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Page:
    """A Facebook Page. `subscribed` maps app ids to the fields they are subscribed to."""

    id: str
    name: str
    category: str = "Local business"
    business_owned: bool = False
    app_platform: bool = True  # off: the Page's owner silenced all apps, without any error
    subscribed: dict[str, list[str]] = field(default_factory=dict)
    lead_access: LeadAccess = field(default_factory=LeadAccess)
    ads_fields_refused: str | None = None  # name of the error when ad-level fields are asked for
    questions_refused: bool = False
    usage: Usage | None = None
    throttled_until: float = 0.0  # unix s
    calls: list[float] = field(
        default_factory=list
    )  # when its leads were asked for, while the bucket is kept
    form_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice of a question: `key` is what answers carry, `value` what the person sees."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. The author chose the key: it says nothing about the type."""

    key: str
    type: str
    label: str = ""
    options: tuple[Option, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkbox:
    """One checkbox of the form's custom disclaimer."""

    key: str
    text: str
    is_required: bool = False
    is_checked_by_default: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Form:
    """A published form; its leads are kept sorted by (created_time, id)."""

    id: str
    page_id: str
    name: str
    locale: str
    created_time: int  # unix s
    status: str = "ACTIVE"
    questions: tuple[Question, ...] = ()
    checkboxes: tuple[Checkbox, ...] = ()
    disclaimer_title: str = ""
    disclaimer_body: str = ""
    privacy_policy_url: str = "https://example.com/privacy"
    tracking_parameters: dict[str, str] = field(default_factory=dict)
    leads: list["Lead"] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, eq=False)
class Lead:
    """One submission. `field_data` is in wire form; ad-level texts are empty for organic and test leads."""

    id: str
    form_id: str
    page_id: str
    created_time: int  # unix s
    field_data: list[dict[str, object]] = field(repr=False)
    disclaimers: dict[str, bool] = field(default_factory=dict)
    ad_id: str = ""
    ad_name: str = ""
    adset_id: str = ""
    adset_name: str = ""
    campaign_id: str = ""
    campaign_name: str = ""
    platform: str = "fb"
    partner_name: str = ""
    retailer_item_id: str = ""
    is_organic: bool = False
    is_test: bool = False
    deleted: bool = False

    def sort_key(self) -> tuple[int, str]:
        """Order of the form's lead list."""
        return self.created_time, self.id


@dataclass(slots=True, kw_only=True, eq=False)
class Ad:
    """An ad that leads to a Page's forms. `status` is its own, `effective_status` what it shows with its parents'."""

    id: str
    account_id: str
    page_id: str
    status: str = "ACTIVE"
    campaign_status: str = "ACTIVE"
    end_time: int = 0  # unix s; 0: its ad set has no end

    @property
    def effective_status(self) -> str:
        """Its own status, or that its campaign is paused; an ad set that has ended changes nothing in it."""
        if self.status == "ACTIVE" and self.campaign_status == "PAUSED":
            return "CAMPAIGN_PAUSED"
        return self.status


@dataclass(slots=True, kw_only=True, eq=False)
class Token:
    """An access token. `expires_at` 0 means never; `fault` names the error once it is invalid."""

    value: str = field(repr=False)
    kind: TokenKind
    person_id: str = ""
    page_id: str = ""
    issued_at: int = 0
    expires_at: int = 0
    data_access_expires_at: int = 0
    long_lived: bool = False
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the next visitor of the dialog does: who it is, what is unticked, which Pages are chosen."""

    person: Person
    decline: bool = False
    declined_scopes: frozenset[str] = frozenset()
    pages: frozenset[str] | None = None


@dataclass(slots=True, kw_only=True)
class LoginCode:
    """A single-use code of the dialog."""

    person_id: str
    redirect_uri: str
    issued_at: float
    used: bool = False


@dataclass(slots=True, kw_only=True)
class AppSubscription:
    """The app-level webhook subscription."""

    callback_url: str
    fields: list[str]
    include_values: bool = True
    active: bool = True
