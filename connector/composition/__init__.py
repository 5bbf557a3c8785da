"""The composition root: the only package that joins pipelines with adapters and state."""

from connector.composition.chance import Chance
from connector.composition.connecting import opened_connect
from connector.composition.daemon import Daemon, opened_daemon
from connector.composition.disconnecting import opened_disconnect
from connector.composition.outside import mailer, opened_crm, opened_graph
from connector.composition.rooms import Rooms, open_engine, opened_state

__all__ = [
    "Chance",
    "Daemon",
    "Rooms",
    "mailer",
    "open_engine",
    "opened_connect",
    "opened_crm",
    "opened_daemon",
    "opened_disconnect",
    "opened_graph",
    "opened_state",
]
