"""Backups as the pipelines see them in the state. Every await returns only after the change is on disk.

What a claim fences raises LeaseLostError when another worker has the work, CanceledError when a person canceled it:
whoever meets either changes nothing any more.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.domain.audit import Actor
from connector.domain.backup.drilling import DrillFault, DrillId, DrillState, DrillView
from connector.domain.backup.restoring import RestoreCounts, RestoreId, RestoreMode, RestoreView
from connector.domain.backup.retention import GoodBackups, RetentionPlan
from connector.domain.backup.runs import Fails, RunFile, RunId, Waits
from connector.domain.backup.schedule import Schedule, ScheduleId
from connector.domain.backup.scope import CallScope, Place, StoredCall
from connector.domain.backup.views import RunView, ScheduleView
from connector.domain.backup.work import DrillWork, RestoreWork, RunWork, Spooled, SpoolKey, UploadGoal
from connector.domain.call import Call
from connector.domain.lead import WorkspaceId
from connector.wire.calls_digest import CallsDigest


class BackupSchedules(Protocol):
    """Schedules."""

    async def save(self, schedule: Schedule, *, by: Actor) -> None:
        """Make or change one. Raises BadInputError: no such Google account in its workspace, another's schedule."""

    async def replace(
        self, workspace_id: WorkspaceId, schedules: Sequence[Schedule], *, based_on: str | None, by: Actor
    ) -> str | None:
        """Make exactly these the workspace's schedules; those that do not change are left alone.

        Nothing is changed unless `based_on` is their version (`schedules_version`), or None where there are none:
        then the version in force is returned. Raises BadInputError as `save` does.
        """

    async def remove(self, workspace_id: WorkspaceId, schedule_id: ScheduleId, *, by: Actor) -> bool:
        """Remove one; its open run is canceled, its backups stay in the Drive. False: there was none."""

    async def one(self, schedule_id: ScheduleId) -> Schedule | None:
        """Return a schedule."""

    async def begin_due(self) -> int:
        """Begin one run of each schedule that is due, however many times it missed; return how many."""

    async def raise_stale(self) -> int:
        """Raise the alert of schedules without a good backup for two of their times; return how many were news."""

    async def next_due_ms(self) -> int | None:
        """Return when a schedule is due or stale next."""


class BackupRuns(Protocol):
    """Runs as people deal with them."""

    async def ask(self, workspace_id: WorkspaceId, schedule_id: ScheduleId, *, by: Actor) -> RunId:
        """Begin a run now; the id of the open one where there is one. Raises BadInputError: no such schedule."""

    async def cancel(self, workspace_id: WorkspaceId, run_id: RunId, *, by: Actor) -> bool:
        """Ask an open run to end; False when none is open."""

    async def confirm(
        self, workspace_id: WorkspaceId, schedule_id: ScheduleId, run_ids: Sequence[RunId], *, by: Actor
    ) -> int:
        """Allow these good backups to be deleted when they are over; return how many there are."""

    async def run(self, run_id: RunId) -> RunView | None:
        """Return a run, with its progress."""

    async def runs(
        self,
        workspace_id: WorkspaceId,
        *,
        schedule_id: ScheduleId | None = None,
        limit: int = 50,
        before: tuple[int, str] | None = None,
    ) -> Sequence[RunView]:
        """Return runs, the newest first, behind `before` (created_at_ms, id)."""

    async def files(self, run_id: RunId) -> Sequence[RunFile]:
        """Return the files of a run, the manifest last."""

    async def schedules(
        self, workspace_id: WorkspaceId | None = None, schedule_id: ScheduleId | None = None
    ) -> Sequence[ScheduleView]:
        """Return schedules with how they stand."""


class BackupWork(Protocol):
    """A run under way."""

    async def claim(self) -> RunWork | None:
        """Claim the run that is due first; none whose account must be connected again."""

    async def release(self, work: RunWork) -> None:
        """Give a claim back."""

    async def next_due_ms(self) -> int | None:
        """Return when a run is due next, of those that may be claimed."""

    async def renew(self, work: RunWork) -> None:
        """Begin the lease anew."""

    async def begin(self, work: RunWork, *, goes_on: bool = True) -> RunWork:
        """Fix what the run holds and forget what was begun before; ids of files in Drive become leftovers.

        From now on its files are those of this claim. Without `goes_on` an incremental run begins a new chain.
        """

    async def wrote(self, work: RunWork, rows: int) -> None:
        """Note how many calls are written."""

    async def spooled(self, work: RunWork, done: Spooled) -> RunWork:
        """Note the files."""

    async def files(self, work: RunWork) -> Sequence[RunFile]:
        """Return the files, the manifest last."""

    async def into(self, work: RunWork, goal: UploadGoal) -> RunWork:
        """Note where it goes."""

    async def note(self, work: RunWork, notice: str) -> None:
        """Keep a sentence for whoever looks at the run."""

    async def named(self, work: RunWork, ids: Mapping[str, str]) -> None:
        """Note the ids of files in Drive, by name, before any of them is made."""

    async def session(self, work: RunWork, name: str) -> str | None:
        """Return the address of a file's upload. Raises BadInputError when no key opens it."""

    async def began_upload(self, work: RunWork, name: str, session_url: str) -> None:
        """Keep the address of an upload, before its first byte."""

    async def acknowledged(self, work: RunWork, name: str, bytes_: int) -> None:
        """Note how many bytes of a file Drive has."""

    async def stored(self, work: RunWork, name: str) -> None:
        """Note that a file is in Drive and compared."""

    async def anew(self, work: RunWork, name: str, drive_id: str) -> None:
        """Let a file be made under another id; the one before becomes a leftover."""

    async def leftovers(self, run_id: RunId) -> Sequence[str]:
        """Return ids in Drive that a run began and does not need."""

    async def taken_away(self, run_id: RunId, drive_id: str) -> None:
        """Forget a leftover of a run."""

    async def finish(self, work: RunWork) -> bool:
        """Call the run good; False when the claim is lost."""

    async def fail(self, work: RunWork, why: Fails) -> bool:
        """End the run; False when the claim is lost."""

    async def cancel(self, work: RunWork) -> bool:
        """End the run as a person wished; False when the claim is lost."""

    async def postpone(self, work: RunWork, why: Waits) -> bool:
        """Let the run wait; False when the claim is lost."""


