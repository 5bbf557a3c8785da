"""Taking over call settings that a backup carries: what is set here stays, unless it is to be replaced."""

from dataclasses import dataclass, replace
from typing import Literal

from connector.domain.calls.filters import CallSettings, Filters, WorkHours

HoursFate = Literal["same", "taken", "kept"]
"""Of work hours that a backup carries. kept: others are set here and stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """Settings as they are afterwards, and how many of the backup's were news, replaced others, or were left out.

    `private_unfit`: prints of private numbers that were made for another workspace and match nothing here.
    """

    settings: CallSettings
    owners_new: int
    owners_replaced: int
    owners_kept: int
    private_new: int
    private_unfit: int
    work_hours: HoursFate


def adopted(known: CallSettings, told: CallSettings, *, has_own_prints: bool, replaces: bool) -> Adopted:
    """Return what becomes of `known` when it takes over `told`.

    A private number is only ever added: to take one away is a person's word. `has_own_prints`: the backup is of a
    workspace of this id. Tracking, region and time zone are the workspace's own and stay.
    """
    new = {key: of for key, of in told.owners.items() if key not in known.owners}
    others = {key: of for key, of in told.owners.items() if known.owners.get(key, of) != of}
    private = told.filters.private if has_own_prints else frozenset[str]()
    hours, fate = _hours(known.filters.work_hours, told.filters.work_hours, replaces=replaces)
    settings = replace(
        known,
        filters=Filters(private=known.filters.private | private, work_hours=hours),
        owners={**known.owners, **new, **(others if replaces else {})},
    )
    return Adopted(
        settings=settings,
        owners_new=len(new),
        owners_replaced=len(others) if replaces else 0,
        owners_kept=0 if replaces else len(others),
        private_new=len(private - known.filters.private),
        private_unfit=0 if has_own_prints else len(told.filters.private),
        work_hours=fate,
    )


def _hours(
    known: WorkHours | None, told: WorkHours | None, *, replaces: bool
) -> tuple[WorkHours | None, HoursFate]:
    if told is None or told == known:
        return known, "same"
    if known is None or replaces:
        return told, "taken"
    return known, "kept"
