"""Consent and tokens over real sockets: with the sandbox's Google, and with servers that keep to the RFCs only."""

import base64
import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import structlog.testing

from adapters.google.client import BODY_BYTES, GoogleHttp
from adapters.google.consent import DEFAULT_LIFE_S, GoogleClient, GoogleConsent
from adapters.retrying import Retrying
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import DRIVE_FILE, Account
from adapters.sandbox.google.replies import google_fault
from adapters.sandbox.google.server import GoogleSandbox
from adapters.sandbox.google.world import GoogleConsent as Decision
from adapters.sandbox.google.world import GoogleWorld
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    MisconfiguredError,
    PermanentError,
    StaleTokenError,
    TransientError,
)
from connector.domain.google_consent import SCOPES, missing, normalised

from .conftest import CHALLENGE, CLIENT_ID, REDIRECT, SECRET, VERIFIER, MovingClock, Script

if TYPE_CHECKING:
    from connector import ports


def fits_the_port(consent: GoogleConsent) -> "ports.GoogleConsent":
    return consent


async def walk(consent: GoogleConsent, state: str = "s1") -> dict[str, str]:
    """Go to the consent page and return the query that the browser comes back with."""
    url = consent.dialog_url(state=state, redirect_uri=REDIRECT, code_challenge=CHALLENGE)
    async with aiohttp.ClientSession() as browser, browser.get(url, allow_redirects=False) as page:
        assert page.status == 302
        back = urlsplit(page.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == REDIRECT
    return {key: values[0] for key, values in parse_qs(back.query).items()}


async def test_connecting_yields_tokens_an_account_and_fresh_tokens_later(
    consent: GoogleConsent, google: GoogleSandbox, account: Account, clock: MovingClock
) -> None:
    account.hosted_domain = "example.com"
    back = await walk(consent)
    assert back["state"] == "s1"
    grant = await consent.exchange(back["code"], redirect_uri=REDIRECT, code_verifier=VERIFIER)
    assert grant.access.scopes == SCOPES
    assert missing(grant.access.scopes) == ()
    assert grant.access.expires_at == clock.now() + timedelta(seconds=3599)
    assert grant.refresh_token is not None
    assert grant.refresh_expires_at is None
    who = await consent.account(grant.access.value)
    assert (who.sub, who.email, who.hosted_domain) == (account.sub, account.email, "example.com")
    fresh = await consent.refresh(grant.refresh_token)
    assert fresh.value != grant.access.value
    assert fresh.refresh_token is None, "Google does not rotate"
    assert not any(seen.secrets_in_url for seen in google.seen)


async def test_the_consent_page_is_asked_for_lasting_access_and_always_shown(consent: GoogleConsent) -> None:
    url = consent.dialog_url(
        state="s", redirect_uri=REDIRECT, code_challenge=CHALLENGE, login_hint="ada@example.com"
    )
    asked = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
    assert asked["access_type"] == "offline"
    assert asked["prompt"] == "consent"
    assert asked["scope"].split() == ["openid", "email", DRIVE_FILE]
    assert asked["code_challenge_method"] == "S256"
    assert asked["login_hint"] == "ada@example.com"
    assert "include_granted_scopes" not in asked


def test_an_address_with_a_query_of_its_own_keeps_it(
    http: GoogleHttp, retrying: Retrying, clock: MovingClock
) -> None:
    client = GoogleClient(id=CLIENT_ID, secret=SECRET, auth_url="https://id.example/auth?realm=a")
    consent = GoogleConsent(client, http, retrying, clock)
    url = consent.dialog_url(state="s", redirect_uri=REDIRECT, code_challenge=CHALLENGE)
    assert parse_qs(urlsplit(url).query)["realm"] == ["a"]
    assert url.count("?") == 1


async def test_an_unticked_box_shows_in_the_scopes(
    consent: GoogleConsent, world: GoogleWorld, account: Account
) -> None:
    world.next_consent = Decision(account=account, unticked=frozenset({DRIVE_FILE}))
    back = await walk(consent)
    grant = await consent.exchange(back["code"], redirect_uri=REDIRECT, code_verifier=VERIFIER)
    assert missing(grant.access.scopes) == (DRIVE_FILE,)


async def test_a_declined_consent_comes_back_with_the_state(
    consent: GoogleConsent, world: GoogleWorld, account: Account
) -> None:
    world.next_consent = Decision(account=account, decline=True)
    assert await walk(consent) == {"state": "s1", "error": "access_denied"}


def test_scopes_have_one_name_each() -> None:
    assert normalised(["openid", "email", "profile", DRIVE_FILE, "email", ""]) == (
        "openid",
        "https://www.googleapis.com/auth/userinfo.email",
        "https://www.googleapis.com/auth/userinfo.profile",
        DRIVE_FILE,
    )
    assert missing(None) == ()
    assert missing(()) == (DRIVE_FILE,)


@pytest.mark.parametrize("how", ["twice", "verifier", "redirect"])
async def test_a_code_works_once_and_only_for_who_asked(consent: GoogleConsent, how: str) -> None:
    code = (await walk(consent))["code"]
    redirect, verifier = REDIRECT, VERIFIER
    if how == "twice":
        await consent.exchange(code, redirect_uri=REDIRECT, code_verifier=VERIFIER)
    elif how == "verifier":
        verifier = "x" * 43
    else:
        redirect = REDIRECT + "/"
    with pytest.raises(MisconfiguredError if how == "redirect" else PermanentError):
        await consent.exchange(code, redirect_uri=redirect, code_verifier=verifier)


@pytest.mark.parametrize("fault", [Fault.status(502), Fault.status(503), Fault.drop_connection()])
async def test_a_code_is_never_sent_twice(
    consent: GoogleConsent, google: GoogleSandbox, fault: Fault
) -> None:
    code = (await walk(consent))["code"]
    google.faults.add("token", fault)
    with pytest.raises(TransientError):
        await consent.exchange(code, redirect_uri=REDIRECT, code_verifier=VERIFIER)
    assert [seen.route for seen in google.seen].count("token") == 1


@pytest.mark.parametrize("fault", [Fault.status(502), Fault.status(503), Fault.drop_connection()])
async def test_a_refresh_survives_a_bad_moment(
    consent: GoogleConsent, google: GoogleSandbox, account: Account, fault: Fault
) -> None:
    token = google.connected(account).value
    google.faults.add("token", fault, times=2)
    assert (await consent.refresh(token)).value in google.world.access_tokens
    assert [seen.route for seen in google.seen].count("token") == 3


async def test_a_longer_outage_is_no_death(
    consent: GoogleConsent, google: GoogleSandbox, account: Account
) -> None:
    token = google.connected(account).value
    google.faults.rate("token", Fault.status(500), 1.0)
    with pytest.raises(TransientError):
        await consent.refresh(token)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("invalid_grant", AuthLostError),
        ("invalid_grant_bad_request", AuthLostError),
        ("rapt_required", AuthLostError),
        ("deleted_client", MisconfiguredError),
        ("admin_policy_enforced", MisconfiguredError),
    ],
)
async def test_refusals_of_a_refresh_are_told_apart_and_not_repeated(
    consent: GoogleConsent, google: GoogleSandbox, account: Account, name: str, kind: type[ConnectorError]
) -> None:
    token = google.connected(account).value
    google.faults.add("token", google_fault(name))
    with pytest.raises(kind):
        await consent.refresh(token)
    assert len(google.seen) == 1


