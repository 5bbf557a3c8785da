"""Our folder in somebody's Drive, found again by what we wrote on it.

https://developers.google.com/workspace/drive/api/guides/search-files
https://developers.google.com/workspace/drive/api/guides/properties
"""

import structlog

from adapters.google.drive_client import DriveClient
from adapters.google.drive_listing import listed, new_ids, quoted
from adapters.google.errors import ExistsError
from adapters.google.folders import FOLDER, FOLDER_FIELDS, folder_state, state_of
from adapters.google.stored_files import count_of
from connector.domain.connection import DriveSpace
from connector.domain.errors import TransientError

MARK = "leads_connector_workspace"
"""The appProperties key that says whose folder it is. Private to our Cloud project."""
FOLDER_NAME = "Leads Connector"


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
        if known_id is not None and await folder_state(self._client, access_token, known_id) == "usable":
            return known_id
        found = await self._found(access_token, workspace_id)
        if found is not None:
            return found
        folder_id = await self._made(access_token, workspace_id)
        log.info("drive_folder.made", workspace_id=workspace_id, was_known=known_id is not None)
        return folder_id

    async def _found(self, access_token: str, workspace_id: str) -> str | None:
        """Return the oldest usable folder: should two have been made at once, every machine takes the same."""
        wanted = (
            f"appProperties has {{ key={quoted(MARK)} and value={quoted(workspace_id)} }}"
            f" and mimeType = {quoted(FOLDER)} and trashed = false"
        )
        rows = await listed(self._client, access_token, wanted, FOLDER_FIELDS)
        folders = [row for row in rows if state_of(row) == "usable"]
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


def _bytes(quota: object, name: str) -> int | None:
    """Return a count of bytes. None: not said, as the limit of an unlimited Drive."""
    return count_of(quota.get(name)) if isinstance(quota, dict) else None
