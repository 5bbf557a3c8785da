"""Reading leads and forms of one Page.

https://developers.facebook.com/docs/marketing-api/guides/lead-ads/retrieving
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from adapters.facebook.client import BATCH_MAX, GraphClient
from adapters.facebook.fault import fault_behind
from adapters.facebook.pages import pages
from adapters.facebook.reply import GraphReply, usage_of
from connector.domain.connection import PageAccess
from connector.domain.errors import (
    ConnectorError,
    GoneError,
    LeadAccessError,
    PermanentError,
    TransientError,
)
from connector.domain.lead import FormId, LeadId
from connector.ports import Raw

CORE_FIELDS = (
    "id,created_time,form_id,field_data,custom_disclaimer_responses,is_organic,platform,partner_name,"
    "retailer_item_id"
)
AD_FIELDS = "ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name"
LEAD_FIELDS = f"{CORE_FIELDS},{AD_FIELDS}"

_FORM_BASE = "id,name,status,locale,created_time,page_id,privacy_policy_url,tracking_parameters"
_QUESTIONS = "questions{id,key,label,type,options{key,value}}"
FORM_FIELDS = (f"{_FORM_BASE},{_QUESTIONS},legal_content", f"{_FORM_BASE},{_QUESTIONS}", _FORM_BASE)
"""What is asked of a form: the whole first, then without what some Pages are refused."""

BATCH_ROUNDS = 3
"""How often members that a batch left undone are asked again."""

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


BudgetObserver = Callable[[str, float], None]
"""Called with a Page's id and the share (0 to 1 and over) of its lead reads that it has used up."""


