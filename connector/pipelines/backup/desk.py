"""Where people and programs deal with backups: schedules made and changed, what waits for a word about deletion."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from connector.domain.audit import Actor
from connector.domain.backup.editing import (
    SCHEDULES_MAX,
    DriveAccount,
    Mistake,
    MistakenError,
    edited,
    new_schedule,
)
from connector.domain.backup.retention import RetentionPlan, retention_of
from connector.domain.backup.schedule import Schedule, ScheduleId, Sealing
from connector.domain.backup.sealing import check_phrase, key_sheet
from connector.domain.backup.views import ScheduleView
from connector.domain.connection import ConnectionId
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.ports import AccountCards, Clock
from connector.ports.backing_up import BackupRetention, BackupRuns, BackupSchedules
from connector.ports.backups import FileSealing
from connector.ports.calls import Calls


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRooms:
    """What the desk reads and writes."""

    schedules: BackupSchedules
    runs: BackupRuns
    retention: BackupRetention
    accounts: AccountCards
    calls: Calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """Somebody else changed the schedules meanwhile; `version` is in force."""

    version: str


class ScheduleDesk:
    """Makes, changes and finds schedules of one workspace at a time."""

    def __init__(self, rooms: DeskRooms, seals: FileSealing, clock: Clock, new_id: Callable[[], str]) -> None:
        self._rooms = rooms
        self._seals = seals
        self._clock = clock
        self._new_id = new_id

    async def all(self, workspace_id: WorkspaceId) -> Sequence[ScheduleView]:
        """Return the schedules, the oldest first."""
        return await self._rooms.runs.schedules(workspace_id)

    async def find(self, workspace_id: WorkspaceId, name: str) -> ScheduleView:
        """Return the schedule of an id, else of a name. Raises BadInputError: none, or several of that name."""
        views = await self.all(workspace_id)
        found = [one for one in views if one.schedule.id == name] or [
            one for one in views if one.schedule.name == name
        ]
        if not found:
            known = ", ".join(one.schedule.name for one in views) or "none"
            raise BadInputError(f"There is no such schedule; there is: {known}.")
        if len(found) > 1:
            raise BadInputError(
                f"Several schedules have this name, give an id: {', '.join(one.schedule.id for one in found)}."
            )
        return found[0]

    async def fresh(self, workspace_id: WorkspaceId) -> Schedule:
        """Return what a new schedule begins with, unsaved; without an account where there is not just one."""
        return await self._new(workspace_id, await self.accounts(workspace_id))

    async def draft(
        self, workspace_id: WorkspaceId, given: Mapping[str, object], known: Schedule | None = None
    ) -> Schedule:
        """Return the schedule that would be saved: `known` changed, or a new one. Raises MistakenError."""
        accounts = await self.accounts(workspace_id)
        schedule = edited(known or await self._new(workspace_id, accounts), given, accounts)
        try:
            if schedule.sealing.recipients:
                self._seals.check_recipients(schedule.sealing.recipients)
        except BadInputError as error:
            raise MistakenError([Mistake(place="/sealing/recipients", message=str(error))]) from None
        return schedule

    async def save(self, schedule: Schedule, *, by: Actor) -> None:
        """Put a draft in force. Raises BadInputError."""
        await self._rooms.schedules.save(schedule, by=by)

    async def replace(
        self,
        workspace_id: WorkspaceId,
        given: Sequence[Mapping[str, object]],
        *,
        based_on: str | None,
        by: Actor,
    ) -> Outdated | None:
        """Make exactly these the workspace's schedules: known ids are changed, others made, what is missing removed.

        `based_on`: the version that is replaced; None: there was nothing. Raises MistakenError, its places below
        `/schedules`.
        """
        if len(given) > SCHEDULES_MAX:
            raise MistakenError([Mistake(place="/schedules", message=f"At most {SCHEDULES_MAX} schedules.")])
        known = {one.schedule.id: one.schedule for one in await self.all(workspace_id)}
        drafts: list[Schedule] = []
        mistakes: list[Mistake] = []
        for at, one in enumerate(given):
            place = f"/schedules/{at}"
            schedule_id = one.get("id")
            if schedule_id is not None and (not isinstance(schedule_id, str) or schedule_id not in known):
                message = "There is no such schedule; leave `id` out to make one."
                mistakes.append(Mistake(place=f"{place}/id", message=message))
                continue
            if schedule_id is not None and any(draft.id == schedule_id for draft in drafts):
                mistakes.append(Mistake(place=f"{place}/id", message="It is given twice."))
                continue
            try:
                before = known[ScheduleId(schedule_id)] if schedule_id is not None else None
                drafts.append(await self.draft(workspace_id, one, before))
            except MistakenError as error:
                mistakes += error.below(place)
        if mistakes:
            raise MistakenError(mistakes)
        version = await self._rooms.schedules.replace(workspace_id, drafts, based_on=based_on, by=by)
        return Outdated(version=version) if version is not None else None

    async def remove(self, workspace_id: WorkspaceId, schedule_id: ScheduleId, *, by: Actor) -> bool:
        """Remove one; its open run is canceled, its backups stay in the Drive. False: there was none."""
        return await self._rooms.schedules.remove(workspace_id, schedule_id, by=by)

    def sealed(self, schedule: Schedule, *, phrase: str | None) -> tuple[Schedule, str]:
        """Return the schedule sealed for a new key, and that key's sheet, which is shown once and kept nowhere here.

        With a pass phrase the sheet has the key under it, and so has the schedule. Some tenths of a second.
        Raises BadInputError for a weak pass phrase.
        """
        if phrase is not None:
            check_phrase(phrase)
        key = self._seals.new_key()
        locked = self._seals.lock(key.identity, phrase) if phrase is not None else None
        sealing = Sealing(recipients=(key.recipient,), locked_identity=locked)
        sheet = key_sheet(
            workspace=schedule.workspace_id,
            recipient=key.recipient,
            made_at=self._clock.now(),
            secret=locked or key.identity,
        )
        return replace(schedule, sealing=sealing), sheet

    async def retention(self, schedule: Schedule) -> RetentionPlan:
        """Return what stays of a schedule's good backups, and what waits for a person's word."""
        return retention_of(schedule, await self._rooms.retention.good(schedule.id), self._clock.now())

    async def accounts(self, workspace_id: WorkspaceId) -> Sequence[DriveAccount]:
        """Return the workspace's Google accounts, those that are disconnected last."""
        rows = [row for row in await self._rooms.accounts.all(workspace_id) if row["provider"] == "google"]
        found = [
            DriveAccount(
                connection_id=ConnectionId(row["id"]),
                email=row["account_name"],
                is_connected=row["state"] not in {"disconnecting", "disconnected"},
            )
            for row in rows
        ]
        return sorted(found, key=lambda one: not one.is_connected)

    async def _new(self, workspace_id: WorkspaceId, accounts: Sequence[DriveAccount]) -> Schedule:
        settings = await self._rooms.calls.settings(workspace_id)
        return new_schedule(
            ScheduleId(self._new_id()),
            workspace_id,
            zone=settings.timezone,
            accounts=accounts,
            now=self._clock.now(),
        )
