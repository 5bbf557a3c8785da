"""What each word of Google's refusals means: the table behind `errors.translate`.

The lines for OAuth are here, those for Drive in `drive_rules`.

https://developers.google.com/identity/protocols/oauth2/web-server (token endpoint, consent, revocation)
https://developers.google.com/identity/protocols/oauth2#expiration (what ends a refresh token)
https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and https://www.rfc-editor.org/rfc/rfc9449 (DPoP)
https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto (ErrorInfo reasons)
"""

import re

from adapters.google.drive_rules import DRIVE_RULES
from adapters.google.rule import Rule

AGAIN = "Connect the account again."
COMPARE = "Compare [google] in the settings with the OAuth client at https://console.cloud.google.com."

_OAUTH_RULES = (
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
)

TABLE = (*_OAUTH_RULES, *DRIVE_RULES)
