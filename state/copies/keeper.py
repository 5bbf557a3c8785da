"""Copies and drills of the state, on either engine; what became of each is kept."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from connector.domain.errors import ConnectorError, StateUnavailableError
from connector.domain.own_state import CopyUnderWayError, Done, Kind, Manifest, Standing, copy_name
from connector.ports import Clock
from state.copies.checks import row_counts
from state.copies.folder import SCRATCH, Copies, digest
from state.copies.restoring import Hands, Restored
from state.copies.sqlite_copy import copy_sqlite, looked_into, sqlite_steps, sqlite_tables
from state.copies.sqlite_restore import prepare_sqlite
from state.engine import Engine, Params, Row
from state.keys.resealing import sealed_counts

P = ParamSpec("P")
T = TypeVar("T")
ROOM_BYTES = 100 * 2**20
"""Left free by a copy: a full disk would refuse every webhook."""

NOTE = """
    INSERT INTO state_runs (kind, outcome, file, bytes, row_count, reason, began_at_ms, ended_at_ms)
    VALUES (:kind, :outcome, :file, :bytes, :row_count, :reason, :began_at_ms, :now_ms)"""
LAST_GOOD = """
    SELECT kind, MAX(ended_at_ms) AS at_ms FROM state_runs WHERE outcome = 'good' GROUP BY kind"""
NEWEST = "SELECT * FROM state_runs ORDER BY ended_at_ms DESC, id DESC LIMIT :limit"
UNREAD = """
    SELECT f.form_id FROM page_forms f
      JOIN workspaces w ON w.id = f.workspace_id
      JOIN pages p ON p.page_id = f.page_id AND p.workspace_id = f.workspace_id
     WHERE w.restored_at_ms IS NOT NULL AND f.due_at_ms IS NOT NULL AND p.state <> 'disconnected'
       AND COALESCE(f.read_at_ms, 0) < w.restored_at_ms LIMIT 1"""
UNLISTED = """
    SELECT r.page_id FROM page_rounds r
      JOIN workspaces w ON w.id = r.workspace_id
      JOIN pages p ON p.page_id = r.page_id AND p.workspace_id = r.workspace_id
     WHERE w.restored_at_ms IS NOT NULL AND p.state <> 'disconnected'
       AND COALESCE(r.listed_at_ms, 0) < w.restored_at_ms LIMIT 1"""
"""What was not read again since a restore: until then leads may be missing here."""

GoOn = Callable[[], bool]


class Copyist(Protocol):
    """Who copies one kind of database. Both calls block, and end soon after `go_on` says False."""

    def make(self, copies: Copies, now_ms: int, *, go_on: GoOn) -> Manifest:
        """Make a copy, prove it and put it into the folder. Raises StateUnavailableError or BadInputError."""

    def drill(
        self, copy: Path, manifest: Manifest | None, hands: Hands, *, go_on: GoOn, accept_shut: bool = False
    ) -> Restored:
        """Restore a copy into a scratch place and judge it. Raises the same, or NewerStateError."""

    def is_there(self) -> bool:
        """Tell whether there is a state, which a restore would replace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteCopyist:
    """Copies a SQLite file."""

    path: Path
    version: str

    def make(self, copies: Copies, now_ms: int, *, go_on: GoOn) -> Manifest:
        name = copy_name(now_ms, "sqlite")
        files = (self.path, Path(f"{self.path}-wal"))
        _check_room(copies.folder, "copy", sum(one.stat().st_size for one in files if one.exists()))
        with copies.begun(name) as part:
            copy_sqlite(self.path, part, go_on=go_on)
            with looked_into(part) as tx:
                manifest = Manifest(
                    file=name,
                    made_at_ms=now_ms,
                    engine="sqlite",
                    version=self.version,
                    steps=sqlite_steps(tx.db),
                    keys=tuple(sorted(sealed_counts(tx))),
                    rows=row_counts(tx, sqlite_tables(tx)),
                    bytes=part.stat().st_size,
                    sha256=digest(part),
                )
            copies.finish(part, manifest)
        return manifest

    def drill(
        self, copy: Path, manifest: Manifest | None, hands: Hands, *, go_on: GoOn, accept_shut: bool = False
    ) -> Restored:
        del go_on  # copying a file and reading it once
        # the copy once more, and the journal of what a restore changes in it
        _check_room(copy.parent, "drill", 2 * copy.stat().st_size)
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=copy.parent) as scratch:
            target = Path(scratch) / "state.db"
            return prepare_sqlite(copy, target, manifest=manifest, hands=hands, accept_shut=accept_shut)

    def is_there(self) -> bool:
        return self.path.exists()


