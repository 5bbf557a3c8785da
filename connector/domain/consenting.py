"""A consent under way, from the button to the choice of Pages: single use, bound to the browser that began it."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from connector.domain.connection import ConnectionId, Provider
from connector.domain.lead import WorkspaceId

CONSENT_LIFE = timedelta(minutes=30)
"""How long a person may take at the provider and over the choice: a try that never returns is simply forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentAttempt:
    """Who began a consent, for what. `id` names it in our own addresses; the state at the provider is a secret."""

    id: str
    provider: Provider
    workspace_id: WorkspaceId
    session: str = field(repr=False)
    person_id: str | None = None
    connection_id: ConnectionId | None = None
    """The connection that is to be mended; None when a new one is made."""
    verifier: str | None = field(default=None, repr=False)
    return_to: str | None = None


def hashed(secret: str) -> str:
    """Return what is stored instead of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def code_challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier. Source: RFC 7636, 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
