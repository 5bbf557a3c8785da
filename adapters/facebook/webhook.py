"""The webhook protocol without I/O: challenge, signature, payload.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn, cast

from connector.domain.errors import BadSignatureError
from connector.domain.lead import FormId, LeadId, PageId
from connector.domain.notice import Notice, Notification, Quarantined, QuarantineReason, compact_json

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
_is_id = re.compile(r"[0-9A-Za-z_-]{1,64}").fullmatch
_FIELD_NAME_MAX = 64


class FacebookWebhook:
    """Judges what claims to come from Facebook.

    `app_secrets`: the current one and, while a rotation lasts, the previous one. Neither they nor
    `verify_token` may be empty: an empty key proves nothing.
    """

    def __init__(self, app_secrets: Sequence[str], verify_token: str) -> None:
        self.change(app_secrets, verify_token)

    def change(self, app_secrets: Sequence[str], verify_token: str) -> None:
        """Judge by these from now on."""
        if not app_secrets or not all(app_secrets) or not verify_token:
            raise ValueError("app secrets and verify token must not be empty")
        self._keys = tuple(secret.encode() for secret in app_secrets)
        self._verify_token = verify_token.encode()

    def challenge(self, query: Mapping[str, str]) -> str:
        """Return the text to echo. Raises BadSignatureError on a wrong verify token or mode."""
        given = query.get("hub.verify_token", "").encode(errors="surrogatepass")
        if not hmac.compare_digest(given, self._verify_token):
            raise BadSignatureError("The verify token of the challenge is not ours.")
        if query.get("hub.mode") != "subscribe" or not query.get("hub.challenge"):
            raise BadSignatureError("The challenge has no mode `subscribe` or no text to echo.")
        return query["hub.challenge"]

    def verify(self, body: bytes, signature: str) -> None:
        """Check `X-Hub-Signature-256` over the raw bytes, under every secret. Raises BadSignatureError.

        The older SHA-1 header is not looked at: who can leave out the better one could forge that.
        """
        match = _SIGNATURE.fullmatch(signature)
        if match is None:
            raise BadSignatureError("X-Hub-Signature-256 is missing or malformed.")
        given = bytes.fromhex(match[1])
        proofs = [hmac.compare_digest(hmac.digest(key, body, hashlib.sha256), given) for key in self._keys]
        if not any(proofs):
            raise BadSignatureError("X-Hub-Signature-256 does not match the body under our app secret.")

    def parse(self, body: bytes) -> Notification:
        """Take an authentic body apart. Total: what is no notice is quarantined, nothing raises."""
        try:
            payload: object = _DECODER.decode(body.decode())
        except (ValueError, RecursionError):  # ValueError: JSON, UTF-8, and integers of 4300 digits
            return Notification(quarantined=(Quarantined(reason="broken_json", payload=body),))
        entries = payload.get("entry") if isinstance(payload, dict) else None
        if not isinstance(payload, dict) or payload.get("object") != "page" or not isinstance(entries, list):
            return Notification(quarantined=(Quarantined(reason="unexpected_shape", payload=body),))
        notices: list[Notice] = []
        quarantined: list[Quarantined] = []
        for page_id, change in _changes(entries):
            try:
                judged = _judge(change, page_id)
            except (ValueError, RecursionError):  # nested or numbered beyond what can be written again
                judged = Quarantined(reason="unexpected_shape", payload=body)
            if isinstance(judged, Notice):
                notices.append(judged)
            else:
                quarantined.append(judged)
        return Notification(notices=tuple(notices), quarantined=tuple(quarantined))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)  # NaN and Infinity are not JSON


def _changes(entries: list[object]) -> Iterator[tuple[object, object]]:
    """Yield (entry id, change) of every entry; a misshapen entry is yielded as if it were a change."""
    for entry in entries:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(changes, list):
            yield None, entry
            continue
        page_id = entry.get("id")
        for change in changes:
            yield page_id, change


def _judge(change: object, entry_id: object) -> Notice | Quarantined:
    """Return what one change says. Raises ValueError or RecursionError when it cannot be written again."""
    field = change.get("field") if isinstance(change, dict) else None
    if not isinstance(change, dict) or not isinstance(field, str):
        return _quarantined("unexpected_shape", change, _id_of(entry_id))
    if field != "leadgen":
        return _quarantined("unknown_field", change, _id_of(entry_id), _plain(field))
    value = change.get("value")
    if not isinstance(value, dict):
        return _quarantined("unexpected_shape", change, _id_of(entry_id), field)
    lead_id = _id_of(value.get("leadgen_id"))
    page_id = _id_of(value.get("page_id"))
    if page_id is None and _is_blank(value.get("page_id")):
        page_id = _id_of(entry_id)
    if lead_id is None or page_id is None:
        return _quarantined("bad_id", change, page_id, field)
    form_id = cast("FormId | None", _id_of(value.get("form_id")))
    return Notice(lead_id=LeadId(lead_id), page_id=PageId(page_id), form_id=form_id, change=change)


def _quarantined(
    reason: QuarantineReason, change: object, page_id: str | None, field_name: str | None = None
) -> Quarantined:
    return Quarantined(
        reason=reason,
        payload=compact_json(change),
        page_id=PageId(page_id) if page_id is not None else None,
        field_name=field_name,
    )


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, int | str) and str(value) in {"", "0"})


def _id_of(value: object) -> str | None:
    """Return an id as text, or None. Ids come as integers and as text; 0 stands for none."""
    if type(value) is int and value > 0:  # not bool, which is an int too
        value = str(value)
    return value if isinstance(value, str) and value != "0" and _is_id(value) else None


def _plain(name: str) -> str:
    """Return a field's name in printable ASCII: it is stored, shown and logged."""
    return ascii(name[:_FIELD_NAME_MAX])[1:-1][:_FIELD_NAME_MAX]
