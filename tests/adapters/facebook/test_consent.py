from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog.testing
from aiohttp import web

from adapters.facebook.client import GraphClient
from adapters.facebook.consent import FacebookConsent
from adapters.facebook.errors import SCOPES
from connector.domain.connection import LeadAccess, PageAccess, Person, UserToken
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    LeadAccessError,
    MisconfiguredError,
    PermanentError,
    TransientError,
)

from .conftest import (
    APP_ID,
    SECRET,
    TOKEN,
    FakeClock,
    Script,
    Seen,
    connected,
    refusal,
)

if TYPE_CHECKING:
    from connector import ports

REDIRECT = "https://connector.example/consent/facebook"
USER = UserToken(value="EAAuser-token-77aa")


@pytest.fixture
def consent(client: GraphClient, clock: FakeClock) -> FacebookConsent:
    return FacebookConsent(client, clock)


@pytest.fixture
async def business_consent(graph: Script, clock: FakeClock) -> AsyncIterator[FacebookConsent]:
    """Return the same with Login for Business."""
    async with connected(graph.url, clock, config_id="99") as client:
        yield FacebookConsent(client, clock)


def as_port(consent: FacebookConsent) -> "ports.FacebookConsent":
    """Let the type checker compare it with the port."""
    return consent


# The dialog


def test_the_dialog_asks_for_the_scopes(consent: FacebookConsent) -> None:
    url = urlsplit(consent.dialog_url(state="s&1", redirect_uri=REDIRECT))
    assert (url.scheme, url.netloc, url.path) == ("https", "www.facebook.com", "/v26.0/dialog/oauth")
    assert parse_qs(url.query) == {
        "client_id": [APP_ID],
        "redirect_uri": [REDIRECT],
        "state": ["s&1"],
        "response_type": ["code"],
        "scope": [",".join(SCOPES)],
    }


def test_the_dialog_can_ask_again(consent: FacebookConsent) -> None:
    url = consent.dialog_url(state="s", redirect_uri=REDIRECT, rerequest=True)
    assert parse_qs(urlsplit(url).query)["auth_type"] == ["rerequest"]


async def test_the_dialog_names_the_configuration(business_consent: FacebookConsent) -> None:
    query = parse_qs(urlsplit(business_consent.dialog_url(state="s", redirect_uri=REDIRECT)).query)
    assert query["config_id"] == ["99"]
    assert query["override_default_response_type"] == ["true"]
    assert "scope" not in query


# Tokens


async def test_a_code_becomes_a_long_lived_token(
    graph: Script, consent: FacebookConsent, clock: FakeClock
) -> None:
    graph.then({"access_token": "short", "token_type": "bearer", "expires_in": 3600})
    graph.then({"access_token": "long", "token_type": "bearer", "expires_in": 5183944})
    token = await consent.exchange("the-code", redirect_uri=REDIRECT)
    assert token == UserToken(value="long", expires_at=clock.now() + timedelta(seconds=5183944))
    first, second = graph.seen
    assert first.query["code"] == "the-code"
    assert first.query["redirect_uri"] == REDIRECT
    assert second.query["grant_type"] == "fb_exchange_token"
    assert second.query["fb_exchange_token"] == "short"


@pytest.mark.parametrize("expires_in", [None, 0, -1, True, "soon", 10**12])
async def test_a_token_without_end_is_taken(
    graph: Script, consent: FacebookConsent, expires_in: object
) -> None:
    graph.then({"access_token": "short"})
    graph.then({"access_token": "long", "expires_in": expires_in})
    assert await consent.exchange("c", redirect_uri=REDIRECT) == UserToken(value="long")


async def test_a_long_lived_token_is_not_exchanged(graph: Script, consent: FacebookConsent) -> None:
    graph.then({"access_token": "long", "expires_in": 5183944})
    assert (await consent.exchange("c", redirect_uri=REDIRECT)).value == "long"
    assert len(graph.seen) == 1


async def test_a_system_user_s_token_is_not_exchanged(
    graph: Script, business_consent: FacebookConsent
) -> None:
    graph.then({"access_token": "system"})
    assert await business_consent.exchange("c", redirect_uri=REDIRECT) == UserToken(value="system")
    assert len(graph.seen) == 1


async def test_a_refused_exchange_keeps_the_token(graph: Script, consent: FacebookConsent) -> None:
    graph.then({"access_token": "system"})
    graph.refuse(100, None, "no")
    assert (await consent.exchange("c", redirect_uri=REDIRECT)).value == "system"


@pytest.mark.parametrize("body", [{"token_type": "bearer"}, {"access_token": ""}, {"access_token": 7}, []])
async def test_an_answer_without_a_token_is_none(
    graph: Script, consent: FacebookConsent, body: object
) -> None:
    graph.otherwise = lambda _: web.json_response(body)
    with pytest.raises(TransientError):
        await consent.exchange("c", redirect_uri=REDIRECT)


