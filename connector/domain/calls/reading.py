"""A row of some call log as a Call, under the settings of its import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connector.domain.call import (
    BadRowError,
    Call,
    CallStatus,
    CallType,
    Channel,
    Direction,
    Peer,
    RawCall,
    Recording,
    Sim,
    Source,
    User,
    Warned,
    storable,
)
from connector.domain.calls.durations import IMPLAUSIBLE_S, LONGEST_S, DurationStyle, read_duration
from connector.domain.calls.numbers import own_number, read_number
from connector.domain.calls.times import (
    DateOrder,
    Moment,
    check_plausible,
    epoch,
    instant,
    time_of_day,
    written,
    zone_named,
)
from connector.domain.calls.words import (
    channel_of,
    direction_of,
    direction_of_type,
    is_null,
    is_true,
    status_of,
    status_of_type,
    type_of,
)
from connector.domain.errors import BadInputError
from connector.domain.normalise.text import fold

TEXT_MAX = 10_000
"""Characters of one field that are kept."""
_FEATURE_VIDEO, _FEATURE_WIFI = 1, 8
_VALID_REGION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The settings of one import. `owners` leads from own numbers, SIMs, devices and names to users' ids."""

    now: datetime
    zone: ZoneInfo | None = None
    order: DateOrder = "dmy"
    durations: DurationStyle = "mm:ss"
    region: str | None = None
    owner: str | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    imported_by: str | None = None


def read_call(raw: RawCall, rules: Rules) -> Call:
    """Return the call that a row tells, without its id. Raises BadRowError."""
    told = {name: storable(text[:TEXT_MAX]).strip() for name, text in raw.fields.items() if not is_null(text)}
    moment = _start(told, rules)
    check_plausible(moment.at, now=rules.now)
    ended_at = _end(told, moment, rules)
    duration = _duration(told, moment, ended_at, rules)
    kind, code, direction, type_warning = _type(told)
    status, status_warning = _status(told, kind, duration)
    user = _user(told, rules)
    peer = _peer(told, direction, rules)
    implausible: Warned | None = "duration_implausible" if duration >= IMPLAUSIBLE_S else None
    warnings = (moment.warning, implausible, type_warning, status_warning)
    mine, theirs = user.phone, peer.number or peer.number_raw or None
    return Call(
        source=_source(raw, told, rules),
        user=user,
        direction=direction,
        type=kind,
        type_code=code,
        status=status,
        peer=peer,
        from_number=mine if direction == "outbound" else theirs if direction == "inbound" else None,
        to_number=theirs if direction == "outbound" else mine if direction == "inbound" else None,
        started_at=moment.at,
        started_at_precision=moment.precision,
        utc_offset_minutes=moment.utc_offset_minutes,
        tz=moment.tz,
        duration_seconds=duration,
        ended_at=ended_at,
        sim=Sim(
            slot=told.get("sim_slot"),
            subscription_id=told.get("subscription_id"),
            label=told.get("sim_label"),
        ),
        channel=_channel(told),
        is_video=_is_video(told),
        note=told.get("note"),
        disposition=told.get("disposition"),
        tags=tuple(tag for tag in map(str.strip, told.get("tags", "").split(",")) if tag),
        recording=Recording(url=told.get("recording_url"), file=told.get("recording_file")),
        contact_id=told.get("contact_id"),
        lead_id=told.get("lead_id"),
        extra=_extra(raw, told),
        warnings=tuple(warning for warning in warnings if warning is not None),
        imported_by=rules.imported_by,
    )


def _start(told: Mapping[str, str], rules: Rules) -> Moment:
    text = start_text(told)
    if not text:
        raise BadRowError("there is no start")
    return _moment(text, told, rules)


def start_text(told: Mapping[str, str]) -> str:
    """Return the start as written, put together where date and time stand apart."""
    if text := told.get("started_at"):
        return text
    return f"{told.get('date', '')} {told.get('time', '')}".strip()


def _moment(text: str, told: Mapping[str, str], rules: Rules) -> Moment:
    found = epoch(text)
    if found is not None:
        return found
    parts = written(text)
    if parts is None:
        raise BadRowError("the start is no date that we know")
    return instant(parts, order=rules.order, zone=_zone(told, rules))


def _zone(told: Mapping[str, str], rules: Rules) -> ZoneInfo | None:
    if named := told.get("tz"):
        try:
            return zone_named(named)
        except BadInputError:
            raise BadRowError("the row names a time zone that there is not") from None
    return rules.zone


def _end(told: Mapping[str, str], start: Moment, rules: Rules) -> datetime | None:
    text = told.get("ended_at")
    if not text:
        return None
    if clock := time_of_day(text):
        return _end_of_day(clock, start, _zone(told, rules))
    end = _moment(text, told, rules).at
    if end < start.at:
        raise BadRowError("the call ends before it starts")
    return end


def _end_of_day(clock: tuple[int, int, int], start: Moment, zone: ZoneInfo | None) -> datetime:
    """Return the next such time of day after the start, on the clock that the start was written by."""
    if zone is None:
        raise BadRowError("the end is a local time without a zone")
    local = start.at.astimezone(zone)
    hour, minute, second = clock
    try:
        end = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except ValueError:
        raise BadRowError("there is no such time of day") from None
    if end < local.replace(microsecond=0):
        end += timedelta(days=1)
    return max(end.astimezone(start.at.tzinfo), start.at)


