"""How a workspace takes calls: whether at all, what is private, when is work, whose phone is whose."""

import json
from collections.abc import Mapping, Sequence
from functools import partial

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
    row: Params = {
        "workspace_id": workspace_id,
        "private": json.dumps(sorted({*known.filters.private, *private} - {*no_longer})),
        "owners": json.dumps(mapped, ensure_ascii=False, sort_keys=True),
        "work_hours": kept.text if kept else None,
        "work_hours_zone": kept.zone if kept else None,
    }
    tx.execute(WRITE, row)
    return read_settings(tx, workspace_id)