async def test_a_used_code_is_final_and_not_shown(graph: Script, consent: FacebookConsent) -> None:
    graph.refuse(100, 36009, "This authorization code has been used: the-code")
    with pytest.raises(PermanentError) as caught:
        await consent.exchange("the-code", redirect_uri=REDIRECT)
    assert "the-code" not in repr(caught.value) + repr(caught.value.__cause__)


async def test_a_living_token_is_inspected(graph: Script, consent: FacebookConsent) -> None:
    graph.then(
        {
            "data": {
                "app_id": APP_ID,
                "type": "USER",
                "data_access_expires_at": 1635913358,
                "expires_at": 0,
                "is_valid": True,
                "scopes": ["pages_show_list", 7],
                "user_id": 780170842500000,
            }
        }
    )
    facts = await consent.inspect(USER.value)
    assert facts.is_valid
    assert (facts.user_id, facts.type, facts.scopes) == ("780170842500000", "USER", ("pages_show_list",))
    assert facts.expires_at is None
    assert facts.data_access_expires_at == datetime(2021, 11, 3, 4, 22, 38, tzinfo=UTC)
    assert facts.error is None
    assert graph.seen[0].headers["Authorization"] == f"Bearer {APP_ID}|{SECRET}"
    assert SECRET not in graph.seen[0].address


@pytest.mark.parametrize("extra", [{}, {"expires_at": 1668613551, "type": "USER"}, {"expires_at": "x"}])
async def test_a_dead_token_is_an_answer(
    graph: Script, consent: FacebookConsent, extra: dict[str, object]
) -> None:
    error = {"code": 190, "message": "Session has expired for Jane", "subcode": 463}
    graph.then({"data": {"error": error, "is_valid": False, "scopes": [], **extra}})
    facts = await consent.inspect(USER.value)
    assert not facts.is_valid
    assert facts.error == "The token has expired (Facebook code 190/463)."


async def test_a_wrong_app_secret_is_not_the_account_s_fault(graph: Script, consent: FacebookConsent) -> None:
    graph.refuse(190, None, "Error validating application. Invalid application ID.")
    with pytest.raises(MisconfiguredError, match="app id and secret"):
        await consent.inspect(USER.value)


# The person


async def test_the_person_is_named(graph: Script, consent: FacebookConsent) -> None:
    graph.then({"id": "1021", "name": "Jane Doe"})
    assert await consent.person(USER) == Person(id="1021", name="Jane Doe")


async def test_permissions_tell_granted_from_declined(graph: Script, consent: FacebookConsent) -> None:
    rows = [
        {"permission": "leads_retrieval", "status": "granted"},
        {"permission": "ads_management", "status": "declined"},
        {"permission": "pages_show_list", "status": "expired"},
        {"status": "granted"},
    ]
    graph.then({"data": rows})
    assert await consent.permissions(USER) == {
        "leads_retrieval": True,
        "ads_management": False,
        "pages_show_list": False,
    }


async def test_every_page_of_the_pages_is_followed(graph: Script, consent: FacebookConsent) -> None:
    first = [{"id": "1", "name": "One", "access_token": "t1", "tasks": ["ADVERTISE", 7]}, {"id": "2"}]
    graph.then({"data": first, "paging": {"cursors": {"after": "A"}, "next": "https://x/"}})
    graph.then({"data": [{"id": 3, "access_token": "t3"}], "paging": {"cursors": {"after": "B"}}})
    with structlog.testing.capture_logs() as logged:
        one, three = await consent.pages(USER)
    assert (one.page_id, one.name, one.token, one.tasks) == ("1", "One", "t1", ("ADVERTISE",))
    assert (three.page_id, three.name, three.token, three.tasks) == ("3", "3", "t3", ())
    assert graph.seen[0].query["limit"] == "100"
    assert [entry["event"] for entry in logged] == ["consent.page_without_token"]


async def test_revoking_a_dead_token_is_as_good(graph: Script, consent: FacebookConsent) -> None:
    graph.then("true")
    await consent.revoke(USER)
    graph.refuse(190, 458)
    await consent.revoke(USER)
    assert [(s.method, s.path) for s in graph.seen] == [("DELETE", "/v26.0/me/permissions")] * 2


# The subscription


