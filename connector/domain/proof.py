"""The proof that Meta's leads, ours and the CRM's are the same set, form by form and day by day. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, get_args

from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.reconciling import DAY_MS, FoundLead

Fate = Literal["delivered", "waiting", "parked", "test", "erased", "refused", "missing", "lost"]
"""Where a lead is. refused: of a child under 13. missing: Meta has it and we do not.

lost: we have it and nothing says where it is, which is a fault of ours.
"""
FATES: Sequence[Fate] = get_args(Fate)

EPOCH = date(1970, 1, 1)

_REASONS: Mapping[Fate, str] = {
    "waiting": "It waits to be read or sent.",
    "parked": "It waits for a person: see the repair inbox.",
    "refused": "The lead is of a child under 13: nothing is sent.",
    "missing": "Facebook has it and it is not here yet: its form is read again within the reconcile interval.",
    "lost": "Nothing says where it is: tell your operator.",
}
HEALED = "No webhook told of it in time: it was found by reading the form."


@dataclass(frozen=True, slots=True, kw_only=True)
class OurLead:
    """One lead as we have it. `reason`: why it rests or waits."""

    lead_id: LeadId
    fate: Fate
    received_via: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One lead that a person may ask about, and why in words."""

    lead_id: LeadId
    fate: str  # a Fate, or healed: found by reading, delivered all the same
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDay:
    """One form's day (`day`: days since the epoch, UTC, of the submission). The fates add up to `at_meta`."""

    workspace_id: WorkspaceId
    page_id: PageId
    form_id: FormId
    day: int
    at_meta: int
    pushed: int
    pulled: int
    fates: Mapping[Fate, int]
    differences: tuple[Difference, ...] = field(default=(), repr=False)

    @property
    def on(self) -> date:
        """Return the day as a date."""
        return EPOCH + timedelta(days=self.day)

    @property
    def is_whole(self) -> bool:
        """Tell whether every lead that Meta has is here and somewhere."""
        return self.fates["missing"] == 0 and self.fates["lost"] == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofForm:
    """One form to prove."""

    workspace_id: WorkspaceId
    page_id: PageId
    form_id: FormId
    page_name: str
    form_name: str | None


def proof_days(
    form: ProofForm,
    found: Iterable[FoundLead],
    ours: Mapping[LeadId, OurLead],
    *,
    since_ms: int,
    until_ms: int,
) -> tuple[ProofDay, ...]:
    """Return every day of the window that has leads at Meta, oldest first.

    The provider's filter may be ignored and rows repeated: times are looked at here, and each id counts once.
    """
    by_day: dict[int, dict[LeadId, None]] = {}
    for lead in found:
        if lead.created_ms is not None and since_ms <= lead.created_ms < until_ms:
            by_day.setdefault(lead.created_ms // DAY_MS, {})[lead.id] = None
    return tuple(_day(form, day, list(ids), ours) for day, ids in sorted(by_day.items()))


def _day(form: ProofForm, day: int, ids: Sequence[LeadId], ours: Mapping[LeadId, OurLead]) -> ProofDay:
    fates: Counter[Fate] = Counter(ours[one].fate if one in ours else "missing" for one in ids)
    via = Counter(ours[one].received_via for one in ids if one in ours)
    differences = [found for one in ids if (found := _difference(one, ours.get(one))) is not None]
    return ProofDay(
        workspace_id=form.workspace_id,
        page_id=form.page_id,
        form_id=form.form_id,
        day=day,
        at_meta=len(ids),
        pushed=via["webhook"],
        pulled=via["reconcile"] + via["import"],
        fates={fate: fates[fate] for fate in FATES},
        differences=tuple(differences),
    )


def _difference(lead_id: LeadId, lead: OurLead | None) -> Difference | None:
    fate: Fate = lead.fate if lead else "missing"
    if fate in _REASONS:
        reason = (lead.reason if lead and fate in {"waiting", "parked"} else None) or _REASONS[fate]
        return Difference(lead_id=lead_id, fate=fate, reason=reason)
    if lead is not None and fate == "delivered" and lead.received_via == "reconcile":
        return Difference(lead_id=lead_id, fate="healed", reason=HEALED)
    return None
