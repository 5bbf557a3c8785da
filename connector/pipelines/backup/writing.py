"""Calls on their way into every format of a run, in one pass. Synchronous: a thread's work, a chunk at a time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from connector.domain.backup.files import WriteOptions, WrittenFile
from connector.domain.backup.naming import name_of
from connector.domain.backup.schedule import Schedule
from connector.domain.backup.scope import StoredCall, Taken
from connector.domain.calls.times import zone_named
from connector.ports.backups import CallFormats, CallWriter
from connector.wire.call import call_from_json
from connector.wire.calls_digest import CallsDigest


class Writing:
    """The files of one run while they are written. Raises OSError when the disk does not take them."""

    def __init__(
        self, formats: CallFormats, schedule: Schedule, folder: Path, *, run_id: str, at: datetime
    ) -> None:
        self._formats = formats
        self._schedule = schedule
        self._folder = folder
        self._zone = zone_named(schedule.zone)
        self.stem = name_of(
            schedule.file_name,
            workspace=schedule.workspace_id,
            schedule=schedule.name,
            kind=schedule.kind,
            run=run_id,
            at=at,
            zone=self._zone,
        )
        self.digest = CallsDigest()
        self.taken = Taken()
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self._part: str | None = None
        self._times = Counter[str]()
        self._writers: Sequence[CallWriter] = ()
        self._written: list[WrittenFile] = []

    def add(self, calls: Sequence[StoredCall]) -> None:
        """Write a chunk."""
        for stored in calls:
            self._turn_to(self._part_of(stored))
            call = call_from_json(stored.body)
            self.digest.add(call)
            self.taken.add(stored.id)
            for writer in self._writers:
                writer.add(call)
            at_ms = stored.started_at_ms
            self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
            self.last_ms = at_ms if self.last_ms is None else max(self.last_ms, at_ms)

    def add_missed(self, calls: Sequence[StoredCall]) -> None:
        """Write those of a chunk that are not written yet, by their months: each turn begins a file."""
        missed = [one for one in calls if one.id not in self.taken]
        self.add(sorted(missed, key=lambda one: one.started_at_ms))

    def close(self) -> Sequence[WrittenFile]:
        """Finish every file; return them in their order."""
        self._end_part()
        return self._written

    def abort(self) -> None:
        """Give up."""
        for writer in self._writers:
            writer.abort()

    def _part_of(self, stored: StoredCall) -> str | None:
        if self._schedule.kind != "monthly":
            return None
        at = datetime.fromtimestamp(stored.started_at_ms / 1000, UTC)
        return f"{at.astimezone(self._zone):%Y-%m}"

    def _turn_to(self, part: str | None) -> None:
        if self._writers and part == self._part:
            return
        self._end_part()
        self._part = part
        stem = self.stem
        if part is not None:
            self._times[part] += (
                1  # a call that changed meanwhile comes late, into a second file of its month
            )
            stem = f"{stem} {part}" + (f" ({self._times[part]})" if self._times[part] > 1 else "")
        options = WriteOptions(zone=self._schedule.zone)
        self._writers = [
            self._formats.writer(kind, self._folder, stem, options) for kind in self._schedule.formats
        ]

    def _end_part(self) -> None:
        for writer in self._writers:
            self._written += [replace(file, part=self._part) for file in writer.close()]
        self._writers = ()
