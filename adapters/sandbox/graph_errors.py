"""The error bodies of the Graph API, by name: its shapes and codes in our own words.

The wording is Meta's only where callers must match on it. Codes and subcodes:
https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

from collections.abc import Mapping
from dataclasses import dataclass

OAUTH = "OAuthException"
GRAPH_METHOD = "GraphMethodException"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: HTTP status and the members of `error`; its message may have {placeholders}."""

    status: int
    error: Mapping[str, object]
    traced: bool = True  # whether a fbtrace_id comes along

    def body(self, words: Mapping[str, str], trace_id: str) -> dict[str, object]:
        """Return the whole body with the placeholders filled."""
        error = {
            key: value.format_map(_Words(words)) if isinstance(value, str) else value
            for key, value in self.error.items()
        }
        if self.traced:
            error["fbtrace_id"] = trace_id
        return {"error": error}


class GraphError(Exception):
    """A handler refuses: `name` in ERRORS, with the words for its placeholders."""

    def __init__(self, name: str, **words: str) -> None:
        super().__init__(name)
        self.name = name
        self.words = words


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def error_body(name: str, *, trace_id: str = "AsandboxTrace", **words: str) -> tuple[int, dict[str, object]]:
    """Return HTTP status and body of the named error. Raises KeyError for an unknown name."""
    refusal = ERRORS[name]
    return refusal.status, refusal.body(words, trace_id)


def _session(message: str, subcode: int | None, *, traced: bool = False, **more: object) -> Refusal:
    error: dict[str, object] = {"message": message, "type": OAUTH, "code": 190}
    if subcode is not None:
        error["error_subcode"] = subcode
    return Refusal(400, error | more, traced)


def _limit(code: int, message: str, **more: object) -> Refusal:
    return Refusal(400, {"message": f"(#{code}) {message}", "type": OAUTH, "code": code} | more)


def _plain(status: int, code: int, message: str, **more: object) -> Refusal:
    return Refusal(status, {"message": message, "type": OAUTH, "code": code} | more)


_NOT_VISIBLE = (
    "object with id '{id}' is unknown here, is not visible with these permissions, "
    "or cannot do what was asked of it."
)
_WAIT = "Too many calls were made; pause and come back later."

SESSION_ERRORS: dict[str, Refusal] = {
    "session_changed_with_user_text": _session(
        "This session was ended by a change of the account",
        460,
        traced=True,
        error_user_title="Please log in",
        error_user_msg="Your session has ended. Log in again to go on.",
    ),
    "session_expired": _session("Error validating access token: Session has expired on some day", 463),
    "password_changed": _session(
        "Error validating access token: the session ended because the password was changed", 460
    ),
    "app_removed": _session(
        "Error validating access token: the person has not authorised application {app_id}.", 458, traced=True
    ),
    "checkpoint": _session(
        "Log in to www.facebook.com and do what it asks before this app works again.", 459
    ),
    "unconfirmed": _session("The account is unconfirmed: log in to www.facebook.com.", 464),
    "invalidated_by_api": _session("Error validating access token: an API call ended the session.", 466),
    "logged_out": _session("Error validating access token: the person has logged out.", 467),
    "no_role_on_page": _session("The person behind this token has no suitable role on the Page.", 492),
    "expired_without_subcode": _session(
        "Error validating access token: Session has expired. The current time is later.", None, traced=True
    ),
    "undecryptable": _session("This access token cannot be decrypted", None, traced=True),
    "unparseable": _session("Invalid OAuth access token: it cannot be parsed", None, traced=True),
    "impersonation_refused": _session(
        "One of pages_read_engagement, pages_manage_metadata, pages_manage_ads\n        or pages_show_list "
        "permission(s) must be granted before impersonating a\n        user's page.",
        None,
    ),
    "page_token_required": Refusal(
        400,
        {
            "message": "User Access Token Is Not Supported: use the Page's own access token for this call",
            "code": 190,
            "error_subcode": 2069032,
        },
        traced=False,
    ),
}

