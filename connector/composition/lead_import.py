"""Importing lead downloads, put together."""

from connector.composition.chance import Chance
from connector.composition.rooms import Rooms
from connector.pipelines.import_leads import ImportLeads
from connector.ports import Clock
from state.leads.forms import SqlForms
from state.leads.imports import SqlLeadImports


def import_leads(rooms: Rooms, clock: Clock, chance: Chance) -> ImportLeads:
    """Return what stores the leads of a file."""
    return ImportLeads(
        SqlLeadImports(rooms.engine, clock), SqlForms(rooms.engine, clock, chance.new_id), clock
    )
