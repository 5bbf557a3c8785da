"""Contact 1.0: one person of a workspace, the normalised and merged result of one or more leads.

Field names are the public schema's (docs/crm-engineers.md); additive changes raise the minor version, renames
and retypes the major one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args
from uuid import UUID, uuid5

from connector.domain.mapping.rules import FieldType

SCHEMA_VERSION = "1.0"
SINGLE_FIELDS = (
    "full_name",
    "given_name",
    "family_name",
    "birthday",
    "gender",
    "gender_text",
    "organization",
    "job_title",
)
"""Fields of one value, in the contact's order."""

PhoneReason = Literal[
    "not_a_number",
    "no_region",
    "invalid_country_code",
    "too_short",
    "too_long",
    "invalid_length",
    "local_only",
    "invalid_for_region",
]
RegionSource = Literal["number", "answer_country", "country_hint", "form_locale", "inferred"]
NameSource = Literal["full_name", "first_last", "none"]
Gender = Literal["male", "female", "other"]
Flag = Literal[
    "test_lead",
    "no_contact_point",
    "phone_invalid",
    "phone_region_conflict",
    "phone_prefix_inferred",
    "phone_extracted",
    "phone_multiple",
    "email_invalid",
    "email_typo_suspected",
    "name_placeholder",
    "name_all_caps",
    "country_unrecognized",
    "dob_ambiguous",
    "dob_invalid",
    "minor",
    "minor_under_13",
    "possible_duplicate",
    "name_split",
    "mapping_misfit",
]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Email:
    """One address. `value` is null when `raw` is no address; `suggested` never replaces it unasked."""

    value: str | None
    raw: str
    valid: bool
    suggested: str | None = None
    labels: tuple[str, ...] = ("main",)
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Phone:
    """One number. `value` is E.164, or null with a `reason`; valid means well-formed, not reachable."""

    value: str | None
    raw: str
    valid: bool
    reason: PhoneReason | None = None
    region: str | None = None  # ISO 3166-1 alpha-2 of the number itself
    line_type: str | None = None  # libphonenumber's type, lower case
    extension: str | None = None
    region_source: RegionSource | None = None
    labels: tuple[str, ...] = ("main",)
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Address:
    """One postal address; the texts as given, the codes only where they are certain (ISO 3166)."""

    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    region_code: str | None = None
    postal_code: str | None = None
    country: str | None = None
    country_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CustomField:
    """The answers to a question that is no standard field; `value_labels` are the options as shown."""

    key: str
    label: str
    values: tuple[str, ...]
    value_labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MappedField(CustomField):
    """A custom field that a form's mapping fills: `key` is the CRM's own name of it, `question` the form's key.

    `typed_values` stands beside `values`, which stay as answered; null where an answer does not fit the type.
    """

    question: str
    type: FieldType
    typed_values: tuple[int | float | bool | str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Proof of one checkbox: what was shown, whether it was ticked, when, on which form.

    `opt_in`: the CRM's opt-in that this checkbox sets, by the form's mapping; it counts where `granted` is true.
    """

    key: str
    granted: bool
    text: str | None = None
    disclaimer: str | None = None
    privacy_policy_url: str | None = None
    at: str | None = None  # RFC 3339, UTC, Z
    form_id: str | None = None
    opt_in: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRef:
    """Attribution of one lead: where and when this person came from. `created_time` is RFC 3339, UTC, Z."""

    lead_id: str
    created_time: str | None = None
    form_id: str | None = None
    form_name: str | None = None
    page_id: str | None = None
    page_name: str | None = None
    campaign_id: str | None = None
    campaign_name: str | None = None
    adset_id: str | None = None
    adset_name: str | None = None
    ad_id: str | None = None
    ad_name: str | None = None
    platform: str | None = None
    is_organic: bool | None = None
    partner_name: str | None = None
    retailer_item_id: str | None = None
    utm: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Normaliser:
    """What produced the contact: a result can be told apart from that of newer rules or metadata."""

    version: str
    phone_metadata: str
    email_validator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One person. Times are RFC 3339, UTC, with Z and milliseconds; ids are text."""

    contact_id: str
    created_at: str
    updated_at: str
    normaliser: Normaliser
    schema_version: str = SCHEMA_VERSION
    full_name: str | None = field(default=None, repr=False)
    given_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    name_source: NameSource = "none"
    emails: tuple[Email, ...] = field(default=(), repr=False)
    phones: tuple[Phone, ...] = field(default=(), repr=False)
    addresses: tuple[Address, ...] = field(default=(), repr=False)
    birthday: str | None = field(default=None, repr=False)  # ISO 8601 date
    gender: Gender | None = field(default=None, repr=False)
    gender_text: str | None = field(default=None, repr=False)  # as answered, when it is no known word
    organization: str | None = field(default=None, repr=False)
    job_title: str | None = field(default=None, repr=False)
    custom_fields: tuple[CustomField | MappedField, ...] = field(default=(), repr=False)
    consents: tuple[Consent, ...] = ()
    leads: tuple[LeadRef, ...] = ()
    is_test: bool = False
    flags: tuple[Flag, ...] = ()
    possible_duplicates: tuple[str, ...] = ()  # contact ids that may be the same person


_FLAG_ORDER: tuple[Flag, ...] = get_args(Flag)


def in_order(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Return every flag once, in the order of `Flag`, so that equal contacts compare equal."""
    found = set(flags)
    return tuple(flag for flag in _FLAG_ORDER if flag in found)


CONTACT_IDS = UUID("b6b0a9f2-5c0e-5d0a-9a51-3f3d1c7f7e42")
"""Namespace of contact ids. Never change it: a lead would make a second contact."""


def contact_id_for(workspace_id: str, lead_id: str) -> str:
    """Return the id of the contact that this lead makes when it matches none: the same on every try."""
    return str(uuid5(CONTACT_IDS, f"{workspace_id}\n{lead_id}"))
