"""What reading leads takes of a person's consent at Facebook, and what is said when it lacks."""

from collections.abc import Iterable, Mapping

from connector.domain.connection import Check

NEEDED_SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_metadata",
    "pages_manage_ads",
    "leads_retrieval",
    "ads_management",
)
"""What reading leads takes; business_management is asked for too, but only some Pages need it."""
LEAD_TASKS = frozenset(
    {
        "ADVERTISE",
        "MANAGE_LEADS",
        "PROFILE_PLUS_ADVERTISE",
        "PROFILE_PLUS_MANAGE_LEADS",
        "PROFILE_PLUS_FULL_CONTROL",
    }
)


def withheld(granted: Mapping[str, bool]) -> tuple[str, ...]:
    """Return the scopes that are needed and not granted; `granted` is scope → whether."""
    return tuple(scope for scope in NEEDED_SCOPES if not granted.get(scope, False))


def permissions_check(missing: Iterable[str]) -> Check:
    """Return the check of the person's permissions."""
    listed = ", ".join(missing)
    if not listed:
        return Check(name="permissions", outcome="ok", detail=f"All {len(NEEDED_SCOPES)} are granted.")
    return Check(
        name="permissions",
        outcome="failed",
        detail=f"Withheld: {listed}.",
        remedy=f"Connect the account again and allow {listed}.",
    )
