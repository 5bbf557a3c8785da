"""Facebook Login: the dialog's outcome, code and token exchange, debug_token, permissions."""

from urllib.parse import urlencode

from adapters.sandbox.graph.call import Call, Graph, Json
from adapters.sandbox.graph.fields import parse_fields, select
from adapters.sandbox.graph.tokens import (
    LONG_LIVED_S,
    SHORT_LIVED_S,
    app_token,
    check_call,
    fault_of,
    find_token,
    issue_user_token,
)
from adapters.sandbox.graph_errors import GraphError, error_body
from adapters.sandbox.objects import SCOPES, Consent, LoginCode, Person, Token
from adapters.sandbox.world import World

CODE_LIFETIME_S = 600
PAGE_SCOPES = frozenset(SCOPES) - {"business_management", "ads_management"}
"""Scopes whose granular_scopes name the chosen Pages."""


def asked_scopes(params: dict[str, str]) -> list[str]:
    """Return the scopes of a dialog request; a Login for Business configuration stands for all of them."""
    if "config_id" in params:
        return list(SCOPES)
    return [scope for scope in params.get("scope", "").replace(" ", ",").split(",") if scope]


def decide(world: World, params: dict[str, str], consent: Consent) -> str:
    """Play the person's decision in the dialog and return the address that the browser is sent to."""
    redirect_uri, state = params["redirect_uri"], params.get("state", "")
    if consent.decline:
        answer = {
            "error": "access_denied",
            "error_code": "200",
            "error_description": "Permissions error",
            "error_reason": "user_denied",
        }
    else:
        _grant(world, params, consent)
        answer = {"code": _new_code(world, consent.person, redirect_uri)}
    separator = "&" if "?" in redirect_uri else "?"
    return f"{redirect_uri}{separator}{urlencode(answer | ({'state': state} if state else {}))}"


def _grant(world: World, params: dict[str, str], consent: Consent) -> None:
    """Declined scopes stay declined until the dialog is told to ask again (auth_type=rerequest)."""
    person, asked = consent.person, set(asked_scopes(params))
    if params.get("auth_type") != "rerequest":
        asked -= person.declined
    declined = asked & consent.declined_scopes
    person.granted |= (asked - declined) | {"public_profile"}
    person.granted -= declined
    person.declined = (person.declined | declined) - person.granted
    person.authorised = True
    person.chosen_pages = None if consent.pages is None else set(consent.pages)
    world.people.setdefault(person.id, person)


def _new_code(world: World, person: Person, redirect_uri: str) -> str:
    code = f"AQSandbox{world.rng.getrandbits(256):064x}"
    world.codes[code] = LoginCode(person_id=person.id, redirect_uri=redirect_uri, issued_at=world.now())
    return code


def exchange(graph: Graph, call: Call) -> Json:
    """`GET /oauth/access_token`: a code, a short-lived token, or the app's own credentials."""
    _check_client(graph.world, call)
    match call.params.get("grant_type", "authorization_code"):
        case "fb_exchange_token":
            return _exchange_token(graph.world, call)
        case "client_credentials":
            return {"access_token": app_token(graph.world), "token_type": "bearer"}
        case "authorization_code":
            return _exchange_code(graph.world, call)
        case _:
            raise GraphError("invalid_parameter", parameter="grant_type")


def _check_client(world: World, call: Call) -> None:
    if call.params.get("client_id") != world.app_id:
        raise GraphError("client_unknown")
    if call.params.get("client_secret") != world.app_secret:
        raise GraphError("client_secret_wrong")


def _exchange_code(world: World, call: Call) -> Json:
    code = world.codes.get(call.params.get("code", ""))
    if code is None:
        raise GraphError("code_invalid")
    if code.used or world.now() - code.issued_at > CODE_LIFETIME_S:
        raise GraphError("code_used")
    if call.params.get("redirect_uri") != code.redirect_uri:
        raise GraphError("redirect_uri_differs")
    code.used = True
    token = issue_user_token(world, world.people[code.person_id], long_lived=False)
    return _bearer(token, SHORT_LIVED_S)


