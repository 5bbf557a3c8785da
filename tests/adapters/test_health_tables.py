"""From a provider's own words to how the account stands: dead, withheld, no access, frozen, throttled, away."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from adapters.facebook.errors import translate
from adapters.facebook.fault import fault_of
from adapters.google.errors import judge
from adapters.google.fault import Call
from connector.domain.connection import Health
from connector.domain.health import Standing, transition
from connector.domain.signals import Cause, signal_of

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OAUTH, METHOD = "OAuthException", "GraphMethodException"

IMPERSONATE = (
    "pages_read_engagement or leads_retrieval permission(s) must be granted before impersonating a Page."
)
REVOKED = "CRM access has been revoked from Lead Access Manager"
ABSENT = "Object with ID '1' does not exist, cannot be loaded due to missing permissions"

# (code, subcode, type, HTTP status, message, is_transient) → the account's health, and why
GRAPH: list[tuple[int | None, int | None, str | None, int, str, bool | None, Health, Cause | None]] = [
    (None, None, None, 500, "", None, "healthy", None),
    (None, None, None, 502, "<html>", None, "healthy", None),
    (None, None, None, 408, "", None, "healthy", None),
    (1, None, OAUTH, 500, "An unknown error occurred", None, "healthy", None),
    (1, 99, OAUTH, 500, "An unknown error occurred", None, "healthy", None),
    (1, None, OAUTH, 500, "Please reduce the amount of data", None, "healthy", None),
    (1, 2853001, OAUTH, 400, "An unknown error occurred", False, "degraded", "lacking"),
    (2, None, OAUTH, 503, "Service temporarily unavailable", True, "healthy", None),
    (2, 1892058, OAUTH, 400, "Test lead exists", None, "healthy", None),
    (3, None, OAUTH, 400, "Application does not have the capability", None, "healthy", None),
    (4, None, OAUTH, 400, "Application request limit reached", None, "healthy", None),
    (
        10,
        None,
        OAUTH,
        403,
        "Application does not have permission for this action",
        None,
        "degraded",
        "lacking",
    ),
    (10, None, OAUTH, 403, "The permission leads_retrieval was not granted", None, "reconnect", "scope"),
    (10, None, OAUTH, 403, "The permission ads_management was not granted", None, "degraded", "lacking"),
    (17, None, OAUTH, 400, "User request limit reached", None, "healthy", None),
    (32, None, OAUTH, 400, "Page request limit reached", None, "healthy", None),
    (100, None, OAUTH, 400, "(#100) Missing permissions", None, "degraded", "lacking"),
    (100, None, OAUTH, 400, "(#100) The parameter user_id is required", None, "healthy", None),
    (100, 33, METHOD, 400, ABSENT, None, "healthy", None),
    (100, None, METHOD, 400, "Invalid appsecret_proof", None, "healthy", None),
    (102, None, OAUTH, 400, "Session key invalid", None, "reconnect", "unknown"),
    (103, None, OAUTH, 403, REVOKED, None, "degraded", "lacking"),
    (104, None, OAUTH, 400, "Incorrect signature", None, "healthy", None),
    (190, None, OAUTH, 400, "Session has expired", None, "reconnect", "unknown"),
    (190, None, OAUTH, 400, "The access token could not be decrypted", None, "reconnect", "unknown"),
    (190, None, OAUTH, 400, IMPERSONATE, None, "reconnect", "scope"),
    (190, 456, OAUTH, 400, "x", None, "reconnect", "unknown"),
    (190, 457, OAUTH, 400, "x", None, "reconnect", "unknown"),
    (190, 458, OAUTH, 400, "x", None, "reconnect", "app_removed"),
    (190, 459, OAUTH, 400, "x", None, "reconnect", "checkpoint"),
    (190, 460, OAUTH, 400, "x", None, "reconnect", "password_changed"),
    (190, 461, OAUTH, 400, "x", None, "reconnect", "unknown"),
    (190, 462, OAUTH, 400, "x", None, "reconnect", "unknown"),
    (190, 463, OAUTH, 400, "x", None, "reconnect", "expired"),
    (190, 464, OAUTH, 400, "x", None, "reconnect", "checkpoint"),
    (190, 465, OAUTH, 400, "x", None, "reconnect", "unknown"),
    (190, 466, OAUTH, 400, "x", None, "reconnect", "revoked"),
    (190, 467, OAUTH, 400, "x", None, "reconnect", "revoked"),
    (190, 468, OAUTH, 400, "x", None, "reconnect", "unknown"),
    (190, 492, OAUTH, 400, "x", None, "degraded", "lacking"),
    (190, 2069032, None, 400, "x", None, "degraded", "lacking"),
    (200, None, OAUTH, 400, REVOKED, None, "degraded", "lacking"),
    (200, None, OAUTH, 403, "Requires pages_manage_ads permission", None, "degraded", "lacking"),
    (200, None, OAUTH, 403, "Requires leads_retrieval permission", None, "reconnect", "scope"),
    (200, None, OAUTH, 403, "Permissions error", None, "degraded", "lacking"),
    (299, None, OAUTH, 403, "", None, "degraded", "lacking"),
    (341, None, OAUTH, 400, "Application limit reached", None, "healthy", None),
    (368, None, OAUTH, 400, "The action attempted has been deemed abusive", None, "suspended", "blocked"),
    (613, None, OAUTH, 400, "Calls to this api have exceeded the rate limit", None, "healthy", None),
    (803, None, OAUTH, 404, "Some of the aliases you requested do not exist", None, "healthy", None),
    (2500, None, OAUTH, 400, "Unknown path components", None, "healthy", None),
    (80001, None, OAUTH, 400, "too many calls to this Page", None, "healthy", None),
    (80005, None, OAUTH, 400, "too many leadgen calls", None, "healthy", None),
    (99999, None, None, 400, "new", None, "healthy", None),
]


def drive(reason: str) -> dict[str, object]:
    return {"error": {"code": 403, "message": "no", "errors": [{"reason": reason, "message": "no"}]}}


# (call, HTTP status, body) → the account's health, and why
GOOGLE: list[tuple[Call, int, object, Health, Cause | None]] = [
    ("refresh", 400, {"error": "invalid_grant", "error_description": "expired"}, "reconnect", "unknown"),
    ("refresh", 400, {"error": "invalid_grant", "error_description": "Bad Request"}, "reconnect", "unknown"),
    ("refresh", 400, {"error": "invalid_grant", "error_subtype": "invalid_rapt"}, "reconnect", "checkpoint"),
    ("refresh", 401, {"error": "invalid_client"}, "healthy", None),
    ("refresh", 401, {"error": "deleted_client"}, "healthy", None),
    ("refresh", 401, {"error": "unauthorized_client"}, "healthy", None),
    ("refresh", 400, {"error": "invalid_scope"}, "healthy", None),
    ("refresh", 400, {"error": "org_internal"}, "healthy", None),
    ("refresh", 400, {"error": "admin_policy_enforced"}, "healthy", None),
    ("refresh", 500, {"error": "internal_failure"}, "healthy", None),
    ("refresh", 429, {"error": "rate_limit_exceeded"}, "healthy", None),
    ("refresh", 408, {}, "healthy", None),
    ("drive", 403, drive("insufficientPermissions"), "reconnect", "scope"),
    ("drive", 403, drive("domainPolicy"), "suspended", "blocked"),
    ("drive", 403, drive("storageQuotaExceeded"), "degraded", "lacking"),
    ("drive", 403, drive("userRateLimitExceeded"), "healthy", None),
    ("drive", 401, drive("authError"), "healthy", None),
    ("drive", 503, drive("backendError"), "healthy", None),
]


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "status", "message", "is_transient", "health", "cause"), GRAPH
)
def test_what_facebook_says_decides_how_the_account_stands(
    code: int | None,
    subcode: int | None,
    kind: str | None,
    status: int,
    message: str,
    *,
    is_transient: bool | None,
    health: Health,
    cause: Cause | None,
) -> None:
    told = {
        "code": code,
        "error_subcode": subcode,
        "type": kind,
        "message": message,
        "is_transient": is_transient,
    }
    error = translate(fault_of({"error": {k: v for k, v in told.items() if v is not None}}, status))
    before = Standing(provider="facebook", health="healthy", consented_at=NOW - timedelta(days=30))
    after = transition(before, signal_of(error, at=NOW)).standing
    assert (after.health, after.cause) == (health, cause)


@pytest.mark.parametrize(("call", "status", "body", "health", "cause"), GOOGLE)
def test_what_google_says_decides_how_the_account_stands(
    call: Call, status: int, body: object, health: Health, cause: Cause | None
) -> None:
    error = judge(call, status, json.dumps(body).encode())
    before = Standing(provider="google", health="healthy", consented_at=NOW - timedelta(days=30))
    after = transition(before, signal_of(error, at=NOW)).standing
    assert (after.health, after.cause) == (health, cause)


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert len({row[:4] for row in GRAPH}) >= 40
    assert {row[6] for row in GRAPH} == {"healthy", "degraded", "reconnect", "suspended"}
