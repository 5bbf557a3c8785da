"""What a run holds: which calls, from what on, and in which files once they are written."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from connector.domain.backup.schedule import CHAIN_MAX
from connector.domain.backup.work import RunWork, Spooled
from connector.wire.call_settings import call_settings_value
from state.backup.claims import fence
from state.backup.lease import renewed
from state.backup.outcomes import LEAVE
from state.backup.rows import run_id_of
from state.calls.settings import read_settings
from state.engine import Params, Row, Tx

OVERLAP_MS = 3_600_000
"""How far an incremental run reaches back behind the bound of the one before. A transaction that took its time and
committed later is seen then: one lives 12 s at most, the rest is for clocks of machines that differ."""

NEWEST = "SELECT MAX(updated_at_ms) AS newest FROM calls WHERE workspace_id = :workspace_id"
COUNT = "SELECT COUNT(*) AS calls FROM calls WHERE workspace_id = :workspace_id"
COUNT_SINCE = f"{COUNT} AND updated_at_ms > :changed_after_ms"
BASE = """
    SELECT r.id, r.chain, r.until_ms, r.settings
      FROM backup_schedules s JOIN backup_runs r ON r.id = s.last_good_run_id
     WHERE s.id = :schedule_id AND r.state = 'good' AND r.trashed_at_ms IS NULL
       AND r.connection_id = :connection_id AND r.kind = 'incremental'
       AND NOT EXISTS (SELECT 1 FROM backup_drills d
                        WHERE d.schedule_id = s.id AND d.state = 'failed' AND d.finished_at_ms >= r.finished_at_ms)"""
"""What an incremental run goes on from; where a drill failed, or the account changed, a full one begins anew."""
BEGIN = """
    UPDATE backup_runs
       SET state = 'spooling', state_since_ms = :now_ms, spool = :spool, base_run_id = :base_run_id, chain = :chain,
           changed_after_ms = :changed_after_ms, until_ms = :until_ms, settings = :settings, made_at_ms = :now_ms,
           calls = 0, rows_written = 0, bytes_total = 0, bytes_sent = 0, hold = NULL, reason = NULL
     WHERE id = :id AND claim_id = :claim_id"""
GUESSED = "UPDATE backup_runs SET calls = :calls WHERE id = :id AND claim_id = :claim_id"
FORGET_FILES = "DELETE FROM backup_files WHERE run_id = :id"
ADD_FILE = """
    INSERT INTO backup_files (run_id, name, position, format, media_type, call_rows, size_bytes, sha256, md5,
                              is_sealed, state, drive_id)
    VALUES (:id, :name, :position, :format, :media_type, :rows, :size_bytes, :sha256, :md5,
            :is_sealed, 'spooled', :drive_id)"""
SPOOLED = """
    UPDATE backup_runs
       SET state = 'uploading', state_since_ms = :now_ms, calls = :calls, rows_written = :calls,
           calls_sha256 = :calls_sha256, bytes_total = :bytes_total
     WHERE id = :id AND claim_id = :claim_id"""


def begun(tx: Tx, work: RunWork, *, now_ms: int, goes_on: bool) -> RunWork:
    """Fix what the run holds: everything that is committed by now, whatever other machines' clocks say."""
    renewed(tx, work, now_ms=now_ms)
    schedule = work.schedule
    newest = tx.row(NEWEST, {"workspace_id": schedule.workspace_id})
    until_ms = max(now_ms, newest["newest"] if newest and newest["newest"] is not None else 0)
    settings = {
        "schedule": _settings(work),
        "calls": call_settings_value(read_settings(tx, schedule.workspace_id)),
    }
    base = _base(tx, work, settings) if goes_on and schedule.kind == "incremental" else None
    changed_after_ms = base["until_ms"] - OVERLAP_MS if base else None
    tx.execute(LEAVE, {"id": work.id, "name": None})
    tx.execute(FORGET_FILES, {"id": work.id})
    run = replace(
        work,
        state="spooling",
        spool=work.claim_id,
        base_run_id=run_id_of(base["id"]) if base else None,
        chain=base["chain"] + 1 if base else 1,
        changed_after_ms=changed_after_ms,
        until_ms=until_ms,
        made_at_ms=now_ms,
        settings=settings,
    )
    row = {
        name: getattr(run, name) for name in ("spool", "base_run_id", "chain", "changed_after_ms", "until_ms")
    }
    tx.execute(BEGIN, {**row, **fence(work), "settings": json.dumps(settings), "now_ms": now_ms})
    return run


def counted(tx: Tx, work: RunWork) -> int:
    """Return about how many calls a run holds."""
    where: Params = {"workspace_id": work.schedule.workspace_id, "changed_after_ms": work.changed_after_ms}
    if work.changed_after_ms is None:
        row = tx.row(COUNT, {"workspace_id": work.schedule.workspace_id})
    else:
        row = tx.row(COUNT_SINCE, where)
    return int(row["calls"]) if row else 0


def spooled(tx: Tx, work: RunWork, done: Spooled, *, now_ms: int) -> RunWork:
    """Note the files that hold it."""
    renewed(tx, work, now_ms=now_ms)
    tx.execute(LEAVE, {"id": work.id, "name": None})
    tx.execute(FORGET_FILES, {"id": work.id})
    for file in done.files:
        row = asdict(file) | {"id": work.id, "is_sealed": int(file.is_sealed)}
        names = (
            "id", "name", "position", "format", "media_type", "rows", "size_bytes", "sha256", "md5", "is_sealed",
            "drive_id",
        )  # fmt: skip
        tx.execute(ADD_FILE, {name: row[name] for name in names})
    total = {
        "calls": done.calls,
        "calls_sha256": done.calls_sha256,
        "bytes_total": sum(file.size_bytes for file in done.files),
    }
    tx.execute(SPOOLED, {**fence(work), **total, "now_ms": now_ms})
    return replace(work, state="uploading", calls=done.calls)


def _base(tx: Tx, work: RunWork, settings: Mapping[str, Any]) -> Row | None:
    where: Params = {"schedule_id": work.schedule.id, "connection_id": work.connection_id}
    base = tx.row(BASE, where)
    if base is None or base["chain"] >= CHAIN_MAX:
        return None
    before = json.loads(base["settings"])["schedule"]
    same = all(before[name] == settings["schedule"][name] for name in ("sealing", "formats"))
    return base if same else None


def _settings(work: RunWork) -> dict[str, Any]:
    """Return the schedule as a manifest carries it: everything that makes it again, no account."""
    schedule = work.schedule
    names = ("name", "cron", "zone", "kind", "folder", "file_name", "drill_days")
    return {
        **{name: getattr(schedule, name) for name in names},
        "formats": list(schedule.formats),
        "sealing": {
            "recipients": list(schedule.sealing.recipients),
            "locked_identity": schedule.sealing.locked_identity,
        },
        "retention": asdict(schedule.retention),
    }
