"""Accounts as cards: health in words, five dated checks, Pages, what waits."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from aiohttp import web

from connector.domain.lead import WorkspaceId
from connector.ports import AccountCards
from connector.web.dashboard.addresses import consent_href, root_of
from connector.web.dashboard.lead_views import Row, at, instant
from connector.web.dashboard.views import (
    Check,
    ConnectionCard,
    PageLine,
    PageProof,
    PastConnection,
    Waiting,
)
from connector.web.dashboard.views.words import CheckName, Health, Provider

ACCOUNTS: web.AppKey[AccountCards] = web.AppKey("accounts")

LEAD_LIFE = timedelta(days=90)
"""How long Meta keeps a lead. Source: facts on retrieving leads, developers.facebook.com."""
CHECK_NAMES: Mapping[Provider, tuple[CheckName, ...]] = {
    "facebook": ("token", "permissions", "page_task", "leads_access", "subscription"),
    "google": ("token", "scope", "folder", "quota", "account"),
}
CHECKABLE: frozenset[Health] = frozenset({"healthy", "degraded", "suspended"})
"""States that a look can change; who waits for a person's consent is not helped by one."""
REMEDY_PLACES: Mapping[CheckName, str] = {
    "leads_access": "https://business.facebook.com/settings",
    "quota": "https://one.google.com/storage",
}
"""Where at the provider a person mends what failed."""
_BADNESS = ("ok", "unknown", "failed")
_URGENCY: Mapping[Health, int] = {
    "reconnect": 0,
    "suspended": 1,
    "degraded": 2,
    "disconnecting": 3,
    "healthy": 4,
}


def cards_of(
    rows: Sequence[Row], workspace_id: WorkspaceId, *, may_change: bool
) -> tuple[ConnectionCard, ...]:
    """Return the accounts that are not over, those in trouble first."""
    root = root_of(workspace_id)
    cards = [card(row, root, may_change=may_change) for row in rows if row["state"] != "disconnected"]
    return tuple(sorted(cards, key=lambda one: _URGENCY.get(one.health, 5)))


def card(row: Row, root: str, *, may_change: bool) -> ConnectionCard:
    """Return one account."""
    is_over = row["state"] in {"disconnecting", "disconnected"}
    return ConnectionCard(
        id=row["id"],
        provider=row["provider"],
        account_name=row["account_name"] or row["account_id"],
        health=row["state"],
        health_since=instant(row["state_since_ms"]),
        reason=row["reason"],
        remedy=row["remedy"],
        checks=() if is_over else worst_checks(row["provider"], row["checks"]),
        pages=tuple(page_line(page, row) for page in row["pages"]) if not is_over else (),
        waiting=_waiting(row["pages"]),
        ends_at=at(min(filter(None, (row["expires_at_ms"], row["data_access_expires_at_ms"])), default=None)),
        connected_by=row["connected_by_name"],
        connected_at=instant(row["consented_at_ms"]),
        undoing=_undoing(row["undoings"]),
        reconnect_href=consent_href(row["provider"], connection_id=row["id"])
        if may_change and not is_over
        else None,
        check_href=f"{root}/connections/{row['id']}/check"
        if may_change and row["state"] in CHECKABLE
        else None,
        disconnect_href=f"{root}/connections/{row['id']}/disconnect" if may_change and not is_over else None,
    )


def past(row: Row, root: str, *, may_change: bool) -> PastConnection:
    """Return an account that was disconnected."""
    is_given_up = any(one["state"] == "given_up" for one in row["undoings"])
    return PastConnection(
        provider=row["provider"],
        account_name=row["account_name"] or row["account_id"],
        disconnected_at=instant(row["disconnected_at_ms"] or row["state_since_ms"]),
        disconnected_by=row["disconnected_by"],
        given_up=_undoing(row["undoings"]) if is_given_up else None,
        undone_href=f"{root}/connections/{row['id']}/undone" if is_given_up and may_change else None,
    )


