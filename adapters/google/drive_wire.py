"""One exchange with Drive as plain values: what is asked, what came back."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from adapters.google.errors import judge
from adapters.google.fault import Call
from connector.domain.errors import ConnectorError, TransientError

Ask = Callable[[Any], Any]
"""From the Drive service to the request that is to be made; both are the SDK's and have no types."""

caller_left: ContextVar[threading.Event] = ContextVar("caller_left")
"""Set once nobody waits for the call any more: its thread is to end soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRequest:
    """What is asked. The address may be a secret, as that of an upload's session is."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | str | Iterable[bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireAnswer:
    """What came back; header names are in lower case. `content` may be less than was meant to come."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of statuses

    def refusal(self, call: Call) -> ConnectorError:
        """Return what an answer means that is no success."""
        return judge(call, self.status, self.content, retry_after=self.headers.get("retry-after"))

    def record(self) -> Mapping[str, object] | ConnectorError:
        """Return the JSON object of a success; a body may be missing, as with 204."""
        if not self.content:
            return {}
        try:
            decoded = json.loads(self.content)
        except (ValueError, RecursionError):
            return unknown_shape()
        return decoded if isinstance(decoded, dict) else unknown_shape()


def unknown_shape() -> TransientError:
    """Return the error for an answer that makes no sense."""
    return TransientError("Google Drive answered something of unknown shape.", unknown=True)
