"""What every part of the daemon stands on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from connector.composition.chance import Chance
from connector.composition.rooms import Rooms
from connector.config import Settings
from connector.ports import Clock, Counters, Wakeups
from state.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Settings, state, time, chance and signals; one for all parts."""

    settings: Settings
    rooms: Rooms
    vault: Vault
    counters: Counters
    wakeups: Wakeups
    clock: Clock
    chance: Chance
    stopping: asyncio.Event
    followers: list[Callable[[Settings], None]] = field(default_factory=list)
    """What takes over settings that change while the daemon runs (`reloading.py`)."""
