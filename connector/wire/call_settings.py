"""How a workspace takes calls, as JSON values: a manifest carries them, so that a new installation can take over."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connector.domain.calls.filters import CallSettings, Filters, work_hours
from connector.domain.calls.times import zone_named
from connector.domain.errors import BadInputError


class _WorkHours(BaseModel):
    text: str
    zone: str


class _CallSettings(BaseModel):
    model_config = ConfigDict(strict=True)

    tracking: bool
    region: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    timezone: str
    private: list[str] = Field(default_factory=list, max_length=100_000)
    work_hours: _WorkHours | None = None
    owners: dict[str, str] = Field(default_factory=dict, max_length=100_000)


def call_settings_value(settings: CallSettings) -> dict[str, Any]:
    """Return the settings as JSON values. Private numbers are prints, which fit their workspace's id alone."""
    hours = settings.filters.work_hours
    return {
        "tracking": settings.tracking,
        "region": settings.region,
        "timezone": settings.timezone,
        "private": sorted(settings.filters.private),
        "work_hours": {"text": hours.text, "zone": hours.zone} if hours else None,
        "owners": dict(sorted(settings.owners.items())),
    }


def call_settings_from_value(value: object) -> CallSettings:
    """Return settings that a manifest carried. Raises BadInputError."""
    try:
        told = _CallSettings.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadInputError(f"The call settings are damaged at `{where[:80]}`: {first['msg']}") from None
    zone_named(told.timezone)
    hours = work_hours(told.work_hours.text, zone=told.work_hours.zone) if told.work_hours else None
    return CallSettings(
        tracking=told.tracking,
        region=told.region,
        timezone=told.timezone,
        filters=Filters(private=frozenset(told.private), work_hours=hours),
        owners=told.owners,
    )
