"""The first half of a run: calls are read once, in order, and written to our disk in every format."""

import asyncio
import errno
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from connector import __version__
from connector.domain.backup.files import WrittenFile
from connector.domain.backup.manifest import Manifest, manifest_file
from connector.domain.backup.runs import DiskFullError, RunFile
from connector.domain.backup.scope import CallScope, Place, StoredCall
from connector.domain.backup.work import RunWork, Spooled
from connector.domain.errors import PermanentError, TransientError
from connector.pipelines.backup.spool import Spool
from connector.pipelines.backup.sweeping import SpoolSweep
from connector.pipelines.backup.writing import Writing
from connector.pipelines.courtesy import Courtesy
from connector.ports import Clock
from connector.ports.backing_up import BackupWork, CallStream
from connector.ports.backups import CallFormats, FileSealing
from connector.wire.manifest import manifest_json

CHUNK = 500
"""Calls that are read and written before webhooks get their turn: some ten milliseconds of the interpreter."""
PROGRESS_S = 2.0
"""Seconds between two notes of the progress; each is a commit."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolingMeans:
    """What writing takes."""

    work: BackupWork
    stream: CallStream
    formats: CallFormats
    seals: FileSealing
    spool: Spool
    sweep: SpoolSweep
    clock: Clock
    courtesy: Courtesy


class Spooling:
    """Writes the files of a run. Nothing of an earlier try is used again: it may have been another machine's."""

    def __init__(self, means: SpoolingMeans) -> None:
        self._means = means

    async def run(self, work: RunWork, *, goes_on: bool = True) -> RunWork:
        """Write everything and note it. Raises ConnectorError kinds, LeaseLostError."""
        spool = self._means.spool
        work = await self._means.work.begin(work, goes_on=goes_on)
        await self._means.sweep.sweep()  # what an earlier try left half-written takes no room from this one
        schedule = work.schedule
        is_sealed = bool(schedule.sealing.recipients)
        try:
            await asyncio.to_thread(spool.check_room, work.calls, schedule.formats, is_sealed=is_sealed)
            folder = await asyncio.to_thread(spool.fresh, work.folder)
            done = await self._written(work, folder)
        except OSError as error:
            await asyncio.to_thread(spool.remove, [work.folder])
            raise _disk_trouble(error) from None
        work = await self._means.work.spooled(work, done)
        log.info("backup.spooled", calls=done.calls, files=len(done.files))
        return work

    async def _written(self, work: RunWork, folder: Path) -> Spooled:
        writing = Writing(
            self._means.formats, work.schedule, folder, run_id=work.id, at=_instant(work.made_at_ms)
        )
        try:
            await self._calls(work, writing)
            written = await asyncio.to_thread(writing.close)
        except BaseException:
            await asyncio.shield(asyncio.to_thread(writing.abort))
            raise
        return await asyncio.to_thread(self._finished, work, folder, writing, written)

    async def _calls(self, work: RunWork, writing: Writing) -> None:
        stream, workspace_id = self._means.stream, work.schedule.workspace_id
        scope = CallScope(until_ms=work.until_ms or 0, changed_after_ms=work.changed_after_ms)
        noted_s = self._means.clock.monotonic()
        for read, write in (
            (stream.chunk, writing.add),
            (stream.changed_meanwhile, writing.add_missed),
        ):
            after: Place | None = None
            while True:
                await self._means.courtesy.turn()
                calls: Sequence[StoredCall] = await read(workspace_id, scope, after, limit=CHUNK)
                await asyncio.to_thread(write, calls)
                if len(calls) < CHUNK:
                    break
                after = calls[-1].place
                now_s = self._means.clock.monotonic()
                if now_s - noted_s >= PROGRESS_S:
                    noted_s = now_s
                    await self._means.work.wrote(work, len(writing.taken))
        await self._means.work.wrote(work, len(writing.taken))

    def _finished(
        self, work: RunWork, folder: Path, writing: Writing, written: Sequence[WrittenFile]
    ) -> Spooled:
        """Seal what was written and describe it. In a thread."""
        seals, recipients = self._means.seals, work.schedule.sealing.recipients
        if recipients:
            written = [seals.seal(file, recipients) for file in written]
        manifest = _manifest(work, writing, written)
        described = _written_manifest(folder / f"{writing.stem}.manifest.json", manifest_json(manifest))
        if recipients:
            described = seals.seal(described, recipients)
        files = [_run_file(at, file) for at, file in enumerate([*written, described])]
        files[-1] = replace(files[-1], format=None)
        return Spooled(calls=writing.digest.calls, calls_sha256=manifest.calls_sha256, files=files)


def _manifest(work: RunWork, writing: Writing, written: Sequence[WrittenFile]) -> Manifest:
    schedule = work.schedule
    return Manifest(
        run_id=work.id,
        workspace_id=schedule.workspace_id,
        kind=schedule.kind,
        created_at=_instant(work.made_at_ms),
        zone=schedule.zone,
        base_run_id=work.base_run_id,
        calls=writing.digest.calls,
        first_started_at=None if writing.first_ms is None else _instant(writing.first_ms),
        last_started_at=None if writing.last_ms is None else _instant(writing.last_ms),
        calls_sha256=writing.digest.hexdigest(),
        files=tuple(manifest_file(file) for file in written),
        recipients=tuple(schedule.sealing.recipients),
        program_version=__version__,
        settings=work.settings,
    )


def _run_file(at: int, file: WrittenFile) -> RunFile:
    return RunFile(
        name=file.name,
        position=at,
        format=file.format,
        media_type=file.media_type,
        rows=file.rows,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        md5=file.md5,
        is_sealed=file.is_sealed,
        state="spooled",
    )


def _written_manifest(path: Path, body: bytes) -> WrittenFile:
    with path.open("xb") as file:
        file.write(body)
        os.fsync(file.fileno())
    sha256 = hashlib.sha256(body).hexdigest()
    return WrittenFile(
        path=path,
        name=path.name,
        format="jsonl",  # it is none of them; whoever reads on knows it as the manifest
        media_type="application/json",
        rows=0,
        size_bytes=len(body),
        sha256=sha256,
        md5=hashlib.md5(body, usedforsecurity=False).hexdigest(),  # Drive's own checksum
        plain_size_bytes=len(body),
        plain_sha256=sha256,
    )


def _instant(at_ms: int | None) -> datetime:
    return datetime.fromtimestamp((at_ms or 0) / 1000, UTC)


def _disk_trouble(error: OSError) -> TransientError | PermanentError:
    if error.errno in FULL:
        return DiskFullError("Our own disk is full: backup.spool_dir needs more room.")
    if isinstance(error, FileNotFoundError):
        return TransientError(
            "The files went away while they were written: something cleans backup.spool_dir."
        )
    return PermanentError(f"The files cannot be written to backup.spool_dir: {error.strerror}.")
