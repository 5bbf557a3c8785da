"""A form's mapping in the hands of a person: tried on real leads, saved, applied to what came before."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from connector.domain.audit import Actor
from connector.domain.contact import Contact
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.mapping.differences import differences
from connector.domain.mapping.forms import (
    KnownForm,
    Outdated,
    PreviewedLead,
    RemapCount,
    RemapProgress,
    Saved,
)
from connector.domain.mapping.reading import Mistake, read_mapping
from connector.domain.mapping.rereading import read_under, told_of
from connector.domain.mapping.rules import FormMapping
from connector.domain.normalise.fitting import parked_for
from connector.domain.work import ResolveWork
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.means import Means
from connector.ports import Clock
from connector.ports.mappings import Mappings, Remappings

SAMPLES = 10
"""Leads that a preview shows."""
PART = 50
COUNTED_MAX = 1000
"""Past leads that a count looks at: with more it says so. They take about a second."""
PER_SECOND = 20.0
"""How many past leads are read again a second, unless said otherwise: live ones go first."""

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakenMapping:
    """What was sent is no mapping of this form."""

    mistakes: tuple[Mistake, ...] = field(default=())


class FormMappings:
    """Tries, saves and applies mappings. Which forms there are is the store's to tell."""

    def __init__(self, store: Mappings, remappings: Remappings, clock: Clock, courtesy: Courtesy) -> None:
        self.store = store
        self._remappings = remappings
        self._clock = clock
        self._courtesy = courtesy

    def read(self, form: KnownForm, raw: object) -> FormMapping | MistakenMapping:
        """Return what was sent as a mapping of this form, or every mistake in it."""
        read = read_mapping(raw, form.asked)
        return read if isinstance(read, FormMapping) else MistakenMapping(mistakes=read)

    async def save(
        self, workspace_id: WorkspaceId, form_id: FormId, mapping: FormMapping, *, based_on: int, actor: Actor
    ) -> Saved | Outdated:
        """Put a mapping in force, for every lead from now on."""
        done = await self.store.save(workspace_id, form_id, mapping, based_on=based_on, actor=actor)
        if isinstance(done, Saved) and done.is_new:
            log.info("mapping.saved", form_id=form_id, version=done.stored.version, workspace_id=workspace_id)
        return done

    async def preview(
        self, workspace_id: WorkspaceId, form: KnownForm, mapping: FormMapping
    ) -> Sequence[PreviewedLead]:
        """Return the newest real leads as the mapping in force and as this one makes them."""
        works = await self.store.samples(workspace_id, form.id, limit=SAMPLES)
        return [self._previewed(work, form.mapping, mapping) for work in works]

    async def count(
        self, workspace_id: WorkspaceId, form_id: FormId, mapping: FormMapping, *, most: int = COUNTED_MAX
    ) -> RemapCount:
        """Return what applying a mapping to past leads would do, by a look at the newest `most`."""
        leads = await self._remappings.count(workspace_id, form_id)
        seen = left_alone = failed = 0
        changed: set[str] = set()
        before_id: int | None = None
        while seen < most:
            await self._courtesy.turn()
            part = await self._remappings.look(
                workspace_id, form_id, mapping, before_id=before_id, limit=min(PART, most - seen)
            )
            seen, left_alone, before_id = seen + part.seen, left_alone + part.left_alone, part.last_id
            changed |= part.changed
            failed += len(part.faulty)
            _tell_faulty(form_id, part.faulty)
            if before_id is None:
                break
        return RemapCount(
            leads=leads,
            looked_at=seen,
            contacts_changed=len(changed),
            left_alone=left_alone,
            failed=failed,
            is_whole=seen >= leads,
        )

    async def apply(
        self, workspace_id: WorkspaceId, form_id: FormId, *, actor: Actor, per_second: float = PER_SECOND
    ) -> RemapProgress:
        """Have past leads read again under the mapping in force; the daemon does it at this pace."""
        return await self._remappings.ask(workspace_id, form_id, per_second=per_second, actor=actor)

    async def stop(self, workspace_id: WorkspaceId, form_id: FormId, *, actor: Actor) -> bool:
        """Stop that; False when none is under way."""
        return await self._remappings.stop(workspace_id, form_id, actor=actor)

    async def progress(self, workspace_id: WorkspaceId, form_id: FormId) -> RemapProgress | None:
        """Return how far the latest application is."""
        return await self._remappings.progress(workspace_id, form_id)

    def _previewed(self, work: ResolveWork, old: FormMapping, new: FormMapping) -> PreviewedLead:
        try:
            before, _ = self._under(work, old)
            after, parked = self._under(work, new)
        except Exception:  # one lead that our code breaks on must not hide the others
            log.exception("lead.not_previewed", lead_id=work.lead_id)
            return PreviewedLead(
                lead_id=work.lead_id, received_at_ms=work.received_at_ms, changes=(), is_faulty=True
            )
        return PreviewedLead(
            lead_id=work.lead_id,
            received_at_ms=work.received_at_ms,
            changes=differences(before, after),
            parked=parked,
        )

    def _under(self, work: ResolveWork, mapping: FormMapping) -> tuple[Contact, str | None]:
        told = told_of(
            raw=json.loads(work.raw),
            form=json.loads(work.form) if work.form else None,
            page_id=work.page_id,
            page_name=work.page_name,
            country_hint=work.country_hint,
            mapping=mapping,
        )
        made = read_under(told, mapping, contact_id=work.lead_id, now=self._clock.now())
        return made.contact, parked_for(made.misfits, told.lead.form_id)


class Remap:
    """The daemon's part: reads past leads again, a few at a time, live ones first."""

    def __init__(self, remappings: Remappings, means: Means) -> None:
        self._remappings = remappings
        self._means = means

    async def step(self) -> bool:
        """Read the next few; False when nothing was due. Raises StateUnavailableError."""
        await self._means.courtesy.turn()
        done = await self._remappings.step()
        if done is None:
            return False
        _tell_faulty(done.form_id, done.faulty)
        if done.is_over:
            log.info("mapping.applied", form_id=done.form_id, workspace_id=done.workspace_id)
        return True

    async def idle_s(self) -> float:
        """Return how long nothing will be due, at most five seconds."""
        return self._means.idle_s(await self._remappings.next_due_ms())


def _tell_faulty(form_id: FormId, faulty: Sequence[tuple[str, Exception]]) -> None:
    for lead_id, error in faulty:
        log.error("lead.not_remapped", lead_id=lead_id, form_id=form_id, exc_info=error)
