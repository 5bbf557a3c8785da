"""Form definitions, read once: published forms do not change. An unknown answer's name makes us look again."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connector.domain.connection import PageAccess
from connector.domain.errors import ConnectorError, GoneError, LeadAccessError, PermanentError
from connector.domain.lead import FormId
from connector.domain.normalise.answers import comparable, is_hidden
from connector.domain.raw import form_from_graph, tracking_keys
from connector.domain.raw_values import identifier
from connector.pipelines.means import Means
from connector.ports import Forms, LeadSource, Raw

LOOK_AGAIN_MS = 3_600_000
"""A definition younger than this is not read again, whatever the answers are called."""
LOOKS = 3
"""How often a form is read again for the same unknown name: then it belongs to no question."""
NAMES_MAX = 500
"""Unknown names remembered of one form; past that it is not read again."""

ABOUT_THE_FORM = (GoneError, LeadAccessError, PermanentError)
"""Refusals of one form. After any other the next call would fail as well."""


@dataclass(slots=True)
class _Known:
    """What a form's answers may be called, comparable; when it was last read or tried; names looked for in vain."""

    names: frozenset[str]
    read_at_ms: int
    sought: Counter[str] = field(default_factory=Counter)

    def lacks(self, names: Iterable[str]) -> list[str]:
        """Return the names that are worth another look."""
        if len(self.sought) > NAMES_MAX:
            return []
        return [name for name in names if name not in self.names and self.sought[name] < LOOKS]


class FormBook:
    """Knows the forms of the leads that pass, asking the provider for those it does not have."""

    def __init__(self, forms: Forms, source: LeadSource, means: Means) -> None:
        self._forms = forms
        self._source = source
        self._means = means
        self._clock = means.clock
        self._known: dict[FormId, _Known] = {}

    async def ensure(self, access: PageAccess, leads: Iterable[Raw]) -> Mapping[FormId, ConnectorError]:
        """Have every lead's form in state; return why for those that could not be read."""
        asked: dict[FormId, set[str]] = {}
        for raw in leads:
            form_id = form_of(raw)
            if form_id is not None:
                asked.setdefault(form_id, set()).update(_answered(raw))
        await self._remember(sorted(asked.keys() - self._known.keys()))
        failed: dict[FormId, ConnectorError] = {}
        wanted = [form_id for form_id, names in asked.items() if self._is_wanted(form_id, names)]
        for place, form_id in enumerate(wanted):
            error = await self._look(access, form_id, asked[form_id])
            if error is not None and not isinstance(error, ABOUT_THE_FORM):
                failed |= dict.fromkeys(wanted[place:], error)
                break
            if error is not None:
                failed[form_id] = error
        return {form_id: error for form_id, error in failed.items() if form_id not in self._known}

    async def _remember(self, form_ids: Sequence[FormId]) -> None:
        if form_ids:
            known = await self._means.written(lambda: self._forms.known(form_ids))
            for form_id, (definition, read_at_ms) in known.items():
                self._known[form_id] = _Known(_names(definition), read_at_ms)

    def _is_wanted(self, form_id: FormId, names: set[str]) -> bool:
        known = self._known.get(form_id)
        if known is None:
            return True
        return self._clock.now_ms() - known.read_at_ms >= LOOK_AGAIN_MS and bool(known.lacks(names))

    async def _look(self, access: PageAccess, form_id: FormId, names: set[str]) -> ConnectorError | None:
        """Read a form and store it; return why it could not be read."""
        known = self._known.get(form_id)
        now_ms = self._clock.now_ms()
        try:
            raw = await self._source.form(access, form_id)
        except ConnectorError as error:
            if known is not None:
                known.read_at_ms = now_ms
            return error
        definition = json.dumps(raw, separators=(",", ":"))
        await self._means.written(lambda: self._forms.store(access.page_id, form_id, definition))
        sought = known.sought if known is not None else Counter()
        fresh = _Known(_names(definition), now_ms, sought)
        sought.update(name for name in names if name not in fresh.names)
        self._known[form_id] = fresh
        return None


def _names(definition: str) -> frozenset[str]:
    """Return what the form's answers may be called: its questions' keys and its own hidden fields."""
    raw = json.loads(definition)
    keys = [question.key for question in form_from_graph(raw).questions]
    return frozenset(comparable(key) for key in (*keys, *tracking_keys(raw)))


def _answered(raw: Raw) -> Iterator[str]:
    """Yield the answers' names, comparable, without hidden fields; what has another shape is no question's name."""
    answers = raw.get("field_data")
    for answer in answers if isinstance(answers, list) else ():
        if isinstance(answer, dict) and isinstance(name := answer.get("name"), str):
            shared = comparable(name)
            if not is_hidden(shared):
                yield shared


def form_of(raw: Raw) -> FormId | None:
    """Return the form a raw lead was given on."""
    found = identifier(raw.get("form_id"))
    return FormId(found) if found else None
