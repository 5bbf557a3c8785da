"""A run under way, for whoever has claimed it: its progress and its files on their way to Drive, step by step."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from connector.domain.backup.runs import Fails, RunFile, RunId, Waits
from connector.domain.backup.work import RunWork, Spooled, UploadGoal
from connector.ports import Clock
from state.backup.claims import fence
from state.backup.contents import GUESSED, begun, counted, spooled
from state.backup.lease import NEXT_DUE, RELEASE, claimed, renewed
from state.backup.outcomes import LEAVE, Outcomes
from state.backup.runs import FILES, file_of
from state.backup.schedules import PROGRESS
from state.engine import Engine, Tx
from state.vault import Vault

WROTE = "UPDATE backup_runs SET rows_written = :rows WHERE id = :id AND claim_id = :claim_id"
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
        return await self._engine.write(
            lambda tx: claimed(tx, claim_id=self._new_id(), now_ms=self._clock.now_ms())
        )

    async def release(self, work: RunWork) -> None:
        row = {**fence(work), "now_ms": self._clock.now_ms()}
        await self._engine.write(lambda tx: tx.execute(RELEASE, row))

    async def next_due_ms(self) -> int | None:
        row = await self._engine.read(lambda tx: tx.row(NEXT_DUE))
        return row["due"] if row else None

    async def renew(self, work: RunWork) -> None:
        await self._engine.write(lambda tx: renewed(tx, work, now_ms=self._clock.now_ms()))

    async def begin(self, work: RunWork, *, goes_on: bool = True) -> RunWork:
        run = await self._engine.write(
            lambda tx: begun(tx, work, now_ms=self._clock.now_ms(), goes_on=goes_on)
        )
        # a million takes its time: not in a write
        calls = await self._engine.read(lambda tx: counted(tx, run))
        await self._step(run, GUESSED, {"calls": calls})
        return replace(run, calls=calls)

    async def wrote(self, work: RunWork, rows: int) -> None:
        await self._step(work, WROTE, {"rows": rows})

    async def spooled(self, work: RunWork, done: Spooled) -> RunWork:
        return await self._engine.write(lambda tx: spooled(tx, work, done, now_ms=self._clock.now_ms()))

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

    async def _step(self, work: RunWork, sql: str, values: Mapping[str, Any]) -> None:
        def unit(tx: Tx) -> None:
            renewed(tx, work, now_ms=self._clock.now_ms())
            tx.execute(sql, {**fence(work), **values})
            if sql in {ACKNOWLEDGED, STORED}:
                tx.execute(SENT, fence(work))
            tx.wake(PROGRESS)

        await self._engine.write(unit)

    def _into(self, tx: Tx, *, work: RunWork, goal: UploadGoal) -> RunWork:
        renewed(tx, work, now_ms=self._clock.now_ms())
        where = {"folder_id": goal.folder_id, "email": goal.email, "client_id": goal.client_id}
        tx.execute(FOLDER, {**fence(work), **where})
        if goal.notice is not None:
            self._note(tx, work=work, notice=goal.notice)
            self._outcomes.folder_replaced(tx, work)
        return replace(work, folder_id=goal.folder_id)

    def _named(self, tx: Tx, *, work: RunWork, ids: Mapping[str, str]) -> None:
        renewed(tx, work, now_ms=self._clock.now_ms())
        for name, drive_id in ids.items():
            tx.execute(NAME, {"id": work.id, "name": name, "drive_id": drive_id})

    def _note(self, tx: Tx, *, work: RunWork, notice: str) -> None:
        row = tx.row(NOTICES, {"id": work.id})
        known = json.loads(row["notices"]) if row else []
        if notice not in known:
            tx.execute(NOTE, {**fence(work), "notices": json.dumps([*known, notice])})

    def _anew(self, tx: Tx, *, work: RunWork, name: str, drive_id: str) -> None:
        renewed(tx, work, now_ms=self._clock.now_ms())
        tx.execute(LEAVE, {"id": work.id, "name": name})
        tx.execute(ANEW, {"id": work.id, "name": name, "drive_id": drive_id})
        tx.execute(SENT, fence(work))


def session_binding(run_id: RunId, name: str) -> str:
    """Return what the address of an upload is bound to in the vault."""
    return f"backup_session:{run_id}:{name}"