ACCESS_ERRORS: dict[str, Refusal] = {
    "missing_permissions": Refusal(
        400, {"message": "(#100) Missing permissions", "type": OAUTH, "code": 100}, traced=False
    ),
    "requires_permission": Refusal(
        403,
        {"code": 200, "message": "(#200) Requires {permission} permission to manage the object"},
        traced=False,
    ),
    "requires_pages_manage_ads": Refusal(
        400,
        {"code": 200, "message": "(#200) Requires pages_manage_ads permission to manage the object"},
        traced=False,
    ),
    "permission_not_granted": _plain(403, 10, "(#10) The permission {permission} was not granted."),
    "object_not_visible": Refusal(
        400,
        {
            "message": f"Unsupported get request. The {_NOT_VISIBLE}",
            "type": GRAPH_METHOD,
            "code": 100,
            "error_subcode": 33,
        },
    ),
    "delete_unsupported": Refusal(
        400,
        {"message": f"Unsupported delete request. The {_NOT_VISIBLE}", "code": 100, "error_subcode": 33},
        traced=False,
    ),
    "leads_access_revoked_103": _plain(403, 103, "CRM access has been revoked from Lead Access Manager"),
    "leads_access_revoked_200": Refusal(
        400,
        {"message": "CRM access has been revoked from Lead Access Manager", "type": OAUTH, "code": 200},
        traced=False,
    ),
    "ads_fields_refused_100": _plain(400, 100, "(#100) Missing permissions for the field ad_name"),
    "ads_fields_refused_200": _plain(
        403, 200, "(#200) Requires ads_management permission to manage the object"
    ),
    "not_for_system_users": _plain(400, 3, "This API is not available."),
    "blocked": _plain(400, 368, "Blocked for a while: this action goes against the rules"),
}

LIMIT_ERRORS: dict[str, Refusal] = {
    "app_limit": _limit(4, f"Application request limit reached. {_WAIT}"),
    "user_limit": _limit(17, f"User request limit reached. {_WAIT}"),
    "page_limit_user_token": _limit(32, f"This person calls this Page too often. {_WAIT}"),
    "custom_limit": _limit(613, f"A custom limit was hit. {_WAIT}"),
    "ads_account_limit": _limit(
        80000, f"This ad account is called too often. {_WAIT}", error_subcode=2446079
    ),
    "page_limit_page_token": _limit(80001, f"This Page account is called too often. {_WAIT}"),
    "ads_limit": _limit(80004, f"This ad account is called too often. {_WAIT}"),
    "leadgen_limit": _limit(80005, f"There have been too many leadgen api calls for this Page. {_WAIT}"),
}

SERVICE_ERRORS: dict[str, Refusal] = {
    "service_unavailable": _plain(
        503, 2, "(#2) The service is unavailable for the moment", is_transient=True
    ),
    "reduce_data": Refusal(
        500, {"message": "Please reduce the amount of data that this call asks for", "code": 1}, traced=False
    ),
    "unknown": Refusal(
        500, {"code": 1, "message": "Something unknown went wrong", "error_subcode": 99}, traced=False
    ),
    "unknown_not_transient": Refusal(
        400,
        {
            "message": "Something unknown went wrong",
            "type": OAUTH,
            "code": 1,
            "error_subcode": 2853001,
            "is_transient": False,
            "error_user_title": "The profile lacks its delegate page",
            "error_user_msg": "Link the profile to its delegate page first.",
        },
        traced=False,
    ),
    "test_lead_exists": Refusal(
        400,
        {
            "code": 2,
            "error_subcode": 1892058,
            "error_user_title": "This form has a test lead already.",
            "error_user_msg": "Delete the form's test lead before making another one.",
        },
        traced=False,
    ),
}

REQUEST_ERRORS: dict[str, Refusal] = {
    "invalid_parameter": _plain(400, 100, "(#100) Invalid parameter {parameter}"),
    "user_id_required": _plain(400, 100, "(#100) The parameter user_id is required"),
    "debug_token_without_app_token": _plain(
        400, 100, "(#100) An app access token, or one of a developer of the app, is needed here"
    ),
    "invalid_proof": Refusal(
        400,
        {
            "message": "Invalid appsecret_proof in this call",
            "type": GRAPH_METHOD,
            "code": 100,
        },
    ),
    "proof_required": Refusal(
        400,
        {
            "message": "Calls from a server need an appsecret_proof",
            "type": GRAPH_METHOD,
            "code": 100,
        },
    ),
    "incorrect_signature": _plain(400, 104, "Incorrect signature"),
    "token_required": _plain(400, 2500, "An active access token must be used to ask about the current user."),
    "unknown_path": _plain(400, 2500, "Unknown path components: /{path}"),
    "alias_missing": _plain(404, 803, "(#803) Some of the aliases you requested do not exist: {id}"),
    "batch_too_long": Refusal(
        400, {"message": "A batch holds at most 50 requests", "type": "GraphBatchException", "code": 1}
    ),
    "code_used": _plain(400, 100, "The code was used before or is too old.", error_subcode=36009),
    "code_invalid": _plain(400, 100, "This is no code.", error_subcode=36007),
    "redirect_uri_differs": _plain(
        400,
        100,
        "The redirect_uri differs from the dialog's",
        error_subcode=36008,
    ),
    "client_unknown": _plain(400, 101, "No such application."),
    "client_secret_wrong": _plain(400, 1, "Wrong client secret."),
    "callback_refused": _plain(400, 2200, "(#2200) Callback verification failed: {reason}"),
}

ERRORS: dict[str, Refusal] = SESSION_ERRORS | ACCESS_ERRORS | LIMIT_ERRORS | SERVICE_ERRORS | REQUEST_ERRORS
