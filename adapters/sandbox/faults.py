"""The fault dial: what goes wrong next, in order, and what goes wrong now and then."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from adapters.sandbox.graph_errors import ERRORS

FaultKind = Literal["error", "status", "hang", "drop", "null_member", "bare", "latency", "partial"]
_WHOLE_ONLY: frozenset[FaultKind] = frozenset({"hang", "drop", "latency", "partial"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. Make it with the named constructors."""

    kind: FaultKind
    name: str = ""
    http_status: int = 200
    text: str = ""
    content_type: str = "text/html"
    seconds: float = 0.0
    at_byte: int | None = (
        None  # of the file that goes over the wire: it happens once so many bytes are across
    )

    @classmethod
    def error(cls, name: str) -> "Fault":
        """Answer with the named error of graph_errors. Raises KeyError for an unknown name."""
        return cls("error", name=name, http_status=ERRORS[name].status)

    @classmethod
    def status(
        cls,
        code: int,
        text: str = "<html>Bad Gateway</html>",
        content_type: str = "text/html",
        *,
        at_byte: int | None = None,
    ) -> "Fault":
        """Answer with this status and text, which need not be JSON."""
        return cls("status", http_status=code, text=text, content_type=content_type, at_byte=at_byte)

    @classmethod
    def bare(cls, text: str = "true") -> "Fault":
        """Answer 200 with a bare JSON text such as `true`."""
        return cls("bare", text=text, content_type="application/json")

    @classmethod
    def hang(cls) -> "Fault":
        """Take the request and never answer."""
        return cls("hang")

    @classmethod
    def drop_connection(cls, at_byte: int | None = None) -> "Fault":
        """Close the connection instead of answering; with `at_byte` in the middle of a file, which keeps so much."""
        return cls("drop", at_byte=at_byte)

    @classmethod
    def partial(cls, at_byte: int) -> "Fault":
        """Keep an upload up to this byte, forget the rest of the request, and answer rightly."""
        return cls("partial", at_byte=at_byte)

    @classmethod
    def null_member(cls) -> "Fault":
        """Leave a batch member uncompleted: `null` in its place."""
        return cls("null_member")

    @classmethod
    def latency(cls, seconds: float) -> "Fault":
        """Answer rightly, but only after `seconds`."""
        return cls("latency", seconds=seconds)


What = Fault | Callable[[], Fault]
"""A fault, or one of its constructors that takes nothing."""


@dataclass(slots=True)
class _Queued:
    match: str
    fault: Fault
    times: int
    page: str


class Faults:
    """Queued faults go first, in order; then the dialled ones, by chance from `rng`.

    `match` is `*`, the id of an object in the path, or a route's name: `lead`, `leads`, `form`, `forms`,
    `page`, `accounts`, `me`, `permissions`, `subscribed_apps`, `test_leads`, `subscriptions`, `exchange`,
    `debug_token`, `dialog`, `ids`, `batch`. Members of a batch are matched like calls of their own.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._queue: list[_Queued] = []
        self._rates: dict[tuple[str, Fault], float] = {}

    def add(self, match: str, what: What, *, times: int = 1, page: str = "") -> None:
        """Let the next `times` matching calls fail so; `page` restricts it to objects of that Page."""
        self._queue.append(_Queued(match, _made(what), times, page))

    def rate(self, match: str, what: What, p: float) -> None:
        """Let matching calls fail so with probability `p`; 0 ends it."""
        self._rates[match, _made(what)] = p
        self._rates = {key: chance for key, chance in self._rates.items() if chance > 0}

    def clear(self) -> None:
        """Let everything work again."""
        self._queue.clear()
        self._rates.clear()

    def __bool__(self) -> bool:
        return bool(self._queue or self._rates)

    def take(
        self,
        route: str,
        path: tuple[str, ...],
        page: str,
        *,
        member: bool = False,
        span: tuple[int, int] | None = None,
    ) -> Fault | None:
        """Return what goes wrong with this call, if anything, and count it.

        `span`: the bytes of a file that this call brings, from the first to the one after the last.
        """
        names = {"*", route, *path}
        for queued in self._queue:
            is_meant = queued.match in names and queued.page in {"", page} and _reaches(queued.fault, span)
            if is_meant and _fits(queued.fault, member=member):
                queued.times -= 1
                if queued.times <= 0:
                    self._queue.remove(queued)
                return queued.fault
        for (match, fault), chance in self._rates.items():
            if (
                match in names
                and _reaches(fault, span)
                and _fits(fault, member=member)
                and self._rng.random() < chance
            ):
                return fault
        return None


def _made(what: What) -> Fault:
    return what if isinstance(what, Fault) else what()


def _reaches(fault: Fault, span: tuple[int, int] | None) -> bool:
    """Whether the byte at which it happens comes with this call."""
    return fault.at_byte is None or (span is not None and span[0] < fault.at_byte <= span[1])


def _fits(fault: Fault, *, member: bool) -> bool:
    """Hanging, dropping and latency happen to whole requests; `null` only to members."""
    return fault.kind not in _WHOLE_ONLY if member else fault.kind != "null_member"
