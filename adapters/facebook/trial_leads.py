"""Test leads of a form: one at most at a time, made like a person's, announced by a real webhook.

https://developers.facebook.com/docs/marketing-api/guides/lead-ads/testing-troubleshooting
"""

from collections.abc import Sequence

from adapters.facebook.client import GraphClient
from adapters.facebook.pages import pages
from connector.domain.connection import PageAccess
from connector.domain.errors import GoneError, TransientError
from connector.domain.lead import FormId, LeadId
from connector.domain.raw_values import identifier


class FacebookTrialLeads:
    """Implements `ports.trials.TrialSource` with the Page's own token."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def existing(self, access: PageAccess, form_id: FormId) -> Sequence[LeadId]:
        found: list[LeadId] = []
        async for rows in pages(self._client, access.token, f"{form_id}/test_leads", {"fields": "id"}):
            found.extend(LeadId(lead_id) for row in rows if (lead_id := identifier(row.get("id"))))
        return found

    async def make(self, access: PageAccess, form_id: FormId) -> LeadId:
        reply = await self._client.post(access.token, f"{form_id}/test_leads")
        lead_id = identifier(reply.json.get("id")) if isinstance(reply.json, dict) else None
        if lead_id is None:
            raise TransientError("Facebook made a test lead and did not say which.", unknown=True)
        return LeadId(lead_id)

    async def remove(self, access: PageAccess, lead_id: LeadId) -> None:
        try:
            await self._client.delete(access.token, lead_id)
        except GoneError:
            return