def _check_room(folder: Path, what: Kind, size: int) -> None:
    """Raise StateUnavailableError where a copy or drill would fill the disk."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    if shutil.disk_usage(there).free < size + ROOM_BYTES:
        raise StateUnavailableError(
            f"a {what} takes {size / 2**20:.0f} MiB and the disk would be full: make room, or set state.backup_dir "
            "to another disk"
        )


class SqlStateRuns:
    """What became of copies and drills; and whether a restored state has caught up."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def note(
        self,
        kind: Kind,
        *,
        began_at_ms: int,
        file: str | None,
        size: int = 0,
        rows: int = 0,
        reason: str | None = None,
    ) -> None:
        """Keep what became of one; `reason` None: it was good."""
        row: Params = {
            "kind": kind,
            "outcome": "good" if reason is None else "failed",
            "file": file,
            "bytes": size,
            "row_count": rows,
            "reason": reason,
            "began_at_ms": began_at_ms,
            "now_ms": self._clock.now_ms(),
        }
        await self._engine.write(lambda tx: tx.execute(NOTE, row))

    async def last_good(self) -> dict[str, int]:
        """Return when the last good copy and drill ended, by kind."""
        rows = await self._engine.read(lambda tx: tx.rows(LAST_GOOD))
        return {row["kind"]: int(row["at_ms"]) for row in rows}

    async def newest(self, *, limit: int) -> Sequence[Row]:
        """Return the last runs, newest first."""
        return await self._engine.read(lambda tx: tx.rows(NEWEST, {"limit": limit}))

    async def has_caught_up(self) -> bool:
        """Tell whether everything was read again since the last restore, if there was one."""
        return await self._engine.read(lambda tx: tx.row(UNREAD) is None and tx.row(UNLISTED) is None)


class SqlStateKeeper:
    """Implements `pipelines.own_state.StateKeeper`: the blocking work runs in a thread of its own."""

    def __init__(
        self, runs: SqlStateRuns, copyist: Copyist, copies: Copies, hands: Hands, *, kept: int, go_on: GoOn
    ) -> None:
        self._runs = runs
        self._copyist = copyist
        self._copies = copies
        self._hands = hands
        self._kept = kept
        self._go_on = go_on

    async def standing(self) -> Standing:
        finished = await asyncio.to_thread(self._copies.finished)
        newest_ms = max((one.made_at_ms for one in finished), default=None)
        return Standing(copied_at_ms=newest_ms, drilled_at_ms=(await self._runs.last_good()).get("drill"))

    async def copy(self) -> Manifest:
        began_ms = self._hands.clock.now_ms()
        async with self._noting("copy", began_ms):
            made = await asyncio.to_thread(on_disk, self._make, began_ms)
        rows = sum(made.rows.values())
        await self._runs.note("copy", began_at_ms=began_ms, file=made.file, size=made.bytes, rows=rows)
        await asyncio.to_thread(self._copies.rotate, kept=self._kept)
        return made

    async def drill(self) -> Done:
        began_ms = self._hands.clock.now_ms()
        async with self._noting("drill", began_ms):
            newest, restored = await asyncio.to_thread(on_disk, self._drill)
        done = Done(file=newest.file, bytes=newest.bytes, rows=restored.rows)
        await self._runs.note("drill", began_at_ms=began_ms, file=done.file, size=done.bytes, rows=done.rows)
        return done

    async def has_caught_up(self) -> bool:
        return await self._runs.has_caught_up()

    def _make(self, now_ms: int) -> Manifest:
        return self._copyist.make(self._copies, now_ms, go_on=self._go_on)

    def _drill(self) -> tuple[Manifest, Restored]:
        finished = self._copies.finished()
        if not finished:
            raise StateUnavailableError(f"{self._copies.folder} holds no finished copy")
        newest = finished[-1]
        copy = self._copies.folder / newest.file
        with self._copies.alone():
            return newest, self._copyist.drill(copy, newest, self._hands, go_on=self._go_on)

    @contextlib.asynccontextmanager
    async def _noting(self, kind: Kind, began_ms: int) -> AsyncIterator[None]:
        try:
            yield
        except CopyUnderWayError:
            raise
        except ConnectorError as error:
            with contextlib.suppress(StateUnavailableError):  # what failed may be this very state
                await self._runs.note(kind, began_at_ms=began_ms, file=None, reason=str(error))
            raise


def on_disk(fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `fn`; a disk that refuses is our own kind of error."""
    try:
        return fn(*args, **kwargs)
    except OSError as error:
        raise StateUnavailableError(f"the copy could not be written or read: {error.strerror}") from error