class BackupSpools(Protocol):
    """Folders on our disks."""

    async def over(self, keys: Sequence[SpoolKey]) -> Sequence[SpoolKey]:
        """Return those that nobody needs: their claim is over, and no run that is sent has its files in them.

        Folders of work that this state does not know are another installation's, and never among them.
        """


class BackupRetention(Protocol):
    """Good backups and their end."""

    async def good(self, schedule_id: ScheduleId) -> GoodBackups:
        """Return the good backups that lie in Drive, and what retention needs to know beside them."""

    async def trashed(self, run_id: RunId) -> None:
        """Note that a backup is in Drive's bin."""

    async def told(self, schedule: Schedule, plan: RetentionPlan) -> None:
        """Raise or resolve the alerts that a plan calls for."""

    async def with_leftovers(self, schedule_id: ScheduleId) -> Sequence[RunId]:
        """Return runs that are over and left something in Drive."""


class BackupDrills(Protocol):
    """Drills."""

    async def ask(self, workspace_id: WorkspaceId, schedule_id: ScheduleId, *, by: Actor) -> DrillId:
        """Ask for one now; the open one where there is one. Raises BadInputError: no such schedule."""

    async def begin_due(self) -> int:
        """Begin a drill of each schedule whose week is over; return how many."""

    async def claim(self) -> DrillWork | None:
        """Claim the drill that is due first."""

    async def renew(self, work: DrillWork) -> bool:
        """Begin the lease anew; False when it is lost."""

    async def postpone(self, work: DrillWork, reason: str, *, due_at_ms: int) -> None:
        """Try again later."""

    async def settle(
        self,
        work: DrillWork,
        state: DrillState,
        *,
        fault: DrillFault | None = None,
        reason: str | None = None,
        calls: int = 0,
        runs: Sequence[RunId] = (),
    ) -> bool:
        """Write the outcome, with its alarm; False when the claim is lost."""

    async def drill(self, drill_id: DrillId) -> DrillView | None:
        """Return a drill."""

    async def drills(self, schedule_id: ScheduleId, *, limit: int = 20) -> Sequence[DrillView]:
        """Return a schedule's drills, the newest first."""

    async def next_due_ms(self) -> int | None:
        """Return when one is due."""


class BackupRestores(Protocol):
    """Restores into the live store."""

    async def ask(
        self, workspace_id: WorkspaceId, run_id: RunId, mode: RestoreMode, *, by: Actor
    ) -> RestoreId:
        """Ask for a preview or a restore of a good backup. Raises BadInputError: no such backup."""

    async def claim(self) -> RestoreWork | None:
        """Claim the restore that is due first."""

    async def renew(self, work: RestoreWork) -> bool:
        """Begin the lease anew; False when it is lost."""

    async def step(self, work: RestoreWork, counts: RestoreCounts) -> bool:
        """Note how far it is and begin the lease anew; False when it is lost."""

    async def postpone(self, work: RestoreWork, reason: str, *, due_at_ms: int) -> None:
        """Try again later."""

    async def settle(self, work: RestoreWork, counts: RestoreCounts, *, failed: str | None = None) -> bool:
        """Write the outcome; False when the claim is lost."""

    async def restore(self, restore_id: RestoreId) -> RestoreView | None:
        """Return a restore."""

    async def restores(self, workspace_id: WorkspaceId, *, limit: int = 20) -> Sequence[RestoreView]:
        """Return restores, the newest first."""

    async def next_due_ms(self) -> int | None:
        """Return when one is due."""


class CallStream(Protocol):
    """Stored calls in one order."""

    async def chunk(
        self, workspace_id: WorkspaceId, scope: CallScope, after: Place | None, *, limit: int
    ) -> Sequence[StoredCall]:
        """Return the next calls in scope that did not change since the run began."""

    async def changed_meanwhile(
        self, workspace_id: WorkspaceId, scope: CallScope, after: Place | None, *, limit: int
    ) -> Sequence[StoredCall]:
        """Return the next calls that were there and changed since; one may come again when it changes again."""


class CallRestore(Protocol):
    """A store that calls are restored into: the live one, or a scratch one."""

    async def put(self, workspace_id: WorkspaceId, calls: Sequence[Call], counts: RestoreCounts) -> None:
        """Restore calls in one transaction, and count. Raises NotPermittedError when calls are not tracked."""

    async def preview(self, workspace_id: WorkspaceId, calls: Sequence[Call], counts: RestoreCounts) -> None:
        """Count what `put` would do."""

    async def complete(self, workspace_id: WorkspaceId) -> None:
        """After the last `put`: know restored calls by all their names, so that a re-import finds them."""


class ScratchRestore(CallRestore, Protocol):
    """A scratch store, which can be compared."""

    async def digest(self, workspace_id: WorkspaceId) -> CallsDigest:
        """Return the digest of every call in it."""
