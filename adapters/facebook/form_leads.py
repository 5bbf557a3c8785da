"""A Page's forms, and what each form's own list of leads holds: ids and times alone, nothing personal.

https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
"""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

from adapters.facebook.client import GraphClient
from adapters.facebook.fault import fault_behind
from adapters.facebook.pages import Listed, listing, one_page
from adapters.facebook.reply import GraphReply, usage_of
from connector.domain.connection import PageAccess
from connector.domain.errors import ConnectorError
from connector.domain.lead import FormId, LeadId
from connector.domain.raw import instant
from connector.domain.raw_values import identifier
from connector.domain.reconciling import FormListing, FoundLead, FoundPage, ListedForm, Window, listed_form
from connector.ports import Raw

LEADS_LIMIT = 500
"""Rows asked for at once: two short fields each. https://developers.facebook.com/docs/graph-api/results/"""
FORMS_LIMIT = 100

_FORM_FIELDS = (
    "id,name,status,created_time,leads_count,questions{key,label,type,options{key,value}}",
    "id,name,status,created_time,leads_count",
)
"""The second for Pages that are refused the questions."""
_LEAD_FIELDS = "id,created_time"
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_PARAMETER, _PERMISSION = 100, range(200, 300)
_NOT_THERE = 33

BudgetObserver = Callable[[str, float], None]
"""Called with a Page's id and the share (0 to 1 and over) of its lead reads that is used up, on every answer."""


class FacebookForms:
    """Implements `ports.FormReader` with the Page's own token."""

    def __init__(self, client: GraphClient, budget: BudgetObserver | None = None) -> None:
        self._client = client
        self._budget = budget

    async def forms(self, access: PageAccess) -> FormListing:
        fuller, bare = _FORM_FIELDS
        try:
            return await self._forms(access, fuller)
        except ConnectorError as error:
            if not _is_refused_field(error):
                raise
        return await self._forms(access, bare)

    async def leads(
        self, access: PageAccess, form_id: FormId, window: Window, *, after: str | None = None
    ) -> FoundPage:
        params = {"fields": _LEAD_FIELDS, "filtering": _filtering(window)}
        path = f"{form_id}/leads"
        try:
            listed = await one_page(self._client, access.token, path, params, after=after, limit=LEADS_LIMIT)
        except ConnectorError as error:
            self._note(access, error)
            raise
        found = [_found(row) for row in listed.rows]
        return FoundPage(
            leads=tuple(one for one in found if one is not None),
            after=listed.after,
            odd=sum(one is None for one in found),
            calls=listed.calls,
            used=self._note(access, listed.reply),
            served_at_ms=_served_at_ms(listed.reply),
        )

    async def _forms(self, access: PageAccess, fields: str) -> FormListing:
        path = f"{access.page_id}/leadgen_forms"
        seen: list[Listed] = []
        try:
            async for one in listing(self._client, access.token, path, {"fields": fields}, limit=FORMS_LIMIT):
                seen.append(one)  # noqa: PERF401 - a failure in the middle is caught around it
        except ConnectorError as error:
            self._note(access, error)
            raise
        rows = [row for one in seen for row in one.rows]
        return FormListing(
            forms=_distinct(rows),
            calls=sum(one.calls for one in seen),
            used=max((u for one in seen if (u := self._note(access, one.reply)) is not None), default=None),
        )

    def _note(self, access: PageAccess, answer: GraphReply | ConnectorError) -> float | None:
        """Hand up how much of the Page's lead reads is used up; None when the answer does not say."""
        percent = usage_of(answer).percents.get("leadgen")
        used = None if percent is None else percent / 100
        if used is not None and self._budget is not None:
            self._budget(access.page_id, used)
        return used


def _filtering(window: Window) -> str:
    """Return the filter in whole seconds; it may be ignored, so the caller looks at the times itself."""
    wanted = [
        {"field": "time_created", "operator": "GREATER_THAN", "value": max(window.since_ms // 1000 - 1, 0)}
    ]
    if window.until_ms is not None:
        until_s = -(-window.until_ms // 1000)
        wanted.append({"field": "time_created", "operator": "LESS_THAN", "value": until_s})
    return json.dumps(wanted, separators=(",", ":"))


def _found(row: Raw) -> FoundLead | None:
    """Return the lead that a row names, or None when it names none."""
    lead_id = identifier(row.get("id"))
    if lead_id is None or not _ID.fullmatch(lead_id):
        return None
    return FoundLead(id=LeadId(lead_id), created_ms=_ms(instant(row.get("created_time"))))


def _distinct(rows: Sequence[Raw]) -> tuple[ListedForm, ...]:
    forms = (listed_form(row, created_ms=_ms(instant(row.get("created_time")))) for row in rows)
    return tuple({form.id: form for form in forms if form is not None and _ID.fullmatch(form.id)}.values())


def _served_at_ms(reply: GraphReply) -> int | None:
    """Return the provider's own time of the answer: a clock of ours that is ahead must not move a watermark."""
    try:
        return _ms(parsedate_to_datetime(reply.headers.get("date", "")))
    except (ValueError, TypeError, OverflowError):
        return None


def _ms(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)


def _is_refused_field(error: ConnectorError) -> bool:
    """Whether asking for less may help: a parameter or a permission was refused, not the Page itself."""
    fault = fault_behind(error)
    if fault is None or fault.code is None or fault.subcode == _NOT_THERE:
        return False
    return fault.code == _PARAMETER or fault.code in _PERMISSION
