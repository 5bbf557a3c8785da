"""How a workspace takes calls: whether at all, what is private, when is work, whose phone is whose."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from connector.domain.calls.adopting import Adopted, adopted
from connector.domain.calls.filters import CallSettings, Filters, work_hours
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from state.engine import Engine, Params, Tx

READ = """
    SELECT w.call_tracking, w.region, w.timezone, s.private, s.owners, s.work_hours, s.work_hours_zone
      FROM workspaces w LEFT JOIN call_settings s ON s.workspace_id = w.id
     WHERE w.id = :workspace_id"""
WRITE = """
    INSERT INTO call_settings (workspace_id, private, owners, work_hours, work_hours_zone)
    VALUES (:workspace_id, :private, :owners, :work_hours, :work_hours_zone)
    ON CONFLICT (workspace_id) DO UPDATE
       SET private = excluded.private, owners = excluded.owners, work_hours = excluded.work_hours,
           work_hours_zone = excluded.work_hours_zone"""


class SqlCallSettings:
    """Reading and changing how calls are taken."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def change(
        self,
        workspace_id: WorkspaceId,
        *,
        private: Sequence[str] = (),
        no_longer_private: Sequence[str] = (),
        owners: Mapping[str, str | None] | None = None,
        hours: str | None = None,
    ) -> CallSettings:
        """Change what is given, leave the rest; numbers as prints, an owner of None is forgotten, hours `off` end.

        Raises BadInputError: no such workspace, no such hours.
        """
        return await self._engine.write(
            partial(
                _change,
                workspace_id=workspace_id,
                private=private,
                no_longer=no_longer_private,
                owners=owners or {},
                hours=hours,
            )
        )

    async def adopt(
        self, workspace_id: WorkspaceId, told: CallSettings, *, has_own_prints: bool, replaces: bool
    ) -> Adopted:
        """Take over what a backup carries, by the rule of `adopted`. Raises BadInputError: no such workspace."""
        return await self._engine.write(
            partial(
                _adopt, workspace_id=workspace_id, told=told, has_own_prints=has_own_prints, replaces=replaces
            )
        )


def read_settings(tx: Tx, workspace_id: WorkspaceId) -> CallSettings:
    """Return the settings. Raises BadInputError: no such workspace."""
    row = tx.row(READ, {"workspace_id": workspace_id})
    if row is None:
        raise BadInputError(f"there is no workspace {workspace_id!r}: see `connector workspace list`")
    hours = work_hours(row["work_hours"], zone=row["work_hours_zone"]) if row["work_hours"] else None
    return CallSettings(
        tracking=bool(row["call_tracking"]),
        region=row["region"],
        timezone=row["timezone"],
        filters=Filters(private=frozenset(json.loads(row["private"] or "[]")), work_hours=hours),
        owners=json.loads(row["owners"] or "{}"),
    )


def _change(
    tx: Tx,
    *,
    workspace_id: WorkspaceId,
    private: Sequence[str],
    no_longer: Sequence[str],
    owners: Mapping[str, str | None],
    hours: str | None,
) -> CallSettings:
    known = read_settings(tx, workspace_id)
    kept = known.filters.work_hours
    if hours is not None:
        kept = None if hours == "off" else work_hours(hours, zone=known.timezone)
    mapped = {name: of for name, of in {**known.owners, **owners}.items() if of is not None}
    filters = Filters(private=frozenset({*known.filters.private, *private} - {*no_longer}), work_hours=kept)
    _write(tx, workspace_id, replace(known, filters=filters, owners=mapped))
    return read_settings(tx, workspace_id)


def _adopt(
    tx: Tx, *, workspace_id: WorkspaceId, told: CallSettings, has_own_prints: bool, replaces: bool
) -> Adopted:
    known = read_settings(tx, workspace_id)
    taken = adopted(known, told, has_own_prints=has_own_prints, replaces=replaces)
    _write(tx, workspace_id, taken.settings)
    return taken


def _write(tx: Tx, workspace_id: WorkspaceId, settings: CallSettings) -> None:
    hours = settings.filters.work_hours
    row: Params = {
        "workspace_id": workspace_id,
        "private": json.dumps(sorted(settings.filters.private)),
        "owners": json.dumps(dict(settings.owners), ensure_ascii=False, sort_keys=True),
        "work_hours": hours.text if hours else None,
        "work_hours_zone": hours.zone if hours else None,
    }
    tx.execute(WRITE, row)
