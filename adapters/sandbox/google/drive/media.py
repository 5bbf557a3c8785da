"""Handing a file's bytes out: `alt=media`, whole or in ranges."""

import re

from adapters.sandbox.google.drive.drive_call import DriveCall
from adapters.sandbox.google.objects import FOLDER
from adapters.sandbox.google.replies import Media, Refusal, Reply, drive_refusal

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def download(call: DriveCall, wanted: str) -> Reply:
    """Answer `GET /files/{fileId}?alt=media`; `wanted` is the Range header. Raises Refusal."""
    file = call.file()
    if file.mime_type == FOLDER:
        raise drive_refusal("fileNotDownloadable")
    if file.abusive and not call.is_on("acknowledgeAbuse"):
        raise drive_refusal("cannotDownloadAbusiveFile")
    size = file.content.size
    match = _RANGE.fullmatch(wanted)
    if match is None or match[1] == match[2] == "":
        return Reply(200, "", file.mime_type, media=Media(file.content, 0, size))
    start, end = _bounds(match[1], match[2], size)
    if start >= end:
        raise Refusal(Reply(416, "", "text/html", headers={"Content-Range": f"bytes */{size}"}))
    return Reply(
        206,
        "",
        file.mime_type,
        headers={"Content-Range": f"bytes {start}-{end - 1}/{size}"},
        media=Media(file.content, start, end - start),
    )


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return start and end, the end not included. Source: RFC 9110, 14.1.2."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
