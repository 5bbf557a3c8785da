import pytest

from adapters.sandbox.graph_errors import ERRORS, error_body
from adapters.sandbox.world import INVALIDATIONS

# name → HTTP status, code, subcode, as reported for the real API
KNOWN = {
    "session_changed_with_user_text": (400, 190, 460),
    "page_limit_user_token": (400, 32, None),
    "page_limit_page_token": (400, 80001, None),
    "session_expired": (400, 190, 463),
    "password_changed": (400, 190, 460),
    "app_removed": (400, 190, 458),
    "checkpoint": (400, 190, 459),
    "expired_without_subcode": (400, 190, None),
    "undecryptable": (400, 190, None),
    "impersonation_refused": (400, 190, None),
    "page_token_required": (400, 190, 2069032),
    "missing_permissions": (400, 100, None),
    "requires_permission": (403, 200, None),
    "requires_pages_manage_ads": (400, 200, None),
    "object_not_visible": (400, 100, 33),
    "leads_access_revoked_103": (403, 103, None),
    "leads_access_revoked_200": (400, 200, None),
    "service_unavailable": (503, 2, None),
    "reduce_data": (500, 1, None),
    "unknown": (500, 1, 99),
    "unknown_not_transient": (400, 1, 2853001),
    "test_lead_exists": (400, 2, 1892058),
    "delete_unsupported": (400, 100, 33),
    "ads_account_limit": (400, 80000, 2446079),
    "leadgen_limit": (400, 80005, None),
    "debug_token_without_app_token": (400, 100, None),
}


@pytest.mark.parametrize("name", KNOWN)
def test_status_and_codes(name: str) -> None:
    status, body = error_body(name)
    error = body["error"]
    assert isinstance(error, dict)
    assert (status, error["code"], error.get("error_subcode")) == KNOWN[name]


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_body_is_complete(name: str) -> None:
    _, body = error_body(name, id="1", permission="leads_retrieval")
    error = body["error"]
    assert isinstance(error, dict)
    assert isinstance(error["code"], int)
    assert error.get("message") or error.get("error_user_msg")
    assert "{" not in str(error.get("message"))


def test_every_invalidation_names_an_error() -> None:
    for subcode, name in INVALIDATIONS.items():
        assert ERRORS[name].error.get("error_subcode") == subcode
