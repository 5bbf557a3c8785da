"""Joining what stands at the dashboard's door."""

from connector.composition.rooms import Rooms
from connector.config import Settings
from connector.pipelines.invite import Invite
from connector.pipelines.sign_in import SignIn
from connector.ports import Passwords


def sign_in_pipeline(rooms: Rooms, passwords: Passwords) -> SignIn:
    """Return how people sign in."""
    return SignIn(
        rooms.people, rooms.sessions, rooms.browsers, rooms.links, rooms.throttle, passwords, rooms.audit
    )


def invite_pipeline(settings: Settings, rooms: Rooms) -> Invite:
    """Return how links are made. Raises BadSettingsError without `server.public_url`."""
    settings.require("server.public_url")
    return Invite(rooms.people, rooms.links, public_url=settings.server.public_url)
