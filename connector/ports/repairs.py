"""What a person mends: leads and events that rest until somebody acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from connector.domain.audit import Actor
from connector.domain.contact import Contact
from connector.domain.delivery import FieldError
from connector.domain.lead import WorkspaceId
from connector.domain.repairing import Corrected, Refused
from connector.ports.readings import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEvent:
    """An event that rests, with the contact as it is now. `revision` is the contact's, for `correct`.

    `newer_accepted`: the CRM took a later revision of the contact meanwhile.
    """

    event_id: str
    sequence: int
    lead_id: str | None
    revision: int
    contact: Contact = field(repr=False)
    errors: tuple[FieldError, ...] = ()
    reason: str | None = None
    refused_at_ms: int
    page_name: str | None = None
    form_name: str | None = None
    newer_accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """The contact changed since the person looked at it: nothing was written."""


class Repairs(Protocol):
    """Correcting contacts by hand."""

    async def refused(self, workspace_id: WorkspaceId, *, before: int, limit: int) -> Sequence[RefusedEvent]:
        """Return the latest resting event of each contact, newest first, whose sequence is under `before`."""

    async def refused_one(self, workspace_id: WorkspaceId, event_id: str) -> RefusedEvent | None:
        """Return one of them, None when it rests no more."""

    async def parked(self, workspace_id: WorkspaceId, *, limit: int) -> Sequence[Row]:
        """Return the newest leads that became no contact: lead_id, reason, received_at_ms, page_name, form_name."""

    async def correct(
        self,
        workspace_id: WorkspaceId,
        event_id: str,
        values: Mapping[str, str],
        *,
        revision: int,
        actor: Actor,
    ) -> Corrected | Refused | Outdated | None:
        """Correct the contact of a resting event and send it on as a new revision; None when it rests no more.

        Nothing is written unless every value can be used and something changes.
        """

    async def undo(self, workspace_id: WorkspaceId, repair_id: str, *, actor: Actor) -> bool:
        """Bring back what a correction replaced, as a new revision; False when something came after it."""
