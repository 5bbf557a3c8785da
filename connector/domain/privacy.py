"""What a person asked their provider to tell us: that the app is removed, that their data is to be erased."""

from dataclasses import dataclass
from typing import Literal

PrivacyKind = Literal["deauthorize", "deletion"]
PrivacyState = Literal["received", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCall:
    """A proved call about one person. `account_id` is the provider's id of them for this app.

    `digest` is the same on every repeat of the call; it names nobody.
    """

    account_id: str
    digest: str
    issued_at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequest:
    """One request as the person may look it up: by its code, without a name."""

    code: str
    kind: PrivacyKind
    state: PrivacyState
    outcome: str | None
    received_at_ms: int
    settled_at_ms: int | None
