"""Leads of Meta's own download, handed in by a person: stored once, by the door of all others, at a pace."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from connector.domain.call import RejectedRow
from connector.domain.errors import BadInputError
from connector.domain.lead import Form, FormId, LeadId, PageId, WorkspaceId
from connector.domain.lead_export import ExportedLead, ExportRow, exported_lead, form_of, page_of
from connector.domain.raw import form_from_graph
from connector.ports import Clock, Forms
from connector.ports.lead_imports import LeadImports

CHUNK = 200
"""Leads in one transaction: so few that a webhook's commit never waits for long."""

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """Whose leads a file holds. `page_id` and `form_id` are for rows that do not say; `per_second` is the pace."""

    workspace_id: WorkspaceId
    page_id: PageId | None = None
    form_id: FormId | None = None
    per_second: float = 20.0
    is_dry: bool = False


@dataclass(slots=True, kw_only=True)
class ImportTally:
    """What became of the rows. `test` counts those of `new` and `completed` that the testing tool made."""

    rows: int = 0
    new: int = 0
    completed: int = 0
    known: int = 0
    test: int = 0
    rejected: int = 0


class Importing:
    """One import under way: it is handed rows in chunks."""

    def __init__(
        self, imports: LeadImports, forms: Forms, order: ImportOrder, *, pages: Sequence[PageId], now_ms: int
    ) -> None:
        self._imports = imports
        self._forms = forms
        self._order = order
        self._pages = frozenset(pages)
        self._now_ms = now_ms
        self._homes: dict[FormId, PageId] = {}
        self._known_forms: dict[FormId, Form] = {}
        self._looked: set[FormId] = set()
        self._counted: set[int] = set()  # lead ids that a dry run has seen: nothing else remembers them
        self.tally = ImportTally()

    async def take(self, rows: Sequence[ExportRow | RejectedRow]) -> Sequence[RejectedRow]:
        """Store what is new; return what became no lead."""
        await self._learn([row for row in rows if isinstance(row, ExportRow)])
        read = [self._read(row) if isinstance(row, ExportRow) else row for row in rows]
        rejected = [one for one in read if isinstance(one, RejectedRow)]
        leads = {one.id: one for one in read if isinstance(one, ExportedLead)}
        self.tally.rows += len(rows)
        self.tally.rejected += len(rejected)
        repeated = len(rows) - len(rejected) - len(leads)
        wanted = await self._imports.wanted(self._order.workspace_id, list(leads))
        fresh = [
            lead for lead_id, lead in leads.items() if lead_id in wanted and not self._is_counted(lead_id)
        ]
        stored = await self._store(fresh)
        self.tally.known += repeated + len(leads) - stored
        self.tally.test += sum(lead.is_test for lead in fresh)
        return rejected

    def done(self) -> ImportTally:
        """Say in the log what became of it, in numbers alone."""
        tally = self.tally
        if not self._order.is_dry:
            log.info(
                "leads.imported",
                workspace_id=self._order.workspace_id,
                rows=tally.rows,
                new=tally.new,
                completed=tally.completed,
                known=tally.known,
                rejected=tally.rejected,
            )
        return tally

    async def _learn(self, rows: Sequence[ExportRow]) -> None:
        """Look up the Pages and the questions of forms that were not met before."""
        asked = {form_id for row in rows if (form_id := form_of(row) or self._order.form_id) is not None}
        fresh = sorted(asked - self._looked)
        if not fresh:
            return
        self._looked.update(fresh)
        self._homes |= await self._imports.homes(self._order.workspace_id, fresh)
        for form_id, (definition, _) in (await self._forms.known(fresh)).items():
            self._known_forms[form_id] = form_from_graph(json.loads(definition))

    def _read(self, row: ExportRow) -> ExportedLead | RejectedRow:
        form_id = form_of(row) or self._order.form_id
        home = self._homes.get(form_id) if form_id else None
        page_id = home or page_of(row) or self._order.page_id
        if page_id is None and form_id is None:
            return row.rejected("it names neither form nor Page: say them with --form and --page")
        if page_id is None:
            return row.rejected(f"form {form_id} is of no Page that we know: say its Page with --page")
        if page_id not in self._pages:
            return row.rejected(f"Page {page_id} is not connected to this workspace: connect it first")
        if self._order.page_id is not None and page_id != self._order.page_id:
            return row.rejected(f"it is of Page {page_id}, and not of the one that --page names")
        return exported_lead(
            row, page_id=page_id, form_id=form_id, form=self._known_forms.get(form_id) if form_id else None
        )

    async def _store(self, leads: Sequence[ExportedLead]) -> int:
        """Store, or only count; return how many that were."""
        tally = self.tally
        if self._order.is_dry:
            tally.new += len(leads)
            return len(leads)
        begun = tally.new + tally.completed
        due_at_ms = [
            self._now_ms + int((begun + place) * 1000 / self._order.per_second) for place in range(len(leads))
        ]
        added = await self._imports.add(self._order.workspace_id, leads, due_at_ms)
        tally.new += added.new
        tally.completed += added.completed
        return added.new + added.completed

    def _is_counted(self, lead_id: LeadId) -> bool:
        if not self._order.is_dry:
            return False
        is_counted = int(lead_id) in self._counted
        self._counted.add(int(lead_id))
        return is_counted


class ImportLeads:
    """Opens imports."""

    def __init__(self, imports: LeadImports, forms: Forms, clock: Clock) -> None:
        self._imports = imports
        self._forms = forms
        self._clock = clock

    async def begin(self, order: ImportOrder) -> Importing:
        """Open an import. Raises BadInputError for a workspace or Page that is not there."""
        pages = await self._imports.pages(order.workspace_id)
        if order.page_id is not None and order.page_id not in pages:
            there = ", ".join(f"{page_id} ({name})" for page_id, name in pages.items()) or "none"
            raise BadInputError(
                f"Page {order.page_id} is not connected to workspace {order.workspace_id}. Connected: {there}."
            )
        now_ms = self._clock.now_ms()
        return Importing(self._imports, self._forms, order, pages=list(pages), now_ms=now_ms)