async def test_a_rotated_token_is_handed_up(
    consent: GoogleConsent, google: GoogleSandbox, account: Account
) -> None:
    google.world.rotates = True
    old = google.connected(account).value
    fresh = await consent.refresh(old)
    assert fresh.refresh_token is not None
    assert fresh.refresh_token != old
    assert (await consent.refresh(fresh.refresh_token)).refresh_token is not None


async def test_testing_mode_says_when_the_consent_ends(
    consent: GoogleConsent, google: GoogleSandbox, clock: MovingClock
) -> None:
    google.world.testing = True
    back = await walk(consent)
    grant = await consent.exchange(back["code"], redirect_uri=REDIRECT, code_verifier=VERIFIER)
    assert grant.refresh_expires_at == clock.now() + timedelta(days=7, seconds=-1)
    assert grant.refresh_token is not None
    clock.advance(7 * 86_400)
    with pytest.raises(AuthLostError):
        await consent.refresh(grant.refresh_token)


async def test_revoking_ends_the_grant_and_may_be_repeated(
    consent: GoogleConsent, google: GoogleSandbox, account: Account
) -> None:
    token = google.connected(account).value
    await consent.revoke(token)
    with pytest.raises(AuthLostError) as lost:
        await consent.refresh(token)
    assert lost.value.cause == "revoked"
    await consent.revoke(token)
    revocations = [seen for seen in google.seen if seen.route == "revoke"]
    assert [seen.status for seen in revocations] == [200, 400]
    assert all(seen.form["token"] == "…" and not seen.query for seen in revocations)


