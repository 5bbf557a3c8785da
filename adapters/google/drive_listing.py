"""Searching a Drive for what is ours, and ids for what is to come.

https://developers.google.com/workspace/drive/api/guides/search-files
"""

from collections.abc import Mapping, Sequence

from adapters.google.drive_client import DriveClient
from connector.domain.errors import PermanentError, TransientError

PAGE_SIZE = 1000
IDS_MAX = 1000
"""Ids that one call gives. https://developers.google.com/workspace/drive/api/reference/rest/v3/files/generateIds"""
PAGES_MAX = 100
"""A hundred thousand files; nobody has so many backups, and a listing that has no end is none."""


def quoted(text: str) -> str:
    r"""Return a text of the query language: `\` and `'` are escaped."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


async def listed(
    client: DriveClient, access_token: str, wanted: str, fields: str
) -> Sequence[Mapping[str, object]]:
    """Return every file that the query finds, each once, with `fields` of it (`id` among them).

    What was made a moment ago may be missing: the search is an index that lags.
    """
    try:
        return await _read_pages(client, access_token, wanted, fields)
    except PermanentError:  # such as a page's token that is not taken any more: from the first page once more
        return await _read_pages(client, access_token, wanted, fields)


async def _read_pages(
    client: DriveClient, access_token: str, wanted: str, fields: str
) -> Sequence[Mapping[str, object]]:
    """Follow the listing to its end: a short page is not the end."""
    asked = {
        "q": wanted,
        "spaces": "drive",
        "fields": f"nextPageToken,incompleteSearch,files({fields})",
        "pageSize": PAGE_SIZE,
        "supportsAllDrives": True,
        "includeItemsFromAllDrives": True,
    }
    found = dict[object, Mapping[str, object]]()
    for _ in range(PAGES_MAX):
        record = await client.call(access_token, lambda drive: drive.files().list(**asked))
        rows, token = record.get("files"), record.get("nextPageToken")
        if not isinstance(rows, list):
            raise TransientError("Google Drive answered a listing of unknown shape.", unknown=True)
        if record.get("incompleteSearch") is True:
            raise TransientError("Google Drive did not search everything.")
        found |= {row["id"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
        if not isinstance(token, str) or not token:
            return list(found.values())
        if token == asked.get("pageToken"):
            break
        asked["pageToken"] = token
    raise TransientError("Google Drive's listing does not end.", unknown=True)


async def new_ids(client: DriveClient, access_token: str, count: int) -> Sequence[str]:
    """Return ids for files to come."""
    ids = list[str]()
    while len(ids) < count:
        ids += await _some_ids(client, access_token, min(count - len(ids), IDS_MAX))
    return ids


async def _some_ids(client: DriveClient, access_token: str, count: int) -> Sequence[str]:
    record = await client.call(
        access_token, lambda drive: drive.files().generateIds(count=count, space="drive", type="files")
    )
    given = record.get("ids")
    ids = [one for one in given if isinstance(one, str) and one] if isinstance(given, list) else []
    if len(set(ids)) != count:
        raise TransientError("Google Drive gave no ids for new files.", unknown=True)
    return ids
