"""The one translation of Graph API refusals into what happens next.

https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/graph-api/overview/rate-limiting
https://developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal, assert_never

from adapters.facebook.fault import GraphFault
from adapters.facebook.usage import NONE, Usage
from connector.domain.errors import (
    AuthLostError,
    BlockedError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    LossCause,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

DEFAULT_PAUSE_S = 15 * 60.0
BLOCKED_PAUSE_S = 4 * 3600.0
LONGEST_PAUSE_S = 24 * 3600.0

SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_metadata",
    "pages_manage_ads",
    "leads_retrieval",
    "ads_management",
    "business_management",
)
"""What a connection asks for, and the only names that an error may repeat."""

_SCOPE = re.compile(rf"(?<![a-z_])(?:{'|'.join(SCOPES)})(?![a-z_])")


class TooMuchDataError(TransientError):
    """The same call succeeds when it asks for fewer rows."""


Kind = Literal["retry", "less", "pause", "blocked", "reconnect", "access", "gone", "config", "permanent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A line of the table. Every condition given must hold; the first line that fits decides."""

    kind: Kind
    said: str
    codes: Container[int]
    subcodes: Container[int] | None = None
    text: re.Pattern[str] | None = None
    is_transient: bool | None = None
    names_scope: bool = False
    remedy: str | None = None
    cause: LossCause = "unknown"
    budget: str | None = None  # the kind of budget in the usage headers

    def fits(self, fault: GraphFault) -> bool:
        return (
            fault.code in self.codes
            and (self.subcodes is None or fault.subcode in self.subcodes)
            and (self.text is None or self.text.search(fault.text) is not None)
            and (self.is_transient is None or fault.is_transient is self.is_transient)
            and (not self.names_scope or _SCOPE.search(fault.text) is not None)
        )


_ANY = range(-(10**18), 10**18)
_AUTH = frozenset({102, 190})
_PERMISSION = frozenset({10, *range(200, 300)})
_LESS = re.compile("reduce the amount of data")
_LEAD_ACCESS = re.compile("leads? access manager|crm access")
_SAYS_PERMISSION = re.compile("permission")
_MUST_BE_GRANTED = re.compile(r"permission(\(s\)|s)? must be granted")
_PROOF = re.compile("appsecret_proof")
_SECRET = re.compile("validating client secret")
_MISSING_OBJECT = re.compile("object with id .*does not exist")

_AGAIN = "Connect the account again."
_ALLOW = "Connect the account again and allow everything that is asked for."
_LOG_IN = "Log in at facebook.com, follow the instructions there, then connect the account again."
_OTHER_ADMIN = "Let a person with an admin role on the Page connect it."
_GRANT = "Grant this app and the person who connected it access to the Page's leads (Leads Access Manager)."


def _lost(cause: LossCause, subcodes: Container[int] | None, *, said: str, remedy: str = _AGAIN) -> _Rule:
    return _Rule(kind="reconnect", cause=cause, codes=_AUTH, subcodes=subcodes, said=said, remedy=remedy)


_TABLE = (
    _Rule(kind="less", codes=_ANY, text=_LESS, said="too many rows were asked for"),
    # limits: HTTP 400, never 429
    _Rule(kind="pause", codes={4}, said="the app's call limit is reached"),
    _Rule(kind="pause", codes={17, 32, 341, 613}, said="a call limit is reached"),
    _Rule(kind="pause", codes={80001}, budget="pages", said="the Page's call limit is reached"),
    _Rule(kind="pause", codes={80005}, budget="leadgen", said="the Page's limit of lead reads is reached"),
    _Rule(kind="pause", codes={80000}, budget="ads_insights", said="the ad account's call limit is reached"),
    _Rule(kind="pause", codes={80004}, budget="ads_management", said="the ad account's limit is reached"),
    _Rule(kind="pause", codes=range(80000, 80015), said="a call limit is reached"),
    _Rule(kind="blocked", codes={368}, said="the account is blocked for a while for breaking a policy"),
    # tokens
    _Rule(
        kind="reconnect",
        cause="scope",
        codes=_AUTH,
        text=_MUST_BE_GRANTED,
        said="a permission is missing",
        remedy=_ALLOW,
    ),
    _lost("app_removed", {458}, said="the person removed the app"),
    _lost("checkpoint", {459}, said="the person must pass a check", remedy=_LOG_IN),
    _lost("checkpoint", {464}, said="the person is not confirmed", remedy=_LOG_IN),
    _lost("password_changed", {460}, said="the password was changed"),
    _lost("expired", {463}, said="the token has expired"),
    _lost("revoked", {466, 467}, said="the token was revoked"),
    _lost(
        "role_lost",
        {492},
        said="the person has no sufficient role on the Page any more",
        remedy=_OTHER_ADMIN,
    ),
    _lost(
        "page_token",
        {2069032},
        said="a Page's token is needed and the person's was used",
        remedy="Connect the account again and choose this Page.",
    ),
    _lost("unknown", None, said="the token is not valid any more"),
    # objects and access
    _Rule(kind="access", codes={1}, subcodes={2853001}, said="the profile is not linked to the Page"),
    _Rule(kind="access", codes={103}, said="access to the Page's leads was revoked"),
    _Rule(kind="access", codes=_PERMISSION, text=_LEAD_ACCESS, said="access to the leads was revoked"),
    _Rule(
        kind="reconnect", cause="scope", codes=_PERMISSION, names_scope=True, said="a permission is missing"
    ),
    _Rule(kind="access", codes=_PERMISSION, said="the app or the person may not read this"),
    _Rule(kind="gone", codes={100}, subcodes={33}, said="the object does not exist or is not visible to us"),
    _Rule(kind="gone", codes={803}, said="the object does not exist"),
    _Rule(kind="config", codes={100}, text=_PROOF, said="the app secret of the settings is wrong"),
    _Rule(kind="gone", codes={100}, text=_MISSING_OBJECT, said="the object does not exist"),
    _Rule(kind="access", codes={100}, text=_SAYS_PERMISSION, said="permissions are missing"),
    # ours to mend
    _Rule(kind="permanent", codes={2}, subcodes={1892058}, said="the form already has a test lead"),
    _Rule(kind="config", codes={1}, text=_SECRET, said="the app secret of the settings is wrong"),
    _Rule(kind="config", codes={101}, said="the app id of the settings is wrong"),
    _Rule(kind="permanent", codes={1, 2}, is_transient=False, said="the refusal is said to be final"),
    _Rule(kind="config", codes={3}, said="the app lacks this capability: see the app's settings"),
    _Rule(kind="config", codes={104}, said="the app secret of the settings is wrong"),
    _Rule(kind="permanent", codes={100}, said="a parameter was not accepted"),
    _Rule(kind="permanent", codes={2200}, said="our webhook's address could not be verified"),
    _Rule(kind="permanent", codes={2500}, said="the request is malformed"),
    # moments
    _Rule(kind="retry", codes={1, 2}, said="the service is unavailable for a moment"),
    _Rule(kind="retry", codes=_ANY, is_transient=True, said="the service is unavailable for a moment"),
)


