"""A schedule as a person fills it in: the fields of the page, and what they are for the desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from connector.domain.backup.editing import Mistake
from connector.domain.backup.files import BackupFormat
from connector.domain.backup.schedule import Schedule
from connector.domain.backup.simple_times import How, SimpleTimes, simple_times, time_of_day
from connector.domain.errors import BadInputError
from connector.web.dashboard.views import ScheduleFields

CRON = "cron"
COUNTS = ("daily", "weekly", "monthly", "yearly", "min_count", "min_age_days")
PLAIN = (
    "name", "account", "how", "time", "weekday", "monthday", "cron", "zone", "kind", "folder", "file_name",
    *COUNTS, "drill_days", "sealing", "recipients",
)  # fmt: skip
"""Fields that are one text each."""
_SHOWN_AT = {"sealing": "recipients", "connection_id": "account"}
CHARS_MAX = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was sent: as it was typed, what the desk is given of it, and what is wrong already."""

    fields: ScheduleFields
    given: Mapping[str, object]
    errors: Mapping[str, str]


def typed_in(sent: Mapping[str, str]) -> Typed:
    """Read a form; a field that is missing is empty."""
    texts = {name: sent.get(name, "")[:CHARS_MAX].strip() for name in PLAIN}
    formats = tuple(one for one in get_args(BackupFormat) if sent.get(f"format_{one}"))
    fields = ScheduleFields(**texts, formats=formats, is_on=bool(sent.get("is_on")))
    errors: dict[str, str] = {}
    given: dict[str, object] = {
        **{name: texts[name] for name in ("name", "account", "zone", "kind", "folder", "file_name")},
        "formats": list(formats),
        "is_on": fields.is_on,
        "drill_days": _number(fields.drill_days),
        "retention": {name: _number(texts[name]) for name in COUNTS},
    }
    try:
        given["cron"] = cron_of(fields)
    except BadInputError as error:
        errors["time"] = str(error)
    if fields.sealing == "none":
        given["sealing"] = {"recipients": []}
    elif fields.sealing == "recipients":
        given["sealing"] = {"recipients": fields.recipients.split()}
        if not fields.recipients:
            errors["recipients"] = "Give at least one public key of age, or choose not to seal."
    return Typed(fields=fields, given=given, errors=errors)


def cron_of(fields: ScheduleFields) -> str:
    """Return the expression that the fields mean. Raises BadInputError: no time of day."""
    how = next((one for one in get_args(How) if one == fields.how), None)
    if how is None:
        return fields.cron
    hour, minute = time_of_day(fields.time)
    weekday = int(fields.weekday) if fields.weekday in "0123456" and fields.weekday else 0
    return SimpleTimes(
        how=how, hour=hour, minute=minute, weekday=weekday, monthday=fields.monthday or "1"
    ).cron


def fields_of(schedule: Schedule) -> ScheduleFields:
    """Return the fields of a schedule that is in force, or of a draft."""
    simple = simple_times(schedule.cron)
    kept = {name: str(getattr(schedule.retention, name)) for name in COUNTS}
    return ScheduleFields(
        name=schedule.name,
        account=schedule.connection_id,
        how=simple.how if simple else CRON,
        time=f"{simple.hour:02}:{simple.minute:02}" if simple else "02:30",
        weekday=str(simple.weekday) if simple else "1",
        monthday=simple.monthday if simple else "1",
        cron=schedule.cron,
        zone=schedule.zone,
        kind=schedule.kind,
        formats=tuple(schedule.formats),
        folder=schedule.folder,
        file_name=schedule.file_name,
        **kept,
        drill_days=str(schedule.drill_days),
        sealing="keep" if schedule.sealing.recipients else "none",
        recipients="\n".join(schedule.sealing.recipients),
        is_on=schedule.is_on,
    )


def errors_by_field(
    mistakes: Sequence[Mistake], more: Mapping[str, str], fields: ScheduleFields
) -> Mapping[str, tuple[str, ...]]:
    """Return the sentences by the field that they are shown beside."""
    found: dict[str, list[str]] = {name: [said] for name, said in more.items()}
    for mistake in mistakes:
        parts = mistake.place[1:].split("/")
        name = parts[-1] if parts[0] == "retention" else _SHOWN_AT.get(parts[0], parts[0])
        if name == "cron" and fields.how != CRON:
            name = "time"
        if mistake.message not in found.setdefault(name, []):
            found[name].append(mistake.message)
    return {name: tuple(said) for name, said in found.items()}


def _number(text: str) -> int | str:
    """Return a whole number; what is none stays a text, which the desk says is wrong."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else text  # noqa: PLR2004 - no count has more
