"""Schedules, runs and drills of backups as JSON: for the API and for commands. Times are RFC 3339, UTC, ms."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from connector.domain.backup.drilling import DrillView
from connector.domain.backup.links import file_link, folder_link
from connector.domain.backup.runs import RunFile
from connector.domain.backup.schedule import Schedule, next_times
from connector.domain.backup.views import RunView, ScheduleView
from connector.domain.times import rfc3339

NEXT_RUNS = 5


def schedule_value(view: ScheduleView, now: datetime) -> dict[str, Any]:
    """Return a schedule: what may be changed of it, and in `status` how it stands."""
    schedule = view.schedule
    status = {
        "account_email": view.account_email,
        "account_state": view.account_state,
        "next_runs": [rfc3339(at) for at in coming(schedule, now)],
        "next_run_at": _time(view.next_due_ms),
        "is_stale": view.is_stale,
        "last_good_at": _time(view.last_good_at_ms),
        "last_good_run_id": view.last_good.id if view.last_good else None,
        "last_good_size_bytes": view.last_good.bytes_total if view.last_good else None,
        "open_run_id": view.open_run.id if view.open_run else None,
        "folder_link": folder_link(view.folder_id) if view.folder_id else None,
        "last_drill": drill_value(view.last_drill) if view.last_drill else None,
        "last_proved_at": _time(view.last_proved_at_ms),
        "next_drill_at": _time(view.drill_due_at_ms),
        "has_passphrase": schedule.sealing.locked_identity is not None,
        "created_at": rfc3339(schedule.created_at),
    }
    names = (
        "id",
        "name",
        "cron",
        "zone",
        "kind",
        "connection_id",
        "folder",
        "file_name",
        "drill_days",
        "is_on",
    )
    return {
        **{name: getattr(schedule, name) for name in names},
        "formats": list(schedule.formats),
        "sealing": {"recipients": list(schedule.sealing.recipients)},
        "retention": asdict(schedule.retention),
        "status": status,
    }


def coming(schedule: Schedule, now: datetime) -> Sequence[datetime]:
    """Return the next five times of a schedule, UTC; none where it is off."""
    return next_times(schedule.cron, schedule.zone, now, NEXT_RUNS) if schedule.is_on else ()


def run_value(run: RunView, files: Sequence[RunFile] | None = None) -> dict[str, Any]:
    """Return a run, with its files where they are asked for."""
    value = {
        "id": run.id,
        "schedule_id": run.schedule_id,
        "schedule": run.schedule_name,
        "kind": run.kind,
        "origin": run.origin,
        "state": run.state,
        "state_since": _time(run.state_since_ms),
        "hold": run.hold,
        "reason": run.reason,
        "due_at": _time(run.due_at_ms),
        "failures": run.failures,
        "calls": run.calls,
        "calls_written": run.rows_written,
        "bytes_total": run.bytes_total,
        "bytes_sent": run.bytes_sent,
        "calls_sha256": run.calls_sha256,
        "base_run_id": run.base_run_id,
        "connection_id": run.connection_id,
        "account_email": run.account_email,
        "folder_link": folder_link(run.folder_id) if run.folder_id else None,
        "scheduled_for": _time(run.scheduled_for_ms),
        "created_at": _time(run.created_at_ms),
        "made_at": _time(run.made_at_ms),
        "finished_at": _time(run.finished_at_ms),
        "deleted_at": _time(run.trashed_at_ms),
        "deletion_confirmed": run.is_confirmed,
        "notices": list(run.notices),
    }
    return value if files is None else {**value, "files": [file_value(one) for one in files]}


def file_value(file: RunFile) -> dict[str, Any]:
    """Return a file of a run; `format` is null for the manifest."""
    names = ("name", "format", "media_type", "rows", "size_bytes", "sha256", "md5", "is_sealed", "state")
    is_there = file.state == "stored" and file.drive_id is not None
    return {
        **{name: getattr(file, name) for name in names},
        "bytes_sent": file.acknowledged_bytes,
        "link": file_link(file.drive_id) if is_there and file.drive_id else None,
    }


def drill_value(drill: DrillView) -> dict[str, Any]:
    """Return a drill."""
    names = ("id", "run_id", "state", "fault", "reason", "calls")
    return {
        **{name: getattr(drill, name) for name in names},
        "created_at": _time(drill.created_at_ms),
        "finished_at": _time(drill.finished_at_ms),
    }


def _time(at_ms: int | None) -> str | None:
    return rfc3339(datetime.fromtimestamp(at_ms / 1000, UTC)) if at_ms is not None else None
