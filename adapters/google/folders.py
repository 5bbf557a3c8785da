"""What has become of a folder in a Drive."""

from collections.abc import Mapping

from adapters.google.drive_client import DriveClient
from connector.domain.backup.sight import FolderState
from connector.domain.errors import GoneError

FOLDER = "application/vnd.google-apps.folder"
FOLDER_FIELDS = "id,trashed,mimeType,createdTime,capabilities(canAddChildren)"


async def folder_state(client: DriveClient, access_token: str, folder_id: str) -> FolderState:
    """Return whether a folder takes files, is in the bin, or cannot be seen. Raises ConnectorError kinds."""
    try:
        record = await client.call(
            access_token,
            lambda drive: drive.files().get(fileId=folder_id, fields=FOLDER_FIELDS, supportsAllDrives=True),
        )
    except GoneError:
        return "unseen"
    return state_of(record)


def state_of(record: Mapping[str, object]) -> FolderState:
    """Return the same from what Drive tells of it; it takes children unless Drive says that it does not."""
    if not record.get("id") or record.get("mimeType", FOLDER) != FOLDER:
        return "unseen"
    if record.get("trashed") is True:
        return "in_bin"
    capabilities = record.get("capabilities")
    takes = capabilities.get("canAddChildren") if isinstance(capabilities, dict) else None
    return "closed" if takes is False else "usable"
