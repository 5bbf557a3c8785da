"""Our folder in somebody's Drive, found again by what we wrote on it.

https://developers.google.com/workspace/drive/api/guides/search-files
https://developers.google.com/workspace/drive/api/guides/properties
"""

from collections.abc import Mapping

import structlog

from adapters.google.drive_client import DriveClient
from adapters.google.drive_listing import listed, new_ids, quoted
from adapters.google.errors import ExistsError
from adapters.google.stored_files import count_of
from connector.domain.connection import DriveSpace
from connector.domain.errors import GoneError, TransientError

FOLDER = "application/vnd.google-apps.folder"
MARK = "leads_connector_workspace"
"""The appProperties key that says whose folder it is. Private to our Cloud project."""
FOLDER_NAME = "Leads Connector"

_FOLDER_FIELDS = "id,trashed,mimeType,createdTime,capabilities(canAddChildren)"

log = structlog.get_logger(__name__)


class GoogleDrive:
    """Implements `ports.DriveHome`."""

    def __init__(self, client: DriveClient) -> None:
        self._client = client

    async def space(self, access_token: str) -> DriveSpace:
        fields = "user(emailAddress),storageQuota(limit,usage)"  # without fields it is refused
        record = await self._client.call(access_token, lambda drive: drive.about().get(fields=fields))
        user, quota = record.get("user"), record.get("storageQuota")
        used_bytes = _bytes(quota, "usage")
        if used_bytes is None:
            raise TransientError("Google Drive did not say how full it is.", unknown=True)
        email = user.get("emailAddress") if isinstance(user, dict) else None
        return DriveSpace(
            email=email if isinstance(email, str) and email else None,
            used_bytes=used_bytes,
            limit_bytes=_bytes(quota, "limit"),
        )

    async def folder(self, access_token: str, workspace_id: str, *, known_id: str | None = None) -> str:
        if known_id is not None and await self._is_usable(access_token, known_id):
            return known_id
        found = await self._found(access_token, workspace_id)
        if found is not None:
            return found
        folder_id = await self._made(access_token, workspace_id)
        log.info("drive_folder.made", workspace_id=workspace_id, was_known=known_id is not None)
        return folder_id

    async def _is_usable(self, access_token: str, folder_id: str) -> bool:
        try:
            record = await self._client.call(
                access_token,
                lambda drive: drive.files().get(
                    fileId=folder_id, fields=_FOLDER_FIELDS, supportsAllDrives=True
                ),
            )
        except GoneError:
            return False
        return _usable(record)

    async def _found(self, access_token: str, workspace_id: str) -> str | None:
        """Return the oldest usable folder: should two have been made at once, every machine takes the same."""
        wanted = (
            f"appProperties has {{ key={quoted(MARK)} and value={quoted(workspace_id)} }}"
            f" and mimeType = {quoted(FOLDER)} and trashed = false"
        )
        rows = await listed(self._client, access_token, wanted, _FOLDER_FIELDS)
        folders = [row for row in rows if _usable(row)]
        oldest = min(folders, key=lambda row: (str(row.get("createdTime")), str(row.get("id"))), default=None)
        return None if oldest is None else str(oldest["id"])

    async def _made(self, access_token: str, workspace_id: str) -> str:
        """Make the folder under an id asked for before, so that a repeated try makes no second one."""
        (folder_id,) = await new_ids(self._client, access_token, 1)
        body = {
            "id": folder_id,
            "name": FOLDER_NAME,
            "mimeType": FOLDER,
            "description": "Backups of call logs. Made and kept by Leads Connector.",
            "appProperties": {MARK: workspace_id},
        }
        try:
            await self._client.call(
                access_token,
                lambda drive: drive.files().create(body=body, fields="id", supportsAllDrives=True),
            )
        except ExistsError:
            log.info("drive_folder.was_made_already", workspace_id=workspace_id)
        return folder_id


def _usable(folder: Mapping[str, object]) -> bool:
    """Whether it is a folder out of the bin that takes children, as far as Drive says."""
    capabilities = folder.get("capabilities")
    takes = capabilities.get("canAddChildren") if isinstance(capabilities, dict) else None
    is_folder = folder.get("mimeType", FOLDER) == FOLDER
    return bool(folder.get("id")) and folder.get("trashed") is not True and is_folder and takes is not False


def _bytes(quota: object, name: str) -> int | None:
    """Return a count of bytes. None: not said, as the limit of an unlimited Drive."""
    return count_of(quota.get(name)) if isinstance(quota, dict) else None
