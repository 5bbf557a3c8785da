"""Issuing and checking access tokens."""

import hmac

from adapters.sandbox.graph.call import Call, Caller, Graph
from adapters.sandbox.graph_errors import GraphError
from adapters.sandbox.objects import Page, Person, Token
from adapters.sandbox.world import World

LONG_LIVED_S = 5_183_944
"""Seconds of a long-lived user token: about 60 days, as documented."""
SHORT_LIVED_S = 5_400
DAY_S = 86_400


def issue_user_token(world: World, person: Person, *, long_lived: bool) -> Token:
    """Issue a token of the person; a system user's never expires."""
    now = int(world.now())
    lifetime_s = LONG_LIVED_S if long_lived else SHORT_LIVED_S
    return _add(
        world,
        Token(
            value=_value(world),
            kind="SYSTEM_USER" if person.is_system_user else "USER",
            person_id=person.id,
            issued_at=now,
            expires_at=0 if person.is_system_user else now + lifetime_s,
            data_access_expires_at=now + person.data_access_days * DAY_S,
            long_lived=long_lived or person.is_system_user,
        ),
    )


def page_token(world: World, user: Token, page: Page) -> Token:
    """Return the Page's token behind a user token; from a long-lived one it has no expiry date."""
    for token in world.tokens.values():
        same = (token.person_id, token.page_id, token.long_lived) == (
            user.person_id,
            page.id,
            user.long_lived,
        )
        if same and token.fault is None and token.kind == "PAGE":
            return token
    return _add(
        world,
        Token(
            value=_value(world),
            kind="PAGE",
            person_id=user.person_id,
            page_id=page.id,
            issued_at=int(world.now()),
            expires_at=0 if user.long_lived else user.expires_at,
            data_access_expires_at=user.data_access_expires_at,
            long_lived=user.long_lived,
        ),
    )


def app_token(world: World) -> str:
    """Return the app access token `{app-id}|{app-secret}`."""
    return f"{world.app_id}|{world.app_secret}"


def find_token(world: World, value: str) -> Token:
    """Return the token behind the text, valid or not. Raises GraphError for a text that is none."""
    if hmac.compare_digest(value.encode(), app_token(world).encode()):
        return Token(value=value, kind="APP")
    token = world.tokens.get(value)
    if token is None:
        raise GraphError("undecryptable" if value.startswith("EAA") else "unparseable")
    return token


def fault_of(world: World, token: Token) -> str | None:
    """Return the name of the error that this token gets by now, or None while it is valid."""
    if token.kind == "APP":
        return None
    if token.fault is not None:
        return token.fault
    if token.expires_at and token.expires_at <= world.now():
        return "session_expired"
    person = world.people[token.person_id]
    if not person.authorised:
        return "app_removed"
    if token.page_id and token.page_id not in person.tasks:
        return "no_role_on_page"
    return None


def check_call(graph: Graph, call: Call) -> Caller:
    """Return who calls. Raises GraphError for a missing, dead or unproved token."""
    if not call.token_value:
        raise GraphError("token_required")
    token = find_token(graph.world, call.token_value)
    _check_proof(graph, call, token)
    fault = fault_of(graph.world, token)
    if fault is not None:
        raise GraphError(fault, app_id=graph.world.app_id)
    caller = Caller(token, scopes_of(graph.world, token))
    if token.kind == "PAGE" and not any(scope.startswith("pages_") for scope in caller.scopes):
        raise GraphError("impersonation_refused")
    return caller


def scopes_of(world: World, token: Token) -> frozenset[str]:
    """Return the scopes that the person behind the token grants at the moment."""
    person = world.people.get(token.person_id)
    return frozenset() if person is None else frozenset(person.granted)


def _check_proof(graph: Graph, call: Call, token: Token) -> None:
    proof = call.params.get("appsecret_proof")
    if proof is None:
        if graph.switches.require_proof and token.kind != "APP":
            raise GraphError("proof_required")
    elif not hmac.compare_digest(proof.encode(), graph.proof(token.value).encode()):
        raise GraphError("invalid_proof")


def _value(world: World) -> str:
    return f"EAASandbox{world.rng.getrandbits(384):096x}"


def _add(world: World, token: Token) -> Token:
    world.tokens[token.value] = token
    return token
