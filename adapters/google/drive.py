"""Our folder in somebody's Drive, found again by what we wrote on it.

https://developers.google.com/workspace/drive/api/guides/search-files
https://developers.google.com/workspace/drive/api/guides/properties
"""

import hashlib
from collections.abc import Mapping

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
PART_MARK = "leads_connector_part"
"""The same for a folder in it: a print of where it lies and what it is called."""
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
        found = await self._found(access_token, MARK, workspace_id)
        if found is not None:
            return found
        description = "Backups of call logs. Made and kept by Leads Connector."
        marks = {MARK: workspace_id}
        folder_id = await self._made(access_token, FOLDER_NAME, marks, description=description)
        log.info("drive_folder.made", workspace_id=workspace_id, was_known=known_id is not None)
        return folder_id

    async def part(self, access_token: str, folder_id: str, name: str) -> str:
        mark = hashlib.sha256(f"{folder_id}/{name}".encode()).hexdigest()[:40]
        found = await self._found(access_token, PART_MARK, mark)
        return found or await self._made(access_token, name, {PART_MARK: mark}, parent_id=folder_id)

    async def _found(self, access_token: str, key: str, value: str) -> str | None:
        """Return the oldest usable folder: should two have been made at once, every machine takes the same."""
        wanted = (
            f"appProperties has {{ key={quoted(key)} and value={quoted(value)} }}"
            f" and mimeType = {quoted(FOLDER)} and trashed = false"
        )
        rows = await listed(self._client, access_token, wanted, FOLDER_FIELDS)
        folders = [row for row in rows if state_of(row) == "usable"]
        oldest = min(folders, key=lambda row: (str(row.get("createdTime")), str(row.get("id"))), default=None)
        return None if oldest is None else str(oldest["id"])

    async def _made(
        self,
        access_token: str,
        name: str,
        marks: Mapping[str, str],
        *,
        description: str = "",
        parent_id: str | None = None,
    ) -> str:
        """Make a folder under an id asked for before, so that a repeated try makes no second one."""
        (folder_id,) = await new_ids(self._client, access_token, 1)
        body = {
            "id": folder_id,
            "name": name,
            "mimeType": FOLDER,
            "description": description,
            "appProperties": dict(marks),
            **({} if parent_id is None else {"parents": [parent_id]}),
        }
        try:
            await self._client.call(
                access_token,
                lambda drive: drive.files().create(body=body, fields="id", supportsAllDrives=True),
            )
        except ExistsError:
            log.info("drive_folder.was_made_already")
        return folder_id


def _bytes(quota: object, name: str) -> int | None:
    """Return a count of bytes. None: not said, as the limit of an unlimited Drive."""
    return count_of(quota.get(name)) if isinstance(quota, dict) else None