class Subscriptions:
    """A Page's subscribed apps; POST replaces the caller's fields."""

    def __init__(self, fields: dict[str, list[str]], *, sticks: bool = True) -> None:
        self.fields = fields
        self.sticks = sticks

    def __call__(self, seen: Seen) -> web.StreamResponse:
        assert seen.path == "/v26.0/100/subscribed_apps"
        if seen.method == "POST" and self.sticks:
            self.fields[APP_ID] = seen.form["subscribed_fields"].split(",")
        if seen.method != "GET":
            return web.json_response({"success": True})
        rows = [{"id": i, "name": "x", "subscribed_fields": f} for i, f in self.fields.items()]
        return web.json_response({"data": rows})


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, ["leadgen"]), ({APP_ID: ["feed"]}, ["feed", "leadgen"]), ({"1": ["leadgen"]}, ["leadgen"])],
)
async def test_subscribing_keeps_the_other_fields(
    graph: Script,
    consent: FacebookConsent,
    access: PageAccess,
    before: dict[str, list[str]],
    after: list[str],
) -> None:
    graph.otherwise = apps = Subscriptions(dict(before))
    await consent.subscribe(access)
    assert apps.fields[APP_ID] == after
    assert [seen.method for seen in graph.seen] == ["GET", "POST", "GET"]


async def test_a_page_already_subscribed_is_left_alone(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    graph.otherwise = Subscriptions({APP_ID: ["leadgen"]})
    await consent.subscribe(access)
    assert [seen.method for seen in graph.seen] == ["GET"]


async def test_a_subscription_that_does_not_show_is_none(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    graph.otherwise = Subscriptions({}, sticks=False)
    with pytest.raises(TransientError, match="leadgen subscription"):
        await consent.subscribe(access)


async def test_the_app_is_taken_off_the_page(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    graph.then({"success": True})
    await consent.unsubscribe(access)
    assert (graph.seen[0].method, graph.seen[0].path) == ("DELETE", "/v26.0/100/subscribed_apps")


async def test_the_guide_s_text_for_true_is_a_success(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    graph.then({"success": "true"})
    await consent.unsubscribe(access)


async def test_a_change_that_is_not_confirmed_was_not_made(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    empty: list[object] = [{"data": []}]  # what subscribing reads first
    calls: tuple[tuple[Coroutine[object, object, object], list[object]], ...] = (
        (consent.unsubscribe(access), []),
        (consent.revoke(USER), []),
        (consent.subscribe(access), empty),
    )
    for call, before in calls:
        for answer in (*before, {"success": False}):
            graph.then(answer)
        with pytest.raises(TransientError, match="did not say") as caught:
            await call
        assert caught.value.unknown
    assert not graph.answers


# The proofs


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"can_access_lead": True}, LeadAccess(can_read=True)),
        ({"can_access_lead": True, "app_has_leads_permission": False}, LeadAccess(can_read=False)),
        (
            {"can_access_lead": False, "failure_reason": "why", "failure_resolution": "how"},
            LeadAccess(can_read=False, reason="why", resolution="how"),
        ),
        ({}, LeadAccess(can_read=None)),
        ("odd", LeadAccess(can_read=None)),
    ],
)
async def test_lead_access_is_told(
    graph: Script, consent: FacebookConsent, access: PageAccess, told: object, expected: LeadAccess
) -> None:
    graph.then({"has_lead_access": told, "id": "100"})
    assert await consent.lead_access(access, "1021") == expected
    assert graph.seen[0].query["fields"] == f"has_lead_access.user_id(1021).app_id({APP_ID})"


async def test_a_system_user_gets_no_verdict(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    graph.refuse(100, None, "(#100) This API is not available.")
    assert await consent.lead_access(access, "1021") == LeadAccess(can_read=None)
    graph.refuse(190, None, "expired")
    with pytest.raises(AuthLostError):
        await consent.lead_access(access, "1021")


async def test_a_person_s_id_cannot_change_the_question(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    with pytest.raises(PermanentError):
        await consent.lead_access(access, "1).app_id(2")
    assert graph.seen == []


async def test_the_proof_is_one_form(graph: Script, consent: FacebookConsent, access: PageAccess) -> None:
    graph.then({"data": []})
    await consent.prove(access)
    assert (graph.seen[0].path, graph.seen[0].query["limit"]) == ("/v26.0/100/leadgen_forms", "1")


async def test_a_failed_proof_raises_what_the_read_raised(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    graph.refuse(103)
    with pytest.raises(LeadAccessError):
        await consent.prove(access)
    graph.otherwise = lambda _: web.json_response({"id": "1"})
    with pytest.raises(TransientError):
        await consent.prove(access)


async def test_no_address_but_the_documented_ones_holds_a_token(
    graph: Script, consent: FacebookConsent, access: PageAccess
) -> None:
    graph.otherwise = lambda _: web.json_response(refusal(2), status=500)
    for call in (
        consent.person(USER),
        consent.permissions(USER),
        consent.pages(USER),
        consent.subscribe(access),
        consent.prove(access),
        consent.lead_access(access, "1"),
        consent.revoke(USER),
    ):
        with pytest.raises(ConnectorError):
            await call
    for seen in graph.seen:
        assert not any(word in seen.address for word in (TOKEN, USER.value, SECRET))
