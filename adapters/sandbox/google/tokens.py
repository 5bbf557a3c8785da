"""The token, revocation and userinfo endpoints."""

import base64
import hashlib
import hmac

from adapters.sandbox.google.call import Call
from adapters.sandbox.google.objects import (
    USERINFO_EMAIL,
    AccessToken,
    Account,
    Client,
    Code,
    DeathCause,
    Json,
    RefreshToken,
)
from adapters.sandbox.google.replies import Refusal, Reply, answer, oauth_refusal
from adapters.sandbox.google.signing import SigningKey
from adapters.sandbox.google.world import (
    CODE_LIFE_S,
    LIVE_TOKENS_MAX,
    TESTING_LIFE_S,
    UNUSED_LIFE_S,
    GoogleWorld,
)


def token(world: GoogleWorld, key: SigningKey, call: Call) -> Reply:
    """Answer `POST /token`."""
    if call.method != "POST":
        raise oauth_refusal(405, "invalid_request", "The token endpoint takes POST only.")
    if {"client_secret", "code", "refresh_token", "code_verifier"} & call.query.keys():
        raise oauth_refusal(400, "invalid_request", "Secrets do not belong into an address.")
    client = _client(world, call)
    match call.form.get("grant_type", ""):
        case "authorization_code":
            return _exchanged(world, key, client, call)
        case "refresh_token":
            return _refreshed(world, key, client, call)
        case other:
            raise oauth_refusal(400, "unsupported_grant_type", f"Invalid grant_type: {other}")


def revoke(world: GoogleWorld, call: Call) -> Reply:
    """Answer `/revoke`: either kind of token ends the whole grant, for every client of the project."""
    value = call.params.get("token", "")
    if not value:
        raise oauth_refusal(400, "invalid_request", "Missing required parameter: token")
    known = world.refresh_tokens.get(value) or world.access_tokens.get(value)
    if known is None or known.dead:
        raise oauth_refusal(400, "invalid_token", "Token expired or revoked")
    world.revoke(world.accounts[known.sub], known.project)
    return answer({})


def userinfo(world: GoogleWorld, call: Call) -> Reply:
    """Answer `/v1/userinfo`."""
    access = live_access(world, call.bearer)
    if access is None:
        raise oauth_refusal(401, "invalid_request", "Invalid Credentials")
    if "openid" not in access.scopes:
        raise oauth_refusal(403, "insufficient_scope", "The openid scope was not granted.")
    return answer(_claims_of(world.accounts[access.sub], access.scopes))


def live_access(world: GoogleWorld, value: str) -> AccessToken | None:
    """Return the access token if it works now."""
    access = world.access_tokens.get(value)
    if access is None or access.dead or access.expires_at <= world.now():
        return None
    account = world.accounts[access.sub]
    return None if account.deleted or account.disabled is not None else access


def issue_access(
    world: GoogleWorld, account: Account, client: Client, scopes: tuple[str, ...]
) -> AccessToken:
    """Mint an access token."""
    access = AccessToken(
        value=f"ya29.{world.new_text(80)}",
        sub=account.sub,
        client_id=client.id,
        project=client.project,
        scopes=scopes,
        expires_at=world.now() + world.access_life_s,
    )
    world.access_tokens[access.value] = access
    return access


def issue_refresh(
    world: GoogleWorld, account: Account, client: Client, scopes: tuple[str, ...], *, family: str = ""
) -> RefreshToken:
    """Mint a refresh token; past 100 live ones of this account and client the oldest dies in silence."""
    value = f"1//0{world.new_text(60)}"
    refresh = RefreshToken(
        value=value,
        sub=account.sub,
        client_id=client.id,
        project=client.project,
        scopes=scopes,
        issued_at=world.now(),
        used_at=world.now(),
        family=family or value,
    )
    mine = (account.sub, client.id)
    live = [one for one in world.refresh_tokens.values() if not one.dead and (one.sub, one.client_id) == mine]
    for oldest in live[: max(0, len(live) - LIVE_TOKENS_MAX + 1)]:
        oldest.dead = "too_many"
    world.refresh_tokens[value] = refresh
    return refresh


def _client(world: GoogleWorld, call: Call) -> Client:
    """Check who asks, by the form or by the header."""
    client_id, secret = call.basic or (call.form.get("client_id", ""), call.form.get("client_secret", ""))
    client = world.clients.get(client_id)
    if client is None:
        raise oauth_refusal(401, "invalid_client", "The OAuth client was not found.")
    if client.deleted:
        raise oauth_refusal(401, "deleted_client", "The OAuth client was deleted.")
    if not hmac.compare_digest(client.secret.encode(), secret.encode()):
        raise oauth_refusal(401, "invalid_client", "Unauthorized")
    return client