def _duration(told: Mapping[str, str], start: Moment, ended_at: datetime | None, rules: Rules) -> int:
    if text := told.get("duration"):
        return read_duration(text, rules.durations)
    if ended_at is None:
        return 0
    seconds = int((ended_at - start.at).total_seconds())
    if seconds > LONGEST_S:
        raise BadRowError("the call ends more than a week after its start")
    return seconds


def _type(told: Mapping[str, str]) -> tuple[CallType, int | None, Direction, Warned | None]:
    kind, code = type_of(told["type"]) if "type" in told else (None, None)
    warning: Warned | None = "type_unknown" if "type" in told and kind is None else None
    direction = direction_of(told.get("direction", "")) or (direction_of_type(kind) if kind else None)
    if kind is None and "is_incoming" in told:
        came, missed = is_true(told["is_incoming"]), is_true(told.get("is_missed", ""))
        kind = ("missed" if missed else "incoming") if came else "outgoing"
        direction = direction_of_type(kind)
    if direction is None and "to_number" in told and "from_number" not in told:
        direction = "outbound"
    if direction is None and "from_number" in told and "to_number" not in told:
        direction = "inbound"
    if kind is None:
        kind = _type_from(direction, status_of(told.get("status", "")))
    return kind, code, direction or "unknown", warning


def _type_from(direction: Direction | None, status: CallStatus | None) -> CallType:
    if direction == "outbound":
        return "outgoing"
    if direction == "inbound":
        return "incoming" if status in {None, "answered"} else "missed"
    return "unknown"


def _status(told: Mapping[str, str], kind: CallType, duration: int) -> tuple[CallStatus, Warned | None]:
    """Return whether people talked: the dialer's own word wins; one that we do not know is kept in `extra`."""
    if is_true(told.get("is_missed", "")) and "status" not in told:
        return "no_answer", None
    if "status" not in told:
        return status_of_type(kind, duration), None
    status = status_of(told["status"])
    return (status, None) if status else ("unknown", "status_unknown")


def _user(told: Mapping[str, str], rules: Rules) -> User:
    phone = own_number(told.get("user_phone", ""), region=rules.region)
    names = (
        told.get("user_id"), phone, told.get("user_phone"), told.get("subscription_id"), told.get("device_id"),
        told.get("user_name"),
    )  # fmt: skip
    known = next((rules.owners[name] for name in names if name and name in rules.owners), None)
    found = known or told.get("user_id") or fold(told.get("user_name", "")) or phone or rules.owner
    if phone is None and rules.owner and rules.owner.startswith("+"):
        phone = own_number(rules.owner, region=None)
    return User(id=found or None, name=told.get("user_name"), phone=phone)


def _peer(told: Mapping[str, str], direction: Direction, rules: Rules) -> Peer:
    raw = told.get("number")
    if raw is None:
        first, second = (
            ("from_number", "to_number") if direction == "inbound" else ("to_number", "from_number")
        )
        raw = told.get(first) or told.get(second) or ""
    code = told.get("country_code", "").lstrip("+0")
    region = told.get("region", "")
    region = region if len(region) == _VALID_REGION and region.isalpha() else rules.region or ""
    dialled = raw
    if code.isdigit() and raw and not raw.startswith(("+", "00")):
        dialled = f"+{code}{raw.lstrip('0')}"  # told apart by some: country code here, national number there
    read = read_number(dialled, region=region or None, normalized=told.get("normalized_number", ""))
    presentation = told.get("presentation", "")
    return Peer(
        number=read.e164,
        number_raw=raw,
        presentation=int(presentation) if presentation in {"1", "2", "3", "4", "5"} else read.presentation,
        extension=told.get("extension") or read.extension,
        region=region.upper() or None,
        name=told.get("name"),
    )


def _channel(told: Mapping[str, str]) -> Channel:
    if "channel" in told:
        return channel_of(told["channel"])
    features = told.get("features", "")
    if features.isdigit() and len(features) < 10 and int(features) & _FEATURE_WIFI:  # noqa: PLR2004 - an int
        return "wifi"
    component = told.get("component", "").lower()
    if not component:
        return "unknown"
    if "whatsapp" in component:
        return "whatsapp"
    return "cellular" if component.startswith("com.android.phone/") else "voip"


def _is_video(told: Mapping[str, str]) -> bool:
    features = told.get("features", "")
    bit = features.isdigit() and len(features) < 10 and bool(int(features) & _FEATURE_VIDEO)  # noqa: PLR2004 - an int
    return bit or told.get("is_video", "").lower() == "video" or is_true(told.get("is_video", ""))


def _source(raw: RawCall, told: Mapping[str, str], rules: Rules) -> Source:
    modified = None
    if text := told.get("modified_at"):
        try:
            modified = _moment(text, told, rules).at
        except BadRowError:
            modified = None  # it only settles which of two names is newer
    return Source(
        system=told.get("system") or raw.system,
        native_id=told.get("native_id"),
        device_id=told.get("device_id"),
        file=raw.file,
        row=raw.row,
        modified_at=modified,
    )


def _extra(raw: RawCall, told: Mapping[str, str]) -> dict[str, str]:
    """Return what no field holds: unmapped columns, and words that we could not read, as they were."""
    kept = {
        storable(name): storable(text[:TEXT_MAX]) for name, text in raw.extra.items() if not is_null(text)
    }
    for name in ("type", "status", "direction", "component", "features", "normalized_number"):
        if name in told:
            kept.setdefault(name, told[name])
    return kept
