"""Sample pages of backups."""

from dataclasses import replace
from datetime import timedelta

from connector.web.dashboard.views import (
    Backups,
    DrillRow,
    KeySheet,
    Moment,
    Option,
    Paging,
    RestoreCard,
    RunFileRow,
    RunPage,
    RunProgress,
    RunRow,
    RunStage,
    ScheduleCard,
    ScheduleEditor,
    ScheduleFact,
    ScheduleFields,
    SchedulePage,
)
from support.times import NOW

KIND = "Everything, each time"
GOOD = RunRow(
    id="run7",
    schedule_name="Every night",
    kind=KIND,
    state="good",
    when=NOW - timedelta(hours=7),
    calls=48_211,
    size="18.4 MB",
)
SENDING = RunRow(
    id="run8",
    schedule_name="Monthly archive",
    kind="Everything, a file a month",
    state="uploading",
    when=NOW - timedelta(minutes=3),
    asked_by="Asha Rao",
    calls=812_400,
    size="340.2 MB",
    progress=RunProgress(
        percent=61.4, text="208.9 MB of 340.2 MB sent", pace="2.4 MB a second, about 55 s left"
    ),
)
FAILED = replace(
    GOOD,
    id="run6",
    state="failed",
    when=NOW - timedelta(days=1),
    reason="The Drive of this account takes no files: its owner's administrator switched it off.",
)
HELD = replace(
    SENDING,
    id="run9",
    is_held=True,
    reason="The backup needs 340.2 MB, and the Drive has 12.0 MB of 15.0 GB free.",
)
CANCELED = replace(
    GOOD, id="run5", state="canceled", reason="Canceled by a person.", when=NOW - timedelta(days=2)
)
GONE = replace(GOOD, id="run4", is_trashed=True, when=NOW - timedelta(days=40))
PROVED = DrillRow(
    id="d1",
    state="proved",
    began_at=NOW - timedelta(days=2, minutes=2),
    ended_at=NOW - timedelta(days=2),
    calls=47_900,
    run_id="run3",
)
BROKEN = replace(
    PROVED,
    id="d2",
    state="failed",
    calls=0,
    reason="A file of the backup is not what was uploaded: its bytes changed.",
    asked_by="Asha Rao",
)
NEXT = tuple(
    Moment(at=NOW + timedelta(hours=17, days=day), local=f"{name} {25 + day} Nov 2026, 02:30")
    for day, name in enumerate(("Wed", "Thu", "Fri", "Sat", "Sun"))
)
NIGHTLY = ScheduleCard(
    id="s1",
    name="Every night",
    standing="good",
    sentence="The last backup is in the Drive, compared byte for byte.",
    times="Every day at 02:30, Europe/Lisbon",
    account_email="backups@harbour.example",
    folder_href="https://drive.google.com/drive/folders/f1",
    good=GOOD,
    good_at=GOOD.when,
    good_files=3,
    drill=PROVED,
    next_run=NEXT[0],
    deletions=2,
)
ARCHIVE = replace(
    NIGHTLY,
    id="s2",
    name="Monthly archive",
    standing="running",
    sentence="A backup is being made.",
    open_run=SENDING,
    is_drilling=True,
    deletions=0,
)
LOST = replace(
    NIGHTLY,
    id="s3",
    name="Weekly, sealed",
    standing="account",
    sentence="The Google account does not let us in any more: nothing is backed up.",
    next_step="Connect it again; what waits goes on by itself.",
    reconnect_href="/connect/google/start?connection=c3",
    good=None,
    good_at=None,
    drill=None,
    folder_href=None,
    deletions=0,
)
RUNS = (SENDING, HELD, GOOD, FAILED, CANCELED, GONE)
BACKUPS = Backups(
    cards=(LOST, ARCHIVE, NIGHTLY),
    runs=RUNS,
    paging=Paging(older_href="/older"),
)
SCHEDULE = SchedulePage(
    card=replace(NIGHTLY, standing="unproved", sentence=BROKEN.reason or "", drill=BROKEN),
    facts=(
        ScheduleFact(name="Holds", value=KIND),
        ScheduleFact(name="Formats", value="JSON Lines, Excel workbook"),
        ScheduleFact(name="Files", value="{schedule} {date} {time}"),
        ScheduleFact(
            name="Keeps",
            value="The newest of each of 14 days, 8 weeks, 12 months, 7 years; never fewer than 3.",
        ),
        ScheduleFact(name="Sealed for", value="age1" + "q" * 58),
    ),
    coming=NEXT,
    asks=(replace(GOOD, id="run1", when=NOW - timedelta(days=400)), replace(GOOD, id="run2")),
    drills=(BROKEN, PROVED, replace(PROVED, id="d3", state="partly", reason="Nothing here opens them.")),
    next_drill_at=NOW + timedelta(days=5),
    runs=(GOOD, FAILED),
)
FIELDS = ScheduleFields(
    name="Every night",
    account="c3",
    how="weekly",
    zone="Europe/Lisbon",
    cron="30 2 * * 1",
    file_name="{schedule} {date} {time}",
    formats=("jsonl", "xlsx"),
    sealing="keep",
    recipients="age1" + "q" * 58,
)
EDITOR = ScheduleEditor(
    id="s1",
    fields=FIELDS,
    coming=NEXT,
    is_preview=True,
    accounts=(Option(value="c3", label="backups@harbour.example", is_chosen=True),),
    zones=("UTC", "Europe/Lisbon"),
    sealed_for=("age1" + "q" * 58,),
    name_words=(("date", "the day of the run"), ("time", "its time of day")),
)
MISTAKEN = replace(
    EDITOR,
    id=None,
    fields=replace(
        FIELDS, name="", account="", how="cron", cron="61 * * * *", sealing="phrase", daily="many"
    ),
    errors={
        "name": ("A schedule needs a name of at most 80 characters.", "Another schedule has this name."),
        "cron": ("`61 * * * *` is no schedule: Bad minute.",),
        "account": ("Say which Google account: backups@harbour.example.",),
        "daily": ("It must be a whole number.",),
        "phrase": ("The pass phrase is too weak.",),
    },
    coming=(),
    is_preview=False,
    accounts=(Option(value="c3", label="backups@harbour.example"),),
    sealed_for=(),
)
SHEET = KeySheet(
    schedule_id="s1",
    schedule_name="Every night",
    has_phrase=True,
    sheet="KEY SHEET FOR SEALED CALL LOG BACKUPS\n\nWorkspace   main\nSealed for  age1" + "q" * 58 + "\n",
)
STAGES = (
    RunStage(label="In line", text="Begun by hand", place="done"),
    RunStage(label="Written", text="812,400 calls into 2 files", place="done"),
    RunStage(label="Sent to the Drive", text="208.9 MB of 340.2 MB", place="now"),
    RunStage(label="Compared", text="", place="ahead"),
)
FILES = (
    RunFileRow(
        file_name="Every night 2026-11-24 0230.jsonl",
        format="JSON Lines",
        state="stored",
        rows=48_211,
        size="12.1 MB",
        sha256="4be1" * 16,
        md5="93ab" * 8,
        is_sealed=True,
        href="https://drive.google.com/file/d/x1/view",
    ),
    RunFileRow(
        file_name="Every night 2026-11-24 0230.xlsx",
        format="Excel workbook",
        state="uploading",
        rows=48_211,
        size="6.3 MB",
        sha256="00c4" * 16,
        md5="5fd0" * 8,
        percent=41.0,
    ),
    RunFileRow(
        file_name="manifest.json",
        format="Manifest",
        state="spooled",
        rows=0,
        size="2.0 KB",
        sha256="77aa" * 16,
        md5="88bb" * 8,
    ),
)
PREVIEW = RestoreCard(
    id="r1",
    mode="preview",
    state="done",
    began_at=NOW - timedelta(minutes=9),
    ended_at=NOW - timedelta(minutes=8),
    asked_by="Asha Rao",
    read=48_211,
    adds=1_204,
    changes=3,
    keeps=47_004,
    withheld=2,
)
RUN = RunPage(
    run=SENDING,
    schedule_id="s2",
    account_email="backups@harbour.example",
    stages=STAGES,
    folder_href="https://drive.google.com/drive/folders/f1",
    files=FILES,
    is_open=True,
)
RUN_HELD = replace(
    RUN,
    run=HELD,
    next_step="Make room in the Drive (its bin counts); the run goes on within an hour.",
    waits_until=NOW + timedelta(minutes=41),
    notices=("The folder of this account's backups was gone: a new one was made.",),
    base_run_id="run3",
)
RUN_GOOD = replace(
    RUN,
    run=GOOD,
    stages=tuple(replace(one, place="done") for one in STAGES),
    calls_sha256="c0de" * 16,
    preview=PREVIEW,
    restores=(
        replace(
            PREVIEW, id="r2", mode="apply", state="waiting", ended_at=None, reason="Google asked to wait."
        ),
        replace(PREVIEW, id="r3", mode="apply", withheld=0, rejected=1),
        replace(
            PREVIEW, id="r4", mode="apply", state="failed", reason="Call tracking is off in this workspace."
        ),
    ),
    may_restore=True,
    is_open=False,
)
RUN_FAILED = replace(
    RUN,
    run=FAILED,
    stages=(*STAGES[:2], replace(STAGES[2], place="failed"), STAGES[3]),
    next_step="Mend what it names, then back up again. Older backups are untouched.",
    files=(),
    is_open=False,
)
RUN_GONE = replace(RUN_GOOD, run=GONE, may_restore=False, preview=None, restores=())
