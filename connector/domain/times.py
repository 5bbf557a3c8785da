"""How instants are written: RFC 3339, UTC, `Z`."""

from datetime import UTC, datetime

from connector.domain.errors import require_aware


def rfc3339(at: datetime) -> str:
    """Return `at` in UTC with milliseconds: 2026-03-10T09:15:00.000Z. Raises ValueError if naive."""
    require_aware(at, "rfc3339")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def rfc3339_seconds(at: datetime) -> str:
    """Return `at` in UTC with whole seconds: what a provider's own times hold. Raises ValueError if naive.

    Always the same width, so that texts sort as the instants do.
    """
    require_aware(at, "rfc3339_seconds")
    return at.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
