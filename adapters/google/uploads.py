"""Resumable uploads: the session's address, its ranges, and a chunk on its way. No call of the SDK's is used.

`next_chunk` would open the session and send in one go, and hold the state of an upload in the process that may be
killed; here the address and the acknowledged byte are all there is, and both are the caller's to keep.
https://developers.google.com/workspace/drive/api/guides/manage-uploads#resumable
"""

import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from adapters.google.drive_wire import WireAnswer, WireRequest, unknown_shape
from adapters.google.stored_files import stored_file
from connector.domain.backup.files import Uploaded
from connector.domain.errors import ConnectorError, GoneError, PermanentError, TransientError

if TYPE_CHECKING:
    from adapters.google.drive_lines import DriveLines

GRANULE = 256 * 1024
"""Every chunk but the last is a multiple of this."""

_RANGE = re.compile(r"bytes=0-([0-9]{1,18})")
_ADDRESS = re.compile(r"[\x21-\x7e]{1,4096}")
_GOOGLE = ".googleapis.com"


def session_url_of(answer: WireAnswer, drive_url: str) -> str | ConnectorError:
    """Return the address of the session that was opened. One that lies elsewhere is not believed."""
    if not answer.is_success:
        return answer.refusal("drive")
    url = answer.headers.get("location", "")
    return url if is_session_url(url, drive_url) else unknown_shape()


def is_session_url(url: str, drive_url: str) -> bool:
    """Whether a session's address is one of the Drive we speak to: only there may token and content go."""
    if not _ADDRESS.fullmatch(url):
        return False
    try:
        theirs, ours = urlsplit(url), urlsplit(drive_url)
        is_same = _origin(theirs) == _origin(ours)
    except ValueError:  # such as a port that is none
        return False
    is_google = theirs.scheme == "https" and f".{ours.hostname}".endswith(_GOOGLE)
    return is_same or (is_google and theirs.port is None and (theirs.hostname or "").endswith(_GOOGLE))


def acknowledged_bytes(range_header: str | None, size_bytes: int) -> int | None:
    """Return how many bytes a 308 acknowledges: no Range header, none. None: it makes no sense."""
    if range_header is None:
        return 0
    match = _RANGE.fullmatch(range_header.strip())
    if match is None or int(match[1]) >= size_bytes:
        return None
    return int(match[1]) + 1


def uploaded(answer: WireAnswer, size_bytes: int) -> Uploaded | ConnectorError:
    """Return how far a session is by its answer to a PUT."""
    if answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}:
        record = answer.record()
        if isinstance(record, ConnectorError):
            return record
        file = stored_file(record)
        return unknown_shape() if file is None else Uploaded(acknowledged_bytes=size_bytes, file=file)
    if answer.status == HTTPStatus.PERMANENT_REDIRECT:  # 308: here it says that more is to come
        count = acknowledged_bytes(answer.headers.get("range"), size_bytes)
        is_redirect = "range" not in answer.headers and "location" in answer.headers  # some proxy's
        return unknown_shape() if count is None or is_redirect else Uploaded(acknowledged_bytes=count)
    return answer.refusal("session")


def ask_progress(
    lines: "DriveLines", access_token: str, url: str, size_bytes: int
) -> Uploaded | ConnectorError:
    """Ask a session how far it is."""
    headers = {"Content-Range": f"bytes */{size_bytes}", "Content-Length": "0"}
    answer = lines.wire(access_token, WireRequest(method="PUT", url=url, headers=headers, body=b""))
    return answer if isinstance(answer, ConnectorError) else uploaded(answer, size_bytes)


def send_chunk(
    lines: "DriveLines", access_token: str, url: str, path: Path, size_bytes: int, offset: int, count: int
) -> Uploaded | ConnectorError:
    """Send `count` bytes of the file from `offset`, or those that are left."""
    from adapters.google.drive_http import FilePiece  # noqa: PLC0415 - the SDK's HTTP client, as DriveLines

    count = min(count, size_bytes - offset)
    headers = {"Content-Length": str(count)}
    if size_bytes:  # an empty file has no range
        headers["Content-Range"] = f"bytes {offset}-{offset + count - 1}/{size_bytes}"
    try:
        with path.open("rb", buffering=0) as file:
            if file.seek(0, 2) != size_bytes:
                return PermanentError("The file to upload has another size than it had.")
            file.seek(offset)
            body = FilePiece(file, count)
            answer = lines.wire(access_token, WireRequest(method="PUT", url=url, headers=headers, body=body))
    except FileNotFoundError:  # whoever asks again writes it anew
        return TransientError("The file to upload is not on our disk any more.")
    except OSError as error:
        return PermanentError(f"The file to upload cannot be read ({type(error).__name__}).")
    return answer if isinstance(answer, ConnectorError) else uploaded(answer, size_bytes)


def elsewhere() -> GoneError:
    """Return the error for a stored session that is not of this Drive, as when `drive_url` was changed."""
    return GoneError("The upload's session belongs to another address than google.drive_url: it begins anew.")


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port
