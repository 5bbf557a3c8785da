"""Backups of call logs: schedules as cards, runs with their progress and files, restores, drills."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from connector.domain.backup.drilling import DrillState
from connector.domain.backup.restoring import RestoreMode, WorkState
from connector.domain.backup.runs import FileState, RunState
from connector.domain.backup.standing import Standing
from connector.web.dashboard.views.leads import Option, Paging


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant, and what clocks show then in the zone of a schedule: Tue 1 Dec 2026, 02:30."""

    at: datetime
    local: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """How far a run is. `percent` None: not known yet; `text` has the numbers, `pace` the rate and what is left."""

    percent: float | None
    text: str
    pace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run of a list. `when` is when it was begun; `asked_by` None: by the clock."""

    id: str
    schedule_name: str
    kind: str  # in words
    state: RunState
    when: datetime
    is_held: bool = False
    asked_by: str | None = field(default=None, repr=False)
    reason: str | None = None
    calls: int = 0
    size: str = ""
    is_trashed: bool = False
    progress: RunProgress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRow:
    """One drill; `ended_at` None: it waits or is under way."""

    id: str
    state: DrillState
    began_at: datetime
    ended_at: datetime | None
    calls: int
    reason: str | None = None
    run_id: str | None = None
    asked_by: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCard:
    """A schedule: where it goes, how it stands, and what leads on. `times`: when it runs, in words."""

    id: str
    name: str
    standing: Standing
    sentence: str
    next_step: str | None = None
    times: str = ""
    account_email: str | None = field(default=None, repr=False)
    reconnect_href: str | None = None
    folder_href: str | None = None
    good: RunRow | None = None
    good_at: datetime | None = None
    good_files: int = 0
    drill: DrillRow | None = None
    is_drilling: bool = False
    next_run: Moment | None = None
    open_run: RunRow | None = None
    deletions: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """GET `{root}/backups`. `connect_href`: no Google account is connected, and this is where one is."""

    template: ClassVar[str] = "backups.html"
    cards: tuple[ScheduleCard, ...] = ()
    runs: tuple[RunRow, ...] = ()
    paging: Paging
    connect_href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFact:
    """A line about a schedule."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePage:
    """GET `{root}/backups/schedules/{id}`; its acts are posted below it. `asks`: backups that wait to be deleted."""

    template: ClassVar[str] = "backup_schedule.html"
    card: ScheduleCard
    facts: tuple[ScheduleFact, ...] = ()
    coming: tuple[Moment, ...] = ()
    asks: tuple[RunRow, ...] = ()
    drills: tuple[DrillRow, ...] = ()
    next_drill_at: datetime | None = None
    runs: tuple[RunRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFields:
    """What stands in the fields, as text: what was typed, or what is in force."""

    name: str = ""
    account: str = field(default="", repr=False)
    how: str = "daily"  # daily, weekly, monthly, cron
    time: str = "02:30"
    weekday: str = "1"
    monthday: str = "1"
    cron: str = ""
    zone: str = "UTC"
    kind: str = "full"
    formats: tuple[str, ...] = ("jsonl",)
    folder: str = ""
    file_name: str = ""
    daily: str = "14"
    weekly: str = "8"
    monthly: str = "12"
    yearly: str = "7"
    min_count: str = "3"
    min_age_days: str = "7"
    drill_days: str = "7"
    sealing: str = "none"  # none, keep, recipients, key, phrase
    recipients: str = ""
    is_on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEditor:
    """GET and POST `{root}/backups/new`, or `{root}/backups/schedules/{id}/edit`, with `do` preview or save.

    `errors` are sentences by the name of the field; `sealed_for`: whom files are sealed for now.
    """

    template: ClassVar[str] = "backup_editor.html"
    id: str | None = None
    fields: ScheduleFields = ScheduleFields()
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coming: tuple[Moment, ...] = ()
    is_preview: bool = False
    accounts: tuple[Option, ...] = ()
    zones: tuple[str, ...] = ()
    sealed_for: tuple[str, ...] = ()
    name_words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySheet:
    """The answer to a save that made a key: shown once, kept nowhere."""

    template: ClassVar[str] = "backup_key_sheet.html"
    schedule_id: str
    schedule_name: str
    sheet: str = field(repr=False)
    has_phrase: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFileRow:
    """A file of a run; `href` leads to Drive, once it is there."""

    file_name: str
    format: str  # in words
    state: FileState
    rows: int
    size: str
    sha256: str
    md5: str
    is_sealed: bool = False
    href: str | None = None
    percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreCard:
    """A preview or a restore: what it would do, does, or did."""

    id: str
    mode: RestoreMode
    state: WorkState
    began_at: datetime
    ended_at: datetime | None = None
    asked_by: str | None = field(default=None, repr=False)
    reason: str | None = None
    read: int = 0
    adds: int = 0
    changes: int = 0
    keeps: int = 0
    withheld: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStage:
    """A stage of a run: done, at it, or ahead."""

    label: str
    text: str
    place: str  # done, now, ahead, failed


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """GET `{root}/backups/runs/{id}`; cancel, preview and restore are posted below it."""

    template: ClassVar[str] = "backup_run.html"
    run: RunRow
    schedule_id: str
    account_email: str | None = field(default=None, repr=False)
    stages: tuple[RunStage, ...] = ()
    next_step: str | None = None
    waits_until: datetime | None = None
    notices: tuple[str, ...] = ()
    folder_href: str | None = None
    base_run_id: str | None = None
    calls_sha256: str | None = None
    files: tuple[RunFileRow, ...] = ()
    preview: RestoreCard | None = None
    restores: tuple[RestoreCard, ...] = ()
    may_restore: bool = False
    is_open: bool = False
    is_canceling: bool = False
