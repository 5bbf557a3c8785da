"""Proving that a Drive takes backups: what is asked of it, and the five checks that come of the answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from connector.domain.connection import Check, CheckName, DriveSpace
from connector.domain.errors import AuthLostError, ConnectorError, SuspendedError, TransientError
from connector.domain.lead import WorkspaceId
from connector.ports import DriveHome

WRITES = "May write the files that it makes itself."
REPLACED = "The folder used before is gone or in the bin; another one was made in its place."


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveProofs:
    """What Drive said. `trouble`: what it has against the account as a whole.

    `is_reached` False: it could not be asked all, so what is unknown says nothing.
    """

    folder_id: str | None
    checks: Sequence[Check]
    trouble: AuthLostError | SuspendedError | None = None
    is_reached: bool = True


async def prove_drive(
    home: DriveHome,
    access_token: str,
    workspace_id: WorkspaceId,
    *,
    known_id: str | None = None,
    account_name: str | None = None,
) -> DriveProofs:
    """Ask for our folder and the space with an access token that works. Total over ConnectorError kinds.

    `known_id` is the folder used last, `account_name` what to show when Drive does not name the account.
    """
    folder: str | ConnectorError
    space: DriveSpace | ConnectorError
    try:
        folder = await home.folder(access_token, workspace_id, known_id=known_id)
    except ConnectorError as error:
        folder = error
    try:
        space = await home.space(access_token)
    except ConnectorError as error:
        space = error
    errors = [one for one in (folder, space) if isinstance(one, ConnectorError)]
    if isinstance(space, DriveSpace):
        account_name = space.email or account_name
    return DriveProofs(
        folder_id=folder if isinstance(folder, str) else None,
        checks=(
            Check(name="token", outcome="ok"),
            _scope(errors),
            _folder(folder, known_id),
            _quota(space),
            Check(name="account", outcome="ok" if account_name else "unknown", detail=account_name),
        ),
        trouble=next((one for one in errors if isinstance(one, AuthLostError | SuspendedError)), None),
        is_reached=not any(isinstance(one, TransientError) for one in errors),
    )


def _scope(errors: Sequence[ConnectorError]) -> Check:
    lacking = next((one for one in errors if isinstance(one, AuthLostError)), None)
    if lacking is not None:
        return Check(name="scope", outcome="failed", detail=str(lacking), remedy=lacking.remedy)
    is_known = not any(isinstance(one, TransientError | SuspendedError) for one in errors)
    return Check(name="scope", outcome="ok" if is_known else "unknown", detail=WRITES if is_known else None)


def _folder(folder: str | ConnectorError, known_id: str | None) -> Check:
    if isinstance(folder, ConnectorError):
        return _failed("folder", folder)
    is_other = known_id is not None and folder != known_id
    return Check(name="folder", outcome="ok", detail=REPLACED if is_other else None)


def _quota(space: DriveSpace | ConnectorError) -> Check:
    if isinstance(space, ConnectorError):
        return _failed("quota", space)
    if space.limit_bytes is None:
        return Check(name="quota", outcome="ok", detail=f"{_gb(space.used_bytes)} used, no limit told.")
    left_bytes = max(space.limit_bytes - space.used_bytes, 0)
    detail = f"{_gb(left_bytes)} of {_gb(space.limit_bytes)} left."
    if left_bytes == 0:
        remedy = "Make room in this Drive (its bin counts too), or connect another account."
        return Check(name="quota", outcome="failed", detail=detail, remedy=remedy)
    return Check(name="quota", outcome="ok", detail=detail)


def _gb(size_bytes: int) -> str:
    """Return a size as Google's own pages write it: their GB are 2**30 bytes."""
    return f"{size_bytes / 2**30:.1f} GB"


def _failed(name: CheckName, error: ConnectorError) -> Check:
    """Return what an error says of one check; a permission that lacks is the scope's to tell."""
    if isinstance(error, TransientError | AuthLostError):
        return Check(name=name, outcome="unknown", detail=str(error))
    return Check(name=name, outcome="failed", detail=str(error), remedy=getattr(error, "remedy", None))
