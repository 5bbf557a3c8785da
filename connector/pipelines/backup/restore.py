"""Restoring backups, from Drive or from files by hand, into the live store or a scratch one. Twice is once.

Of a chain the newest run is read first, and a call that was read is passed over in the older ones: each call counts
once, in its newest word. Files without a manifest have no such order: there each call's own time of change decides.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.manifest import Manifest
from connector.domain.backup.restoring import RestoreCounts, RestoreMode
from connector.domain.backup.scope import Taken
from connector.domain.backup.verdicts import way_on
from connector.domain.call import Call
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.pipelines.backup.unpacking import Reading, at_hand, is_manifest, read_manifest, unsealed
from connector.ports.backing_up import CallRestore
from connector.ports.backups import CallFormats, FileSealing
from connector.wire.calls_digest import CallsDigest

CHUNK = 200
"""Calls in one transaction: so few that a webhook's commit never waits for long."""

_ID = re.compile("[0-9a-f]{64}")
"""Of a call, as every record of ours has one; a file from anywhere may say what it likes."""
Progress = Callable[[RestoreCounts], Awaitable[None]]

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A run's plain files that a restore reads, and its manifest where there is one."""

    files: Sequence[Path]
    manifest: Manifest | None = None


class Restore:
    """Reads unpacked runs into a store."""

    def __init__(self, formats: CallFormats) -> None:
        self._formats = formats

    async def run(
        self,
        target: CallRestore,
        workspace_id: WorkspaceId,
        newest_first: Sequence[Unpacked],
        mode: RestoreMode,
        progress: Progress,
        *,
        counts: RestoreCounts | None = None,
    ) -> RestoreCounts:
        """Restore, or count what that would do; `counts` is filled on the way.

        Raises DrillFailedError (file_unreadable, calls_differ), NotPermittedError, StateUnavailableError.
        """
        counts, seen = RestoreCounts() if counts is None else counts, _Seen()
        act = target.put if mode == "apply" else target.preview
        for unpacked in newest_first:
            digest = CallsDigest()
            for path in unpacked.files:
                is_ordered = unpacked.manifest is not None or mode == "preview"  # which stores no first word
                passed = seen if is_ordered else _Seen()
                await self._file(path, digest, passed, counts, lambda calls: act(workspace_id, calls, counts))
                await progress(counts)
            told = unpacked.manifest
            if told is not None and told.files and digest.hexdigest() != told.calls_sha256:
                raise DrillFailedError("calls_differ", f"{digest.calls} were read, and {told.calls} written.")
        if mode == "apply":
            await target.complete(workspace_id)
        log.info(
            "restore.read",
            mode=mode,
            read=counts.read,
            adds=counts.adds,
            changes=counts.changes,
            keeps=counts.keeps,
            withheld=counts.withheld,
            rejected=counts.rejected,
        )
        return counts

    async def _file(
        self,
        path: Path,
        digest: CallsDigest,
        seen: "_Seen",
        counts: RestoreCounts,
        act: Callable[[Sequence[Call]], Awaitable[None]],
    ) -> None:
        reading = Reading(self._formats, path)
        while rows := await asyncio.to_thread(reading.chunk, CHUNK):
            calls = [row for row in rows if isinstance(row, Call) and _ID.fullmatch(row.call_id)]
            counts.rejected += len(rows) - len(calls)
            await asyncio.to_thread(_add_all, digest, calls)
            fresh = [call for call in calls if call.call_id not in seen]
            if fresh:
                await act(fresh)
            seen.note(fresh)
        seen.turn()


class _Seen:
    """The calls of the files that were read, by file: each is sorted once."""

    def __init__(self) -> None:
        self._files: list[Taken] = []
        self._current = Taken()

    def __contains__(self, call_id: str) -> bool:
        return any(call_id in file for file in self._files)

    def note(self, calls: Sequence[Call]) -> None:
        for call in calls:
            self._current.add(call.call_id)

    def turn(self) -> None:
        if len(self._current):
            self._files.append(self._current)
            self._current = Taken()


def _add_all(digest: CallsDigest, calls: Sequence[Call]) -> None:
    for call in calls:
        digest.add(call)


def unpack_by_hand(
    seals: FileSealing, paths: Sequence[Path], work: Path, identities: Sequence[str]
) -> tuple[Sequence[Unpacked], Sequence[str]]:
    """Return what files that somebody downloaded hold, the newest run first, and sentences about what is odd.

    Manifests are welcome and not needed; with one, only the files that it calls exact are read. Plain copies of
    sealed files are made in the folder `work`. Raises BadInputError: nothing to restore in them, cannot be unsealed.
    """
    manifests: list[Manifest] = []
    data: dict[str, Path] = {}
    _check_names(paths)
    for path in paths:
        try:
            plain = unsealed(seals, at_hand(path, work), identities)
            if is_manifest(plain):
                manifests.append(read_manifest(plain))
            else:
                data[path.name] = plain
        except DrillFailedError as error:
            raise BadInputError(f"{path.name}: {error} {way_on(error.fault)}") from None
        except OSError as error:
            raise BadInputError(f"{path.name} cannot be read: {error.strerror}.") from None
    found: list[Unpacked] = []
    notes: list[str] = []
    for manifest in sorted(manifests, key=lambda one: one.created_at, reverse=True):
        wanted = [file.name for file in manifest.restorable()]
        there = [data.pop(name) for name in wanted if name in data]
        for file in manifest.files:
            data.pop(file.name, None)  # another format of the same calls
        if len(there) < len(wanted):
            notes.append(
                f"Of the backup of {manifest.created_at:%Y-%m-%d %H:%M} UTC {len(wanted) - len(there)} of "
                f"{len(wanted)} files are not given: what they hold is not restored."
            )
        found.append(Unpacked(files=there, manifest=manifest if len(there) == len(wanted) else None))
    if data:
        found.append(Unpacked(files=list(data.values())))
    if not any(one.files for one in found):
        raise BadInputError("None of the files holds calls: give the `.jsonl` files of the backup.")
    return found, notes


def _check_names(paths: Sequence[Path]) -> None:
    """Raise BadInputError for two files of one name: by its name a manifest knows a file."""
    twice = [name for name, count in Counter(path.name for path in paths).items() if count > 1]
    if twice:
        raise BadInputError(
            f"Several of the files are called {twice[0]}: which belongs to which run cannot be told. "
            "Restore one run after the other, the oldest first."
        )
