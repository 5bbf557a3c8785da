"""The sandbox's authorization server, spoken to as any client would."""

import base64
import hashlib
import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest

from adapters.sandbox.google.objects import DRIVE_FILE, USERINFO_EMAIL, Account
from adapters.sandbox.google.server import AUTH, GoogleSandbox
from adapters.sandbox.google.tokens import tokens_of
from adapters.sandbox.google.world import DAY_S, GoogleWorld

CALLBACK = "https://connector.example/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Browser:
    """Goes through the consent and posts to the endpoints."""

    http: aiohttp.ClientSession
    google: GoogleSandbox

    def asked(self, **more: str) -> dict[str, str]:
        """Return a whole authorization request."""
        asked = {
            "client_id": self.google.world.client.id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": f"openid email {DRIVE_FILE}",
            "access_type": "offline",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "state": "s1",
        }
        return {key: value for key, value in (asked | more).items() if value}

    async def page(self, **more: str) -> tuple[int, str]:
        """Return status and page, or the address that one is sent to."""
        url = f"{self.google.url}{AUTH}"
        async with self.http.get(url, params=self.asked(**more), allow_redirects=False) as page:
            return page.status, page.headers.get("Location", "") or await page.text()

    async def back(self, **more: str) -> dict[str, str]:
        """Return what the browser comes back to the app with."""
        status, address = await self.page(**more)
        assert status == 302, address
        return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}

    async def post(self, path: str, **form: str) -> tuple[int, dict[str, Any]]:
        client = self.google.world.client
        credentials = {"client_id": client.id, "client_secret": client.secret}
        async with self.http.post(f"{self.google.url}{path}", data=credentials | form) as answer:
            return answer.status, await answer.json()

    async def exchange(self, code: str, **more: str) -> tuple[int, dict[str, Any]]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return await self.post("/token", **{**form, "code_verifier": VERIFIER, **more})

    async def refresh(self, token: str, **more: str) -> tuple[int, dict[str, Any]]:
        return await self.post("/token", grant_type="refresh_token", refresh_token=token, **more)


@pytest.fixture
def clock() -> list[float]:
    return [1_790_000_000.0]


@pytest.fixture
def world(clock: list[float]) -> GoogleWorld:
    made = GoogleWorld.invented(random.Random(7), now=lambda: clock[0])  # noqa: S311 - repeatable
    made.add_account("ada.admin@example.com", "Ada Admin")
    return made


@pytest.fixture
def account(world: GoogleWorld) -> Account:
    return next(iter(world.accounts.values()))


@pytest.fixture
async def google(world: GoogleWorld) -> AsyncIterator[GoogleSandbox]:
    async with GoogleSandbox(world) as server:
        yield server


@pytest.fixture
async def browser(google: GoogleSandbox) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as http:
        yield Browser(http, google)


async def test_a_first_consent_gives_a_refresh_token_and_a_repeated_one_only_on_prompt(
    browser: Browser,
) -> None:
    _, first = await browser.exchange((await browser.back())["code"])
    assert set(first) == {"access_token", "expires_in", "scope", "token_type", "refresh_token", "id_token"}
    assert first["scope"].split() == ["openid", USERINFO_EMAIL, DRIVE_FILE]
    back = await browser.back()
    assert back["prompt"] == "none"
    _, again = await browser.exchange(back["code"])
    assert "refresh_token" not in again
    _, asked = await browser.exchange((await browser.back(prompt="consent"))["code"])
    assert "refresh_token" in asked
    _, online = await browser.exchange((await browser.back(prompt="consent", access_type="online"))["code"])
    assert "refresh_token" not in online


