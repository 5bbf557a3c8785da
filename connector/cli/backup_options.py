"""What the commands around backups share."""

import getpass
from collections.abc import Sequence

import click

from connector.composition.backing_up import BackupDesk
from connector.domain.audit import Actor
from connector.domain.backup.runs import RunFile, RunId
from connector.domain.backup.views import RunView
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId

workspace = click.option(
    "--workspace", "workspace_id", default="main", show_default=True, help="Whose call log."
)


def me() -> Actor:
    """Return who calls the command."""
    return Actor(kind="cli", name=getpass.getuser())


async def seen(desk: BackupDesk, workspace_id: WorkspaceId, run_id: str) -> tuple[RunView, Sequence[RunFile]]:
    """Return a run of the workspace with its files. Raises BadInputError."""
    found = await desk.backups.runs.run(RunId(run_id))
    if found is None or found.workspace_id != workspace_id:
        raise BadInputError("There is no such run in this workspace: see `connector backup list`.")
    return found, await desk.backups.runs.files(found.id)