class FacebookLeads:
    """Reads with the Page's own token. `budget` is called whenever an answer tells how much of it is used up."""

    def __init__(self, client: GraphClient, budget: BudgetObserver | None = None) -> None:
        self._client = client
        self._budget = budget

    async def fetch(
        self, access: PageAccess, lead_ids: Sequence[LeadId]
    ) -> Mapping[LeadId, Raw | ConnectorError]:
        """Return for every id the raw lead or what became of it; 1 to 50 ids, several in one call.

        Raises TransientError, RateLimitedError or AuthLostError when the whole call failed.
        """
        ids = list(dict.fromkeys(lead_ids))
        if len(ids) > BATCH_MAX:
            raise ValueError(f"at most {BATCH_MAX} ids at once")
        verdicts: dict[LeadId, Raw | ConnectorError] = {
            i: PermanentError("A lead's id holds characters that no id of Facebook has.")
            for i in ids
            if not _ID.fullmatch(i)
        }
        ids = [i for i in ids if i not in verdicts]
        verdicts |= await self._read(access, ids, LEAD_FIELDS)
        bare = [i for i in ids if isinstance(e := verdicts[i], ConnectorError) and _may_be_for_ad_fields(e)]
        verdicts |= await self._read(access, bare, CORE_FIELDS)
        return verdicts

    async def form(self, access: PageAccess, form_id: FormId) -> Raw:
        """Return the raw form with as much of its definition as we may see. Raises any ConnectorError."""
        *fuller, last = FORM_FIELDS
        for fields in fuller:
            try:
                return await self._form(access, form_id, fields)
            except ConnectorError as error:
                if not _is_refused_field(error):
                    raise
        return await self._form(access, form_id, last)

    async def form_leads(self, access: PageAccess, form_id: FormId, since_unix_s: int) -> AsyncIterator[Raw]:
        """Yield the leads of a form created after `since_unix_s`, in no promised order.

        The provider may ignore the filter and may repeat leads: the caller looks at `created_time` itself.
        """
        fields = LEAD_FIELDS
        try:
            async for rows in self._form_leads(access, form_id, since_unix_s, fields):
                for row in rows:
                    yield row
        except ConnectorError as error:
            if not _may_be_for_ad_fields(error):
                raise
        else:
            return
        async for rows in self._form_leads(access, form_id, since_unix_s, CORE_FIELDS):
            for row in rows:
                yield row

    def _form_leads(
        self, access: PageAccess, form_id: FormId, since_unix_s: int, fields: str
    ) -> AsyncIterator[Sequence[Raw]]:
        after = {"field": "time_created", "operator": "GREATER_THAN", "value": since_unix_s}
        params = {"fields": fields, "filtering": json.dumps([after], separators=(",", ":"))}
        return pages(self._client, access.token, f"{form_id}/leads", params)

    async def _form(self, access: PageAccess, form_id: FormId, fields: str) -> Raw:
        reply = await self._get(access, form_id, fields)
        found = _record_of(form_id, reply)
        if isinstance(found, ConnectorError):
            raise found
        return found

    async def _read(
        self, access: PageAccess, ids: Sequence[LeadId], fields: str
    ) -> Mapping[LeadId, Raw | ConnectorError]:
        if len(ids) == 1:
            return {ids[0]: await self._read_one(access, ids[0], fields)}
        verdicts: dict[LeadId, Raw | ConnectorError] = {}
        undone = ids
        for _ in range(BATCH_ROUNDS):
            if not undone:
                return verdicts
            replies = await self._batch(access, [f"{i}?fields={fields}" for i in undone])
            for lead_id, reply in zip(undone, replies, strict=True):
                if reply is not None:
                    verdicts[lead_id] = _record_of(lead_id, reply)
            undone = [i for i in undone if i not in verdicts]
        for lead_id in undone:
            verdicts[lead_id] = TransientError("Facebook left this lead out of its answers.")
        return verdicts

    async def _read_one(self, access: PageAccess, lead_id: LeadId, fields: str) -> Raw | ConnectorError:
        try:
            reply = await self._get(access, lead_id, fields)
        except (GoneError, LeadAccessError, PermanentError) as error:
            return error  # about this lead
        except ConnectorError as error:
            if _may_be_for_ad_fields(error) and fields != CORE_FIELDS:
                return error
            raise  # about the call
        return _record_of(lead_id, reply)

    async def _get(self, access: PageAccess, object_id: str, fields: str) -> GraphReply:
        try:
            reply = await self._client.get(access.token, object_id, {"fields": fields})
        except ConnectorError as error:
            self._note(access, error)
            raise
        self._note(access, reply)
        return reply

    async def _batch(
        self, access: PageAccess, relative_urls: Sequence[str]
    ) -> Sequence[GraphReply | ConnectorError | None]:
        try:
            replies = await self._client.batch(access.token, relative_urls)
        except ConnectorError as error:
            self._note(access, error)
            raise
        self._note(access, *(reply for reply in replies if reply is not None))
        return replies

    def _note(self, access: PageAccess, *answers: GraphReply | ConnectorError) -> None:
        """Tell how much of the Page's lead reads is used up, if the answers say so."""
        told = [usage.percents["leadgen"] for a in answers if "leadgen" in (usage := usage_of(a)).percents]
        if told and self._budget is not None:
            self._budget(access.page_id, max(told) / 100)


def _record_of(asked: str, reply: GraphReply | ConnectorError) -> Raw | ConnectorError:
    """Return the object that was asked for, or why it is not there."""
    if isinstance(reply, ConnectorError):
        return reply
    if not isinstance(reply.json, dict) or str(reply.json.get("id")) != asked:
        return TransientError("Facebook answered with another object than the one asked for.", unknown=True)
    return reply.json


def _is_refused_field(error: ConnectorError) -> bool:
    """Whether asking for less may help: a parameter or a permission was refused, not the object itself."""
    fault = fault_behind(error)
    if fault is None or fault.code is None or fault.subcode == 33:  # noqa: PLR2004  # the object is not there
        return False
    return fault.code in {10, 100} or 200 <= fault.code < 300  # noqa: PLR2004 - Facebook's code numbers


def _may_be_for_ad_fields(error: ConnectorError) -> bool:
    """Whether the names of ads may be why: they need a role on the ad account, the lead itself does not."""
    fault = fault_behind(error)
    revoked = fault is not None and re.search("leads? access manager|crm access", fault.text)
    return _is_refused_field(error) and not revoked
