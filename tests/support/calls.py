"""Call logs for tests: rules, files, and calls made from a few values."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from adapters.call_files.detect import open_calls
from connector.domain.call import Call, Peer, Precision, RejectedRow, Source, User
from connector.domain.calls.identity import fingerprint
from connector.domain.calls.reading import Rules
from connector.domain.calls.times import zone_named

FILES = Path(__file__).parents[1] / "data" / "call-logs"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
START = datetime(2026, 11, 20, 9, 15, 30, 123000, tzinfo=UTC)


def rules(zone: str | None = None, **more: object) -> Rules:
    return Rules(now=NOW, zone=zone_named(zone) if zone else None, **more)  # type: ignore[arg-type] # handed through


def read(
    path: Path, zone: str | None = None, *, custom: dict[str, str] | None = None, **more: object
) -> tuple[list[Call], list[RejectedRow]]:
    """Return a file's calls and what it rejected."""
    rows = list(open_calls(path, rules(zone, **more), custom=custom or {}).calls())
    return [one for one in rows if isinstance(one, Call)], [
        one for one in rows if isinstance(one, RejectedRow)
    ]


def a_call(
    number: str = "+919000000001",
    at: datetime = START,
    *,
    precision: Precision = "ms",
    duration: int = 37,
    owner: str | None = "asha",
    system: str = "api",
    native_id: str | None = None,
    **more: object,
) -> Call:
    """Return an incoming, answered call, or what `more` says of it."""
    call = Call(
        source=Source(system=system, native_id=native_id),
        user=User(id=owner),
        direction="inbound",
        type="incoming",
        status="answered",
        peer=Peer(number=number, number_raw=number),
        started_at=at,
        started_at_precision=precision,
        duration_seconds=duration,
    )
    call = replace(call, **more)  # type: ignore[arg-type] # handed through
    return replace(call, call_id=fingerprint(call))
