"""The real SDK against the Graph sandbox, used without its process-wide default."""

import asyncio
from typing import Any

from facebook_business.adobjects.lead import Lead
from facebook_business.adobjects.leadgenform import LeadgenForm
from facebook_business.adobjects.page import Page as SdkPage
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from adapters.sandbox.faults import Fault
from adapters.sandbox.graph.leads import LEAD_FIELDS
from adapters.sandbox.graph.pages import FORM_FIELDS
from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.world import Form, Page, World


def _api(graph: GraphSandbox, token: str) -> FacebookAdsApi:
    session = FacebookSession(graph.world.app_id, graph.world.app_secret, token, timeout=(2, 5))
    session.GRAPH = graph.url
    session.requests.trust_env = False
    session.requests.params.pop("access_token")
    session.requests.headers["Authorization"] = f"Bearer {token}"
    return FacebookAdsApi(session, api_version="v26.0")


def _names(field_class: type) -> set[str]:
    return {value for name, value in vars(field_class).items() if not name.startswith("_")}


def test_field_names_are_the_sdk_s() -> None:
    assert set(LEAD_FIELDS) <= _names(Lead.Field)
    assert set(FORM_FIELDS) <= _names(LeadgenForm.Field)


async def test_node_and_cursor_reads(
    graph: GraphSandbox, world: World, form: Form, page: Page, page_token: str
) -> None:
    leads = [world.add_lead(form, answers={"email": "a@example.com"}) for _ in range(30)]

    def read() -> tuple[Any, set[str], list[str]]:
        api = _api(graph, page_token)
        try:
            lead = Lead(leads[0], api=api).api_get(fields=["id", "field_data", "form_id"])
            found = {row["id"] for row in LeadgenForm(form.id, api=api).get_leads(params={"limit": 10})}
            forms = [row["id"] for row in SdkPage(page.id, api=api).get_lead_gen_forms(fields=["id", "name"])]
        finally:
            api._session.requests.close()  # noqa: SLF001 - the SDK offers no way to close
        return lead, found, forms

    lead, found, forms = await asyncio.to_thread(read)
    assert lead["field_data"] == [{"name": "email", "values": ["a@example.com"]}]
    assert found == set(leads)
    assert forms == [form.id]
    assert not any(seen.token_in_url for seen in graph.seen)
    assert all(seen.proved for seen in graph.seen)


async def test_batch_returns_null_members_to_try_again(
    graph: GraphSandbox, world: World, form: Form, page_token: str
) -> None:
    leads = [world.add_lead(form) for _ in range(3)]
    graph.faults.add(leads[1], Fault.null_member)

    def run() -> tuple[list[str], list[str]]:
        api, got = _api(graph, page_token), list[str]()
        try:
            batch = api.new_batch()
            for lead in leads:
                batch.add("GET", (lead,), {"fields": "id"}, success=lambda r: got.append(r.json()["id"]))
            rest = batch.execute()
            first = list(got)
            rest.execute()
        finally:
            api._session.requests.close()  # noqa: SLF001 - the SDK offers no way to close
        return first, got

    first, both = await asyncio.to_thread(run)
    assert first == [leads[0], leads[2]]
    assert both == [leads[0], leads[2], leads[1]]


async def test_refusal_becomes_the_sdk_s_error(
    graph: GraphSandbox, world: World, page: Page, form: Form, page_token: str
) -> None:
    lead = world.add_lead(form)
    world.revoke_lead_access(page)

    def read() -> FacebookRequestError | None:
        api = _api(graph, page_token)
        try:
            Lead(lead, api=api).api_get(fields=["id"])
        except FacebookRequestError as e:
            return e
        finally:
            api._session.requests.close()  # noqa: SLF001 - the SDK offers no way to close
        return None

    error = await asyncio.to_thread(read)
    assert error is not None
    assert error.api_error_code() == 103
    assert error.http_status() == 403
