"""Form definitions, read once: published forms do not change. An unknown answer's name makes us look again."""

import json
from collections.abc import Iterable, Mapping

from connector.domain.connection import PageAccess
from connector.domain.errors import ConnectorError
from connector.domain.lead import FormId
from connector.domain.raw import form_from_graph
from connector.domain.raw_values import identifier
from connector.ports import Clock, Forms, LeadSource, Raw

LOOK_AGAIN_MS = 3_600_000
"""A definition younger than this is not read again, whatever the answers are called."""


class FormBook:
    """Knows the forms of the leads that pass, asking the provider for those it does not have."""

    def __init__(self, forms: Forms, source: LeadSource, clock: Clock) -> None:
        self._forms = forms
        self._source = source
        self._clock = clock
        self._names: dict[
            FormId, tuple[frozenset[str], int]
        ] = {}  # question keys and time read, of forms seen

    async def ensure(self, access: PageAccess, leads: Iterable[Raw]) -> Mapping[FormId, ConnectorError]:
        """Have every lead's form in state; return why for those that could not be read."""
        asked: dict[FormId, set[str]] = {}
        for raw in leads:
            form_id = form_of(raw)
            if form_id is not None:
                asked.setdefault(form_id, set()).update(_names(raw))
        await self._remember(sorted(asked.keys() - self._names.keys()))
        failed: dict[FormId, ConnectorError] = {}
        for form_id, names in asked.items():
            if self._is_fresh(form_id, names):
                continue
            try:
                await self._read(access, form_id)
            except ConnectorError as error:
                if form_id not in self._names:
                    failed[form_id] = error
        return failed

    async def _remember(self, form_ids: list[FormId]) -> None:
        if form_ids:
            for form_id, (definition, read_at_ms) in (await self._forms.known(form_ids)).items():
                self._note(form_id, definition, read_at_ms)

    def _is_fresh(self, form_id: FormId, names: set[str]) -> bool:
        known = self._names.get(form_id)
        if known is None:
            return False
        keys, read_at_ms = known
        return names <= keys or self._clock.now_ms() - read_at_ms < LOOK_AGAIN_MS

    async def _read(self, access: PageAccess, form_id: FormId) -> None:
        definition = json.dumps(await self._source.form(access, form_id), separators=(",", ":"))
        await self._forms.store(access.page_id, form_id, definition)
        self._note(form_id, definition, self._clock.now_ms())

    def _note(self, form_id: FormId, definition: str, read_at_ms: int) -> None:
        form = form_from_graph(json.loads(definition))
        self._names[form_id] = (frozenset(question.key for question in form.questions), read_at_ms)


def _names(raw: Raw) -> Iterable[str]:
    """Yield the answers' names; whatever has another shape is no question's name."""
    answers = raw.get("field_data")
    if isinstance(answers, list):
        for answer in answers:
            if isinstance(answer, dict) and isinstance(name := answer.get("name"), str):
                yield name


def form_of(raw: Raw) -> FormId | None:
    """Return the form a raw lead was given on."""
    found = identifier(raw.get("form_id"))
    return FormId(found) if found else None
