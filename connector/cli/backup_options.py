"""What the commands around backups share."""

import getpass
from collections.abc import Sequence

import click

from adapters.call_files.sealing import AgeSealing
from connector.composition.backing_up import BackupDesk
from connector.domain.audit import Actor
from connector.domain.backup.runs import RunFile, RunId
from connector.domain.backup.sealing import read_sheet
from connector.domain.backup.views import RunView
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId

workspace = click.option(
    "--workspace", "workspace_id", default="main", show_default=True, help="Whose call log."
)
identity_option = click.option(
    "--identity",
    type=click.File("r", encoding="utf-8"),
    help="Key sheet or key file that opens sealed files.",
)
passphrase_option = click.option(
    "--passphrase-stdin", is_flag=True, help="Its pass phrase comes from standard input."
)
SHEET_CHARS_MAX = 64 * 1024


def me() -> Actor:
    """Return who calls the command."""
    return Actor(kind="cli", name=getpass.getuser())


async def seen(desk: BackupDesk, workspace_id: WorkspaceId, run_id: str) -> tuple[RunView, Sequence[RunFile]]:
    """Return a run of the workspace with its files. Raises BadInputError."""
    found = await desk.backups.runs.run(RunId(run_id))
    if found is None or found.workspace_id != workspace_id:
        raise BadInputError("There is no such run in this workspace: see `connector backup list`.")
    return found, await desk.backups.runs.files(found.id)


def sheet_identities(sheet: str | None, phrase: str | None) -> Sequence[str]:
    """Return the key of a sheet. Raises BadInputError."""
    if sheet is None:
        return ()
    read = read_sheet(sheet)
    if read.identity is not None:
        return (read.identity,)
    if phrase is None or read.locked_identity is None:
        raise BadInputError("The key on this sheet is under a pass phrase: give it with --passphrase-stdin.")
    return (AgeSealing().unlock(read.locked_identity, phrase),)
