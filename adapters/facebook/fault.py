"""What the Graph API said when it refused, as a value."""

import re
from dataclasses import dataclass, field

from adapters.facebook.usage import NONE, Usage
from connector.domain.errors import ConnectorError

_TRACE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
_TEXTS = ("message", "error_user_title", "error_user_msg")
_LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFault:
    """One refusal. `text` is the provider's wording in lower case: to be judged, never to be repeated."""

    status: int | None = None
    code: int | None = None
    subcode: int | None = None
    is_transient: bool | None = None
    trace_id: str | None = None
    text: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Return the numbers that the provider's support asks for."""
        code = "no code" if self.code is None else f"code {self.code}"
        code += "" if self.subcode is None else f"/{self.subcode}"
        details = [] if self.status is None else [f"HTTP {self.status}"]
        if self.trace_id is not None:
            details.append(f"trace {self.trace_id}")
        return ", ".join((code, *details))


class GraphRefusalError(Exception):
    """The cause behind an error of ours: carries the fault and the usage told. Its text is numbers only."""

    def __init__(self, fault: GraphFault, usage: Usage = NONE) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.usage = usage


def fault_behind(error: ConnectorError) -> GraphFault | None:
    """Return what the Graph API said, if this error of ours stands for such an answer."""
    return error.__cause__.fault if isinstance(error.__cause__, GraphRefusalError) else None


def fault_of(body: object, status: int | None) -> GraphFault:
    """Read an error body. Total: what is missing or misshapen stays empty."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):  # {"error": "text"} instead of an object
        return GraphFault(status=status, text=error[:_LONGEST_TEXT].lower())
    if not isinstance(error, dict):
        return GraphFault(status=status)
    texts = [text[:_LONGEST_TEXT] for name in _TEXTS if isinstance(text := error.get(name), str)]
    is_transient = error.get("is_transient")
    trace_id = error.get("fbtrace_id")
    subcode = error.get("error_subcode")
    return GraphFault(
        status=status,
        code=_whole(error.get("code")),
        subcode=_whole(error.get("subcode") if subcode is None else subcode),  # debug_token's name for it
        is_transient=is_transient if isinstance(is_transient, bool) else None,
        trace_id=trace_id if isinstance(trace_id, str) and _TRACE_ID.fullmatch(trace_id) else None,
        text=" ".join(" ".join(texts).lower().split()),
    )


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**18 else None
    return int(value) if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value) else None
