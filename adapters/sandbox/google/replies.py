"""Answers and refusals on their way out, with Google's shapes of body."""

import json
from dataclasses import dataclass, field

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.drive.content import Content
from adapters.sandbox.google.objects import Json

JSON_TYPE = "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Media:
    """A piece of a file: `count` bytes from `start`."""

    content: Content
    start: int
    count: int


@dataclass(slots=True)
class Reply:
    """An answer on its way out. With `media` that is its body."""

    status: int
    text: str = ""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    media: Media | None = None
    cut_at: int | None = None  # bytes of `media` after which the connection breaks


class Refusal(Exception):  # noqa: N818 - it is an answer
    """A handler refuses with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def answer(record: Json, status: int = 200) -> Reply:
    """Return a JSON answer, indented as Google's are."""
    return Reply(status, json.dumps(record, indent=2))


def oauth_refusal(status: int, error: str, description: str = "", **more: str) -> Refusal:
    """Return a refusal of the token, revocation or userinfo endpoint. Source: RFC 6749, 5.2."""
    record: Json = {"error": error}
    if description:
        record["error_description"] = description
    return Refusal(answer({**record, **more}, status))


@dataclass(frozen=True, slots=True)
class _DriveError:
    status: int
    reason: str
    message: str
    domain: str = "global"
    more: Json = field(default_factory=dict)
    info: str = ""  # an ErrorInfo's reason, which then comes along with a status word

    def body(self, message: str) -> Json:
        said = message or self.message
        single: Json = {"domain": self.domain, "reason": self.reason, "message": said, **self.more}
        error: Json = {"errors": [single], "code": self.status, "message": said}
        if self.info:
            detail = {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": self.info,
                "domain": "googleapis.com",
                "metadata": {"service": "drive.googleapis.com"},
            }
            error |= {"status": "PERMISSION_DENIED", "details": [detail]}
        return {"error": error}


