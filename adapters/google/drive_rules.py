"""What the reasons of the Drive API mean.

https://developers.google.com/workspace/drive/api/guides/handle-errors (Drive's reasons)
https://developers.google.com/workspace/drive/api/guides/limits (its limits)
https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto (ErrorInfo reasons)
"""

import re

from adapters.google.fault import Call
from adapters.google.rule import DAY_PAUSE_S, Rule
from connector.domain.google_consent import TICK_DRIVE

ALLOW_APP = (
    "Let the Workspace administrator allow this app (Google Admin console, Security, API controls), then"
    " connect the account again."
)
_ENABLE = "Enable the Google Drive API in the Cloud project of the OAuth client."
_DRIVE = frozenset[Call]({"drive", "session"})

_MOMENTS = (
    Rule(
        kind="retry",
        calls=_DRIVE,
        reasons={"backendError", "internalError", "transientError"},
        said="the service is unavailable for a moment",
    ),
    Rule(
        kind="retry",
        calls=_DRIVE,
        reasons={"conditionNotMet"},
        said="the file was changed in the same moment",
    ),
)

_LIMITS = (
    Rule(
        kind="pause",
        reasons={"userRateLimitExceeded"},
        text=re.compile(r"^user rate limit exceeded\.$"),  # so worded, it has been the 750 GB of a day
        said="a limit is reached, perhaps the 750 GB that an account may upload in a day",
        pause_s=DAY_PAUSE_S,
    ),
    Rule(
        kind="pause",
        reasons={"downloadQuotaExceeded"},
        said="the file was downloaded too often today",
        pause_s=DAY_PAUSE_S,
    ),
    Rule(
        kind="pause",
        reasons={
            "RATE_LIMIT_EXCEEDED",
            "RESOURCE_EXHAUSTED",
            "rateLimitExceeded",
            "rate_limit_exceeded",
            "sharingRateLimitExceeded",
            "slow_down",
            "userRateLimitExceeded",
        },
        said="a rate limit is reached",
    ),
    Rule(
        kind="config",
        reasons={"dailyLimitExceeded", "dailyLimitExceededUnreg", "quota_exceeded"},
        said="the Cloud project's own daily limit is reached",
        remedy="Raise the daily limit of the Drive API in the Cloud project, or wait for the next day.",
    ),
)

_POLICIES = (
    Rule(
        kind="reconnect",
        calls={"userinfo"},
        reasons={"insufficient_scope", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
        said="the permission to see who consents was not given",
    ),
    Rule(
        kind="reconnect",
        reasons={
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "insufficientPermissions",
            "insufficientScopes",
            "insufficient_scope",
        },
        said="the permission for Drive was not given",
        remedy=TICK_DRIVE,
        cause="scope",
    ),
    Rule(
        kind="suspended",
        reasons={"domainPolicy", "USER_BLOCKED_BY_ADMIN", "ADMIN_POLICY_ENFORCED"},
        said="the account's organisation does not allow Drive apps",
        remedy=ALLOW_APP,
    ),
    Rule(
        kind="config",
        reasons={"accessNotConfigured", "SERVICE_DISABLED", "API_DISABLED", "CONSUMER_INVALID"},
        said="the Drive API is not enabled",
        remedy=_ENABLE,
    ),
    Rule(
        kind="config",
        reasons={"CONSUMER_SUSPENDED"},
        said="Google has suspended the Cloud project of the OAuth client",
        remedy="Read Google's notice at https://console.cloud.google.com and answer it there.",
    ),
)

_ROOM = (
    Rule(
        kind="full",
        reasons={"storageQuotaExceeded", "quotaExceeded"},
        said="the Drive is full",
        remedy="Free some space in the account's Drive, and empty its bin, which counts too.",
    ),
    Rule(
        kind="full",
        reasons={"activeItemCreationLimitExceeded"},
        said="the account may not hold more items",
        remedy="Delete items of the account's Drive for good, and empty its bin.",
    ),
    Rule(
        kind="full",
        reasons={"teamDriveFileLimitExceeded"},
        said="the shared drive may not hold more items",
        remedy="Delete items of the shared drive for good, and empty its bin; or connect another account.",
    ),
    Rule(
        kind="full",
        reasons={"numChildrenInNonRootLimitExceeded"},
        said="the folder may not hold more items",
        remedy="Move files out of the folder, or delete old ones for good.",
    ),
)

_NEVER = (
    Rule(
        kind="permanent",
        reasons={"myDriveHierarchyDepthLimitExceeded", "teamDriveHierarchyTooDeep"},
        said="the folder lies too deep in other folders: move it further up, Drive takes 100 levels",
    ),
    Rule(
        kind="permanent",
        reasons={"teamDrivesParentLimit"},
        said="in a shared drive an item lies in one folder only",
    ),
    Rule(
        kind="permanent",
        reasons={"cannotDownloadAbusiveFile"},
        said=(
            "Google takes the file for harmful and does not give it to an app: download it by hand at"
            " https://drive.google.com and restore it with `connector backup restore FILE`"
        ),
    ),
    Rule(
        kind="permanent",
        reasons={"fileNotDownloadable"},
        said="this is a document of Google's editors or a folder, and no file of a backup",
    ),
    Rule(
        kind="permanent",
        reasons={"uploadTooLarge"},
        said="the file is larger than Drive takes: back up by months, which makes smaller files",
    ),
)

_FILES = (
    Rule(
        kind="gone",
        reasons={"appNotAuthorizedToFile"},
        said=(
            "the account's owner has taken this app's access to the file or folder back, and connecting again"
            " does not return it"
        ),
    ),
    Rule(
        kind="gone",
        reasons={"insufficientFilePermissions", "insufficientParentPermissions"},
        said="the account may not change the file or folder any more: somebody has taken that from it",
    ),
    Rule(
        kind="gone",
        reasons={"teamDriveMembershipRequired", "teamDriveNotFound"},
        said="the account is no member of the shared drive any more",
    ),
    Rule(kind="gone", calls=_DRIVE, reasons={"notFound", "NOT_FOUND"}, said="the file does not exist"),
    Rule(
        kind="exists",
        calls={"drive"},
        reasons={"fileIdInUse", "duplicate", "ALREADY_EXISTS"},
        said="the file exists already",
    ),
    Rule(
        kind="permanent",
        calls={"drive"},
        reasons={"badRequest", "invalid", "required", "invalidParameter", "invalidQuery", "INVALID_ARGUMENT"},
        said="the request is malformed",
    ),
)

DRIVE_RULES = (*_MOMENTS, *_LIMITS, *_POLICIES, *_ROOM, *_NEVER, *_FILES)
