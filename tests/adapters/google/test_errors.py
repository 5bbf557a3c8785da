"""Every refusal that Google documents, and any other that a wire can bring, means something for us."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.google.error_table import TABLE
from adapters.google.errors import LONGEST_PAUSE_S, ExistsError, is_missing, judge
from adapters.google.fault import Call, GoogleRefusalError, fault_of
from adapters.google.rule import DAY_PAUSE_S, DEFAULT_PAUSE_S
from adapters.sandbox.google.replies import DRIVE_ERRORS, TOKEN_ERRORS
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
from connector.domain.google_consent import DRIVE_BOX, DRIVE_FILE

CALLS: tuple[Call, ...] = ("exchange", "refresh", "revoke", "userinfo", "keys", "drive", "session")


def drive_body(reason: str, message: str = "no", code: int = 403) -> dict[str, object]:
    return {
        "error": {
            "errors": [{"domain": "global", "reason": reason, "message": message}],
            "code": code,
            "message": message,
        }
    }


@pytest.mark.parametrize(
    ("call", "status", "body", "kind"),
    [
        ("refresh", 400, {"error": "invalid_grant"}, AuthLostError),
        ("refresh", 400, {"error": "invalid_grant", "error_description": "Bad Request"}, AuthLostError),
        ("refresh", 400, {"error": "invalid_grant", "error_subtype": "rapt_required"}, AuthLostError),
        ("refresh", 401, {"error": "invalid_client"}, MisconfiguredError),
        ("refresh", 401, {"error": "deleted_client"}, MisconfiguredError),
        ("refresh", 401, {"error": "unauthorized_client"}, MisconfiguredError),
        ("refresh", 400, {"error": "invalid_scope"}, MisconfiguredError),
        ("refresh", 400, {"error": "unsupported_grant_type"}, MisconfiguredError),
        ("refresh", 400, {"error": "org_internal"}, MisconfiguredError),
        ("refresh", 400, {"error": "admin_policy_enforced"}, MisconfiguredError),
        ("refresh", 400, {"error": "use_dpop_nonce"}, MisconfiguredError),
        ("refresh", 400, {"error": "temporarily_unavailable"}, TransientError),
        ("refresh", 400, {"error": "internal_failure"}, TransientError),
        ("refresh", 500, {"error": "invalid_grant"}, TransientError),
        ("refresh", 429, {"error": "rate_limit_exceeded"}, RateLimitedError),
        ("refresh", 408, b"", TransientError),
        ("refresh", 502, b"<html>Bad Gateway</html>", TransientError),
        ("refresh", 400, b"<html>portal</html>", TransientError),
        ("exchange", 400, {"error": "invalid_grant"}, PermanentError),
        ("exchange", 400, {"error": "redirect_uri_mismatch"}, MisconfiguredError),
        ("exchange", 401, {"error": "invalid_client"}, MisconfiguredError),
        ("revoke", 400, {"error": "invalid_token"}, GoneError),
        ("revoke", 503, b"", TransientError),
        ("userinfo", 401, {"error": "invalid_request"}, StaleTokenError),
        ("userinfo", 403, {"error": "insufficient_scope"}, AuthLostError),
        ("drive", 400, drive_body("badRequest", code=400), PermanentError),
        ("drive", 401, drive_body("authError", code=401), StaleTokenError),
        ("drive", 403, drive_body("activeItemCreationLimitExceeded"), StorageFullError),
        ("drive", 403, drive_body("appNotAuthorizedToFile"), GoneError),
        ("drive", 403, drive_body("dailyLimitExceeded"), MisconfiguredError),
        ("drive", 403, drive_body("domainPolicy"), SuspendedError),
        ("drive", 403, drive_body("fileNotDownloadable"), PermanentError),
        ("drive", 403, drive_body("insufficientFilePermissions"), GoneError),
        ("drive", 403, drive_body("insufficientPermissions"), AuthLostError),
        ("drive", 403, drive_body("accessNotConfigured"), MisconfiguredError),
        ("drive", 403, drive_body("myDriveHierarchyDepthLimitExceeded"), PermanentError),
        ("drive", 403, drive_body("numChildrenInNonRootLimitExceeded"), StorageFullError),
        ("drive", 403, drive_body("rateLimitExceeded"), RateLimitedError),
        ("drive", 403, drive_body("sharingRateLimitExceeded"), RateLimitedError),
        ("drive", 403, drive_body("storageQuotaExceeded"), StorageFullError),
        ("drive", 403, drive_body("teamDriveFileLimitExceeded"), StorageFullError),
        ("drive", 403, drive_body("teamDriveHierarchyTooDeep"), PermanentError),
        ("drive", 403, drive_body("teamDriveMembershipRequired"), GoneError),
        ("drive", 403, drive_body("teamDrivesParentLimit"), PermanentError),
        ("drive", 403, drive_body("userRateLimitExceeded"), RateLimitedError),
        ("drive", 404, drive_body("notFound", code=404), GoneError),
        ("drive", 404, b"<html>portal</html>", TransientError),
        ("drive", 409, drive_body("fileIdInUse", code=409), ExistsError),
        ("drive", 410, {}, GoneError),
        ("drive", 429, drive_body("rateLimitExceeded", code=429), RateLimitedError),
        ("drive", 429, b"<html>slow down</html>", RateLimitedError),
        ("drive", 503, drive_body("backendError", code=503), TransientError),
        ("drive", 403, drive_body("downloadQuotaExceeded"), RateLimitedError),
        ("drive", 403, drive_body("cannotDownloadAbusiveFile"), PermanentError),
        ("drive", 403, drive_body("brandNewReason"), TransientError),
        ("drive", 412, drive_body("conditionNotMet", code=412), TransientError),
        ("drive", 413, drive_body("uploadTooLarge", code=413), PermanentError),
        ("drive", 416, drive_body("requestedRangeNotSatisfiable", code=416), PermanentError),
        ("session", 308, b"", TransientError),
        ("session", 400, drive_body("badRequest", code=400), GoneError),
        ("session", 400, b"Failed to parse Content-Range header.", GoneError),
        ("session", 401, drive_body("authError", code=401), StaleTokenError),
        ("session", 401, b"<html>portal</html>", TransientError),
        ("session", 403, drive_body("storageQuotaExceeded"), StorageFullError),
        ("session", 403, drive_body("userRateLimitExceeded"), RateLimitedError),
        ("session", 403, drive_body("brandNewReason"), TransientError),
        ("session", 403, b"<html>portal</html>", TransientError),
        ("session", 404, b"Not Found", GoneError),
        ("session", 404, drive_body("notFound", code=404), GoneError),
        ("session", 409, drive_body("fileIdInUse", code=409), GoneError),
        ("session", 410, b"", GoneError),
        ("session", 416, b"", GoneError),
        ("session", 429, b"", RateLimitedError),
        ("session", 503, b"<html>", TransientError),
    ],
)
def test_what_a_refusal_means(call: Call, status: int, body: object, kind: type[ConnectorError]) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    error = judge(call, status, raw)
    assert type(error) is kind
    assert isinstance(error.__cause__, GoogleRefusalError)


@pytest.mark.parametrize("name", [*DRIVE_ERRORS, *TOKEN_ERRORS])
def test_every_refusal_that_the_sandbox_knows_is_covered(name: str) -> None:
    if name in DRIVE_ERRORS:
        error = judge("drive", DRIVE_ERRORS[name].status, DRIVE_ERRORS[name].body(""))
    else:
        error = judge("refresh", *TOKEN_ERRORS[name])
    assert not (isinstance(error, TransientError) and error.unknown), error


@pytest.mark.parametrize(
    ("reason", "sentence", "way_on"),
    [
        ("storageQuotaExceeded", "The Drive is full", "empty its bin"),
        ("activeItemCreationLimitExceeded", "may not hold more items", "for good"),
        ("teamDriveFileLimitExceeded", "shared drive may not hold more", "Delete items of the shared drive"),
        ("numChildrenInNonRootLimitExceeded", "folder may not hold more", "Move files out of the folder"),
        ("domainPolicy", "organisation does not allow Drive apps", "Workspace administrator"),
        ("accessNotConfigured", "Drive API is not enabled", "Enable the Google Drive API"),
        ("dailyLimitExceeded", "own daily limit", "Raise the daily limit"),
        ("insufficientPermissions", "permission for Drive was not given", DRIVE_BOX),
    ],
)
def test_what_holds_the_work_tells_the_way_on(reason: str, sentence: str, way_on: str) -> None:
    error = judge("session", 403, drive_body(reason))
    assert isinstance(error, AuthLostError | MisconfiguredError | SuspendedError | StorageFullError)
    assert sentence in str(error)
    assert way_on in error.remedy


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("appNotAuthorizedToFile", "connecting again does not return it"),
        ("insufficientFilePermissions", "may not change the file or folder"),
        ("teamDriveMembershipRequired", "no member of the shared drive"),
        ("myDriveHierarchyDepthLimitExceeded", "move it further up"),
        ("teamDriveHierarchyTooDeep", "move it further up"),
        ("cannotDownloadAbusiveFile", "connector backup restore FILE"),
        ("fileNotDownloadable", "no file of a backup"),
        ("downloadQuotaExceeded", "too often today"),
        ("conditionNotMet", "in the same moment"),
    ],
)
def test_what_concerns_one_file_says_so(reason: str, sentence: str) -> None:
    assert sentence in str(judge("drive", 403, drive_body(reason)))


def test_what_is_missing_is_told_from_what_is_not_ours_any_more() -> None:
    assert is_missing(judge("drive", 404, drive_body("notFound", code=404)))
    assert is_missing(judge("drive", 410, {}))
    assert not is_missing(judge("drive", 403, drive_body("appNotAuthorizedToFile")))
    assert not is_missing(judge("drive", 503, b""))


def test_a_missing_scope_names_the_box_to_tick() -> None:
    body = drive_body("insufficientPermissions")
    body["error"]["details"] = [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]  # type: ignore[index]  # JSON of our own
    error = judge("drive", 403, body)
    assert isinstance(error, AuthLostError)
    assert DRIVE_BOX in error.remedy
    assert (error.cause, error.scopes) == ("scope", (DRIVE_FILE,))
    assert "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in str(error)


def test_the_limit_of_a_day_is_told_from_that_of_a_minute() -> None:
    minute = judge("drive", 403, drive_body("userRateLimitExceeded", "User Rate Limit Exceeded"))
    day = judge("drive", 403, drive_body("userRateLimitExceeded", "User rate limit exceeded."))
    assert isinstance(minute, RateLimitedError)
    assert isinstance(day, RateLimitedError)
    assert (minute.retry_after_s, day.retry_after_s) == (DEFAULT_PAUSE_S, DAY_PAUSE_S)


@pytest.mark.parametrize(
    ("asked", "pause_s"),
    [("7", 7.0), ("999999", LONGEST_PAUSE_S), ("0", DEFAULT_PAUSE_S), ("soon", DEFAULT_PAUSE_S)],
)
def test_a_pause_that_google_names_is_kept_within_a_day(asked: str, pause_s: float) -> None:
    error = judge("drive", 429, drive_body("rateLimitExceeded"), retry_after=asked)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == pause_s


def test_an_unknown_refusal_is_named_and_not_retried_for_ever() -> None:
    error = judge("drive", 403, drive_body("brandNewReason"))
    assert isinstance(error, TransientError)
    assert error.unknown
    assert "brandNewReason" in str(error)


def test_the_wording_of_google_is_never_repeated() -> None:
    body = drive_body("notFound", "File not found: 1secretFileId of ada@example.com.", 404)
    assert "secret" not in str(judge("drive", 404, body))
    assert "ada" not in str(judge("refresh", 400, {"error": "ada@example.com wrote this"}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
words = sorted({word for rule in TABLE for word in rule.reasons})
bodies = st.one_of(
    st.binary(max_size=200),
    json_values,
    st.fixed_dictionaries({"error": json_values}),
    st.fixed_dictionaries(
        {"error": st.sampled_from(words) | st.text(max_size=20), "error_description": json_values}
    ),
    st.fixed_dictionaries(
        {
            "error": st.fixed_dictionaries(
                {},
                optional={
                    "errors": st.lists(st.fixed_dictionaries({"reason": st.sampled_from(words)}))
                    | json_values,
                    "details": json_values,
                    "status": json_values,
                    "message": json_values,
                },
            )
        }
    ),
)


@given(st.sampled_from(CALLS), st.integers(-1, 999), bodies, st.none() | st.text(max_size=12))
def test_the_translation_is_total(call: Call, status: int, body: object, retry_after: str | None) -> None:
    error = judge(call, status, body, retry_after=retry_after)
    assert isinstance(error, ConnectorError)
    assert len(str(error)) < 400
    if isinstance(error, RateLimitedError):
        assert 0 < error.retry_after_s <= LONGEST_PAUSE_S
    if status >= 500:
        assert type(error) is TransientError, "an outage ends no connection"
    if isinstance(error, AuthLostError | MisconfiguredError | SuspendedError | StorageFullError):
        assert error.remedy


@given(st.integers(400, 499), st.text(max_size=50))
def test_only_a_word_of_google_ends_a_connection(status: int, text: str) -> None:
    assert not isinstance(judge("refresh", status, text.encode(errors="replace")), AuthLostError)


def test_a_body_of_absurd_depth_or_size_is_no_accident() -> None:
    assert fault_of("drive", 403, b"[" * 200_000).reasons == ()
    assert fault_of("drive", 403, b"{" + b" " * 300_000 + b"}").is_json is False
