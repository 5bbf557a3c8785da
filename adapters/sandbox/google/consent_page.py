"""Google's consent page: answers by itself with a redirect, or shows a page with boxes to a person."""

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from adapters.sandbox.google.call import Call
from adapters.sandbox.google.objects import ALIASES, FIXED_SCOPES, Account, Client, Code, GoogleConsent
from adapters.sandbox.google.replies import Reply
from adapters.sandbox.google.world import DRIVE_FILE, GoogleWorld

HTML = "text/html; charset=UTF-8"
LABELS = {
    DRIVE_FILE: "See, edit, create, and delete only the specific Google Drive files you use with this app",
}
"""What Google writes next to a box."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """An authorization request that may be answered with a redirect."""

    client: Client
    params: dict[str, str]
    scopes: tuple[str, ...]


def authorize(world: GoogleWorld, call: Call) -> Reply:
    """Answer the authorization request, and the form that the interactive page posts."""
    problem = _problem(world, call.params)
    if problem:
        return _error_page(*problem)
    params = call.params
    asked = _Asked(world.clients[params["client_id"]], params, scopes_of(params["scope"]))
    consent = world.next_consent
    if consent is None or consent.account.sub not in world.accounts:
        return _error_page("signin_required", "Nobody is signed in: set world.next_consent.")
    if call.method == "POST":
        return _decided(world, asked, _from_form(world, asked, consent))
    if _needs_no_page(world, asked, consent.account):
        return _redirect(asked.params, _code_answer(world, asked, consent.account, fresh=False))
    if params.get("prompt") == "none":
        return _redirect(params, {"error": "interaction_required"})
    if world.interactive:
        return Reply(200, _page(world, asked, consent.account), HTML)
    return _decided(world, asked, consent)


def scopes_of(text: str) -> tuple[str, ...]:
    """Return scopes by the names that token answers use."""
    return tuple(dict.fromkeys(ALIASES.get(scope, scope) for scope in text.split()))


def _problem(world: GoogleWorld, params: dict[str, str]) -> tuple[str, str] | None:
    """Return Google's error code and a text for what never comes back to the app."""
    client = world.clients.get(params.get("client_id", ""))
    if client is None:
        return "invalid_client", "The OAuth client was not found."
    if client.deleted:
        return "deleted_client", "The OAuth client was deleted."
    address = params.get("redirect_uri", "")
    allowed = client.redirect_uris is None or address in client.redirect_uris
    if not allowed or not address.startswith(("http://", "https://")):
        return "redirect_uri_mismatch", "The redirect_uri is not among the client's authorized ones."
    if params.get("response_type") != "code":
        return "invalid_request", "The sandbox knows only response_type=code."
    if not params.get("scope", "").strip():
        return "invalid_request", "Missing required parameter: scope"
    if params.get("access_type", "online") not in {"online", "offline"}:
        return "invalid_request", "Invalid access_type."
    return _pkce_problem(world, params)


def _pkce_problem(world: GoogleWorld, params: dict[str, str]) -> tuple[str, str] | None:
    method = params.get("code_challenge_method", "plain")
    if "code_challenge" not in params:
        missing = "Missing required parameter: code_challenge"
        return ("invalid_request", missing) if world.requires_pkce else None
    if method != "S256":
        return "invalid_request", "The sandbox takes S256 only."
    if len(params["code_challenge"]) != 43:  # noqa: PLR2004 - base64url of SHA-256, RFC 7636
        return "invalid_request", "This is no S256 code_challenge."
    return None


def _needs_no_page(world: GoogleWorld, asked: _Asked, account: Account) -> bool:
    """Whether all was granted before and nobody wants the page to be shown again."""
    granted = world.grants.get((account.sub, asked.client.project), set())
    prompts = set(asked.params.get("prompt", "").split()) - {"none"}
    return not prompts and account.disabled is None and set(asked.scopes) <= granted


