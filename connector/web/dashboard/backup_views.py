"""Backups as people see them: schedules, runs, drills and restores become views."""

from collections.abc import Mapping
from datetime import datetime

from connector.domain.backup.drilling import DrillView
from connector.domain.backup.links import file_link, folder_link
from connector.domain.backup.restoring import RestoreView
from connector.domain.backup.runs import Hold, RunFile
from connector.domain.backup.schedule import Schedule, next_times
from connector.domain.backup.simple_times import LAST_DAY, simple_times
from connector.domain.backup.standing import Standing, standing
from connector.domain.backup.verdicts import way_out
from connector.domain.backup.views import RunView, ScheduleView
from connector.domain.calls.times import zone_named
from connector.domain.errors import BadInputError
from connector.pipelines.backup.spool import size_said
from connector.web.dashboard.addresses import consent_href
from connector.web.dashboard.lead_views import at, instant
from connector.web.dashboard.views import (
    DrillRow,
    Moment,
    RestoreCard,
    RunFileRow,
    RunProgress,
    RunRow,
    ScheduleCard,
)
from connector.web.dashboard.views.words import BACKUP_FORMATS, BACKUP_KINDS

Names = Mapping[str, str]
"""People's names by their ids; whoever is not among them acted on the server, or has left."""

TIMES_SHOWN = 5
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MINUTE_S, _HOUR_S = 60, 3600


def moment(at_: datetime, zone: str) -> Moment:
    """Return an instant as the clocks of a zone show it."""
    local = at_.astimezone(zone_named(zone))
    return Moment(at=at_, local=f"{local:%a} {local.day} {local:%b %Y, %H:%M}")


def coming(schedule: Schedule, now: datetime) -> tuple[Moment, ...]:
    """Return the next five times of a schedule."""
    return moments(schedule.cron, schedule.zone, now)


def moments(cron: str, zone: str, now: datetime) -> tuple[Moment, ...]:
    """Return the next five times of an expression; none where it is none."""
    try:
        return tuple(moment(one, zone) for one in next_times(cron, zone, now, TIMES_SHOWN))
    except BadInputError:
        return ()


def times_said(cron: str, zone: str) -> str:
    """Return when a schedule runs, in words where they are few."""
    simple = simple_times(cron)
    if simple is None:
        return f"At {cron} (cron), {zone}"
    clock = f"{simple.hour:02}:{simple.minute:02}, {zone}"
    if simple.how == "daily":
        return f"Every day at {clock}"
    if simple.how == "weekly":
        return f"Every {WEEKDAYS[simple.weekday]} at {clock}"
    day = "last day" if simple.monthday == LAST_DAY else f"day {simple.monthday}"
    return (
        f"On the {day} of each month at {clock}"
        if day == "last day"
        else f"On {day} of each month at {clock}"
    )


def kind_said(kind: str) -> str:
    """Return a kind of backup in words."""
    return next((said for one, said in BACKUP_KINDS.items() if one == kind), kind)


def format_said(kind: str | None) -> str:
    """Return a format in words; None is the manifest."""
    return next((said for one, (said, _) in BACKUP_FORMATS.items() if one == kind), "Manifest")


def wait_said(hold: Hold) -> str:
    """Return what ends the wait of a run."""
    return f"{way_out(hold)} Then the run goes on by itself."


def run_row(run: RunView, names: Names, *, now: datetime) -> RunRow:
    """Return a run as a line."""
    return RunRow(
        id=run.id,
        schedule_name=run.schedule_name,
        kind=kind_said(run.kind),
        state=run.state,
        when=instant(run.created_at_ms),
        is_held=run.hold is not None and run.due_at_ms is not None,
        asked_by=_who(run.requested_by, names) if run.origin == "person" else None,
        reason=run.reason,
        calls=run.calls,
        size=size_said(run.bytes_total),
        is_trashed=run.trashed_at_ms is not None,
        progress=progress(run, now=now),
    )


def progress(run: RunView, *, now: datetime) -> RunProgress | None:
    """Return how far an open run is; the pace is that since its stage began."""
    since_s = max((now - instant(run.state_since_ms)).total_seconds(), 1.0)
    if run.state == "spooling":
        percent = _percent(run.rows_written, run.calls)
        pace = (
            None if run.hold or not run.rows_written else f"{run.rows_written / since_s:,.0f} calls a second"
        )
        of = f" of about {run.calls:,}" if run.calls else ""
        return RunProgress(percent=percent, text=f"{run.rows_written:,}{of} calls written", pace=pace)
    if run.state == "uploading":
        text = f"{size_said(run.bytes_sent)} of {size_said(run.bytes_total)} sent"
        return RunProgress(
            percent=_percent(run.bytes_sent, run.bytes_total), text=text, pace=_sending(run, since_s)
        )
    return RunProgress(percent=None, text="In line") if run.state == "waiting" else None


