"""Schedules made and changed by what people and programs give: field by field, each mistake with its place."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, get_args

from connector.domain.backup.files import BackupFormat
from connector.domain.backup.manifest import LOSSLESS
from connector.domain.backup.schedule import Retention, Schedule, ScheduleId, Sealing
from connector.domain.calls.times import zone_named
from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId

DAILY = "30 2 * * *"
"""What a schedule is made with before its own time is known."""
SCHEDULES_MAX = 100
"""Of one workspace."""
STATUS = "status"
"""What a schedule is shown with and is not asked for: it may be sent back, and says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong. `place` is a JSON pointer (RFC 6901) into what was given: `/retention/daily`."""

    place: str
    message: str


class MistakenError(BadInputError):
    """What was given cannot be used as it is; every mistake is named."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        first, more = mistakes[0], len(mistakes) - 1
        super().__init__(
            f"{first.place[1:] or 'schedule'}: {first.message}"
            + (f" (And {more} more mistakes.)" if more else "")
        )
        self.mistakes = mistakes

    def below(self, place: str) -> Sequence[Mistake]:
        """Return the mistakes as those of a part of something larger."""
        return [Mistake(place=f"{place}{one.place}", message=one.message) for one in self.mistakes]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveAccount:
    """A Google account of the workspace. `email` is its name there."""

    connection_id: ConnectionId
    email: str | None
    is_connected: bool


def new_schedule(
    schedule_id: ScheduleId,
    workspace_id: WorkspaceId,
    *,
    zone: str,
    accounts: Sequence[DriveAccount],
    now: datetime,
) -> Schedule:
    """Return what a new schedule begins with: nightly in the workspace's zone, into its one account."""
    connected = [one.connection_id for one in accounts if one.is_connected]
    return Schedule(
        id=schedule_id,
        workspace_id=workspace_id,
        name="call log",
        cron=DAILY,
        zone=zone,
        connection_id=connected[0] if len(connected) == 1 else ConnectionId(""),
        created_at=now,
    )


def edited(schedule: Schedule, given: Mapping[str, object], accounts: Sequence[DriveAccount]) -> Schedule:
    """Return the schedule with what was given in it; what is not given stays. Raises MistakenError with all of it."""
    mistakes = [
        Mistake(place=f"/{name}", message=f"There is no such field; known are {', '.join(sorted(FIELDS))}.")
        for name in given
        if name not in FIELDS and name not in {"id", STATUS}
    ]
    for name, read in FIELDS.items():
        if name not in given:
            continue
        try:
            schedule = replace(schedule, **read(given[name], schedule, accounts))
        except MistakenError as error:
            mistakes += error.below(f"/{name}")
        except BadInputError as error:
            mistakes.append(Mistake(place=f"/{name}", message=str(error)))
    if not schedule.connection_id and not {"account", "connection_id"} & {one.place[1:] for one in mistakes}:
        mistakes.append(Mistake(place="/account", message=_which(accounts)))
    if mistakes:
        raise MistakenError(mistakes)
    return schedule


def check_restorable(formats: Sequence[str]) -> None:
    """Raise BadInputError for formats of which nothing could be restored exactly: no drill could prove a backup."""
    if formats and not set(formats) & set(LOSSLESS):
        raise BadInputError(
            f"Nothing of it could be restored exactly, so it would be no backup: add one of {', '.join(LOSSLESS)}."
        )


def schedules_version(schedules: Iterable[Schedule]) -> str:
    """Return what tells whether a workspace's schedules are still those that somebody looked at."""
    values = sorted((asdict(one) for one in schedules), key=lambda value: str(value["id"]))
    return hashlib.sha256(json.dumps(values, default=str, sort_keys=True).encode()).hexdigest()[:16]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadInputError("It must be a text.")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise BadInputError("It must be true or false.")
    return value


def _count(value: object) -> int:
    if type(value) is not int:
        raise BadInputError("It must be a whole number.")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise BadInputError("It must be a list of texts.")
    return tuple(value)


def _formats(value: object) -> tuple[str, ...]:
    formats = _texts(value)
    if set(formats) <= set(get_args(BackupFormat)):  # else the schedule says which there are
        check_restorable(formats)
    return formats


def _zone(value: object) -> str:
    return zone_named(_text(value)).key


def _retention(value: object, schedule: Schedule, _: object) -> dict[str, Any]:
    kept: Retention = schedule.retention
    mistakes = []
    for name, count in _fields(value, set(Retention.__dataclass_fields__)).items():
        try:
            kept = replace(kept, **{name: _count(count)})
        except BadInputError as error:
            mistakes.append(Mistake(place=f"/{name}", message=str(error)))
    if mistakes:
        raise MistakenError(mistakes)
    return {"retention": kept}


def _sealing(value: object, schedule: Schedule, _: object) -> dict[str, Any]:
    """Read for whom files are sealed; the locked key stays while they are the same."""
    recipients = _texts(_fields(value, {"recipients"}).get("recipients", []))
    same = recipients == tuple(schedule.sealing.recipients)
    return {} if same else {"sealing": Sealing(recipients=recipients)}


def _fields(value: object, names: set[str]) -> Mapping[str, object]:
    if not isinstance(value, dict) or set(value) - names:
        raise BadInputError(f"It must be an object of {', '.join(sorted(names))}.")
    return value


def _account(value: object, _: Schedule, accounts: Sequence[DriveAccount]) -> dict[str, Any]:
    """Read whose Drive: an e-mail address or a connection's id."""
    return {"connection_id": chosen_account(accounts, _text(value))}


def chosen_account(accounts: Sequence[DriveAccount], wanted: str | None) -> ConnectionId:
    """Return the account of an e-mail address or id; of None the only one. Raises BadInputError: none, several."""
    found = [one for one in accounts if wanted is None or wanted in {one.connection_id, one.email}]
    connected = [one for one in found if one.is_connected] or found
    if len(connected) != 1:
        raise BadInputError(_which(accounts))
    return connected[0].connection_id


def _which(accounts: Sequence[DriveAccount]) -> str:
    names = [one.email or one.connection_id for one in accounts if one.is_connected]
    if not names:
        return "No Google account is connected in this workspace: connect one first."
    return f"Say which Google account: {', '.join(names)}."


_Read = Callable[[object, Schedule, Sequence[DriveAccount]], dict[str, Any]]


def _plain(name: str, read: Callable[[object], object]) -> _Read:
    return lambda value, _schedule, _accounts: {name: read(value)}


FIELDS: Mapping[str, _Read] = {
    "account": _account,
    "connection_id": _account,
    "name": _plain("name", _text),
    "zone": _plain("zone", _zone),
    "cron": _plain("cron", _text),
    "kind": _plain("kind", _text),
    "formats": _plain("formats", _formats),
    "folder": _plain("folder", _text),
    "file_name": _plain("file_name", _text),
    "sealing": _sealing,
    "retention": _retention,
    "drill_days": _plain("drill_days", _count),
    "is_on": _plain("is_on", _flag),
}
"""What may be given of a schedule, in the order in which it is read: a zone before the times in it."""
