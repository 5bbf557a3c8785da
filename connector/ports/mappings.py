"""Forms and their mappings, as pipelines and pages see the durable state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from connector.domain.audit import Actor
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.mapping.forms import KnownForm, Outdated, RemapProgress, Saved, StoredMapping
from connector.domain.mapping.rules import FormMapping
from connector.domain.work import ResolveWork


class Mappings(Protocol):
    """Forms with what they ask, and every version of their mappings."""

    async def forms(self, workspace_id: WorkspaceId, *, after: str = "", limit: int) -> Sequence[KnownForm]:
        """Return forms of the workspace's Pages by id, those behind `after`."""

    async def form(self, workspace_id: WorkspaceId, form_id: FormId) -> KnownForm | None:
        """Return one of them; None: no Page of the workspace has it."""

    async def versions(
        self, workspace_id: WorkspaceId, form_id: FormId, *, limit: int
    ) -> Sequence[StoredMapping]:
        """Return the newest versions, newest first."""

    async def save(
        self,
        workspace_id: WorkspaceId,
        form_id: FormId,
        mapping: FormMapping,
        *,
        based_on: int,
        actor: Actor,
    ) -> Saved | Outdated:
        """Make it the next version, unless another one than `based_on` is in force; the same again is none.

        One that was carried over becomes a version of the person who saves it as it is, and its news is over.
        Leads that the former version parked go on at once.
        """

    async def samples(
        self, workspace_id: WorkspaceId, form_id: FormId, *, limit: int
    ) -> Sequence[ResolveWork]:
        """Return the newest real leads of a form that can be read, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A part of a form's past leads under a mapping. `last_id` None: there were no more.

    `changed` are the contacts that would be another; `faulty`: leads that our own code broke on.
    """

    seen: int
    changed: frozenset[str]
    left_alone: int
    faulty: tuple[tuple[str, Exception], ...]
    last_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """A part of a form's past leads was read again. `faulty`: leads that our own code broke on."""

    remapping_id: str
    workspace_id: WorkspaceId
    form_id: FormId
    seen: int
    changed: int
    faulty: tuple[tuple[str, Exception], ...]
    is_over: bool


class Remappings(Protocol):
    """Past leads that are read again under the mapping in force."""

    async def count(self, workspace_id: WorkspaceId, form_id: FormId) -> int:
        """Return how many leads of the form are contacts."""

    async def look(
        self,
        workspace_id: WorkspaceId,
        form_id: FormId,
        mapping: FormMapping,
        *,
        before_id: int | None,
        limit: int,
    ) -> Looked:
        """Tell what `mapping` would change on the newest leads before `before_id`; nothing is written."""

    async def ask(
        self, workspace_id: WorkspaceId, form_id: FormId, *, per_second: float, actor: Actor
    ) -> RemapProgress:
        """Put a form's past leads in line, so many a second; one under way for the same form ends."""

    async def stop(self, workspace_id: WorkspaceId, form_id: FormId, *, actor: Actor) -> bool:
        """Stop it; what was changed stays. False: none was under way."""

    async def progress(self, workspace_id: WorkspaceId, form_id: FormId) -> RemapProgress | None:
        """Return how far the latest one is."""

    async def step(self) -> Stepped | None:
        """Read the next few leads again, in one transaction; None: nothing is due."""

    async def next_due_ms(self) -> int | None:
        """Return when the next few are due."""
