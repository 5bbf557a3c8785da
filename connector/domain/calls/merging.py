"""One call told twice: what stays, what is filled in, what the newer word replaces."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from connector.domain.call import Call, Peer, Recording, Sim, Source, User

T = TypeVar("T")

_MOMENT = timedelta(milliseconds=1)
_EXACTNESS = {"ms": 2, "s": 1, "min": 0}


def merge(known: Call, told: Call, *, now: datetime, newest: bool | None = None) -> Call:
    """Return `known` with what `told` adds; `known` itself when that is nothing. `newest`: `told` is the newer word.

    What happened stays; empty fields fill; name, note, disposition, recording, tags and links take the newer
    non-empty value, by the source's time of change, else by our import. Durations that differ: the longer, with a
    warning. The more exact start wins; the id stays, so that nobody who kept it loses the call.
    """
    newest = _is_newer(known, told) if newest is None else newest
    duration = max(known.duration_seconds, told.duration_seconds)
    differs = known.duration_seconds != told.duration_seconds
    warnings = (*known.warnings, *(("duration_differs",) if differs else ()))
    merged = replace(
        known,
        source=_source(known.source, told.source),
        user=_filled(known.user, told.user, User),
        peer=_peer(known.peer, told.peer, newest=newest),
        from_number=known.from_number or told.from_number,
        to_number=known.to_number or told.to_number,
        type=told.type if known.type == "unknown" else known.type,
        type_code=known.type_code if known.type_code is not None else told.type_code,
        status=told.status if known.status == "unknown" else known.status,
        duration_seconds=duration,
        ended_at=known.ended_at or told.ended_at,
        sim=_filled(known.sim, told.sim, Sim),
        channel=told.channel if known.channel == "unknown" else known.channel,
        is_video=known.is_video or told.is_video,
        note=_newer(known.note, told.note, newest=newest),
        disposition=_newer(known.disposition, told.disposition, newest=newest),
        tags=_newer(known.tags, told.tags, newest=newest),
        recording=_recording(known.recording, told.recording, newest=newest),
        contact_id=_newer(known.contact_id, told.contact_id, newest=newest),
        lead_id=_newer(known.lead_id, told.lead_id, newest=newest),
        extra=_extra(known.extra, told.extra),
        warnings=tuple(dict.fromkeys(warnings)),
    )
    if _EXACTNESS[told.started_at_precision] > _EXACTNESS[known.started_at_precision]:
        merged = replace(merged, started_at=told.started_at, started_at_precision=told.started_at_precision)
    return known if merged == known else replace(merged, updated_at=_after(known.updated_at, now))


def _after(before: datetime | None, now: datetime) -> datetime:
    """Return the time of a change: never before the last one, whatever the clock says. By it a restore decides."""
    return now if before is None or now > before else before + _MOMENT


def _is_newer(known: Call, told: Call) -> bool:
    before, after = known.source.modified_at, told.source.modified_at
    return before is None or after is None or after >= before


def _newer(known: T, told: T, *, newest: bool) -> T:
    if not known or (newest and told):
        return told
    return known


def _source(known: Source, told: Source) -> Source:
    times = [at for at in (known.modified_at, told.modified_at) if at is not None]
    return replace(
        known,
        native_id=known.native_id or told.native_id,
        device_id=known.device_id or told.device_id,
        modified_at=max(times, default=None),
    )


def _filled(known: T, told: T, kind: type[T]) -> T:
    names = kind.__dataclass_fields__  # type: ignore[attr-defined] # called with dataclasses only
    return kind(**{name: getattr(known, name) or getattr(told, name) for name in names})


def _peer(known: Peer, told: Peer, *, newest: bool) -> Peer:
    filled = _filled(known, told, Peer)
    return replace(filled, name=_newer(known.name, told.name, newest=newest))


def _recording(known: Recording, told: Recording, *, newest: bool) -> Recording:
    return told if newest and told != Recording() else _filled(known, told, Recording)


def _extra(known: Mapping[str, str], told: Mapping[str, str]) -> Mapping[str, str]:
    return {**told, **known}
