"""What each word of Google's refusals means: the table behind `errors.translate`.

https://developers.google.com/identity/protocols/oauth2/web-server (token endpoint, consent, revocation)
https://developers.google.com/identity/protocols/oauth2#expiration (what ends a refresh token)
https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and https://www.rfc-editor.org/rfc/rfc9449 (DPoP)
https://developers.google.com/workspace/drive/api/guides/handle-errors (Drive's reasons)
https://developers.google.com/workspace/drive/api/guides/limits (its limits)
https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto (ErrorInfo reasons)
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

from adapters.google.fault import Call, GoogleFault
from connector.domain.errors import LossCause
from connector.domain.google_consent import TICK_DRIVE

Kind = Literal["retry", "pause", "reconnect", "suspended", "full", "gone", "config", "permanent", "exists"]

DEFAULT_PAUSE_S = 60.0
"""Drive counts units a minute and seldom sends Retry-After."""
DAY_PAUSE_S = 15 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A line of the table. Every condition given must hold; the first line that fits decides."""

    kind: Kind
    said: str
    reasons: frozenset[str] | set[str]
    calls: Container[Call] | None = None
    text: re.Pattern[str] | None = None
    remedy: str | None = None
    cause: LossCause = "unknown"
    pause_s: float = DEFAULT_PAUSE_S

    def fits(self, fault: GoogleFault) -> bool:
        return (
            any(reason in self.reasons for reason in fault.reasons)
            and (self.calls is None or fault.call in self.calls)
            and (self.text is None or self.text.search(fault.text) is not None)
        )


AGAIN = "Connect the account again."
COMPARE = "Compare [google] in the settings with the OAuth client at https://console.cloud.google.com."
ALLOW_APP = (
    "Let the Workspace administrator allow this app (Google Admin console, Security, API controls), then"
    " connect the account again."
)
_ENABLE = "Enable the Google Drive API in the Cloud project of the OAuth client."

TABLE = (
    # the code of a consent, which is used once
    Rule(
        kind="permanent",
        calls={"exchange"},
        reasons={"invalid_grant"},
        said="the consent's code was used before or is too old: begin connecting again",
    ),
    Rule(
        kind="gone",
        calls={"revoke"},
        reasons={"invalid_token", "invalid_grant"},
        said="the token is dead already",
    ),
    # the refresh token; what ended it is not said
    Rule(
        kind="reconnect",
        reasons={"rapt_required", "invalid_rapt"},
        said="the organisation asks its people to sign in again",
        cause="checkpoint",
        remedy=f"{AGAIN} If it ends again soon, exempt this app from Google Cloud session control.",
    ),
    Rule(
        kind="suspended",
        reasons={"invalid_grant"},
        text=re.compile("account (has been |is )?(disabled|suspended)"),
        said="the Google account is disabled",
        remedy="Have the account restored, then it goes on by itself; or connect another one.",
    ),
    Rule(
        kind="reconnect",
        reasons={"invalid_grant"},
        text=re.compile("account (has been |is )?deleted"),
        said="the Google account was deleted",
        remedy="Connect another account, or have this one restored and connect it again.",
    ),
    Rule(
        kind="reconnect",
        reasons={"invalid_grant"},
        text=re.compile("expired or revoked"),
        said="the consent has expired or was revoked",
        cause="revoked",
    ),
    Rule(kind="reconnect", reasons={"invalid_grant"}, said="the consent is not valid any more"),
    Rule(
        kind="reconnect",
        reasons={"access_denied", "interaction_required", "login_required", "consent_required"},
        calls={"exchange", "refresh"},
        said="a person must consent again",
    ),
    # our client at the provider: affects every account, and no account is at fault
    Rule(
        kind="config",
        reasons={"deleted_client"},
        said="the OAuth client was deleted",
        remedy="Restore the OAuth client at https://console.cloud.google.com within 30 days, or make a new one.",
    ),
    Rule(
        kind="config",
        reasons={"invalid_client", "unauthorized_client", "disabled_client", "restricted_client"},
        said="our OAuth client is not accepted",
    ),
    Rule(
        kind="config",
        reasons={"redirect_uri_mismatch"},
        said="the OAuth client does not know our callback's address",
        remedy="Add <server.public_url>/connect/google/callback to the client's authorized redirect URIs.",
    ),
    Rule(
        kind="config",
        reasons={"invalid_scope", "unsupported_grant_type", "unsupported_response_type"},
        calls={"exchange", "refresh", "revoke"},
        said="the OAuth client may not ask for this",
    ),
    Rule(
        kind="config",
        reasons={"org_internal", "admin_policy_enforced", "policy_enforced"},
        said="the app is not open to this account's organisation",
        remedy="Make the app's audience external, or let the Workspace administrator allow it.",
    ),
    Rule(
        kind="config",
        reasons={"use_dpop_nonce", "invalid_dpop_proof"},
        said="the OAuth client demands DPoP, which is not supported",
        remedy="Switch DPoP off for the OAuth client.",
    ),
    Rule(kind="permanent", calls={"exchange"}, reasons={"invalid_request"}, said="the request is malformed"),
    Rule(kind="config", calls={"refresh"}, reasons={"invalid_request"}, said="the request is malformed"),
    Rule(
        kind="permanent",
        calls={"revoke"},
        reasons={"unsupported_token_type", "invalid_request"},
        said="the provider does not revoke such tokens",
    ),
    # moments
    Rule(
        kind="retry",
        reasons={"internal_failure", "server_error", "temporarily_unavailable"},
        said="the service is unavailable for a moment",
    ),
    Rule(
        kind="retry",
        calls={"drive"},
        reasons={"backendError", "internalError", "transientError"},
        said="the service is unavailable for a moment",
    ),
    # limits
    Rule(
        kind="pause",
        reasons={"userRateLimitExceeded"},
        text=re.compile(r"^user rate limit exceeded\.$"),  # so worded, it has been the 750 GB of a day
        said="a limit is reached, perhaps that of a day",
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
    # scopes and policies
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
    # room
    Rule(kind="full", reasons={"storageQuotaExceeded", "quotaExceeded"}, said="the Drive is full"),
    Rule(
        kind="full",
        reasons={"activeItemCreationLimitExceeded"},
        said="the account may not hold more items",
        remedy="Delete items of the account's Drive for good, and empty its trash.",
    ),
    Rule(
        kind="full",
        reasons={"teamDriveFileLimitExceeded", "numChildrenInNonRootLimitExceeded"},
        said="the folder may not hold more items",
        remedy="Move or delete items of the folder.",
    ),
    Rule(
        kind="permanent",
        reasons={
            "myDriveHierarchyDepthLimitExceeded",
            "teamDriveHierarchyTooDeep",
            "teamDrivesParentLimit",
            "cannotDownloadAbusiveFile",
            "fileNotDownloadable",
        },
        said="Drive does not do this",
    ),
    # files
    Rule(
        kind="gone",
        reasons={"appNotAuthorizedToFile", "insufficientFilePermissions", "teamDriveMembershipRequired"},
        said="the file or folder is not ours any more",
    ),
    Rule(kind="gone", calls={"drive"}, reasons={"notFound", "NOT_FOUND"}, said="the file does not exist"),
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
