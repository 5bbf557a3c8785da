"""The proof: every form's day at Meta beside ours, and the leads that differ."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRow:
    """One form's day. The parts add up to `at_meta`; `refused` are of children under 13."""

    day: date
    form_name: str
    page_name: str
    at_meta: int
    pushed: int
    pulled: int
    delivered: int
    waiting: int
    parked: int
    test: int
    erased: int
    refused: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDifference:
    """One lead that a person may ask about. `is_here` False: we do not have it."""

    day: date
    lead_id: str
    form_name: str
    fate: str
    reason: str
    is_here: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPage:
    """The last two weeks, newest first."""

    template: ClassVar[str] = "proof.html"
    rows: tuple[ProofRow, ...] = ()
    differences: tuple[ProofDifference, ...] = ()
    at_meta: int = 0
    delivered: int = 0
    missing: int = 0
    csv_href: str | None = None
