"""Looking at an account without traffic: what is looked at, what was found, when to look again."""

from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.connection import Check, ConnectionId, Health, PageGrant, PageState, Provider, UserToken
from connector.domain.lead import LeadId, PageId, WorkspaceId
from connector.domain.signals import Signal

EARLIEST_S = 18 * 3600.0
LATEST_S = 23 * 3600.0
"""The daily look comes between these, spread by chance: a dead token is found within a day without any lead."""
AWAY_LADDER_S = (300.0, 900.0, 3600.0, 4 * 3600.0)
"""Waits while the provider cannot be asked; the last repeats."""
SUSPENDED_S = 3600.0
"""How often a frozen account is tried: it comes back by itself."""
HELD_S = 3600.0
"""How often an account is looked at while leads wait for a Page of it that it cannot read; chance makes it less."""
HELD_LEAST_S = HELD_S * 3 / 4
"""How long a Page that is held stays so when nothing but its leads could tell whether it can be read."""
HASTE_S = 300.0
"""What fails again and again makes an account be looked at no oftener than this."""
AGAIN_S = 30.0
"""Who asks for a look this soon after the last one has its answer already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedPage:
    """A Page that the account covers. `token` None: no key opens what is stored. `is_read`: not a standby.

    `waiting` is a lead that waits for the Page while it is in trouble: whether it can be read is what counts.
    """

    page_id: PageId
    name: str
    state: PageState
    is_read: bool
    token: str | None = field(default=None, repr=False)
    waiting: LeadId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeWork:
    """One account under one claim. `token` is the person's (Google: the refresh token)."""

    claim_id: str
    connection_id: ConnectionId
    workspace_id: WorkspaceId
    provider: Provider
    health: Health
    account_id: str
    consented_at: datetime
    expires_at: datetime | None
    failures: int
    token: str | None = field(repr=False)
    pages: tuple[GrantedPage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageVerdict:
    """What was found of one Page. `state` None: it could not be told, and stays as it was.

    `is_reached` False: because the provider could not be asked.
    `fresh` is the Page with a new token, where the old one was dead and the person's gave another.
    `has_read`: a lead that waited was read. A listing of forms that goes through does not outweigh a refused lead.
    """

    page_id: PageId
    name: str
    state: PageState | None
    checks: tuple[Check, ...] = ()
    is_reached: bool = True
    reason: str | None = None
    remedy: str | None = None
    subscribed_by_us: bool = False
    fresh: PageGrant | None = None
    has_read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of an account. `is_reached` False: the provider could not be asked, so look again soon.

    `renewed` replaces the person's token; the ends and scopes are written when `is_told`.
    """

    checks: tuple[Check, ...] = ()
    signals: tuple[Signal, ...] = ()
    pages: tuple[PageVerdict, ...] = ()
    is_reached: bool = True
    is_told: bool = False
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    renewed: UserToken | None = None


def next_probe_s(health: Health, *, failures: int, chance: float) -> float | None:
    """Return the seconds until the next look; None: none until a person acts. `chance` is in [0, 1)."""
    if health not in {"healthy", "degraded", "suspended"}:
        return None
    if failures:
        return AWAY_LADDER_S[min(failures, len(AWAY_LADDER_S)) - 1] * (1 + chance / 4)
    if health == "suspended":
        return SUSPENDED_S * (1 + chance / 4)
    return EARLIEST_S + (LATEST_S - EARLIEST_S) * chance


def earliest(*ends: datetime | None) -> datetime | None:
    """Return the first of the ends that are known."""
    return min((end for end in ends if end is not None), default=None)
