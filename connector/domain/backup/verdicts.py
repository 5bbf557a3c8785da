"""What leads on when a backup does not hold, or a run waits."""

from collections.abc import Mapping

from connector.domain.backup.drilling import DrillFault
from connector.domain.backup.runs import Hold
from connector.domain.backup.sight import BY_HAND

_ANEW = "Back up again now, with `connector backup run`, and drill that one."
_WAYS: Mapping[DrillFault, str] = {
    "no_backup": _ANEW,
    "file_missing": f"Look into the Drive's bin; then: {_ANEW}",
    "file_changed": _ANEW,
    "other_client": f"You can {BY_HAND}.",
    "account_lost": f"Connect the account again, or {BY_HAND}.",
    "manifest_unreadable": f"Its data files may still be whole: {BY_HAND}.",
    "cannot_unseal": "Give the key sheet that was printed when the key was made, with --identity FILE.",
    "file_unreadable": f"Restore an older backup, or another format of this one. {_ANEW}",
    "calls_differ": f"Restore an older backup. {_ANEW}",
    "not_reached": "Try again later.",
}


def way_on(fault: DrillFault) -> str:
    """Return what to do about a fault."""
    return _WAYS[fault]


_HOLDS: Mapping[Hold, str] = {
    "account": "Connect the Google account again in the dashboard, under Connections.",
    "storage": "Make room in that Drive (its bin counts), or let the schedule go to another account.",
    "disk": "Make room on this server's disk, or set backup.spool_dir to a larger one.",
    "client": "Compare [google] in the settings with the Cloud project's OAuth client.",
    "provider": "Google is tried again by itself.",
}


def way_out(hold: Hold) -> str:
    """Return what ends a wait; afterwards the run goes on by itself."""
    return _HOLDS[hold]
