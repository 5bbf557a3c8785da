"""Whether one Facebook Page really delivers: its task, its subscription, its leads access, one real read."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from connector.domain.connection import Check, CheckName, LeadAccess, PageAccess, PageGrant, PageState
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    MisconfiguredError,
    PermanentError,
    TransientError,
)
from connector.domain.facebook_needs import LEAD_TASKS
from connector.domain.lead import LeadId
from connector.domain.probing import PageVerdict
from connector.ports import FacebookConsent

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8
"""Pages looked at side by side: more would wait for the few threads of the SDK."""

NO_TASK = "You may not manage ads or leads of this Page."
ASK_TASK = "Ask a Page admin for the ADVERTISE task, then connect again."
NO_ACCESS = "Leads access is missing."
GRANT_ACCESS = "Grant this app access in Leads Access Manager."
AGAIN = "Connect again; if it stays, see the runbook."
GRANTED = "which the person granted: a role on the Page lacks, or access to leads."


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Who looks: through which consent, for which person, with which scopes granted for certain."""

    consent: FacebookConsent
    person_id: str
    granted: frozenset[str] | None = None  # None: could not be asked

    async def look(self, page: PageGrant, waiting: LeadId | None = None) -> PageVerdict:
        """Return what is found of a Page; subscribes it when it is not. Total over ConnectorError kinds.

        `waiting` is a lead to read: a token may list forms and still be refused every lead.
        """
        task = _task(page)
        if task.outcome == "failed":
            return _told(page, (task, *_unknown(page, "leads_access", "subscription")))
        access = PageAccess(page_id=page.page_id, token=page.token)
        subscribed, subscription = await self._subscription(page, access)
        verdict = _told(page, (task, subscription, await self._access(page, access)))
        return replace(await self._read(page, access, verdict, waiting), subscribed_by_us=subscribed)

    async def _subscription(self, page: PageGrant, access: PageAccess) -> tuple[bool, Check]:
        try:
            is_ours = await self.consent.subscribe(access)
        except ConnectorError as error:
            return False, self._failed("subscription", page, error)
        detail = "Subscribed just now: it was not." if is_ours else "leadgen is subscribed."
        return is_ours, Check(name="subscription", outcome="ok", page_id=page.page_id, detail=detail)

    async def _access(self, page: PageGrant, access: PageAccess) -> Check:
        try:
            verdict = await self.consent.lead_access(access, self.person_id)
        except ConnectorError as error:
            return self._failed("leads_access", page, error)
        return _access_check(page, verdict)

    async def _read(
        self, page: PageGrant, access: PageAccess, verdict: PageVerdict, waiting: LeadId | None
    ) -> PageVerdict:
        """Use the token in earnest; a token that is refused says more than any check before."""
        try:
            await self.consent.prove(access)
            has_read = waiting is not None and await self._is_read(access, waiting)
        except TransientError as error:
            away = self._with(verdict, self._failed("leads_access", page, error), None)
            return replace(away, is_reached=False)
        except ConnectorError as error:
            honest = self._honest(error)
            return self._with(verdict, self._failed("leads_access", page, honest), _state_of(honest))
        access_check = next(check for check in verdict.checks if check.name == "leads_access")
        if access_check.outcome == "failed":
            return replace(verdict, state="no_lead_access")
        return replace(verdict, state="ok", has_read=has_read)

    async def _is_read(self, access: PageAccess, lead_id: LeadId) -> bool:
        """Read a lead that waits; False when it is gone or odd, which says nothing about its Page."""
        try:
            await self.consent.read_lead(access, lead_id)
        except (GoneError, PermanentError):
            return False
        return True

    def _with(self, verdict: PageVerdict, found: Check, state: PageState | None) -> PageVerdict:
        """Return the verdict with a failed read in it, unless the provider's own verdict said why already."""
        said = next(check for check in verdict.checks if check.name == "leads_access")
        kept = said if said.outcome == "failed" and state != "auth_lost" else found
        checks = tuple(kept if check.name == "leads_access" else check for check in verdict.checks)
        return replace(verdict, checks=checks, state=state, reason=kept.detail, remedy=kept.remedy)

    def _failed(self, name: CheckName, page: PageGrant, error: ConnectorError) -> Check:
        honest = self._honest(error)
        return Check(
            name=name,
            outcome="unknown" if isinstance(honest, TransientError) else "failed",
            page_id=page.page_id,
            detail=str(honest),
            remedy=None if isinstance(honest, TransientError) else getattr(honest, "remedy", AGAIN),
        )

    def _honest(self, error: ConnectorError) -> ConnectorError:
        """Believe a scope to be withheld only when the provider says so where it must know."""
        if not isinstance(error, AuthLostError) or error.cause != "scope" or not error.scopes:
            return error
        if self.granted is None or not set(error.scopes) <= self.granted:
            return error
        listed = ", ".join(error.scopes)
        return LeadAccessError(
            f"Facebook asks for {listed}, {GRANTED}",
            remedy="Have a Page admin check the person's task and the Leads Access Manager.",
        )


async def side_by_side(todo: Sequence[T], look: Callable[[T], Awaitable[R]]) -> list[R]:
    """Return what `look` gives for each, in order, a few at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> R:
        async with free:
            return await look(item)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(item)) for item in todo]
        return [await task for task in tasks]  # each that ends resumes us: many are no silence


def _task(page: PageGrant) -> Check:
    if page.tasks and not LEAD_TASKS & set(page.tasks):
        return Check(
            name="page_task", outcome="failed", page_id=page.page_id, detail=NO_TASK, remedy=ASK_TASK
        )
    if not page.tasks:
        return Check(
            name="page_task", outcome="unknown", page_id=page.page_id, detail="Facebook did not say."
        )
    return Check(name="page_task", outcome="ok", page_id=page.page_id, detail=", ".join(page.tasks))


def _access_check(page: PageGrant, verdict: LeadAccess) -> Check:
    if verdict.can_read is False:
        return Check(
            name="leads_access",
            outcome="failed",
            page_id=page.page_id,
            detail=verdict.reason or NO_ACCESS,
            remedy=verdict.resolution or GRANT_ACCESS,
        )
    detail = "Leads may be read." if verdict.can_read else "Facebook gives no verdict; a read went through."
    return Check(name="leads_access", outcome="ok", page_id=page.page_id, detail=detail)


def _unknown(page: PageGrant, *names: CheckName) -> tuple[Check, ...]:
    return tuple(Check(name=name, outcome="unknown", page_id=page.page_id) for name in names)


def _told(page: PageGrant, checks: tuple[Check, ...]) -> PageVerdict:
    failed = next((check for check in checks if check.outcome == "failed"), None)
    return PageVerdict(
        page_id=page.page_id,
        name=page.name,
        state=None,
        checks=checks,
        reason=failed.detail if failed else None,
        remedy=failed.remedy if failed else None,
    )


def _state_of(error: ConnectorError) -> PageState | None:
    match error:
        case AuthLostError():
            return "auth_lost"
        case LeadAccessError():
            return "no_lead_access"
        case MisconfiguredError():
            return "misconfigured"
        case _:
            return None
