"""The manifest of a backup as JSON: written for people and programs, read as hostile."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from connector.domain.backup.manifest import MANIFEST_VERSION, Manifest
from connector.domain.errors import BadInputError
from connector.domain.times import rfc3339

MANIFEST_BYTES_MAX = 16 * 1024 * 1024
"""Of one manifest; a file of a run takes about 500."""

_MANIFEST: TypeAdapter[Manifest] = TypeAdapter(Manifest)
_TIMES = ("created_at", "since", "until", "first_started_at", "last_started_at")


def manifest_json(manifest: Manifest) -> bytes:
    """Return the manifest as indented JSON, UTF-8; times are RFC 3339, UTC, ms."""
    value = {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}
    for name in _TIMES:
        value[name] = rfc3339(value[name]) if value[name] else None
    value["files"] = [
        {name: getattr(file, name) for name in file.__dataclass_fields__} for file in manifest.files
    ]
    value["recipients"] = list(manifest.recipients)
    return (json.dumps(value, ensure_ascii=False, indent=1, default=dict) + "\n").encode()


def manifest_from_json(body: bytes) -> Manifest:
    """Return the manifest. Raises BadInputError: it is none, it is damaged, or a newer program wrote it."""
    if len(body) > MANIFEST_BYTES_MAX:
        raise BadInputError("The manifest is too large to be one of ours.")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInputError("The manifest is no JSON: it is cut off or damaged.") from None
    if not isinstance(value, dict) or not isinstance(value.get("manifest_version"), str):
        raise BadInputError("The file is no manifest of a backup: it has no `manifest_version`.")
    _check_version(value["manifest_version"])
    try:
        manifest = _MANIFEST.validate_json(body, strict=True)
        times: dict[str, Any] = {name: _utc(getattr(manifest, name)) for name in _TIMES}
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise BadInputError(f"The manifest is damaged at `{where[:80]}`: {first['msg']}") from None
    except (ValueError, OverflowError, RecursionError):
        raise BadInputError("The manifest is damaged.") from None
    return replace(manifest, **times)


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at else None


def _check_version(version: str) -> None:
    if version.partition(".")[0] != MANIFEST_VERSION.partition(".")[0]:
        raise BadInputError(
            f"The manifest has version {version[:20]!r}, and this program reads {MANIFEST_VERSION}: "
            "restore with the program that wrote it, or a newer one."
        )