async def test_the_id_token_is_signed_with_a_published_key(
    browser: Browser, google: GoogleSandbox, account: Account
) -> None:
    account.hosted_domain = "example.com"
    _, grant = await browser.exchange((await browser.back(nonce="n1"))["code"])
    async with browser.http.get(f"{google.url}/oauth2/v3/certs") as answer:
        keys = jwt.PyJWKSet.from_dict(await answer.json())
    header = jwt.get_unverified_header(grant["id_token"])
    claims = jwt.decode(
        grant["id_token"],
        keys[header["kid"]],
        algorithms=["RS256"],
        audience=google.world.client.id,
        issuer="https://accounts.google.com",
        options={"verify_exp": False, "verify_iat": False},  # the world has its own time
    )
    assert (claims["sub"], claims["email"], claims["hd"], claims["nonce"]) == (
        account.sub, account.email, "example.com", "n1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"redirect_uri": "myapp://x"}, "redirect_uri_mismatch"),
        ({"response_type": "token"}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
        ({"access_type": "sometimes"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
async def test_a_wrong_request_stays_on_googles_page(
    browser: Browser, wrong: dict[str, str], error: str
) -> None:
    status, page = await browser.page(**wrong)
    assert status == 400
    assert f"Error 400: {error}" in page


async def test_registered_addresses_are_compared_exactly(browser: Browser, world: GoogleWorld) -> None:
    world.client.redirect_uris = {CALLBACK}
    assert (await browser.page())[0] == 302
    assert (await browser.page(redirect_uri=CALLBACK + "/"))[0] == 400


async def test_nobody_signed_in_and_a_disabled_account_never_come_back(
    browser: Browser, world: GoogleWorld, account: Account
) -> None:
    world.disable(account)
    assert "disabled_account" in (await browser.page())[1]
    world.next_consent = None
    assert "signin_required" in (await browser.page())[1]


async def test_prompt_none_needs_a_consent_that_was_given(browser: Browser) -> None:
    assert (await browser.back(prompt="none"))["error"] == "interaction_required"
    await browser.back()
    assert "code" in await browser.back(prompt="none")


async def test_a_person_unticks_a_box_on_the_page(
    browser: Browser, world: GoogleWorld, account: Account
) -> None:
    world.interactive = True
    other = world.add_account("bob@example.com", "Bob")
    status, page = await browser.page(login_hint=other.email, prompt="consent")
    assert status == 200
    assert f'<option value="{other.sub}" selected>' in page
    assert re.findall(r'type="checkbox" name="([^"]+)"', page) == [f"allow-{DRIVE_FILE}"], (
        "no box for identity"
    )
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    form = {**hidden, "account": other.sub, "decision": "allow"}
    async with browser.http.post(f"{browser.google.url}{AUTH}", data=form, allow_redirects=False) as sent:
        query = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert query["state"] == ["s1"]
    _, grant = await browser.exchange(query["code"][0])
    assert grant["scope"].split() == ["openid", USERINFO_EMAIL]
    form["decision"] = "cancel"
    async with browser.http.post(f"{browser.google.url}{AUTH}", data=form, allow_redirects=False) as sent:
        assert parse_qs(urlsplit(sent.headers["Location"]).query)["error"] == ["access_denied"]


async def test_the_issuer_comes_along_when_the_server_says_so(browser: Browser, world: GoogleWorld) -> None:
    assert "iss" not in await browser.back()
    world.sends_issuer = True
    assert (await browser.back())["iss"] == "https://accounts.google.com"


async def test_a_code_is_used_once_soon_and_by_who_asked(browser: Browser, clock: list[float]) -> None:
    code = (await browser.back())["code"]
    for wrong in ({"code_verifier": "w" * 50}, {"code_verifier": ""}):
        assert (await browser.exchange(code, **wrong))[1]["error"] == "invalid_grant"
    assert (await browser.exchange(code, redirect_uri=CALLBACK + "/"))[1]["error"] == "redirect_uri_mismatch"
    assert (await browser.exchange(code))[0] == 200
    assert await browser.exchange(code) == (
        400,
        {"error": "invalid_grant", "error_description": "Bad Request"},
    )
    late = (await browser.back())["code"]
    clock[0] += 601
    assert (await browser.exchange(late))[1]["error"] == "invalid_grant"
    assert (await browser.exchange("4/invented"))[1]["error"] == "invalid_grant"


async def test_the_client_must_be_known(browser: Browser, world: GoogleWorld) -> None:
    code = (await browser.back())["code"]
    assert (await browser.exchange(code, client_id="nobody"))[1]["error"] == "invalid_client"
    assert await browser.exchange(code, client_secret="wrong") == (
        401,
        {"error": "invalid_client", "error_description": "Unauthorized"},
    )
    assert (await browser.post("/token", grant_type="password"))[1]["error"] == "unsupported_grant_type"
    world.client.deleted = True
    assert (await browser.exchange(code))[1]["error"] == "deleted_client"
    assert "deleted_client" in (await browser.page())[1]


async def test_secrets_in_the_address_are_refused(browser: Browser, google: GoogleSandbox) -> None:
    async with browser.http.post(f"{google.url}/token?client_secret=x") as answer:
        assert answer.status == 400
    async with browser.http.get(f"{google.url}/token") as answer:
        assert answer.status == 405
    assert google.seen[0].secrets_in_url
    assert google.seen[0].query == {"client_secret": "…"}


async def test_a_refresh_keeps_the_token_unless_the_server_rotates(
    browser: Browser, google: GoogleSandbox, account: Account
) -> None:
    token = google.connected(account)
    status, fresh = await browser.refresh(token.value)
    assert status == 200
    assert "refresh_token" not in fresh
    google.world.rotates = True
    _, rotated = await browser.refresh(token.value)
    assert (await browser.refresh(rotated["refresh_token"]))[0] == 200
    assert (await browser.refresh(token.value))[1]["error"] == "invalid_grant"
    assert all(one.dead for one in google.world.refresh_tokens.values()), "an old one ends the family"


async def test_a_refresh_may_narrow_and_not_widen(
    browser: Browser, google: GoogleSandbox, account: Account
) -> None:
    token = google.connected(account).value
    assert (await browser.refresh(token, scope="openid"))[1]["scope"] == "openid"
    assert (await browser.refresh(token, scope="openid everything"))[1]["error"] == "invalid_scope"


async def test_scopes_may_stay_unnamed(browser: Browser, google: GoogleSandbox, account: Account) -> None:
    google.world.names_scopes = False
    assert "scope" not in (await browser.refresh(google.connected(account).value))[1]


async def test_tokens_die_as_google_lets_them_die(
    browser: Browser, google: GoogleSandbox, account: Account, world: GoogleWorld, clock: list[float]
) -> None:
    unused, first = google.connected(account), google.connected(account)
    clock[0] += 179 * DAY_S
    assert (await browser.refresh(first.value))[0] == 200
    clock[0] += 2 * DAY_S
    assert (await browser.refresh(unused.value))[1]["error"] == "invalid_grant"
    assert unused.dead == "unused"
    assert (await browser.refresh(first.value))[0] == 200
    world.testing = True
    fresh = google.connected(account)
    clock[0] += 7 * DAY_S - 1
    assert (await browser.refresh(fresh.value))[0] == 200
    clock[0] += 1
    assert (await browser.refresh(fresh.value))[1][
        "error_description"
    ] == "Token has been expired or revoked."
    assert fresh.dead == "testing_expired"


async def test_the_hundred_and_first_token_ends_the_oldest(google: GoogleSandbox, account: Account) -> None:
    tokens = [google.connected(account) for _ in range(101)]
    assert [token.dead for token in tokens] == ["too_many", *[None] * 100]
    assert google.connected(google.world.add_account("b@example.com")).dead is None
    assert [token.dead for token in tokens[1:]] == [None] * 100


async def test_revoking_ends_every_client_of_the_project_and_nobody_else(
    browser: Browser, google: GoogleSandbox, account: Account, world: GoogleWorld
) -> None:
    sibling = world.add_client(project=world.client.project)
    stranger = world.add_client()
    ours, theirs = google.connected(account), google.connected(account, client=sibling)
    foreign, other = (
        google.connected(account, client=stranger),
        google.connected(world.add_account("b@example.com")),
    )
    access = google.access_token(account)
    assert (await browser.post("/revoke", token=access))[0] == 200
    assert [one.dead for one in (ours, theirs, foreign, other)] == ["revoked", "revoked", None, None]
    assert await browser.post("/revoke", token=ours.value) == (
        400,
        {"error": "invalid_token", "error_description": "Token expired or revoked"},
    )
    assert (await browser.post("/revoke"))[1]["error"] == "invalid_request"
    assert set(tokens_of(world, account)) == {ours.value, theirs.value, foreign.value, access}


async def test_a_disabled_account_rests_and_comes_back(
    browser: Browser, google: GoogleSandbox, account: Account, world: GoogleWorld
) -> None:
    token, access = google.connected(account), google.access_token(account)
    world.disable(account, "hijacking")
    assert (await browser.refresh(token.value))[1]["error_description"] == "Account has been disabled"
    assert await _userinfo(browser, access) == 401
    world.enable(account)
    assert (await browser.refresh(token.value))[0] == 200
    assert await _userinfo(browser, access) == 200
    account.deleted = True
    assert (await browser.refresh(token.value))[1]["error_description"] == "Account has been deleted"


async def test_a_new_password_ends_mail_only_and_a_new_secret_everything(
    browser: Browser, google: GoogleSandbox, account: Account, world: GoogleWorld
) -> None:
    drive, mail = google.connected(account), google.connected(account, scopes=("https://mail.google.com/",))
    world.change_password(account)
    assert (drive.dead, mail.dead) == (None, "by_hand")
    world.reset_secret(world.client)
    assert (await browser.refresh(drive.value))[1]["error"] == "invalid_grant"


async def test_userinfo_says_what_the_scopes_allow(
    browser: Browser, google: GoogleSandbox, account: Account
) -> None:
    assert await _userinfo(browser, "ya29.invented") == 401
    assert await _userinfo(browser, google.access_token(account, scopes=(DRIVE_FILE,))) == 403
    bearer = {"Authorization": f"Bearer {google.access_token(account, scopes=('openid',))}"}
    async with browser.http.get(f"{google.url}/v1/userinfo", headers=bearer) as answer:
        assert await answer.json() == {"sub": account.sub}


async def test_the_discovery_document_names_the_endpoints(browser: Browser, google: GoogleSandbox) -> None:
    async with browser.http.get(f"{google.url}/.well-known/openid-configuration") as answer:
        found = await answer.json()
    given = google.settings()
    assert (found["token_endpoint"], found["revocation_endpoint"]) == (
        given["token_url"],
        given["revoke_url"],
    )


async def _userinfo(browser: Browser, access: str) -> int:
    headers = {"Authorization": f"Bearer {access}"}
    async with browser.http.get(f"{browser.google.url}/v1/userinfo", headers=headers) as answer:
        return answer.status
