"""The real SDK over real sockets against the sandbox's world."""

import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.facebook.client import FacebookApp, GraphClient
from adapters.facebook.consent import FacebookConsent
from adapters.facebook.errors import SCOPES, TooMuchDataError
from adapters.facebook.leads import FacebookLeads
from adapters.retrying import Retrying
from adapters.sandbox.faults import Fault
from adapters.sandbox.graph.call import Switches
from adapters.sandbox.graph.tokens import issue_user_token, page_token
from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.objects import Form, Page, Person
from adapters.sandbox.world import World
from adapters.sdk_threads import SdkThreads
from connector.domain.connection import PageAccess
from connector.domain.errors import (
    AuthLostError,
    GoneError,
    LeadAccessError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from connector.domain.lead import FormId, LeadId, PageId

from .conftest import FakeClock

REDIRECT = "http://127.0.0.1/consent"


@dataclass
class Scene:
    """A Page with a form, an admin who consented, and our adapter in front of them."""

    sandbox: GraphSandbox
    world: World
    person: Person
    page: Page
    form: Form
    access: PageAccess
    leads: FacebookLeads
    consent: FacebookConsent

    def submit(self, count: int) -> list[LeadId]:
        """Submit the form `count` times."""
        answers = {"full_name": "Zoë O'Neill", "email": "zoe@example.com", "phone_number": None}
        return [
            LeadId(
                self.world.add_lead(self.form, answers=answers, ad_id="1", ad_name="Ad", campaign_name="C")
            )
            for _ in range(count)
        ]


@pytest.fixture
async def scene(clock: FakeClock) -> AsyncIterator[Scene]:
    world = World.invented(random.Random(1), now=lambda: clock.now().timestamp())  # noqa: S311  # repeatable
    person = world.add_person(scopes=SCOPES)
    page = world.add_page(admins=[person])
    form = world.add_form(page)
    user = issue_user_token(world, person, long_lived=True)
    access = PageAccess(page_id=PageId(page.id), token=page_token(world, user, page).value)
    retrying = Retrying(clock, random.Random(7), handed_up=(TooMuchDataError,))  # noqa: S311  # jitter
    async with GraphSandbox(world, switches=Switches(require_proof=True)) as sandbox:
        app = FacebookApp(
            id=world.app_id, secret=world.app_secret, graph_url=sandbox.url, dialog_url=sandbox.url
        )
        async with (
            aclosing(SdkThreads("facebook")) as threads,
            aclosing(GraphClient(app, threads, retrying, read_timeout_s=0.5)) as client,
        ):
            yield Scene(
                sandbox=sandbox,
                world=world,
                person=person,
                page=page,
                form=form,
                access=access,
                leads=FacebookLeads(client),
                consent=FacebookConsent(client, clock),
            )
        assert not any(seen.token_in_url for seen in sandbox.seen)


async def visit_dialog(url: str) -> str:
    """Consent as a browser does; return the code."""
    async with aiohttp.ClientSession() as http, http.get(url, allow_redirects=False) as answer:
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


async def test_from_the_dialog_to_the_first_lead(scene: Scene) -> None:
    consent, world = scene.consent, scene.world
    code = await visit_dialog(consent.dialog_url(state="s", redirect_uri=REDIRECT))
    token = await consent.exchange(code, redirect_uri=REDIRECT)
    assert token.expires_at is not None
    facts = await consent.inspect(token.value)
    assert facts.is_valid
    assert set(SCOPES) <= set(facts.scopes)
    person = await consent.person(token)
    assert person.id == scene.person.id == facts.user_id
    permissions = await consent.permissions(token)
    assert all(permissions[scope] for scope in SCOPES)
    (grant,) = await consent.pages(token)
    access = PageAccess(page_id=grant.page_id, token=grant.token)
    assert (grant.page_id, grant.name) == (scene.page.id, scene.page.name)
    assert "ADVERTISE" in grant.tasks
    await consent.subscribe(access)
    assert "leadgen" in scene.page.subscribed[world.app_id]
    assert (await consent.lead_access(access, person.id)).can_read
    await consent.prove(access)
    (lead_id,) = scene.submit(1)
    raw = (await scene.leads.fetch(access, [lead_id]))[lead_id]
    assert isinstance(raw, dict)
    assert raw["form_id"] == scene.form.id
    assert raw["ad_name"] == "Ad"
    await consent.unsubscribe(access)
    await consent.revoke(token)
    assert not (await consent.inspect(token.value)).is_valid
    with pytest.raises(AuthLostError):
        await consent.prove(access)


async def test_a_code_works_once(scene: Scene) -> None:
    code = await visit_dialog(scene.consent.dialog_url(state="s", redirect_uri=REDIRECT))
    await scene.consent.exchange(code, redirect_uri=REDIRECT)
    with pytest.raises(PermanentError, match="not accepted") as caught:
        await scene.consent.exchange(code, redirect_uri=REDIRECT)
    assert code not in repr(caught.value)


@pytest.mark.parametrize("bare", [False, True])
async def test_revoking_is_done_with_either_answer(scene: Scene, *, bare: bool) -> None:
    scene.sandbox.switches.bare_true = bare
    await scene.consent.subscribe(scene.access)
    await scene.consent.unsubscribe(scene.access)
    assert scene.world.app_id not in scene.page.subscribed


async def test_a_whole_batch_is_read_in_one_call(scene: Scene) -> None:
    ids = scene.submit(50)
    found = await scene.leads.fetch(scene.access, ids)
    assert all(isinstance(found[i], dict) for i in ids)
    assert [seen.route for seen in scene.sandbox.seen] == ["batch"]


@pytest.mark.parametrize(
    "fault", [Fault.status(502), Fault.bare("null"), Fault.drop_connection(), Fault.hang()]
)
@pytest.mark.parametrize("count", [1, 3])
async def test_one_bad_moment_is_survived(scene: Scene, fault: Fault, count: int) -> None:
    ids = scene.submit(count)
    scene.sandbox.faults.add("lead" if count == 1 else "batch", fault)
    found = await scene.leads.fetch(scene.access, ids)
    assert all(isinstance(found[i], dict) for i in ids)
    assert scene.sandbox.requests == 2


async def test_one_unreadable_lead_of_twenty(scene: Scene) -> None:
    ids = scene.submit(20)
    scene.world.leads[ids[7]].deleted = True
    found = await scene.leads.fetch(scene.access, ids)
    assert isinstance(found[ids[7]], GoneError)
    assert sum(isinstance(verdict, dict) for verdict in found.values()) == 19


async def test_members_not_done_are_asked_again(scene: Scene) -> None:
    ids = scene.submit(5)
    scene.sandbox.faults.add("lead", Fault.null_member(), times=3)
    found = await scene.leads.fetch(scene.access, ids)
    assert all(isinstance(found[i], dict) for i in ids)
    assert scene.sandbox.requests == 2


@pytest.mark.parametrize("name", ["ads_fields_refused_100", "ads_fields_refused_200"])
@pytest.mark.parametrize("count", [1, 3])
async def test_refused_ads_do_not_cost_the_lead(scene: Scene, name: str, count: int) -> None:
    ids = scene.submit(count)
    scene.sandbox.faults.add("lead", Fault.error(name), times=count)
    found = await scene.leads.fetch(scene.access, ids)
    assert all(isinstance(found[i], dict) for i in ids)


@pytest.mark.parametrize("error", ["leads_access_revoked_103", "leads_access_revoked_200"])
async def test_revoked_lead_access_is_told_as_such(scene: Scene, error: str) -> None:
    ids = scene.submit(2)
    scene.world.revoke_lead_access(scene.page, error=error)
    found = await scene.leads.fetch(scene.access, ids)
    assert all(isinstance(verdict, LeadAccessError) for verdict in found.values())
    verdict = await scene.consent.lead_access(scene.access, scene.person.id)
    assert verdict.can_read is False
    assert verdict.resolution


@pytest.mark.parametrize("subcode", [None, 458, 459, 460, 463, 464, 466, 467, 492])
async def test_a_dead_token_is_lost_authority(scene: Scene, subcode: int | None) -> None:
    ids = scene.submit(2)
    scene.world.invalidate(scene.person, subcode)
    with pytest.raises(AuthLostError):
        await scene.leads.fetch(scene.access, ids[:1])
    with pytest.raises(AuthLostError):
        await scene.leads.fetch(scene.access, ids)
    assert scene.sandbox.requests == 2


async def test_a_throttled_page_says_how_long(scene: Scene) -> None:
    (lead_id,) = scene.submit(1)
    scene.world.throttle(scene.page, minutes=19)
    with pytest.raises(RateLimitedError) as caught:
        await scene.leads.fetch(scene.access, [lead_id])
    assert caught.value.retry_after_s == 19 * 60
    found = await scene.leads.fetch(scene.access, [lead_id, LeadId("2")])
    error = found[lead_id]
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == 19 * 60


async def test_a_form_comes_with_its_questions(scene: Scene) -> None:
    form = await scene.leads.form(scene.access, FormId(scene.form.id))
    questions = form["questions"]
    assert isinstance(questions, list)
    assert [question["key"] for question in questions] == ["full_name", "email", "phone_number"]


@pytest.mark.parametrize("empty_pages", [False, True])
async def test_a_listing_is_read_to_its_end(scene: Scene, *, empty_pages: bool) -> None:
    ids = scene.submit(330)
    scene.sandbox.switches.empty_pages = empty_pages
    scene.sandbox.switches.max_limit = 60
    found = [row["id"] async for row in scene.leads.form_leads(scene.access, FormId(scene.form.id), 0)]
    assert sorted(map(str, found)) == sorted(ids)


async def test_a_provider_that_is_away_is_a_failure_of_a_moment(scene: Scene) -> None:
    ids = scene.submit(1)
    await scene.sandbox.stop()
    with pytest.raises(TransientError):
        await scene.leads.fetch(scene.access, ids)
