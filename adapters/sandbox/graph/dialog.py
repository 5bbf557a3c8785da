"""The consent dialog: answers by itself with a redirect, or shows a page with checkboxes to a person."""

from html import escape

from adapters.sandbox.graph.call import Call
from adapters.sandbox.graph.login import asked_scopes, decide
from adapters.sandbox.graph.respond import Reply
from adapters.sandbox.objects import Consent, Person
from adapters.sandbox.world import World

HTML = "text/html; charset=UTF-8"


def answer_dialog(world: World, call: Call) -> Reply:
    """Answer `GET /dialog/oauth`, and the form that its interactive page posts."""
    problem = _problem(world, call.params)
    if problem:
        return Reply(400, _html("Facebook Login", f"<p>{escape(problem)}</p>"), HTML)
    consent = world.next_consent
    if consent is None:
        return Reply(
            400, _html("Facebook Login", "<p>Nobody is logged in: set world.next_consent.</p>"), HTML
        )
    if call.method == "POST":
        return _redirect(decide(world, call.params, _from_form(world, call.params, consent)))
    if world.interactive:
        return Reply(200, _page(world, call.params, consent.person), HTML)
    return _redirect(decide(world, call.params, consent))


def _problem(world: World, params: dict[str, str]) -> str:
    if params.get("client_id") != world.app_id:
        return "The parameter client_id names no app."
    if not params.get("redirect_uri", "").startswith(("http://", "https://")):
        return "The parameter redirect_uri is required."
    if world.redirect_uris is not None and params["redirect_uri"] not in world.redirect_uris:
        return "This redirect_uri is not in the app's list of valid OAuth redirect URIs."
    if params.get("response_type", "code") != "code":
        return "The sandbox knows only response_type=code."
    return ""


def _redirect(address: str) -> Reply:
    return Reply(302, "", HTML, {"Location": address})


def _from_form(world: World, params: dict[str, str], consent: Consent) -> Consent:
    """Read the interactive page's answer: `allow-…` for scopes and `page-…` for Pages are ticked boxes."""
    asked = asked_scopes(params)
    pages = frozenset(key.removeprefix("page-") for key in params if key.startswith("page-"))
    return Consent(
        person=world.people.get(params.get("person", ""), consent.person),
        decline=params.get("decision") != "allow",
        declined_scopes=frozenset(scope for scope in asked if f"allow-{scope}" not in params),
        pages=pages,
    )


def _page(world: World, params: dict[str, str], person: Person) -> str:
    kept = "".join(_hidden(key, value) for key, value in params.items())
    scopes = "".join(_box(f"allow-{scope}", scope) for scope in asked_scopes(params))
    pages = "".join(_box(f"page-{page_id}", world.pages[page_id].name) for page_id in person.tasks)
    return _html(
        f"{world.app_name} asks for access",
        f"<p>You are {escape(person.name)}. This is the sandbox, not Facebook.</p>"
        f'<form method="post">{kept}{_hidden("person", person.id)}'
        f"<fieldset><legend>Pages</legend>{pages}</fieldset>"
        f"<fieldset><legend>Permissions</legend>{scopes}</fieldset>"
        '<button name="decision" value="allow">Continue</button> '
        '<button name="decision" value="decline">Cancel</button></form>',
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


def _box(name: str, label: str) -> str:
    return f'<p><label><input type="checkbox" name="{escape(name)}" checked> {escape(label)}</label></p>'


def _html(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><body><h1>{escape(title)}</h1>{body}</body></html>"
    )
