"""Schedules of backups as rows, there and back, with the times at which they are due."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import Retention, Schedule, ScheduleId, Sealing, next_time, stale_at
from connector.domain.lead import WorkspaceId
from state.engine import Row


def schedule_of(row: Row, prefix: str = "") -> Schedule:
    """Return the schedule of a row, whose columns may have a prefix."""
    found: Mapping[str, Any] = {
        name.removeprefix(prefix): row[name] for name in row if name.startswith(prefix)
    }
    return Schedule(
        id=ScheduleId(found["id"]),
        workspace_id=WorkspaceId(found["workspace_id"]),
        name=found["name"],
        cron=found["cron"],
        zone=found["zone"],
        kind=found["kind"],
        formats=tuple(json.loads(found["formats"])),
        connection_id=found["connection_id"],
        folder=found["folder"],
        file_name=found["file_name"],
        sealing=_sealing(json.loads(found["sealing"])),
        retention=Retention(**json.loads(found["retention"])),
        drill_days=found["drill_days"],
        is_on=bool(found["is_on"]),
        created_at=datetime.fromtimestamp(found["created_at_ms"] / 1000, UTC),
    )


def schedule_row(schedule: Schedule, known: Row | None, now: datetime) -> dict[str, Any]:
    """Return a schedule as a row; `known` is the one before."""
    return {
        "id": schedule.id,
        "workspace_id": schedule.workspace_id,
        "connection_id": schedule.connection_id,
        "name": schedule.name,
        "cron": schedule.cron,
        "zone": schedule.zone,
        "kind": schedule.kind,
        "formats": json.dumps(list(schedule.formats)),
        "folder": schedule.folder,
        "file_name": schedule.file_name,
        "sealing": json.dumps(asdict(schedule.sealing)),
        "retention": json.dumps(asdict(schedule.retention)),
        "drill_days": schedule.drill_days,
        "is_on": int(schedule.is_on),
        "created_at_ms": known["created_at_ms"] if known else ms(now),
        **_times(schedule, known, now),
    }


def run_id_of(value: object) -> RunId | None:
    """Return a run's id out of a column that may be empty."""
    return None if value is None else RunId(str(value))


def ms(at: datetime) -> int:
    """Return milliseconds since the epoch."""
    return round(at.timestamp() * 1000)


def _times(schedule: Schedule, known: Row | None, now: datetime) -> dict[str, int | None]:
    """Return when a schedule runs, is stale and drills next. What an edit leaves alone stays, also late."""
    if not schedule.is_on:
        return {"next_due_at_ms": None, "stale_at_ms": None, "drill_due_at_ms": None}
    was_on = known is not None and known["is_on"]
    if (
        known is not None
        and was_on
        and all(known[name] == getattr(schedule, name) for name in ("cron", "zone"))
    ):
        times = {name: known[name] for name in ("next_due_at_ms", "stale_at_ms")}
    else:
        coming = next_time(schedule.cron, schedule.zone, now)
        times = {"next_due_at_ms": ms(coming), "stale_at_ms": ms(stale_at(schedule, now))}
    drill_ms = schedule.drill_days * 86_400_000
    if known is not None and was_on and known["drill_days"] == schedule.drill_days:
        return {**times, "drill_due_at_ms": known["drill_due_at_ms"]}
    proved_ms = (known["last_proved_at_ms"] if known else None) or ms(now)
    return {**times, "drill_due_at_ms": proved_ms + drill_ms if drill_ms else None}


def _sealing(told: Mapping[str, Any]) -> Sealing:
    return Sealing(recipients=tuple(told["recipients"]), locked_identity=told["locked_identity"])