def _exchange_token(world: World, call: Call) -> Json:
    token = find_token(world, call.params.get("fb_exchange_token", ""))
    fault = fault_of(world, token)
    if fault is not None:
        raise GraphError(fault, app_id=world.app_id)
    if token.kind in {"APP", "PAGE"}:
        raise GraphError("invalid_parameter", parameter="fb_exchange_token")
    return _bearer(issue_user_token(world, world.people[token.person_id], long_lived=True), LONG_LIVED_S)


def _bearer(token: Token, expires_in_s: int) -> Json:
    """Return a token's answer: without `expires_in` when it never expires."""
    answer: Json = {"access_token": token.value, "token_type": "bearer"}
    return answer | ({"expires_in": expires_in_s} if token.expires_at else {})


def debug_token(graph: Graph, call: Call) -> Json:
    """`GET /debug_token`: HTTP 200 for invalid tokens too; the inner key is `subcode`."""
    caller = check_call(graph, call)
    if caller.token.kind != "APP":
        raise GraphError("debug_token_without_app_token")
    try:
        token = find_token(graph.world, call.params.get("input_token", ""))
    except GraphError as e:
        return {"data": {"error": _inner_error(graph.world, e.name), "is_valid": False, "scopes": []}}
    return {"data": _token_facts(graph.world, token)}


def _token_facts(world: World, token: Token) -> Json:
    facts: Json = {"app_id": world.app_id, "type": token.kind, "application": world.app_name}
    fault = fault_of(world, token)
    if token.kind == "APP":
        return facts | {"is_valid": True, "scopes": []}
    person = world.people[token.person_id]
    facts |= {"data_access_expires_at": token.data_access_expires_at, "expires_at": token.expires_at}
    facts |= {"is_valid": fault is None, "user_id": person.id, "scopes": sorted(person.granted)}
    facts["granular_scopes"] = [_granular(person, scope) for scope in sorted(person.granted)]
    if fault is not None:
        facts["error"] = _inner_error(world, fault)
    if token.long_lived:
        facts["issued_at"] = token.issued_at
    if token.page_id:
        facts["profile_id"] = token.page_id
    return facts


def _granular(person: Person, scope: str) -> Json:
    if scope in PAGE_SCOPES and person.chosen_pages is not None:
        return {"scope": scope, "target_ids": sorted(person.chosen_pages)}
    return {"scope": scope}


def _inner_error(world: World, name: str) -> Json:
    _, body = error_body(name, app_id=world.app_id)
    error = body["error"]
    if not isinstance(error, dict):
        raise TypeError(name)
    inner: Json = {"code": error["code"], "message": error["message"]}
    return inner | ({"subcode": error["error_subcode"]} if "error_subcode" in error else {})


def read_person(graph: Graph, call: Call) -> Json:
    """`GET /me` and `GET /{person}` with a user or system user token."""
    caller = check_call(graph, call)
    person = graph.world.people.get(caller.token.person_id)
    if person is None or call.path[0] not in {"me", person.id}:
        raise GraphError("object_not_visible", id=call.path[0])
    asked = parse_fields(call.params.get("fields") or "name,id")
    shown = select(
        asked,
        {
            "name": lambda: person.name,
            "client_business_id": lambda: f"9{person.id[1:]}" if person.is_system_user else None,
        },
    )
    return {**shown, "id": person.id}


def list_permissions(graph: Graph, call: Call) -> Json:
    """`GET /me/permissions`."""
    person = graph.world.people[check_call(graph, call).token.person_id]
    rows = [{"permission": scope, "status": "granted"} for scope in sorted(person.granted)]
    return {"data": rows + [{"permission": scope, "status": "declined"} for scope in sorted(person.declined)]}


def delete_permissions(graph: Graph, call: Call) -> object:
    """`DELETE /me/permissions[/{name}]`: one scope, or the whole app for this person with all tokens."""
    person = graph.world.people[check_call(graph, call).token.person_id]
    if len(call.path) > 2:  # noqa: PLR2004 - /me/permissions/{name}
        person.granted.discard(call.path[2])
        person.declined.add(call.path[2])
    else:
        graph.world.remove_app(person)
    return graph.success()
