"""Security events: only what Google signed for us is believed, and its keys are fetched with measure."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import jwt
import pytest
import structlog.testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.google.client import GoogleHttp
from adapters.google.published_keys import KEEP_S, LONGEST_S, PAUSE_S, PublishedKeys, SecurityEvents
from adapters.google.security_events import LEEWAY, LONGEST_EVENT_BYTES, key_id, verify
from adapters.retrying import Retrying
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.event_sender import EventName
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.server import GoogleSandbox
from adapters.sandbox.google.signing import SigningKey
from connector.domain.errors import BadSignatureError, TransientError
from connector.domain.security_event import SecurityEvent, token_prints

from .conftest import CLIENT_ID, MovingClock, Script

if TYPE_CHECKING:
    from connector import ports

ISSUER = "https://accounts.google.com"
NAMES: tuple[EventName, ...] = (
    "sessions-revoked",
    "tokens-revoked",
    "account-disabled",
    "account-enabled",
    "account-credential-change-required",
    "account-purged",
)


def fits_the_port(events: SecurityEvents) -> "ports.SecurityEventDoor":
    return events


def fetches(google: GoogleSandbox) -> int:
    return sum(seen.route == "certs" for seen in google.seen)


@pytest.mark.parametrize("name", NAMES)
async def test_events_about_an_account_are_read(
    events: SecurityEvents, google: GoogleSandbox, account: Account, clock: MovingClock, name: EventName
) -> None:
    event = await events.read(google.events.about(name, account, jti="j1").encode())
    assert event == SecurityEvent(jti="j1", type=name, issued_at=clock.now(), sub=account.sub)


async def test_the_reason_of_a_disabled_account_is_read(
    events: SecurityEvents, google: GoogleSandbox, account: Account
) -> None:
    event = await events.read(google.events.about("account-disabled", account, reason="hijacking").encode())
    assert event.reason == "hijacking"


@pytest.mark.parametrize("by", ["prefix", "hash"])
async def test_a_revoked_token_is_recognised_by_its_prints(
    events: SecurityEvents, google: GoogleSandbox, account: Account, by: Literal["prefix", "hash"]
) -> None:
    refresh = google.connected(account)
    event = await events.read(google.events.token_revoked(refresh, by=by).encode())
    prints = token_prints(refresh.value)
    assert event.type == "token-revoked"
    assert event.token_prefix == (prints.prefix if by == "prefix" else None)
    assert event.token_double_hash == (prints.double_hash if by == "hash" else None)
    assert refresh.value[:16] not in repr(event)


async def test_a_verification_carries_the_operators_state(
    events: SecurityEvents, google: GoogleSandbox
) -> None:
    event = await events.read(google.events.verification("test-42").encode())
    assert (event.type, event.state, event.sub) == ("verification", "test-42", None)


async def test_a_redelivered_event_keeps_its_jti_and_an_old_one_is_taken(
    events: SecurityEvents, google: GoogleSandbox, account: Account, clock: MovingClock
) -> None:
    token = google.events.about("tokens-revoked", account).encode()
    first = await events.read(token)
    clock.advance(300 * 86_400)
    assert await events.read(b" " + token + b"\n") == first


# what is not believed: for each of these the check in security_events.py was removed once and the test went red


def token_of(google: GoogleSandbox, account: Account, **replaced: object) -> bytes:
    return google.events.about("tokens-revoked", account, reason="", **replaced).encode()


async def refuse(events: SecurityEvents, body: bytes, words: str) -> None:
    with pytest.raises(BadSignatureError, match=words) as refused:
        await events.read(body)
    assert refused.value.__cause__ is None


async def test_a_strangers_signature_is_refused(
    events: SecurityEvents, google: GoogleSandbox, account: Account
) -> None:
    await refuse(events, google.events.forged("tokens-revoked", account).encode(), "signature is wrong")


async def test_another_audience_is_refused(
    events: SecurityEvents, google: GoogleSandbox, account: Account
) -> None:
    await refuse(events, token_of(google, account, aud="other.apps.example"), "another client")
    await refuse(events, token_of(google, account, aud=[]), "another client|lacks aud")
    await refuse(events, token_of(google, account, aud=None), "lacks aud")
    ours = google.world.client.id
    assert (await events.read(token_of(google, account, aud=["other", ours]))).sub == account.sub


async def test_another_issuer_is_refused(
    events: SecurityEvents, google: GoogleSandbox, account: Account
) -> None:
    for iss in ("https://evil.example/", "https://accounts.google.com.evil.example", "", ISSUER + "//"):
        await refuse(events, token_of(google, account, iss=iss), "another issuer")
    await refuse(events, token_of(google, account, iss=None), "lacks iss")
    for iss in (ISSUER, ISSUER + "/"):
        assert (await events.read(token_of(google, account, iss=iss))).sub == account.sub


async def test_an_event_of_the_future_is_refused(
    events: SecurityEvents, google: GoogleSandbox, account: Account, clock: MovingClock
) -> None:
    edge = int((clock.now() + LEEWAY).timestamp())
    await refuse(events, token_of(google, account, iat=edge + 1), "of the future")
    assert await events.read(token_of(google, account, iat=edge))
    for iat in (True, "soon", -1, 10**12):
        await refuse(events, token_of(google, account, iat=iat), "of the future|signature is wrong")
    await refuse(events, token_of(google, account, iat=None), "lacks iat")


async def test_an_event_without_a_jti_could_be_replayed_for_ever(
    events: SecurityEvents, google: GoogleSandbox, account: Account
) -> None:
    for jti in ("", 7, "x" * 300):
        await refuse(events, token_of(google, account, jti=jti), "jti")
    await refuse(events, token_of(google, account, jti=None), "lacks jti")


async def test_only_rs256_is_taken(
    events: SecurityEvents, google: GoogleSandbox, account: Account, signing_key: SigningKey
) -> None:
    claims = google.events.claims("tokens-revoked", {})
    kid = {"kid": signing_key.kid}
    none = jwt.encode(claims, "", algorithm="none", headers=kid)
    shared = jwt.encode(claims, "k" * 64, algorithm="HS256", headers=kid)
    rs512 = jwt.encode(claims, signing_key.private, algorithm="RS512", headers=kid)
    for token in (none, shared, rs512):
        await refuse(events, token.encode(), "not signed as Google signs")
    assert fetches(google) == 0


def test_the_algorithm_is_pinned_where_the_signature_is_checked(
    signing_key: SigningKey, clock: MovingClock
) -> None:
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "iat": 1, "jti": "j", "events": {"x": {}}}
    key = jwt.PyJWK(dict(signing_key.jwk()), algorithm="RS256")
    rs512 = jwt.encode(claims, signing_key.private, algorithm="RS512", headers={"kid": signing_key.kid})
    with pytest.raises(BadSignatureError):
        verify(rs512.encode(), key, issuer=ISSUER, client_ids=[CLIENT_ID], now=clock.now())


def test_without_a_client_of_ours_nothing_is_for_us(signing_key: SigningKey, clock: MovingClock) -> None:
    claims = {"iss": ISSUER, "aud": [""], "iat": 1, "jti": "j", "events": {"x": {}}}
    key = jwt.PyJWK(dict(signing_key.jwk()), algorithm="RS256")
    with pytest.raises(BadSignatureError):
        verify(signing_key.sign(claims).encode(), key, issuer=ISSUER, client_ids=[""], now=clock.now())


@pytest.mark.parametrize("events_claim", [{}, [], "text", 7])
async def test_a_token_that_tells_nothing_is_refused(
    events: SecurityEvents, google: GoogleSandbox, account: Account, events_claim: object
) -> None:
    await refuse(events, token_of(google, account, events=events_claim), "tells nothing")


async def test_a_login_token_is_no_event(
    events: SecurityEvents, google: GoogleSandbox, account: Account, signing_key: SigningKey
) -> None:
    now = int(google.world.now())
    claims = {"iss": ISSUER, "aud": google.world.client.id, "sub": account.sub, "iat": now, "exp": now + 3600}
    await refuse(events, signing_key.sign(claims).encode(), "lacks")


async def test_an_endless_body_is_refused_unread(events: SecurityEvents, google: GoogleSandbox) -> None:
    await refuse(events, b"e" * (LONGEST_EVENT_BYTES + 1), "too long")
    assert not google.seen


# what an event may be about


async def test_an_unknown_event_is_taken_and_named_so(
    events: SecurityEvents, google: GoogleSandbox, account: Account
) -> None:
    event = await events.read(token_of(google, account, events={"https://schemas.example/new": {}}))
    assert (event.type, event.sub) == ("unknown", None)


async def test_of_several_events_the_gravest_counts(
    events: SecurityEvents, google: GoogleSandbox, account: Account
) -> None:
    base = "https://schemas.openid.net/secevent"
    subject = {"subject": {"subject_type": "iss-sub", "iss": ISSUER, "sub": account.sub}}
    both = {f"{base}/risc/event-type/account-enabled": {}, f"{base}/oauth/event-type/tokens-revoked": subject}
    assert (await events.read(token_of(google, account, events=both))).type == "tokens-revoked"


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ({"subject_type": "iss-sub", "iss": ISSUER, "sub": "7"}, {"sub": "7"}),
        ({"format": "iss_sub", "iss": ISSUER + "/", "sub": "7"}, {"sub": "7"}),
        ({"subject_type": "id_token_claims", "iss": ISSUER, "sub": "7", "email": "a@b"}, {"sub": "7"}),
        ({"subject_type": "iss-sub", "iss": "https://evil.example", "sub": "7"}, {}),
        ({"subject_type": "iss-sub", "sub": "7"}, {}),
        ({"subject_type": "iss-sub", "iss": ISSUER, "sub": 7}, {}),
        ({"subject_type": "email", "email": "a@b"}, {}),
        ({"subject_type": ["iss-sub"], "iss": ISSUER, "sub": "7"}, {}),
        ({"subject_type": "oauth_token", "token_type": "access_token", "token": "x" * 16}, {}),
        (
            {"subject_type": "oauth_token", "token_type": "refresh_token", "token_identifier_alg": "prefix",
             "token": "short"},
            {},
        ),
        (
            {"subject_type": "oauth_token", "token_type": "refresh_token", "token_identifier_alg": "md5",
             "token": "x" * 16},
            {},
        ),
        (
            {"subject_type": "oauth_token", "token_type": "refresh_token",
             "token_identifier_alg": "hash_base64_sha512_sha512", "token": "a-_b=="},
            {"token_double_hash": "a+/b"},
        ),
        ("text", {}),
        (None, {}),
    ],
)  # fmt: skip
async def test_a_subject_of_another_shape_is_nobody(
    events: SecurityEvents, google: GoogleSandbox, account: Account, subject: object, found: dict[str, str]
) -> None:
    address = "https://schemas.openid.net/secevent/oauth/event-type/token-revoked"
    event = await events.read(token_of(google, account, events={address: {"subject": subject}}))
    nobody = replace(event, sub=None, token_prefix=None, token_double_hash=None)
    assert event == replace(nobody, **found)  # type: ignore[arg-type] # only texts


# the keys


async def test_keys_are_fetched_once_and_anew_after_hours(
    events: SecurityEvents, google: GoogleSandbox, account: Account, clock: MovingClock
) -> None:
    for _ in range(3):
        await events.read(token_of(google, account))
    assert fetches(google) == 1
    clock.advance(KEEP_S + 1)
    await events.read(token_of(google, account))
    assert fetches(google) == 2


async def test_a_new_key_is_found_by_looking_again_once(
    events: SecurityEvents, google: GoogleSandbox, account: Account, clock: MovingClock
) -> None:
    await events.read(token_of(google, account))
    google.rotate_keys()
    clock.advance(PAUSE_S)
    assert (await events.read(token_of(google, account))).sub == account.sub
    assert fetches(google) == 2


async def test_unknown_keys_make_no_flood(
    events: SecurityEvents,
    google: GoogleSandbox,
    account: Account,
    signing_key: SigningKey,
    clock: MovingClock,
) -> None:
    claims = google.events.claims("tokens-revoked", {})
    for number in range(20):
        token = signing_key.sign(claims, kid=f"unknown-{number}")
        await refuse(events, token.encode(), "unknown key")
    assert fetches(google) == 1
    clock.advance(PAUSE_S)
    await refuse(events, signing_key.sign(claims, kid="unknown").encode(), "unknown key")
    assert fetches(google) == 2


async def test_a_withdrawn_key_goes(
    events: SecurityEvents, google: GoogleSandbox, account: Account, clock: MovingClock
) -> None:
    old = token_of(google, account)
    await events.read(old)
    google.rotate_keys()
    del google.keys[0]
    clock.advance(KEEP_S + 1)
    await refuse(events, old, "unknown key")


@pytest.mark.parametrize("route", ["risc_config", "certs"])
@pytest.mark.parametrize(
    "fault",
    [Fault.status(503), Fault.status(404), Fault.bare("{}"), Fault.bare("[]"), Fault.drop_connection()],
)
async def test_keys_that_cannot_be_had_are_a_bad_moment(
    events: SecurityEvents,
    google: GoogleSandbox,
    account: Account,
    clock: MovingClock,
    route: str,
    fault: Fault,
) -> None:
    google.faults.add(route, fault, times=10)
    with pytest.raises(TransientError):
        await events.read(token_of(google, account))
    tried = len(google.seen)
    with pytest.raises(TransientError):
        await events.read(token_of(google, account))
    assert len(google.seen) == tried, "not asked again at once"
    google.faults.clear()
    clock.advance(PAUSE_S)
    assert (await events.read(token_of(google, account))).sub == account.sub


async def test_known_keys_serve_on_for_a_day_when_google_is_away(
    events: SecurityEvents,
    google: GoogleSandbox,
    account: Account,
    clock: MovingClock,
    signing_key: SigningKey,
) -> None:
    await events.read(token_of(google, account))
    google.faults.rate("risc_config", Fault.status(503), 1.0)
    clock.advance(KEEP_S + 1)
    assert (await events.read(token_of(google, account))).sub == account.sub
    unknown = signing_key.sign(google.events.claims("tokens-revoked", {}), kid="perhaps-new")
    with pytest.raises(TransientError):  # it may be a new key: not refused for good
        await events.read(unknown.encode())
    clock.advance(LONGEST_S)
    with pytest.raises(TransientError):
        await events.read(token_of(google, account))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "another shape"),
        ({"issuer": "", "jwks_uri": "http://127.0.0.1/keys"}, "another shape"),
        ({"issuer": ISSUER, "jwks_uri": 7}, "another shape"),
        ({"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"}, "unfit address"),
        ({"issuer": ISSUER, "jwks_uri": "https://127.0.0.1:1/keys"}, "unfit address"),
    ],
)
async def test_an_odd_configuration_is_not_followed(
    script: Script,
    http: GoogleHttp,
    retrying: Retrying,
    clock: MovingClock,
    config: dict[str, object],
    words: str,
) -> None:
    script.then(config)
    keys = PublishedKeys(http, retrying, clock, config_url=f"{script.url}/risc")
    with structlog.testing.capture_logs() as logs, pytest.raises(TransientError):
        await keys.having("k")
    assert any(words in str(line.get("error")) for line in logs)
    assert {asked.address for asked in script.seen} == {"/risc"}


async def test_only_rsa_keys_for_signatures_are_kept(
    script: Script, http: GoogleHttp, retrying: Retrying, clock: MovingClock, signing_key: SigningKey
) -> None:
    good = signing_key.jwk()
    odd = [7, {}, {"kty": "oct", "k": "c2VjcmV0", "kid": "a"}, {**good, "use": "enc", "kid": "b"},
           {**good, "kid": 7}, {**good, "n": "!", "kid": "c"}, {"kty": "RSA", "kid": "d"}]  # fmt: skip
    script.then({"issuer": ISSUER, "jwks_uri": f"{script.url}/keys"})
    script.then({"keys": [*odd, good]})
    keys = PublishedKeys(http, retrying, clock, config_url=f"{script.url}/risc")
    issuer, _ = await keys.having(signing_key.kid)
    assert issuer == ISSUER
    for kid in ("a", "b", "c", "d"):
        with pytest.raises(BadSignatureError):
            await keys.having(kid)


# whatever is posted


@given(st.binary(max_size=300))
def test_a_body_of_any_bytes_is_refused_and_never_a_fault_of_ours(body: bytes) -> None:
    with pytest.raises(BadSignatureError):
        key_id(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("iss", "aud", "iat", "jti", "events", "exp", "nbf", "sub"), json_values),
    )
)
def test_rightly_signed_nonsense_is_an_event_or_refused(
    signing_key: SigningKey, clock: MovingClock, claims: dict[str, object]
) -> None:
    key = jwt.PyJWK(dict(signing_key.jwk()), algorithm="RS256")
    raw = json.dumps(claims).encode()
    token = jwt.api_jws.encode(raw, signing_key.private, algorithm="RS256", headers={"kid": signing_key.kid})
    try:
        event = verify(token.encode(), key, issuer=ISSUER, client_ids=[CLIENT_ID], now=clock.now())
    except BadSignatureError:
        return
    assert event.issued_at <= clock.now() + timedelta(minutes=5)