def _decided(world: GoogleWorld, asked: _Asked, consent: GoogleConsent) -> Reply:
    account = consent.account
    if account.disabled is not None or account.deleted:
        return _error_page("disabled_account", "Your account has been disabled.")
    if consent.decline:
        return _redirect(asked.params, {"error": "access_denied"})
    unticked = {ALIASES.get(scope, scope) for scope in consent.unticked} - FIXED_SCOPES
    ticked = tuple(scope for scope in asked.scopes if scope not in unticked)
    world.grants.setdefault((account.sub, asked.client.project), set()).update(ticked)
    narrowed = _Asked(asked.client, asked.params, ticked)
    return _redirect(asked.params, _code_answer(world, narrowed, account, fresh=True))


def _code_answer(world: GoogleWorld, asked: _Asked, account: Account, *, fresh: bool) -> dict[str, str]:
    """Mint a code. Only a consent that was given just now yields a refresh token, and only offline."""
    value = f"4/0A{world.new_text(60)}"
    world.codes[value] = Code(
        sub=account.sub,
        client_id=asked.client.id,
        redirect_uri=asked.params["redirect_uri"],
        scopes=asked.scopes,
        challenge=asked.params.get("code_challenge", ""),
        nonce=asked.params.get("nonce", ""),
        with_refresh=fresh and asked.params.get("access_type") == "offline",
        issued_at=world.now(),
    )
    extra = {"iss": world.issuer} if world.sends_issuer else {}
    return {
        "code": value,
        "scope": " ".join(asked.scopes),
        "authuser": "0",
        "prompt": "consent" if fresh else "none",
        **extra,
    }


def _redirect(params: dict[str, str], answer: dict[str, str]) -> Reply:
    state = {"state": params["state"]} if "state" in params else {}
    joint = "&" if "?" in params["redirect_uri"] else "?"
    return Reply(302, "", HTML, {"Location": f"{params['redirect_uri']}{joint}{urlencode(state | answer)}"})


def _from_form(world: GoogleWorld, asked: _Asked, consent: GoogleConsent) -> GoogleConsent:
    """Read the interactive page's answer: `allow-…` are ticked boxes."""
    form = asked.params
    return GoogleConsent(
        account=world.accounts.get(form.get("account", ""), consent.account),
        decline=form.get("decision") != "allow",
        unticked=frozenset(scope for scope in asked.scopes if f"allow-{scope}" not in form),
    )


def _page(world: GoogleWorld, asked: _Asked, signed_in: Account) -> str:
    kept = "".join(_hidden(key, value) for key, value in asked.params.items())
    hint = asked.params.get("login_hint", "")
    chosen = next((one for one in world.accounts.values() if hint in {one.sub, one.email}), signed_in)
    people = "".join(_option(one, selected=one is chosen) for one in world.accounts.values())
    boxes = "".join(_box(scope) for scope in asked.scopes if scope not in FIXED_SCOPES)
    return _html(
        f"{world.app_name} wants access to your Google Account",
        "<p>This is the sandbox, not Google.</p>"
        f'<form method="post">{kept}'
        f'<p><label>Account <select name="account">{people}</select></label></p>'
        f"<fieldset><legend>Select what {escape(world.app_name)} can access</legend>{boxes}</fieldset>"
        '<button name="decision" value="allow">Continue</button> '
        '<button name="decision" value="cancel">Cancel</button></form>',
    )


def _option(account: Account, *, selected: bool) -> str:
    chosen = " selected" if selected else ""
    return f'<option value="{escape(account.sub)}"{chosen}>{escape(account.email)}</option>'


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _box(scope: str) -> str:
    label = escape(LABELS.get(scope, scope))
    return f'<p><label><input type="checkbox" name="allow-{escape(scope)}" checked> {label}</label></p>'


def _error_page(error: str, text: str) -> Reply:
    """Show what never reaches the app: the browser stays here."""
    page = _html("Access blocked", f"<p>{escape(text)}</p><p>Error 400: {escape(error)}</p>")
    return Reply(400, page, HTML)


def _html(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><body><h1>{escape(title)}</h1>{body}</body></html>"
    )