_LIMITS = "usageLimits"
DRIVE_ERRORS = {
    "authError": _DriveError(
        401, "authError", "Invalid Credentials", more={"locationType": "header", "location": "Authorization"}
    ),
    "badRequest": _DriveError(400, "badRequest", "Bad Request"),
    "invalid": _DriveError(400, "invalid", "Invalid Value"),
    "invalidParameter": _DriveError(400, "invalidParameter", "Invalid parameter"),
    "required": _DriveError(400, "required", "Required parameter missing"),
    "activeItemCreationLimitExceeded": _DriveError(
        403, "activeItemCreationLimitExceeded", "This account may create no more items."
    ),
    "appNotAuthorizedToFile": _DriveError(
        403, "appNotAuthorizedToFile", "The user has not granted the app access to the file."
    ),
    "accessNotConfigured": _DriveError(
        403,
        "accessNotConfigured",
        "The Drive API is disabled in this project.",
        _LIMITS,
        info="SERVICE_DISABLED",
    ),
    "cannotDownloadAbusiveFile": _DriveError(
        403, "cannotDownloadAbusiveFile", "This file was identified as malware and cannot be downloaded."
    ),
    "fileNotDownloadable": _DriveError(
        403, "fileNotDownloadable", "Only files with binary content can be downloaded."
    ),
    "dailyLimitExceeded": _DriveError(403, "dailyLimitExceeded", "Daily Limit Exceeded", _LIMITS),
    "domainPolicy": _DriveError(403, "domainPolicy", "The domain administrators have disabled Drive apps."),
    "insufficientFilePermissions": _DriveError(
        403, "insufficientFilePermissions", "The user's permissions for the file do not suffice."
    ),
    "insufficientPermissions": _DriveError(
        403, "insufficientPermissions", "Insufficient Permission", info="ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    ),
    "numChildrenInNonRootLimitExceeded": _DriveError(
        403, "numChildrenInNonRootLimitExceeded", "This folder may hold no more children."
    ),
    "rateLimitExceeded": _DriveError(403, "rateLimitExceeded", "Rate Limit Exceeded", _LIMITS),
    "rateLimitExceeded_429": _DriveError(429, "rateLimitExceeded", "Rate Limit Exceeded", _LIMITS),
    "sharingRateLimitExceeded": _DriveError(403, "sharingRateLimitExceeded", "Rate Limit Exceeded"),
    "storageQuotaExceeded": _DriveError(
        403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded."
    ),
    "teamDriveFileLimitExceeded": _DriveError(
        403, "teamDriveFileLimitExceeded", "This shared drive may hold no more files."
    ),
    "teamDriveMembershipRequired": _DriveError(
        403, "teamDriveMembershipRequired", "The attempted action requires shared drive membership."
    ),
    "userRateLimitExceeded": _DriveError(403, "userRateLimitExceeded", "User Rate Limit Exceeded", _LIMITS),
    "userRateLimitExceeded_day": _DriveError(
        403, "userRateLimitExceeded", "User rate limit exceeded.", _LIMITS
    ),
    "myDriveHierarchyDepthLimitExceeded": _DriveError(
        403, "myDriveHierarchyDepthLimitExceeded", "My Drive holds at most 100 levels of folders."
    ),
    "teamDriveHierarchyTooDeep": _DriveError(
        403, "teamDriveHierarchyTooDeep", "The shared drive would have too many levels of folders."
    ),
    "teamDrivesParentLimit": _DriveError(
        403, "teamDrivesParentLimit", "What lies in a shared drive has exactly one parent."
    ),
    "userBlocked": _DriveError(
        403, "forbidden", "The user is blocked by the administrator.", info="USER_BLOCKED_BY_ADMIN"
    ),
    "notFound": _DriveError(
        404, "notFound", "File not found: .", more={"locationType": "parameter", "location": "fileId"}
    ),
    "fileIdInUse": _DriveError(409, "fileIdInUse", "A file already exists with the provided ID."),
    "backendError": _DriveError(503, "backendError", "Transient failure"),
    "internalError": _DriveError(500, "internalError", "Internal Error"),
}
"""Reason (with what tells namesakes apart) → its body, as Drive's guide to errors shows them:
https://developers.google.com/workspace/drive/api/guides/handle-errors
"""

TOKEN_ERRORS: dict[str, tuple[int, Json]] = {
    "invalid_grant": (
        400,
        {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
    ),
    "invalid_grant_bad_request": (400, {"error": "invalid_grant", "error_description": "Bad Request"}),
    "rapt_required": (
        400,
        {
            "error": "invalid_grant",
            "error_description": "reauth related error (rapt_required)",
            "error_uri": "https://support.google.com/a/answer/9368756",
            "error_subtype": "rapt_required",
        },
    ),
    "deleted_client": (
        401,
        {"error": "deleted_client", "error_description": "The OAuth client was deleted."},
    ),
    "invalid_client": (401, {"error": "invalid_client", "error_description": "Unauthorized"}),
    "admin_policy_enforced": (400, {"error": "admin_policy_enforced"}),
    "internal_failure": (400, {"error": "internal_failure"}),
}
"""What the token endpoint may be made to answer."""


def drive_refusal(name: str, message: str = "") -> Refusal:
    """Return a refusal of the Drive API. Raises KeyError for an unknown name."""
    error = DRIVE_ERRORS[name]
    return Refusal(answer(error.body(message), error.status))


def google_fault(name: str, *, at_byte: int | None = None) -> Fault:
    """Return the named refusal of DRIVE_ERRORS or TOKEN_ERRORS for the fault dial."""
    if name in DRIVE_ERRORS:
        status, record = DRIVE_ERRORS[name].status, DRIVE_ERRORS[name].body("")
    else:
        status, record = TOKEN_ERRORS[name]
    return Fault.status(status, json.dumps(record), "application/json", at_byte=at_byte)
