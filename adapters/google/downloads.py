"""A file from Drive to our disk in parts: memory holds one, a broken connection costs what it had not brought.

https://developers.google.com/workspace/drive/api/guides/manage-downloads#partial_download
"""

import os
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.google.drive_wire import WireAnswer, WireRequest, unknown_shape
from connector.domain.backup.runs import DiskFullError
from connector.domain.errors import ConnectorError, PermanentError, TransientError

if TYPE_CHECKING:
    from adapters.google.drive_lines import DriveLines

_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")


def read_part(
    lines: "DriveLines",
    access_token: str,
    file_id: str,
    path: Path,
    *,
    size_bytes: int,
    offset: int,
    count: int,
) -> int | ConnectorError:
    """Bring up to `count` bytes from `offset` onto the disk; return how many came, 1 or more."""
    asked = lines.built(lambda drive: drive.files().get_media(fileId=file_id, supportsAllDrives=True))
    last = min(offset + count, size_bytes) - 1
    headers = {**asked.headers, "Range": f"bytes={offset}-{last}"}
    answer = lines.wire(access_token, WireRequest(method=asked.method, url=asked.url, headers=headers))
    if isinstance(answer, ConnectorError):
        return answer
    error = _wrong(answer, size_bytes, offset, last)
    return error or write_part(path, offset, answer.content)


def write_part(path: Path, offset: int, content: bytes) -> int | ConnectorError:
    """Write at `offset`; the first part makes the file anew, for nobody but us to read."""
    begins = os.O_CREAT | os.O_TRUNC if offset == 0 else 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | begins, 0o600), "wb", buffering=0) as file:
            file.seek(offset)
            view = memoryview(content)
            while view:
                view = view[file.write(view) :]
    except OSError as error:
        return DiskFullError(f"The disk does not take the download ({type(error).__name__}).")
    return len(content)


def remove(path: Path) -> None:
    """Leave no part of a download behind."""
    path.unlink(missing_ok=True)


def other_size() -> PermanentError:
    """Return the error for a file that is not as long as it was said to be."""
    return PermanentError("The file in Drive has another size than the backup's record says.")


def _wrong(answer: WireAnswer, size_bytes: int, offset: int, last: int) -> ConnectorError | None:
    """Return what is wrong with a part, None for one that may be written."""
    if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return other_size()
    if not answer.is_success:
        return answer.refusal("drive")
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if answer.status == HTTPStatus.OK and offset == 0:  # whoever does not know ranges sends all of it
        fits = answer.headers.get("content-length") == str(size_bytes) and len(answer.content) <= size_bytes
    elif answer.status == HTTPStatus.PARTIAL_CONTENT and match is not None:
        if int(match[3]) != size_bytes:
            return other_size()
        start, end = int(match[1]), int(match[2])
        fits = start == offset and end <= last and len(answer.content) <= end - start + 1
    else:
        fits = False
    if not fits:
        return unknown_shape()
    return None if answer.content else TransientError("Google Drive's answer broke off at once.")
