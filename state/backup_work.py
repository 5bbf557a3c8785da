"""A run under way: claimed under a lease, every step fenced by the claim, so that two machines make one run.

Progress is written with the lease: who writes it learns at once that another worker, or a person's wish to cancel,
came in between.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from connector.domain.backup.runs import Fails, RunFile, RunId, Waits
from connector.domain.backup.schedule import CHAIN_MAX
from connector.domain.backup.work import CanceledError, LeaseLostError, RunWork, Spooled, UploadGoal
from connector.ports import Clock
from connector.wire.call_settings import call_settings_value
from state.backup_outcomes import LEAVE, Outcomes
from state.backup_runs import FILES, file_of
from state.backup_schedules import PROGRESS, run_id_of, schedule_of
from state.call_settings import read_settings
from state.engine import Engine, Params, Row, Tx
from state.vault import Vault

LEASE_MS = 5 * 60_000
"""Longer than one chunk that is sent, with its retries of seconds; every progress begins it anew."""
OVERLAP_MS = 3_600_000
"""How far an incremental run reaches back behind the bound of the one before. A transaction that took its time and
committed later is seen then: one lives 12 s at most, the rest is for clocks of machines that differ."""

_LIVES = """EXISTS (SELECT 1 FROM connections c
                     WHERE c.id = r.connection_id AND c.state IN ('healthy', 'degraded'))"""
_READY = f"(r.cancel_asked_at_ms IS NOT NULL OR {_LIVES})"
"""A run of an account that must be connected again stays due, for the moment in which it is."""
CLAIM = f"""
    UPDATE backup_runs SET claim_id = :claim_id, due_at_ms = :lease_until_ms
     WHERE id = (SELECT r.id FROM backup_runs r WHERE r.due_at_ms <= :now_ms AND {_READY}
                  ORDER BY r.due_at_ms, r.id LIMIT 1 /*skip locked*/)
    RETURNING *"""  # noqa: S608 - our own constants
NEXT_DUE = f"SELECT MIN(r.due_at_ms) AS due FROM backup_runs r WHERE r.due_at_ms IS NOT NULL AND {_READY}"  # noqa: S608 - our own constants
SCHEDULE = "SELECT * FROM backup_schedules WHERE id = :schedule_id"
RELEASE = """
    UPDATE backup_runs SET due_at_ms = :now_ms, claim_id = NULL WHERE id = :id AND claim_id = :claim_id"""
RENEW = """
    UPDATE backup_runs SET due_at_ms = :lease_until_ms WHERE id = :id AND claim_id = :claim_id
    RETURNING cancel_asked_at_ms"""
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
WROTE = "UPDATE backup_runs SET rows_written = :rows WHERE id = :id AND claim_id = :claim_id"
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
FOLDER = """
    UPDATE backup_runs
       SET folder_id = :folder_id, account_email = COALESCE(:email, account_email), client_id = :client_id
     WHERE id = :id AND claim_id = :claim_id"""
NOTICES = "SELECT notices FROM backup_runs WHERE id = :id"
NOTE = "UPDATE backup_runs SET notices = :notices WHERE id = :id AND claim_id = :claim_id"
SESSION = """
    UPDATE backup_files SET sealed_session = :session, state = 'uploading', acknowledged_bytes = 0
     WHERE run_id = :id AND name = :name"""
NAME = "UPDATE backup_files SET drive_id = :drive_id WHERE run_id = :id AND name = :name"
READ_SESSION = "SELECT sealed_session FROM backup_files WHERE run_id = :id AND name = :name"
ACKNOWLEDGED = """
    UPDATE backup_files SET acknowledged_bytes = :bytes WHERE run_id = :id AND name = :name"""
STORED = """
    UPDATE backup_files SET state = 'stored', acknowledged_bytes = size_bytes, sealed_session = NULL
     WHERE run_id = :id AND name = :name"""
ANEW = """
    UPDATE backup_files SET state = 'spooled', drive_id = :drive_id, sealed_session = NULL, acknowledged_bytes = 0,
                            tries = tries + 1
     WHERE run_id = :id AND name = :name"""
SENT = """
    UPDATE backup_runs
       SET bytes_sent = (SELECT SUM(acknowledged_bytes) FROM backup_files WHERE run_id = :id),
           failures = 0, hold = NULL, reason = NULL
     WHERE id = :id AND claim_id = :claim_id"""
LEFTOVERS = "SELECT drive_id FROM backup_leftovers WHERE run_id = :id ORDER BY drive_id"
TAKEN_AWAY = (
    "DELETE FROM backup_leftovers WHERE drive_id = :drive_id",
    "UPDATE backup_files SET state = 'trashed' WHERE run_id = :run_id AND drive_id = :drive_id",
)


class SqlBackupWork:
    """Implements `ports.BackupWork`."""

    def __init__(self, engine: Engine, clock: Clock, vault: Vault, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._vault = vault
        self._new_id = new_id
        self._outcomes = Outcomes(clock, new_id)

    async def claim(self) -> RunWork | None:
        return await self._engine.write(self._claim)

    async def release(self, work: RunWork) -> None:
        row = {**_fence(work), "now_ms": self._clock.now_ms()}
        await self._engine.write(lambda tx: tx.execute(RELEASE, row))

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None

    async def renew(self, work: RunWork) -> None:
        await self._engine.write(partial(self._renewed, work=work))

    async def begin(self, work: RunWork, *, goes_on: bool = True) -> RunWork:
        begun = await self._engine.write(partial(self._begin, work=work, goes_on=goes_on))
        calls = await self._engine.read(
            partial(_counted, work=begun)
        )  # a million takes its time: not in a write
        await self._step(begun, GUESSED, {"calls": calls})
        return replace(begun, calls=calls)

    async def wrote(self, work: RunWork, rows: int) -> None:
        await self._step(work, WROTE, {"rows": rows})

    async def spooled(self, work: RunWork, done: Spooled) -> RunWork:
        return await self._engine.write(partial(self._spooled, work=work, done=done))

    async def files(self, work: RunWork) -> Sequence[RunFile]:
        rows = await self._engine.read(lambda tx: tx.rows(FILES, {"run_id": work.id}))
        return [file_of(row) for row in rows]

    async def into(self, work: RunWork, goal: UploadGoal) -> RunWork:
        return await self._engine.write(partial(self._into, work=work, goal=goal))

    async def note(self, work: RunWork, notice: str) -> None:
        await self._engine.write(partial(self._note, work=work, notice=notice))

    async def named(self, work: RunWork, ids: Mapping[str, str]) -> None:
        await self._engine.write(partial(self._named, work=work, ids=ids))

    async def session(self, work: RunWork, name: str) -> str | None:
        row = await self._engine.read(lambda tx: tx.row(READ_SESSION, {"id": work.id, "name": name}))
        sealed = row["sealed_session"] if row else None
        return self._vault.open(sealed, bound_to=session_binding(work.id, name)) if sealed else None

    async def began_upload(self, work: RunWork, name: str, session_url: str) -> None:
        sealed = self._vault.seal(session_url, bound_to=session_binding(work.id, name))
        await self._step(work, SESSION, {"name": name, "session": sealed})

    async def acknowledged(self, work: RunWork, name: str, bytes_: int) -> None:
        await self._step(work, ACKNOWLEDGED, {"name": name, "bytes": bytes_})

    async def stored(self, work: RunWork, name: str) -> None:
        await self._step(work, STORED, {"name": name})

    async def anew(self, work: RunWork, name: str, drive_id: str) -> None:
        await self._engine.write(partial(self._anew, work=work, name=name, drive_id=drive_id))

    async def leftovers(self, run_id: RunId) -> Sequence[str]:
        rows = await self._engine.read(lambda tx: tx.rows(LEFTOVERS, {"id": run_id}))
        return [row["drive_id"] for row in rows]

    async def taken_away(self, run_id: RunId, drive_id: str) -> None:
        def unit(tx: Tx) -> None:
            tx.execute(TAKEN_AWAY[0], {"drive_id": drive_id})
            tx.execute(TAKEN_AWAY[1], {"drive_id": drive_id, "run_id": run_id})

        await self._engine.write(unit)

    async def finish(self, work: RunWork) -> bool:
        return await self._engine.write(partial(self._outcomes.finish, work=work))

    async def fail(self, work: RunWork, why: Fails) -> bool:
        return await self._engine.write(partial(self._outcomes.fail, work=work, why=why))

    async def cancel(self, work: RunWork) -> bool:
        return await self._engine.write(partial(self._outcomes.cancel, work=work))

    async def postpone(self, work: RunWork, why: Waits) -> bool:
        return await self._engine.write(partial(self._outcomes.postpone, work=work, why=why))

    def _claim(self, tx: Tx) -> RunWork | None:
        now_ms = self._clock.now_ms()
        claim = {"claim_id": self._new_id(), "now_ms": now_ms, "lease_until_ms": now_ms + LEASE_MS}
        row = tx.row(CLAIM, claim)
        if row is None:
            return None
        schedule = tx.row(SCHEDULE, {"schedule_id": row["schedule_id"]})
        if schedule is None:
            raise LookupError("a run without a schedule")
        return _work(row, schedule)

    def _renewed(self, tx: Tx, *, work: RunWork) -> None:
        """Begin the lease anew. Raises LeaseLostError, CanceledError."""
        row = tx.row(RENEW, {**_fence(work), "lease_until_ms": self._clock.now_ms() + LEASE_MS})
        if row is None:
            raise LeaseLostError(work.id)
        if row["cancel_asked_at_ms"] is not None:
            raise CanceledError(work.id)

    async def _step(self, work: RunWork, sql: str, values: Mapping[str, Any]) -> None:
        def unit(tx: Tx) -> None:
            self._renewed(tx, work=work)
            tx.execute(sql, {**_fence(work), **values})
            if sql in {ACKNOWLEDGED, STORED}:
                tx.execute(SENT, _fence(work))
            tx.wake(PROGRESS)

        await self._engine.write(unit)

    def _begin(self, tx: Tx, *, work: RunWork, goes_on: bool) -> RunWork:
        """Fix what the run holds: everything that is committed by now, whatever other machines' clocks say."""
        self._renewed(tx, work=work)
        now_ms, schedule = self._clock.now_ms(), work.schedule
        newest = tx.row(NEWEST, {"workspace_id": schedule.workspace_id})
        until_ms = max(now_ms, newest["newest"] if newest and newest["newest"] is not None else 0)
        settings = {
            "schedule": _settings(work),
            "calls": call_settings_value(read_settings(tx, schedule.workspace_id)),
        }
        base = self._base(tx, work, settings) if goes_on and schedule.kind == "incremental" else None
        changed_after_ms = base["until_ms"] - OVERLAP_MS if base else None
        tx.execute(LEAVE, {"id": work.id, "name": None})
        tx.execute(FORGET_FILES, {"id": work.id})
        begun = replace(
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
            name: getattr(begun, name)
            for name in ("spool", "base_run_id", "chain", "changed_after_ms", "until_ms")
        }
        tx.execute(BEGIN, {**row, **_fence(work), "settings": json.dumps(settings), "now_ms": now_ms})
        return begun

    def _base(self, tx: Tx, work: RunWork, settings: Mapping[str, Any]) -> Row | None:
        where: Params = {"schedule_id": work.schedule.id, "connection_id": work.connection_id}
        base = tx.row(BASE, where)
        if base is None or base["chain"] >= CHAIN_MAX:
            return None
        before = json.loads(base["settings"])["schedule"]
        same = all(before[name] == settings["schedule"][name] for name in ("sealing", "formats"))
        return base if same else None

    def _spooled(self, tx: Tx, *, work: RunWork, done: Spooled) -> RunWork:
        self._renewed(tx, work=work)
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
        tx.execute(SPOOLED, {**_fence(work), **total, "now_ms": self._clock.now_ms()})
        return replace(work, state="uploading", calls=done.calls)

    def _into(self, tx: Tx, *, work: RunWork, goal: UploadGoal) -> RunWork:
        self._renewed(tx, work=work)
        where = {"folder_id": goal.folder_id, "email": goal.email, "client_id": goal.client_id}
        tx.execute(FOLDER, {**_fence(work), **where})
        if goal.notice is not None:
            self._note(tx, work=work, notice=goal.notice)
            self._outcomes.folder_replaced(tx, work)
        return replace(work, folder_id=goal.folder_id)

    def _named(self, tx: Tx, *, work: RunWork, ids: Mapping[str, str]) -> None:
        self._renewed(tx, work=work)
        for name, drive_id in ids.items():
            tx.execute(NAME, {"id": work.id, "name": name, "drive_id": drive_id})

    def _note(self, tx: Tx, *, work: RunWork, notice: str) -> None:
        row = tx.row(NOTICES, {"id": work.id})
        known = json.loads(row["notices"]) if row else []
        if notice not in known:
            tx.execute(NOTE, {**_fence(work), "notices": json.dumps([*known, notice])})

    def _anew(self, tx: Tx, *, work: RunWork, name: str, drive_id: str) -> None:
        self._renewed(tx, work=work)
        tx.execute(LEAVE, {"id": work.id, "name": name})
        tx.execute(ANEW, {"id": work.id, "name": name, "drive_id": drive_id})
        tx.execute(SENT, _fence(work))


def _counted(tx: Tx, *, work: RunWork) -> int:
    """Return about how many calls a run holds."""
    where: Params = {"workspace_id": work.schedule.workspace_id, "changed_after_ms": work.changed_after_ms}
    if work.changed_after_ms is None:
        row = tx.row(COUNT, {"workspace_id": work.schedule.workspace_id})
    else:
        row = tx.row(COUNT_SINCE, where)
    return int(row["calls"]) if row else 0


def _fence(work: RunWork) -> dict[str, Any]:
    return {"id": work.id, "claim_id": work.claim_id}


def session_binding(run_id: RunId, name: str) -> str:
    """Return what the address of an upload is bound to in the vault."""
    return f"backup_session:{run_id}:{name}"


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


def _work(row: Row, schedule: Row) -> RunWork:
    plain = (
        "claim_id", "connection_id", "state", "failures", "chain", "changed_after_ms", "until_ms", "made_at_ms",
        "spool", "folder_id", "calls",
    )  # fmt: skip
    return RunWork(
        **{name: row[name] for name in plain},
        id=RunId(row["id"]),
        schedule=schedule_of(schedule),
        base_run_id=run_id_of(row["base_run_id"]),
        settings=json.loads(row["settings"]) if row["settings"] else {},
    )
