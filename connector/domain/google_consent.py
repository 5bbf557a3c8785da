"""What we ask of a Google account, what was granted of it, and how long it lives: pure decisions.

https://developers.google.com/identity/protocols/oauth2/web-server
"""

from collections.abc import Iterable
from datetime import timedelta

DRIVE_FILE = "https://www.googleapis.com/auth/drive.file"
SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email", DRIVE_FILE)
"""What a connection asks for, by the names that token answers use."""

DRIVE_BOX = "See, edit, create, and delete only the specific Google Drive files you use with this app"
"""The label of the box on Google's consent page that a person may have left unticked."""
TICK_DRIVE = f'Connect the account again and tick the box "{DRIVE_BOX}".'

TESTING_DEATH = (timedelta(days=6), timedelta(days=8))
"""The age at which a consent dies that was given while the app's publishing status was Testing: 7 days, about.
https://developers.google.com/identity/protocols/oauth2#expiration"""

_ALIASES = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}


def normalised(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes by the one name that each has in token answers: `email` comes back as an address."""
    return tuple(dict.fromkeys(_ALIASES.get(scope, scope) for scope in scopes if scope))


def named(scope: str) -> str:
    """Return what a person calls a scope: the label of its box, where it has one."""
    return f'the box "{DRIVE_BOX}"' if scope == DRIVE_FILE else scope


def missing(granted: Iterable[str] | None) -> tuple[str, ...]:
    """Return what a connection needs and was not granted.

    None (the server named no scopes) means: as asked. Source: RFC 6749, 5.1. A server that names not one of those we
    asked for speaks of something else: Drive itself will tell. Who consented can be told without the e-mail
    scope, so that one is not needed.
    """
    if granted is None:
        return ()
    given = normalised(granted)
    if given and not set(SCOPES) & set(given):
        return ()
    return () if DRIVE_FILE in given else (DRIVE_FILE,)
