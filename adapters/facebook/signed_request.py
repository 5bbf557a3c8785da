"""The `signed_request` of Facebook's deauthorize and data-deletion callbacks, without I/O.

`<signature>.<payload>`, both base64url without padding; the signature is HMAC-SHA256 over the payload as it is
encoded, under the app secret.
https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import NoReturn

from connector.domain.errors import BadInputError, BadSignatureError
from connector.domain.privacy import PersonCall

MAX_CHARS = 8192
"""Facebook's are about 200 characters long."""
ALGORITHM = "HMAC-SHA256"

_PARTS = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]+)")  # 43 characters hold the 32 bytes of a SHA-256
_is_id = re.compile(r"[0-9A-Za-z_-]{1,64}").fullmatch
_LATEST_S = 10**11


class SignedRequests:
    """Judges them under the current app secret and, while a rotation lasts, the previous ones."""

    def __init__(self, app_secrets: Sequence[str]) -> None:
        self.change(app_secrets)

    def change(self, app_secrets: Sequence[str]) -> None:
        """Judge by these from now on."""
        if not app_secrets or not all(app_secrets):
            raise ValueError("app secrets must not be empty")
        self._keys = tuple(secret.encode() for secret in app_secrets)

    def open(self, signed_request: str) -> PersonCall:
        """Return whom a proved call is about.

        Raises BadSignatureError when it is not proved, BadInputError when it is and names nobody.
        """
        match = _PARTS.fullmatch(signed_request) if len(signed_request) <= MAX_CHARS else None
        if match is None:
            raise BadSignatureError("The signed_request is missing or malformed.")
        given, encoded = _decoded(match[1]), match[2].encode()
        proofs = [hmac.compare_digest(hmac.digest(key, encoded, hashlib.sha256), given) for key in self._keys]
        if not any(proofs):
            raise BadSignatureError("The signed_request does not match its signature under our app secret.")
        return _person_call(match[2])


def _person_call(encoded: str) -> PersonCall:
    payload = _payload(encoded)
    if payload.get("algorithm") != ALGORITHM:
        raise BadSignatureError(f"The signed_request is not signed by {ALGORITHM}.")
    user_id = payload.get("user_id")
    if type(user_id) is int:
        user_id = str(user_id)
    if not isinstance(user_id, str) or not _is_id(user_id):
        raise BadInputError("The signed_request names no user.")
    return PersonCall(
        account_id=user_id,
        digest=hashlib.sha256(encoded.encode()).hexdigest(),
        issued_at_ms=_moment_ms(payload.get("issued_at")),
    )


def _moment_ms(unix_s: object) -> int | None:
    if isinstance(unix_s, bool) or not isinstance(unix_s, int) or not 0 < unix_s < _LATEST_S:
        return None
    return unix_s * 1000


def _payload(encoded: str) -> dict[str, object]:
    try:
        payload: object = _DECODER.decode(_decoded(encoded).decode())
    except (ValueError, RecursionError) as error:  # ValueError: base64, UTF-8, JSON, integers of 4300 digits
        raise BadInputError("The signed_request holds no JSON.") from error
    if not isinstance(payload, dict):
        raise BadInputError("The signed_request holds no JSON object.")
    return payload


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)  # NaN and Infinity are not JSON


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