def _exchanged(world: GoogleWorld, key: SigningKey, client: Client, call: Call) -> Reply:
    code = _code(world, client, call)
    code.used = True
    account = world.accounts[code.sub]
    record = _bearer(world, account, client, code.scopes)
    if code.with_refresh:
        record["refresh_token"] = issue_refresh(world, account, client, code.scopes).value
        if world.testing:
            record["refresh_token_expires_in"] = TESTING_LIFE_S - 1
    return answer(record | _identity(world, key, account, client, code.scopes, code.nonce))


def _code(world: GoogleWorld, client: Client, call: Call) -> Code:
    code = world.codes.get(call.form.get("code", ""))
    if code is None:
        raise oauth_refusal(400, "invalid_grant", "Malformed auth code.")
    if code.used or world.now() - code.issued_at > CODE_LIFE_S or code.client_id != client.id:
        raise oauth_refusal(400, "invalid_grant", "Bad Request")
    if call.form.get("redirect_uri") != code.redirect_uri:
        raise oauth_refusal(400, "redirect_uri_mismatch", "Bad Request")
    if code.challenge:
        verifier = call.form.get("code_verifier", "")
        if not verifier:
            raise oauth_refusal(400, "invalid_grant", "Missing code verifier.")
        if _s256(verifier) != code.challenge:
            raise oauth_refusal(400, "invalid_grant", "Invalid code verifier.")
    return code


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _refreshed(world: GoogleWorld, key: SigningKey, client: Client, call: Call) -> Reply:
    refresh = world.refresh_tokens.get(call.form.get("refresh_token", ""))
    if refresh is None or refresh.client_id != client.id:
        raise oauth_refusal(400, "invalid_grant", "Bad Request")
    _check_alive(world, refresh)
    refresh.used_at = world.now()
    account = world.accounts[refresh.sub]
    record = _bearer(world, account, client, _narrowed(refresh, call.form.get("scope")))
    if world.rotates:
        refresh.dead = "rotated"
        follower = issue_refresh(world, account, client, refresh.scopes, family=refresh.family)
        follower.issued_at = refresh.issued_at
        record["refresh_token"] = follower.value
    return answer(record | _identity(world, key, account, client, refresh.scopes, ""))


def _check_alive(world: GoogleWorld, refresh: RefreshToken) -> None:
    if refresh.dead is None:
        refresh.dead = _died_of_age(world, refresh)
    if refresh.dead == "rotated":  # somebody has an old one: nobody of the family is believed any more
        for one in world.refresh_tokens.values():
            if one.family == refresh.family and one.dead is None:
                one.dead = "reused"
    account = world.accounts[refresh.sub]
    if account.deleted:
        raise oauth_refusal(400, "invalid_grant", "Account has been deleted")
    if account.disabled is not None:
        raise oauth_refusal(400, "invalid_grant", "Account has been disabled")
    if refresh.dead is not None:
        raise _dead()


def _died_of_age(world: GoogleWorld, refresh: RefreshToken) -> DeathCause | None:
    if world.testing and world.now() - refresh.issued_at >= TESTING_LIFE_S:
        return "testing_expired"
    return "unused" if world.now() - refresh.used_at >= UNUSED_LIFE_S else None


def _dead() -> Refusal:
    return oauth_refusal(400, "invalid_grant", "Token has been expired or revoked.")


def _narrowed(refresh: RefreshToken, scope: str | None) -> tuple[str, ...]:
    if scope is None:
        return refresh.scopes
    asked = tuple(scope.split())
    if not set(asked) <= set(refresh.scopes):
        raise oauth_refusal(400, "invalid_scope", "Some requested scopes were not granted.")
    return asked


def _bearer(world: GoogleWorld, account: Account, client: Client, scopes: tuple[str, ...]) -> Json:
    access = issue_access(world, account, client, scopes)
    record: Json = {"access_token": access.value, "expires_in": world.access_life_s}
    if world.names_scopes:
        record["scope"] = " ".join(scopes)
    return record | {"token_type": "Bearer"}


def _identity(
    world: GoogleWorld, key: SigningKey, account: Account, client: Client, scopes: tuple[str, ...], nonce: str
) -> Json:
    if "openid" not in scopes:
        return {}
    now = int(world.now())
    claims = {"iss": world.issuer, "azp": client.id, "aud": client.id, "iat": now, "exp": now + 3600}
    extra = {"nonce": nonce} if nonce else {}
    return {"id_token": key.sign({**claims, **_claims_of(account, scopes), **extra})}


def _claims_of(account: Account, scopes: tuple[str, ...]) -> Json:
    claims: Json = {"sub": account.sub}
    if USERINFO_EMAIL in scopes:
        claims |= {"email": account.email, "email_verified": True}
    if account.hosted_domain:
        claims["hd"] = account.hosted_domain
    return claims


def tokens_of(world: GoogleWorld, account: Account) -> list[str]:
    """Return every token value of an account: what no log and no database dump may hold."""
    refresh = [one.value for one in world.refresh_tokens.values() if one.sub == account.sub]
    return refresh + [one.value for one in world.access_tokens.values() if one.sub == account.sub]
