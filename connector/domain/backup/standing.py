"""How a schedule stands, in one word: what a person looks at first, and what they do about it."""

from typing import Literal

from connector.domain.backup.views import RunView, ScheduleView

Standing = Literal["off", "account", "running", "held", "stale", "failed", "unproved", "new", "good"]
"""held: a run waits for something. unproved: the newest backup is there and its drill failed. new: none yet."""

LIVING = frozenset({"healthy", "degraded"})
"""States of an account that a run goes on with."""


def standing(view: ScheduleView, newest: RunView | None) -> Standing:
    """Return what stands out, the worst that a person can mend first. `newest`: whatever became of that run."""
    if view.open_run is None and not view.schedule.is_on:
        return "off"
    if view.account_state not in LIVING:
        return "account"
    if view.open_run is not None:
        return "held" if view.open_run.hold else "running"
    if view.is_stale:
        return "stale"
    if newest is not None and newest.state == "failed":
        return "failed"
    if view.last_good is None:
        return "new"
    if view.last_drill is not None and view.last_drill.state == "failed":
        return "unproved"
    return "good"