def translate(fault: GraphFault, usage: Usage = NONE) -> ConnectorError:
    """Return what a refusal means for us. Total; the pause of a limit is taken from `usage`.

    The provider's own wording is judged and never repeated: it may hold names, ids, even tokens.
    """
    rule = next((rule for rule in _TABLE if fault.code is not None and rule.fits(fault)), None)
    if rule is None:
        return _by_status(fault, usage)
    if rule.kind in {"config", "permanent"} and fault.is_transient:
        return TransientError(_sentence(f"{rule.said}, for now", fault))
    return _made(rule, fault, usage)


def _sentence(said: str, fault: GraphFault) -> str:
    """Return what a person reads first, then the numbers that the provider's support asks for."""
    return f"{said[:1].upper()}{said[1:]} (Facebook {fault})."


def _made(rule: _Rule, fault: GraphFault, usage: Usage) -> ConnectorError:
    message = _sentence(rule.said, fault)
    match rule.kind:
        case "retry":
            return TransientError(message)
        case "less":
            return TooMuchDataError(message)
        case "pause":
            return _limited(message, usage.wait_of(rule.budget) or DEFAULT_PAUSE_S)
        case "blocked":
            return BlockedError(message, retry_after_s=BLOCKED_PAUSE_S)
        case "reconnect":
            return _auth_lost(rule, fault)
        case "access":
            return LeadAccessError(message, remedy=_GRANT)
        case "gone":
            return GoneError(message)
        case "config":
            return MisconfiguredError(message)
        case "permanent":
            return PermanentError(message)
    assert_never(rule.kind)


def _auth_lost(rule: _Rule, fault: GraphFault) -> AuthLostError:
    named = set(_SCOPE.findall(fault.text))
    scopes = tuple(scope for scope in SCOPES if scope in named) if rule.cause == "scope" else ()
    if not scopes:
        return AuthLostError(_sentence(rule.said, fault), remedy=rule.remedy or _AGAIN, cause=rule.cause)
    listed = ", ".join(scopes)
    return AuthLostError(
        _sentence(f"{rule.said}: {listed}", fault),
        remedy=f"Connect the account again and allow {listed}.",
        cause=rule.cause,
        scopes=scopes,
    )


def _limited(message: str, pause_s: float) -> RateLimitedError:
    return RateLimitedError(message, retry_after_s=min(pause_s, LONGEST_PAUSE_S))


def _by_status(fault: GraphFault, usage: Usage) -> ConnectorError:
    """Judge what has no code, or one that no rule covers, by its HTTP status."""
    if _LESS.search(fault.text):
        return TooMuchDataError(_sentence("too many rows were asked for", fault))
    if fault.status == 429:  # noqa: PLR2004  # never seen from the Graph API, but plain
        return _limited(_sentence("a call limit is reached", fault), usage.wait_s or DEFAULT_PAUSE_S)
    if fault.code is None and fault.status is not None and (fault.status >= 500 or fault.status == 408):  # noqa: PLR2004 - HTTP's
        return TransientError(_sentence("the service is unavailable for a moment", fault))
    if fault.is_transient:
        return TransientError(_sentence("the service is unavailable for a moment", fault))
    return TransientError(_sentence("no rule covers this answer", fault), unknown=True)
