"""Our folder in somebody's Drive, found again by what we wrote on it.

https://developers.google.com/workspace/drive/api/guides/search-files
https://developers.google.com/workspace/drive/api/guides/properties
"""

from collections.abc import AsyncIterator, Mapping, Sequence

import structlog

from adapters.google.drive_client import DriveClient
from adapters.google.errors import ExistsError
from connector.domain.connection import DriveSpace
from connector.domain.errors import GoneError, TransientError

FOLDER = "application/vnd.google-apps.folder"
MARK = "leads_connector_workspace"
"""The appProperties key that says whose folder it is. Private to our Cloud project."""
FOLDER_NAME = "Leads Connector"

_FOLDER_FIELDS = "id,trashed,mimeType,createdTime,capabilities(canAddChildren)"
_PAGES_MAX = 20

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
        folders = [row async for rows in self._pages(access_token, wanted) for row in rows if _usable(row)]
        oldest = min(folders, key=lambda row: (str(row.get("createdTime")), str(row.get("id"))), default=None)
        return None if oldest is None else str(oldest["id"])

    async def _pages(self, access_token: str, wanted: str) -> AsyncIterator[Sequence[Mapping[str, object]]]:
        """Follow the listing to its end: a short page is not the end."""
        asked = {
            "q": wanted,
            "spaces": "drive",
            "fields": f"nextPageToken,files({_FOLDER_FIELDS})",
            "pageSize": 100,
            "supportsAllDrives": True,
            "includeItemsFromAllDrives": True,
        }
        for _ in range(_PAGES_MAX):
            record = await self._client.call(access_token, lambda drive: drive.files().list(**asked))
            rows, token = record.get("files"), record.get("nextPageToken")
            if not isinstance(rows, list):
                raise TransientError("Google Drive answered a listing of unknown shape.", unknown=True)
            yield [row for row in rows if isinstance(row, dict)]
            if not isinstance(token, str) or not token:
                return
            asked["pageToken"] = token
        raise TransientError("Google Drive's listing does not end.", unknown=True)

    async def _made(self, access_token: str, workspace_id: str) -> str:
        """Make the folder under an id asked for before, so that a repeated try makes no second one."""
        folder_id = await self._new_id(access_token)
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

    async def _new_id(self, access_token: str) -> str:
        record = await self._client.call(
            access_token, lambda drive: drive.files().generateIds(count=1, space="drive", type="files")
        )
        ids = record.get("ids")
        if not isinstance(ids, list) or not ids or not isinstance(ids[0], str):
            raise TransientError("Google Drive gave no id for a new folder.", unknown=True)
        return ids[0]


def quoted(text: str) -> str:
    r"""Return a text of the query language: `\` and `'` are escaped."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _usable(folder: Mapping[str, object]) -> bool:
    """Whether it is a folder out of the bin that takes children, as far as Drive says."""
    capabilities = folder.get("capabilities")
    takes = capabilities.get("canAddChildren") if isinstance(capabilities, dict) else None
    is_folder = folder.get("mimeType", FOLDER) == FOLDER
    return bool(folder.get("id")) and folder.get("trashed") is not True and is_folder and takes is not False


def _bytes(quota: object, name: str) -> int | None:
    """Return a count of bytes; Drive writes them as texts. None: not said, as the limit of an unlimited Drive."""
    value = quota.get(name) if isinstance(quota, dict) else None
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None