def _sending(run: RunView, since_s: float) -> str | None:
    if run.hold or not run.bytes_sent:
        return None
    rate = run.bytes_sent / since_s
    left_s = (run.bytes_total - run.bytes_sent) / rate
    left = f"{left_s:.0f} s" if left_s < 2 * _MINUTE_S else f"{left_s / _MINUTE_S:.0f} min"
    if left_s >= 2 * _HOUR_S:
        left = f"{left_s / _HOUR_S:.0f} h"
    return f"{size_said(round(rate))} a second, about {left} left"


def drill_row(drill: DrillView, names: Names) -> DrillRow:
    """Return a drill."""
    return DrillRow(
        id=drill.id,
        state=drill.state,
        began_at=instant(drill.created_at_ms),
        ended_at=at(drill.finished_at_ms),
        calls=drill.calls,
        reason=drill.reason,
        run_id=drill.run_id,
        asked_by=_who(drill.requested_by, names) if drill.requested_by else None,
    )


def restore_card(restore: RestoreView, names: Names) -> RestoreCard:
    """Return a preview or a restore."""
    counts = ("read", "adds", "changes", "keeps", "withheld", "rejected")
    return RestoreCard(
        id=restore.id,
        mode=restore.mode,
        state=restore.state,
        began_at=instant(restore.created_at_ms),
        ended_at=at(restore.finished_at_ms),
        asked_by=_who(restore.requested_by, names) if restore.requested_by else None,
        reason=restore.reason,
        **{name: getattr(restore.counts, name) for name in counts},
    )


def file_row(file: RunFile) -> RunFileRow:
    """Return a file of a run, with its link once it is in Drive."""
    is_there = file.state == "stored" and file.drive_id is not None
    return RunFileRow(
        file_name=file.name,
        format=format_said(file.format),
        state=file.state,
        rows=file.rows,
        size=size_said(file.size_bytes),
        sha256=file.sha256,
        md5=file.md5,
        is_sealed=file.is_sealed,
        href=file_link(file.drive_id) if is_there and file.drive_id else None,
        percent=_percent(file.acknowledged_bytes, file.size_bytes) if file.state == "uploading" else None,
    )


def schedule_card(
    view: ScheduleView,
    newest: RunView | None,
    names: Names,
    *,
    now: datetime,
    files: int = 0,
    deletions: int = 0,
    drilling: bool = False,
    may_change: bool = False,
) -> ScheduleCard:
    """Return a schedule as a card. `newest`: its newest run; `files` of the last good one."""
    schedule, stands = view.schedule, standing(view, newest)
    sentence, step = _said(stands, view, newest)
    due = at(view.next_due_ms)
    is_lost = stands == "account" and may_change
    return ScheduleCard(
        id=schedule.id,
        name=schedule.name,
        standing=stands,
        sentence=sentence,
        next_step=step,
        times=times_said(schedule.cron, schedule.zone),
        account_email=view.account_email,
        reconnect_href=consent_href("google", connection_id=schedule.connection_id) if is_lost else None,
        folder_href=folder_link(view.folder_id) if view.folder_id else None,
        good=run_row(view.last_good, names, now=now) if view.last_good else None,
        good_at=at(view.last_good_at_ms),
        good_files=files,
        drill=drill_row(view.last_drill, names) if view.last_drill else None,
        is_drilling=drilling,
        next_run=moment(due, schedule.zone) if due and schedule.is_on else None,
        open_run=run_row(view.open_run, names, now=now) if view.open_run else None,
        deletions=deletions,
    )


def _said(stands: Standing, view: ScheduleView, newest: RunView | None) -> tuple[str, str | None]:
    """Return a sentence on how a schedule stands, and what leads on."""
    open_reason = view.open_run.reason if view.open_run else None
    hold = view.open_run.hold if view.open_run else None
    drill_reason = view.last_drill.reason if view.last_drill else None
    why = newest.reason if newest else None
    said: Mapping[Standing, tuple[str, str | None]] = {
        "off": ("It does not run by itself.", None),
        "account": (
            "The Google account does not let us in any more: nothing is backed up.",
            "Connect it again; what waits goes on by itself.",
        ),
        "running": ("A backup is being made.", None),
        "held": (open_reason or "The backup waits.", wait_said(hold) if hold else None),
        "stale": (
            "Two of its times went by without a good backup.",
            "Back up now, and see what becomes of it; if nothing does, tell your operator.",
        ),
        "failed": (
            why or "The last backup failed.",
            "Mend what it names and back up now. Older backups are untouched.",
        ),
        "unproved": (
            drill_reason or "The newest backup could not be restored.",
            "Back up now, then drill that one.",
        ),
        "new": ("The first backup comes with its next time.", None),
        "good": (
            "The last backup is in the Drive, compared byte for byte.",
            None if view.last_proved_at_ms else "No drill has proved yet that it can be restored.",
        ),
    }
    return said[stands]


def _percent(part: int, whole: int) -> float | None:
    return min(part * 100 / whole, 100.0) if whole else None


def _who(person: str | None, names: Names) -> str:
    return names.get(person or "") or "On the server"