async def test_revoking_is_repeated_after_a_bad_moment(
    consent: GoogleConsent, google: GoogleSandbox, account: Account
) -> None:
    token = google.connected(account)
    google.faults.add("revoke", Fault.status(503))
    await consent.revoke(token.value)
    assert token.dead == "revoked"


async def test_a_dead_access_token_is_stale_and_asked_once(
    consent: GoogleConsent, google: GoogleSandbox, account: Account, clock: MovingClock
) -> None:
    token = google.access_token(account)
    clock.advance(3600)
    with pytest.raises(StaleTokenError):
        await consent.account(token)
    assert len(google.seen) == 1


async def test_a_token_that_could_break_a_header_is_not_sent(
    consent: GoogleConsent, google: GoogleSandbox
) -> None:
    with pytest.raises(StaleTokenError):
        await consent.account("abc\r\nX-Evil: 1")
    assert not google.seen


async def test_an_issuer_counts_only_where_one_is_known(
    http: GoogleHttp, retrying: Retrying, clock: MovingClock, consent: GoogleConsent
) -> None:
    real = GoogleConsent(GoogleClient(id=CLIENT_ID, secret=SECRET), http, retrying, clock)
    assert real.is_own_issuer(None)
    assert real.is_own_issuer("https://accounts.google.com")
    assert not real.is_own_issuer("https://evil.example")
    assert consent.is_own_issuer("https://whoever.example")


# servers that we did not write


async def test_a_server_that_names_neither_scope_nor_lifetime(
    scripted: GoogleConsent, script: Script, clock: MovingClock
) -> None:
    script.then({"access_token": "opaque", "token_type": "bearer", "refresh_token": "r1", "id_token": "junk"})
    grant = await scripted.exchange("c", redirect_uri=REDIRECT, code_verifier=VERIFIER)
    assert grant.access.scopes is None
    assert missing(grant.access.scopes) == ()
    assert grant.access.expires_at == clock.now() + timedelta(seconds=DEFAULT_LIFE_S)
    assert grant.refresh_token == "r1"


@pytest.mark.parametrize(
    ("given", "lives_s"),
    [("120", 120), (90.5, 90.5), (0, DEFAULT_LIFE_S), (-5, DEFAULT_LIFE_S), (True, DEFAULT_LIFE_S),
     ("soon", DEFAULT_LIFE_S), (10**12, DEFAULT_LIFE_S), (None, DEFAULT_LIFE_S)],
)  # fmt: skip
async def test_a_lifetime_of_any_writing(
    scripted: GoogleConsent, script: Script, clock: MovingClock, given: object, lives_s: float
) -> None:
    script.then({"access_token": "a", "expires_in": given})
    fresh = await scripted.refresh("r1")
    assert fresh.expires_at == clock.now() + timedelta(seconds=lives_s)


async def test_a_server_that_takes_the_client_in_the_header_only(
    scripted: GoogleConsent, script: Script
) -> None:
    script.then({"error": "invalid_client"}, 401)
    script.then({"access_token": "a"})
    await scripted.exchange("code-1", redirect_uri=REDIRECT, code_verifier=VERIFIER)
    first, second = script.seen
    assert (first.form["client_id"], first.form["client_secret"]) == (CLIENT_ID, SECRET)
    assert "Authorization" not in first.headers
    assert "client_secret" not in second.form
    kind, _, encoded = second.headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(encoded).decode()) == ("Basic", f"{CLIENT_ID}:{SECRET}")
    await scripted.refresh("r1")
    assert len(script.seen) == 3, "the way that works is remembered"
    assert script.seen[2].headers["Authorization"] == second.headers["Authorization"]


