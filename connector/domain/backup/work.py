"""Work on a run, claimed under a lease; and how it learns that the lease is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from connector.domain.backup.drilling import DrillId
from connector.domain.backup.restoring import RestoreId, RestoreMode
from connector.domain.backup.runs import RunFile, RunId, RunState
from connector.domain.backup.schedule import Schedule, ScheduleId
from connector.domain.connection import ConnectionId
from connector.domain.lead import WorkspaceId

WorkKind = Literal["run", "drill", "restore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolKey:
    """A folder on our disk: what it is for, and the claim that made it."""

    kind: WorkKind
    work_id: str
    claim_id: str


class LeaseLostError(Exception):
    """Another worker has this work now, or a person canceled it: whoever meets this changes nothing any more."""


class CanceledError(LeaseLostError):
    """A person canceled the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWork:
    """A claimed run. `changed_after_ms`: an incremental run takes calls stored or changed since; `until_ms`: by then.

    `spool` is the claim that wrote its files, or writes them, this one or an earlier one. `chain` counts runs down
    to the full one. `calls` is how many it holds, a guess while they are written; `settings` travel in the manifest.
    """

    id: RunId
    claim_id: str
    schedule: Schedule
    connection_id: ConnectionId
    state: RunState
    failures: int
    base_run_id: RunId | None
    chain: int
    changed_after_ms: int | None
    until_ms: int | None
    made_at_ms: int | None
    spool: str | None
    folder_id: str | None
    calls: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> SpoolKey:
        """Where its files lie, on the machine that wrote them; where they will once they are begun."""
        return SpoolKey(kind="run", work_id=self.id, claim_id=self.spool or self.claim_id)


def is_sealed_alike(work: RunWork) -> bool:
    """Tell whether what a run has written is sealed for those for whom its schedule seals now."""
    told = work.settings.get("schedule", {}).get("sealing", {}).get("recipients", [])
    return list(told) == list(work.schedule.sealing.recipients)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """What a run wrote: how many calls and their digest."""

    calls: int
    calls_sha256: str
    files: Sequence[RunFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillWork:
    """A claimed drill of a schedule; `run_id` is its newest good run, None when there is none."""

    id: DrillId
    claim_id: str
    workspace_id: WorkspaceId
    schedule_id: ScheduleId
    schedule_name: str
    run_id: RunId | None
    failures: int

    @property
    def folder(self) -> SpoolKey:
        """Where it works."""
        return SpoolKey(kind="drill", work_id=self.id, claim_id=self.claim_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreWork:
    """A claimed restore of a run into the live store."""

    id: RestoreId
    claim_id: str
    workspace_id: WorkspaceId
    run_id: RunId
    mode: RestoreMode
    failures: int

    @property
    def folder(self) -> SpoolKey:
        """Where it works."""
        return SpoolKey(kind="restore", work_id=self.id, claim_id=self.claim_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadGoal:
    """Where a run goes: a folder in somebody's Drive, made through our OAuth client `client_id`.

    `notice` says that it is another folder than before.
    """

    folder_id: str
    email: str | None = field(default=None, repr=False)
    client_id: str
    notice: str | None = None