def proofs_of(row: Row) -> tuple[PageProof, ...]:
    """Return what is proven of an account: what concerns all of it first, then each Page."""
    names = CHECK_NAMES[row["provider"]]
    if row["provider"] == "google":
        return (PageProof(name="Account", checks=_all_of(names, row, "")),)
    pages = (
        PageProof(name=page["name"], page_id=page["page_id"], checks=_all_of(names[2:], row, page["page_id"]))
        for page in row["pages"]
    )
    return (PageProof(name="Account", checks=_all_of(names[:2], row, "")), *pages)


def _all_of(names: Sequence[CheckName], row: Row, page_id: str) -> tuple[Check, ...]:
    """Return these checks in this order; one never made is unknown."""
    made = {check.name: check for check in page_checks(page_id, row)}
    return tuple(made.get(name, Check(name=name, outcome="unknown")) for name in names)


def worst_checks(provider: Provider, rows: Sequence[Row]) -> tuple[Check, ...]:
    """Return the five checks of a provider, each as its worst Page's; one never made is unknown."""
    found: dict[str, Row] = {}
    for row in rows:
        seen = found.get(row["name"])
        if seen is None or _BADNESS.index(row["outcome"]) > _BADNESS.index(seen["outcome"]):
            found[row["name"]] = row
    return tuple(
        check_of(found[name]) if name in found else Check(name=name, outcome="unknown")
        for name in CHECK_NAMES[provider]
    )


def checked_at_ms(row: Row) -> int:
    """Return when an account was looked at last; 0 when never."""
    return max((check["checked_at_ms"] for check in row["checks"]), default=0)


def check_of(row: Row) -> Check:
    """Return one check; what failed comes with the place where it is mended, if there is one outside."""
    is_ok = row["outcome"] == "ok"
    return Check(
        name=row["name"],
        outcome=row["outcome"],
        detail=row["detail"],
        remedy=None if is_ok else row["remedy"],
        remedy_href=REMEDY_PLACES.get(row["name"]) if row["remedy"] and row["outcome"] == "failed" else None,
        checked_at=instant(row["checked_at_ms"]),
    )


def page_line(page: Row, account: Row) -> PageLine:
    """Return one Page of an account; what is wrong with the whole account is said there, not Page by Page."""
    is_accounts_own = account["state"] in {"reconnect", "suspended"} and page["state"] == "auth_lost"
    is_same = is_accounts_own or (page["reason"] is not None and page["reason"] == account["reason"])
    return PageLine(
        id=page["page_id"],
        name=page["name"],
        state=page["state"] if page["state"] != "disconnected" else "auth_lost",
        reason=None if is_same else page["reason"],
        remedy=None if is_same else page["remedy"],
        read_through=page["read_through"],
        standby=page["standby"],
        waiting=page["waiting"],
        last_lead_at=at(page["last_lead_at_ms"]),
        checks=() if is_same else page_checks(page["page_id"], account),
    )


def page_checks(page_id: str, account: Row) -> tuple[Check, ...]:
    """Return the checks of one Page."""
    return tuple(check_of(row) for row in account["checks"] if row["page_id"] == page_id)


def _waiting(pages: Sequence[Row]) -> Waiting | None:
    count = sum(page["waiting"] for page in pages)
    since_ms = min((page["waiting_since_ms"] for page in pages if page["waiting"]), default=None)
    if not count or since_ms is None:
        return None
    since = instant(since_ms)
    return Waiting(count=count, since=since, drops_at=since + LEAD_LIFE)


def _undoing(rows: Sequence[Row]) -> str | None:
    """Say how far taking back at the provider is."""
    left = sum(row["number"] for row in rows if row["state"] == "waiting")
    given_up = [row for row in rows if row["state"] == "given_up"]
    if given_up:
        return f"The provider could not be told: {given_up[0]['reason'] or 'it did not answer'}"
    if left:
        return "We are telling the provider; this is tried until it is done."
    return None
