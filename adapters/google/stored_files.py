"""Files as Drive tells of them: which fields are asked, and what of an answer is believed."""

import re
from collections.abc import Mapping

from connector.domain.backup.files import StoredFile

FIELDS = "id,name,size,md5Checksum,sha256Checksum,createdTime,trashed,parents,appProperties"

_COUNT = re.compile(r"[0-9]{1,19}")
_MD5 = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST = 1024


def stored_file(record: Mapping[str, object]) -> StoredFile | None:
    """Return the file; None for what is none. What of it is misshapen counts as not said."""
    file_id, name = _text(record.get("id")), _text(record.get("name"))
    if file_id is None:
        return None
    return StoredFile(
        id=file_id,
        name=name or "",
        size_bytes=count_of(record.get("size")),
        md5=_matching(_MD5, record.get("md5Checksum")),
        sha256=_matching(_SHA256, record.get("sha256Checksum")),
        is_trashed=record.get("trashed") is True,
        folder_id=_first_text(record.get("parents")),
        created_at=_text(record.get("createdTime")),
        marks=_texts(record.get("appProperties")),
    )


def count_of(value: object) -> int | None:
    """Return a count, such as of bytes; Drive writes them as texts. None: not said."""
    return int(value) if isinstance(value, str) and _COUNT.fullmatch(value) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST else None


def _first_text(value: object) -> str | None:
    return _text(value[0]) if isinstance(value, list) and value else None


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _texts(value: object) -> dict[str, str]:
    members = value.items() if isinstance(value, dict) else ()
    return {key: text for key, text in members if isinstance(key, str) and isinstance(text, str)}