async def test_a_client_that_is_refused_either_way_is_ours_to_mend(
    scripted: GoogleConsent, script: Script
) -> None:
    script.then({"error": "invalid_client"}, 401)
    with pytest.raises(MisconfiguredError) as refused:
        await scripted.refresh("r1")
    assert "[google]" in refused.value.remedy


async def test_userinfo_without_an_address(scripted: GoogleConsent, script: Script) -> None:
    script.then({"sub": "user-1"})
    assert (await scripted.account("a")).email is None
    script.answers.clear()
    script.then({"id": "older", "email": "ada@example.com"})
    who = await scripted.account("a")
    assert (who.sub, who.email) == ("older", "ada@example.com")


async def test_revocation_without_a_body(scripted: GoogleConsent, script: Script) -> None:
    script.then(b"")
    await scripted.revoke("r1")
    assert script.seen[0].form["token"] == "r1"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", {"access_token": ""}, {"access_token": "a b"}, {"access_token": 7},
     {"access_token": "a\nb"}, {"access_token": "x" * 20_000}, {"error": "odd"},
     b'{"access_token": "a"}' + b" " * BODY_BYTES],
)  # fmt: skip
async def test_an_answer_without_a_usable_token_is_no_success(
    scripted: GoogleConsent, script: Script, body: object
) -> None:
    script.then(body)
    with pytest.raises(TransientError):
        await scripted.refresh("r1")


async def test_tokens_bound_to_a_key_are_refused_in_words(scripted: GoogleConsent, script: Script) -> None:
    script.then({"access_token": "a", "token_type": "DPoP"})
    with pytest.raises(MisconfiguredError, match="kind"):
        await scripted.refresh("r1")


async def test_a_redirect_is_not_followed(scripted: GoogleConsent, script: Script) -> None:
    script.then(b"", 307, Location=f"{script.url}/elsewhere")
    with pytest.raises(TransientError):
        await scripted.exchange("c", redirect_uri=REDIRECT, code_verifier=VERIFIER)
    assert [asked.address for asked in script.seen] == ["/token"]


async def test_nobody_listening_is_a_bad_moment(
    http: GoogleHttp, retrying: Retrying, clock: MovingClock, unused_tcp_port: int
) -> None:
    client = GoogleClient(id=CLIENT_ID, secret=SECRET, token_url=f"http://127.0.0.1:{unused_tcp_port}/token")
    with pytest.raises(TransientError, match="could not be reached") as away:
        await GoogleConsent(client, http, retrying, clock).refresh("r-secret")
    assert "127.0.0.1" not in str(away.value)


async def test_no_secret_in_errors_reprs_or_logs(
    consent: GoogleConsent, google: GoogleSandbox, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [google.world.client.secret, VERIFIER]
    said = [repr(consent), repr(google.world.client)]
    with structlog.testing.capture_logs() as logs:
        code = (await walk(consent))["code"]
        secrets.append(code)
        grant = await consent.exchange(code, redirect_uri=REDIRECT, code_verifier=VERIFIER)
        assert grant.refresh_token
        secrets += [grant.access.value, grant.refresh_token]
        said.append(repr(grant))
        google.faults.add("token", Fault.status(500), times=3)
        for failing in (
            consent.refresh(grant.refresh_token),
            consent.exchange(code, redirect_uri=REDIRECT, code_verifier=VERIFIER),
        ):
            with pytest.raises(ConnectorError) as refused:
                await failing
            said += [str(refused.value), repr(refused.value), repr(refused.value.__cause__)]
        await consent.revoke(grant.refresh_token)
        await consent.revoke(grant.refresh_token)
    said += [str(logs), caplog.text, str(list(google.seen))]
    assert not [secret for secret in secrets for text in said if secret in text]
