import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.facebook.errors import (
    BLOCKED_PAUSE_S,
    DEFAULT_PAUSE_S,
    LONGEST_PAUSE_S,
    TooMuchDataError,
    translate,
)
from adapters.facebook.fault import GraphFault, fault_of
from adapters.facebook.reply import GraphReply, judge, judge_member
from adapters.facebook.usage import Usage
from connector.domain.errors import (
    AuthLostError,
    BlockedError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

IMPERSONATE = (
    "Any of the pages_read_engagement, pages_manage_metadata,\n        pages_read_user_content, "
    "pages_manage_ads, pages_show_list or\n        pages_messaging permission(s) must be granted before "
    "impersonating a\n        user's page."
)
REVOKED = "CRM access has been revoked from Lead Access Manager"
ABSENT = (
    "Unsupported get request. Object with ID 'xxx' does not exist, cannot be loaded due to missing "
    "permissions, or does not support this operation."
)
LESS = "Please reduce the amount of data you're asking for, then retry your request"
APP_TOKEN = "(#100) You must provide an app access token, or a user access token that is an owner of the app"

# (code, subcode, message, is_transient, HTTP status) → what happens next
TABLE: list[tuple[int | None, int | None, str, bool | None, int, type[ConnectorError]]] = [
    (None, None, "", None, 500, TransientError),
    (None, None, "", None, 502, TransientError),
    (None, None, "", None, 408, TransientError),
    (None, None, "", None, 429, RateLimitedError),
    (None, None, LESS, None, 500, TooMuchDataError),
    (1, None, "An unknown error occurred", None, 500, TransientError),
    (1, 99, "An unknown error occurred", None, 500, TransientError),
    (1, None, LESS, None, 500, TooMuchDataError),
    (1, None, LESS, False, 500, TooMuchDataError),
    (1, 2853001, "An unknown error occurred", False, 400, LeadAccessError),
    (1, None, "An unknown error occurred", False, 400, PermanentError),
    (1, None, "Error validating client secret.", None, 400, MisconfiguredError),
    (101, None, "Error validating application. Cannot get application info.", None, 400, MisconfiguredError),
    (2, None, "(#2) Service temporarily unavailable", True, 503, TransientError),
    (2, None, "An unexpected error has occurred", None, 500, TransientError),
    (2, None, "", False, 400, PermanentError),
    (2200, None, "(#2200) Callback verification failed", None, 400, PermanentError),
    (2, 1892058, "Test lead already exists for this form.", None, 400, PermanentError),
    (3, None, "(#3) Application does not have the capability", None, 400, MisconfiguredError),
    (4, None, "(#4) Application request limit reached", None, 400, RateLimitedError),
    (10, None, "(#10) Application does not have permission for this action", None, 403, LeadAccessError),
    (
        10,
        None,
        "(#10) This endpoint requires the 'pages_read_engagement' permission",
        None,
        403,
        AuthLostError,
    ),
    (17, None, "(#17) User request limit reached", None, 400, RateLimitedError),
    (17, 2446079, "(#17) User request limit reached", None, 400, RateLimitedError),
    (32, None, "(#32) Page request limit reached", None, 400, RateLimitedError),
    (100, None, "(#100) Missing permissions", None, 400, LeadAccessError),
    (
        100,
        None,
        "(#100) Tried accessing nonexisting field (x) on node type (Lead)",
        None,
        400,
        PermanentError,
    ),
    (100, None, "(#100) The parameter user_id is required", None, 400, PermanentError),
    (100, None, "Invalid appsecret_proof provided in the API argument", None, 400, MisconfiguredError),
    (100, None, APP_TOKEN, None, 400, PermanentError),
    (100, None, ABSENT, None, 400, GoneError),
    (100, 33, ABSENT, None, 400, GoneError),
    (100, None, "(#100) odd", True, 500, TransientError),
    (102, None, "Session key invalid", None, 400, AuthLostError),
    (103, None, REVOKED, None, 403, LeadAccessError),
    (104, None, "Incorrect signature", None, 400, MisconfiguredError),
    (190, None, "Error validating access token: Session has expired", None, 400, AuthLostError),
    (190, None, "The access token could not be decrypted", None, 400, AuthLostError),
    (190, None, IMPERSONATE, None, 400, AuthLostError),
    *((190, subcode, "x", None, 400, AuthLostError) for subcode in (456, 457, 458, 459, 460, 461, 462, 463)),
    *((190, subcode, "x", None, 400, AuthLostError) for subcode in (464, 465, 466, 467, 468, 492, 2069032)),
    (200, None, REVOKED, None, 400, LeadAccessError),
    (200, None, "(#200) Requires business_management permission", None, 403, AuthLostError),
    (200, None, "(#200) Requires pages_manage_ads permission to manage the object", None, 400, AuthLostError),
    (200, None, "(#200) Permissions error", None, 403, LeadAccessError),
    (294, None, "Managing ads needs the extended permission ads_management", None, 400, AuthLostError),
    (299, None, "", None, 403, LeadAccessError),
    (300, None, "", None, 400, TransientError),
    (341, None, "Application limit reached", None, 400, RateLimitedError),
    (368, None, "The action attempted has been deemed abusive", None, 400, BlockedError),
    (613, None, "(#613) Calls to this api have exceeded the rate limit.", None, 400, RateLimitedError),
    (613, 1996, "inconsistent volume", None, 400, RateLimitedError),
    (803, None, "(#803) Some of the aliases you requested do not exist", None, 404, GoneError),
    (2500, None, "Unknown path components", None, 400, PermanentError),
    *((code, None, "too many calls", None, 400, RateLimitedError) for code in range(80000, 80015)),
    (80000, 2446079, "(#80000) There have been too many calls", None, 400, RateLimitedError),
    (99999, None, "new", None, 400, TransientError),
    (99999, None, "new", True, 500, TransientError),
    (0, None, "", None, 400, TransientError),
    (-1, None, "", None, 500, TransientError),
]


def body_of(code: object, subcode: object, message: object, is_transient: object) -> dict[str, object]:
    told = {"message": message, "code": code, "error_subcode": subcode, "is_transient": is_transient}
    return {"error": {name: value for name, value in told.items() if value is not None}}


@pytest.mark.parametrize(("code", "subcode", "message", "is_transient", "status", "kind"), TABLE)
def test_every_refusal_says_what_happens_next(
    code: int | None, subcode: int | None, message: str, *, is_transient: bool | None, status: int, kind: type
) -> None:
    fault = fault_of(body_of(code, subcode, message, is_transient), status)
    assert type(translate(fault)) is kind


@pytest.mark.parametrize(
    ("fault", "unknown"),
    [
        (GraphFault(code=99999, status=400), True),
        (GraphFault(status=400), True),
        (GraphFault(), True),
        (GraphFault(code=99999, status=500, is_transient=True), False),
        (GraphFault(status=503), False),
        (GraphFault(code=2, status=503), False),
    ],
)
def test_what_no_rule_covers_is_marked(fault: GraphFault, *, unknown: bool) -> None:
    error = translate(fault)
    assert isinstance(error, TransientError)
    assert error.unknown is unknown


@pytest.mark.parametrize(
    ("code", "subcode", "message", "said"),
    [
        (190, 458, "", "Connect the account again."),
        (190, 459, "", "Log in at facebook.com"),
        (190, 464, "", "Log in at facebook.com"),
        (190, 492, "", "admin role"),
        (190, 2069032, "", "choose this Page"),
        (
            190,
            None,
            IMPERSONATE,
            "allow pages_show_list, pages_read_engagement, pages_manage_metadata, pages_manage",
        ),
        (190, None, "permission must be granted", "allow everything"),
        (200, None, "(#200) Requires pages_manage_ads permission", "allow pages_manage_ads."),
        (10, None, "requires leads_retrieval", "allow leads_retrieval."),
    ],
)
def test_the_remedy_names_what_the_person_must_do(
    code: int, subcode: int | None, message: str, said: str
) -> None:
    error = translate(fault_of(body_of(code, subcode, message, None), 400))
    assert isinstance(error, AuthLostError)
    assert said in error.remedy


def test_only_known_scopes_are_repeated() -> None:
    error = translate(
        fault_of(body_of(200, None, "Requires jane_doe_permission and xads_managementx", None), 400)
    )
    assert isinstance(error, LeadAccessError)


def test_the_pause_of_a_limit() -> None:
    def pause_s(code: int, usage: Usage) -> float:
        error = translate(GraphFault(code=code), usage)
        assert isinstance(error, RateLimitedError)
        return error.retry_after_s

    leadgen = Usage(wait_s=3000, waits_s={"leadgen": 600.0, "pages": 3000.0})
    assert pause_s(80005, Usage()) == DEFAULT_PAUSE_S
    assert pause_s(80005, leadgen) == 600
    assert pause_s(80001, leadgen) == 3000
    assert pause_s(4, leadgen) == 3000
    assert pause_s(4, Usage(wait_s=1e9, waits_s={})) == LONGEST_PAUSE_S
    assert pause_s(368, leadgen) == BLOCKED_PAUSE_S


def test_a_message_is_our_own_sentence_with_the_provider_s_numbers() -> None:
    body = {
        "error": {
            "message": "Jane Doe <jane@example.com> EAAtoken",
            "error_user_msg": "Jane",
            "code": "190",
            "error_subcode": 460,
            "fbtrace_id": "EJplcsCHuLu",
        }
    }
    error = translate(fault_of(body, 400))
    assert str(error) == "The password was changed (Facebook code 190/460, HTTP 400, trace EJplcsCHuLu)."


def test_a_trace_id_of_another_shape_is_dropped() -> None:
    body = {"error": {"code": 2, "fbtrace_id": "Jane Doe"}}
    assert fault_of(body, 400).trace_id is None


def test_the_inner_error_of_debug_token_names_its_subcode_otherwise() -> None:
    assert fault_of({"error": {"code": 190, "message": "m", "subcode": 463}}, None).subcode == 463


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
ERROR = st.fixed_dictionaries(
    {},
    optional={
        "message": JSON,
        "code": st.sampled_from([row[0] for row in TABLE]) | JSON,
        "error_subcode": st.sampled_from([row[1] for row in TABLE]) | JSON,
        "is_transient": JSON,
        "error_data": JSON,
        "fbtrace_id": JSON,
        "type": JSON,
    },
)
KINDS = (AuthLostError, GoneError, LeadAccessError, MisconfiguredError, PermanentError, TransientError)


@settings(deadline=None)  # a busy machine is no failure
@given(st.fixed_dictionaries({"error": ERROR | JSON}) | JSON, st.none() | st.integers(100, 599))
def test_translation_is_total(body: object, status: int | None) -> None:
    error = translate(fault_of(body, status))
    assert isinstance(error, KINDS)
    assert re.fullmatch(r"[A-Z].* \(Facebook (no )?code.*\)\.", str(error))


@settings(deadline=None)  # a busy machine is no failure
@given(st.integers(100, 599), st.binary() | st.text() | JSON.map(json.dumps))
def test_judging_is_total(status: int, body: bytes | str) -> None:
    verdict = judge(status, {}, body)
    assert isinstance(verdict, GraphReply | ConnectorError)
    if isinstance(verdict, GraphReply):
        assert 200 <= status < 300
        assert verdict.json is True or isinstance(verdict.json, dict | list)


MEMBER = st.fixed_dictionaries(
    {}, optional={"code": st.integers(100, 599) | JSON, "body": JSON.map(json.dumps) | JSON, "headers": JSON}
)


@settings(deadline=None)  # a busy machine is no failure
@given(MEMBER | JSON)
def test_judging_a_member_is_total(member: object) -> None:
    verdict = judge_member(member, {})
    assert (verdict is None) is (member is None)
