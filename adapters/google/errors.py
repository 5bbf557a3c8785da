"""The one translation of Google's refusals into what happens next; the table has the sources."""

from http import HTTPStatus
from typing import assert_never

from adapters.google.drive_rules import ALLOW_APP
from adapters.google.error_table import AGAIN, COMPARE, TABLE
from adapters.google.fault import Call, GoogleFault, GoogleRefusalError, fault_of
from adapters.google.rule import DEFAULT_PAUSE_S, Rule
from connector.domain.backup.runs import DiskFullError
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
    StaleTokenError,
    StorageFullError,
    SuspendedError,
    TransientError,
)
from connector.domain.google_consent import DRIVE_FILE

LONGEST_PAUSE_S = 24 * 3600.0

HANDED_UP = (StaleTokenError, DiskFullError)
"""What the retrying of seconds leaves to its caller: only a fresh access token mends it, or a person."""

_SESSION_OVER = frozenset({
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,  # another upload has made the file: begun anew, it is found
    HTTPStatus.GONE,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
})  # fmt: skip
"""What is wrong with a session and not with the account, whatever the body is: Google says to start anew.
https://developers.google.com/workspace/drive/api/guides/manage-uploads#errors"""


class ExistsError(PermanentError):
    """A file with the id we chose is there already: made by an earlier try whose answer was lost."""


def judge(call: Call, status: int, body: object, *, retry_after: str | None = None) -> ConnectorError:
    """Return what an answer that is no success means for us. Total."""
    return translate(fault_of(call, status, body, retry_after=retry_after))


def translate(fault: GoogleFault) -> ConnectorError:
    """Return what a refusal means for us. Total; the fault hangs on it as its cause.

    Google's own wording is judged and never repeated: it may hold names, addresses, ids of files.
    """
    error = _translated(fault)
    error.__cause__ = GoogleRefusalError(fault)
    return error


def _translated(fault: GoogleFault) -> ConnectorError:
    passing = fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR or fault.status == HTTPStatus.REQUEST_TIMEOUT
    if passing:  # whatever its body says: an outage ends no connection
        return TransientError(_sentence("the service is unavailable for a moment", fault))
    if fault.call == "session" and fault.status in _SESSION_OVER:
        return GoneError(_sentence("the upload's session does not go on: it begins anew", fault))
    if not fault.is_json and fault.status != HTTPStatus.TOO_MANY_REQUESTS:
        return TransientError(_sentence("the answer came from something else", fault), unknown=True)
    if fault.status == HTTPStatus.UNAUTHORIZED and fault.call in {"drive", "session", "userinfo"}:
        return StaleTokenError(_sentence("the access token is not accepted", fault))
    rule = next((rule for rule in TABLE if rule.fits(fault)), None)
    return _made(rule, fault) if rule else _by_status(fault)


def is_missing(error: ConnectorError) -> bool:
    """Whether Drive said that there is no such thing; what is there and not ours any more is a GoneError too."""
    refusal = error.__cause__
    status = refusal.fault.status if isinstance(refusal, GoogleRefusalError) else 0
    return isinstance(error, GoneError) and status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def _sentence(said: str, fault: GoogleFault) -> str:
    """Return what a person reads first, then what Google's documentation can be searched for."""
    return f"{said[:1].upper()}{said[1:]} (Google {fault})."


def _made(rule: Rule, fault: GoogleFault) -> ConnectorError:
    message = _sentence(rule.said, fault)
    match rule.kind:
        case "retry":
            return TransientError(message)
        case "pause":
            return _limited(message, fault.pause_s or rule.pause_s)
        case "reconnect":
            scopes = (DRIVE_FILE,) if rule.cause == "scope" else ()
            return AuthLostError(message, remedy=rule.remedy or AGAIN, cause=rule.cause, scopes=scopes)
        case "suspended":
            return SuspendedError(message, remedy=rule.remedy or ALLOW_APP)
        case "full":
            return StorageFullError(message, **({"remedy": rule.remedy} if rule.remedy else {}))
        case "gone":
            return GoneError(message)
        case "config":
            return MisconfiguredError(message, remedy=rule.remedy or COMPARE)
        case "permanent":
            return PermanentError(message)
        case "exists":
            return ExistsError(message)
    assert_never(rule.kind)


def _limited(message: str, pause_s: float) -> RateLimitedError:
    return RateLimitedError(message, retry_after_s=min(pause_s, LONGEST_PAUSE_S))


def _by_status(fault: GoogleFault) -> ConnectorError:
    """Judge what no line of the table covers by its HTTP status."""
    if fault.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limited(_sentence("a rate limit is reached", fault), fault.pause_s or DEFAULT_PAUSE_S)
    if fault.call in {"drive", "session"}:
        match fault.status:
            case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
                return GoneError(_sentence("the file does not exist", fault))
            case HTTPStatus.CONFLICT:
                return ExistsError(_sentence("the file exists already", fault))
            case HTTPStatus.BAD_REQUEST | HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return PermanentError(_sentence("the request is malformed", fault))
            case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                return PermanentError(_sentence("the file is larger than Drive takes", fault))
            case HTTPStatus.PRECONDITION_FAILED:
                return TransientError(_sentence("the file was changed in the same moment", fault))
            case _:
                pass
    return TransientError(_sentence("no rule covers this answer", fault), unknown=True)
