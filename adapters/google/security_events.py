"""Google's security events (RISC): verified without I/O, then read.

https://developers.google.com/identity/protocols/risc and RFC 8417 (Security Event Token).
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from connector.domain.errors import BadSignatureError
from connector.domain.security_event import (
    PREFIX_CHARS,
    SecurityEvent,
    SecurityEventType,
    normalised_hash,
    prefix_print,
)

LONGEST_EVENT_BYTES = 64 * 1024
LEEWAY = timedelta(minutes=5)
"""How far ahead of ours the sender's clock may be."""

_RISC = "https://schemas.openid.net/secevent/risc/event-type/"
_OAUTH = "https://schemas.openid.net/secevent/oauth/event-type/"
_TYPES: Mapping[str, SecurityEventType] = {  # the gravest first: it counts when a token tells several
    f"{_RISC}account-purged": "account-purged",  # OpenID's list has it, Google's table does not
    f"{_RISC}account-disabled": "account-disabled",
    f"{_OAUTH}tokens-revoked": "tokens-revoked",
    f"{_OAUTH}token-revoked": "token-revoked",
    f"{_RISC}sessions-revoked": "sessions-revoked",
    f"{_RISC}account-credential-change-required": "account-credential-change-required",
    f"{_RISC}account-enabled": "account-enabled",
    f"{_RISC}verification": "verification",
}
_SHORT = 255
_LATEST_IAT = 10**11

PublicKey = jwt.PyJWK


def key_id(body: bytes) -> str:
    """Return which key the token says it is signed with; nothing of it may be believed yet.

    Raises BadSignatureError on what is no RS256 token.
    """
    if len(body) > LONGEST_EVENT_BYTES:
        raise BadSignatureError("The security event is too long.")
    try:
        header = jwt.get_unverified_header(body.strip())
    except jwt.PyJWTError:
        raise BadSignatureError("The security event is no signed token.") from None
    kid = header.get("kid")
    if header.get("alg") != "RS256" or not isinstance(kid, str) or not 0 < len(kid) <= _SHORT:
        raise BadSignatureError("The security event is not signed as Google signs.")
    return kid


def verify(
    body: bytes, key: PublicKey, *, issuer: str, client_ids: Collection[str], now: datetime
) -> SecurityEvent:
    """Return what an authentic token tells. Raises BadSignatureError; its text holds nothing of the token.

    Such tokens never expire, so an old one is taken: `jti` tells whether it was seen.
    """
    claims = _claims(body, key, client_ids)
    if not _same_issuer(claims["iss"], issuer):
        raise BadSignatureError("The security event comes from another issuer.")
    issued_at = _moment(claims["iat"])
    if issued_at is None or issued_at > now + LEEWAY:
        raise BadSignatureError("The security event is of the future.")
    jti = claims["jti"]
    if not isinstance(jti, str) or not 0 < len(jti) <= _SHORT:
        raise BadSignatureError("The security event has no usable jti.")
    kind, told = _told(claims["events"])
    return _event(kind, told, jti=jti, issued_at=issued_at, issuer=issuer)


def _claims(body: bytes, key: PublicKey, client_ids: Collection[str]) -> dict[str, Any]:
    audience = [client_id for client_id in client_ids if client_id]
    try:
        return jwt.decode(
            body.strip(),
            key,
            algorithms=["RS256"],
            audience=audience,
            options={
                "require": ["iss", "aud", "iat", "jti", "events"],
                "verify_exp": False,  # Google's events have none
                "verify_nbf": False,
                "verify_iat": False,  # checked against our own clock
                "verify_jti": False,
                "verify_sub": False,
            },
        )
    except jwt.InvalidAudienceError:
        raise BadSignatureError("The security event is for another client.") from None
    except jwt.MissingRequiredClaimError as error:
        raise BadSignatureError(f"The security event lacks {error.claim}.") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise BadSignatureError("The security event's signature is wrong.") from None


def _told(events: object) -> tuple[SecurityEventType, Mapping[str, object]]:
    """Return the event's kind and content. Google sends one a token."""
    if not isinstance(events, dict) or not events:
        raise BadSignatureError("The security event tells nothing.")
    address = next((known for known in _TYPES if known in events), None)
    told = events[address] if address else {}
    return _TYPES.get(address or "", "unknown"), told if isinstance(told, dict) else {}


def _event(
    kind: SecurityEventType, told: Mapping[str, object], *, jti: str, issued_at: datetime, issuer: str
) -> SecurityEvent:
    subject = told.get("subject")
    subject = subject if isinstance(subject, dict) else {}
    return SecurityEvent(
        jti=jti,
        type=kind,
        issued_at=issued_at,
        reason=_text(told.get("reason")),
        state=_text(told.get("state")),
        **_subject(subject, issuer),
    )


def _subject(subject: Mapping[str, object], issuer: str) -> dict[str, str]:
    """Return the one field of SecurityEvent that the subject fills; a subject of another issuer fills none."""
    if _kind(subject) == "oauth_token":
        token, algorithm = _text(subject.get("token")), _text(subject.get("token_identifier_alg"))
        if token is None or subject.get("token_type") != "refresh_token":
            return {}
        if algorithm == "prefix" and len(token) == PREFIX_CHARS:
            return {"token_prefix": prefix_print(token)}
        if algorithm in {"hash_base64_sha512_sha512", "hash_SHA512_double"}:  # OpenID's draft, the second
            return {"token_double_hash": normalised_hash(token)}
        return {}
    sub = _text(subject.get("sub"))
    is_person = _kind(subject) in {"iss-sub", "id_token_claims"} and _same_issuer(subject.get("iss"), issuer)
    return {"sub": sub} if sub is not None and is_person else {}


def _kind(subject: Mapping[str, object]) -> str:
    """RFC 9493 calls it `format` and writes iss_sub; Google says subject_type."""
    kind = _text(subject.get("subject_type", subject.get("format"))) or ""
    return "iss-sub" if kind == "iss_sub" else kind


def _same_issuer(given: object, issuer: str) -> bool:
    """Google writes its name with a slash at the end in some places and without in others."""
    return isinstance(given, str) and bool(issuer) and given.removesuffix("/") == issuer.removesuffix("/")


def _moment(iat: object) -> datetime | None:
    if isinstance(iat, bool) or not isinstance(iat, int | float) or not 0 <= iat < _LATEST_IAT:
        return None
    return datetime.fromtimestamp(iat, tz=UTC)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _SHORT else None
