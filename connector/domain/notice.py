"""What a webhook said: ids only. A notice becomes a lead; whatever is no notice is kept in quarantine."""

import json
from dataclasses import dataclass, field
from typing import Literal

from connector.domain.lead import FormId, LeadId, PageId

QuarantineReason = Literal["broken_json", "unexpected_shape", "unknown_field", "bad_id", "unknown_page"]


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)  # parsed: a tree


def compact_json(value: object) -> bytes:
    """Return what a JSON parser gave as compact ASCII JSON: lone surrogates and NUL stay escaped."""
    return _ENCODER.encode(value).encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One `leadgen` change: this lead exists on this Page."""

    lead_id: LeadId
    page_id: PageId
    form_id: FormId | None = None
    change: object = field(repr=False, hash=False)  # as parsed: kept when the Page is unknown

    @property
    def payload(self) -> bytes:
        """The change as compact ASCII JSON; made only when it must be kept, for most are not."""
        try:
            return compact_json(self.change)
        except (ValueError, RecursionError):  # too deep to be written again: what names the lead is kept
            value = {"leadgen_id": self.lead_id, "page_id": self.page_id, "form_id": self.form_id}
            return compact_json({"field": "leadgen", "value": value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """Something authentic that is no lead: kept and shown, answered 200, never retried by the sender."""

    reason: QuarantineReason
    payload: bytes = field(repr=False)  # the body, or the change as compact ASCII JSON
    page_id: PageId | None = None
    field_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One POST, taken apart."""

    notices: tuple[Notice, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
