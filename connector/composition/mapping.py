"""Form mappings put together: for the API, the dashboard and the commands."""

from connector.composition.chance import Chance
from connector.composition.rooms import Rooms
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.mapping import FormMappings
from connector.ports import Clock
from state.leads.mappings import SqlMappings
from state.leads.remapping import SqlRemappings


def form_mappings(
    rooms: Rooms, clock: Clock, chance: Chance, courtesy: Courtesy | None = None
) -> FormMappings:
    """Return what tries, saves and applies mappings."""
    return FormMappings(
        SqlMappings(rooms.engine, clock, chance.new_id),
        SqlRemappings(rooms.engine, clock, chance.new_id),
        clock,
        courtesy or Courtesy(clock),
    )
