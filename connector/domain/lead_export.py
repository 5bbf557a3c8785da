"""Rows of Meta's own lead download as leads in the Graph API's shape. Pure.

The download is a table: ids and times first, then a column a question, named by its key or by its label. Ids carry
prefixes (`l:`, `ag:`, `as:`, `c:`, `f:`), phones `p:`, postal codes `z:`. It says less than the API: nothing of
consent checkboxes, and several choices of one question stand in one cell.
https://www.facebook.com/business/help/1526849577619206
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.call import RejectedRow
from connector.domain.lead import Form, FormId, LeadId, PageId, Question
from connector.domain.normalise import is_test_lead
from connector.domain.normalise.answers import comparable
from connector.domain.raw import instant, lead_from_graph
from connector.domain.raw_values import identifier, scrub, switch

IDS = frozenset({"id", "ad_id", "adset_id", "campaign_id", "form_id", "page_id"})
TEXTS = frozenset(
    {"created_time", "ad_name", "adset_name", "campaign_name", "form_name", "page_name", "platform"}
    | {"partner_name", "retailer_item_id", "lead_status"}
)
COLUMNS = IDS | TEXTS | {"is_organic"}
"""What is no question. Every other column is one, and is kept whatever it is called."""

_LEAD_ID = re.compile(r"[0-9]{5,25}")
_CALCULATED = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_PREFIX = re.compile(r"p:(?=[+(<0-9])|z:(?=\S*[0-9])")
_LETTERS = re.compile(r"[\W_]+")
_CHOICES = re.compile(r"\s*[,;|]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow:
    """One row: its line, its text (bounded), and every column with its cell, in order."""

    line: int
    text: str = field(repr=False)
    cells: tuple[tuple[str, str], ...] = field(repr=False)

    def of(self, column: str) -> str:
        """Return the cell of one of the columns that every download has; "" where there is none."""
        return next((cell.strip() for name, cell in self.cells if _fixed(name) == column), "")

    def rejected(self, reason: str) -> RejectedRow:
        """Return this row as one that became no lead."""
        return RejectedRow(line=self.line, text=self.text, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedLead:
    """One lead of a download. `raw` is JSON as the Graph API would have given it."""

    id: LeadId
    page_id: PageId
    form_id: FormId | None
    raw: str = field(repr=False)
    is_test: bool


def form_of(row: ExportRow) -> FormId | None:
    """Return the form that a row names."""
    found = identifier(row.of("form_id"))
    return FormId(found) if found else None


def page_of(row: ExportRow) -> PageId | None:
    """Return the Page that a row names; few downloads do."""
    found = identifier(row.of("page_id"))
    return PageId(found) if found else None


def exported_lead(
    row: ExportRow, *, page_id: PageId, form_id: FormId | None, form: Form | None
) -> ExportedLead | RejectedRow:
    """Return the lead of a row on this Page and form, or why it is none.

    `form` maps what the columns are called to the keys of its questions; without it the names are kept as they are.
    """
    lead_id = identifier(row.of("id")) or ""
    if _CALCULATED.fullmatch(lead_id):
        return row.rejected("a spreadsheet rounded the lead's id: take the file as it was downloaded")
    if not _LEAD_ID.fullmatch(lead_id):
        return row.rejected("the column id holds no id of a lead")
    if not _is_time(row.of("created_time")):
        return row.rejected(
            "created_time is no ISO 8601 time with a zone: take the file as it was downloaded"
        )
    raw = {**_fixed_part(row, form_id), "id": lead_id, "field_data": list(_answers(row, form))}
    return ExportedLead(
        id=LeadId(lead_id),
        page_id=page_id,
        form_id=form_id,
        raw=json.dumps(raw, separators=(",", ":")),
        is_test=is_test_lead(lead_from_graph(raw)),
    )


def _is_time(text: str) -> bool:
    try:
        has_zone = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
    return has_zone and instant(text) is not None  # which it is not where the zone leads out of the calendar


def _fixed_part(row: ExportRow, form_id: FormId | None) -> dict[str, object]:
    """Return what is no answer; the API leaves out what is not there, and so do we."""
    found: dict[str, object] = {}
    for name, cell in row.cells:
        column, value = _fixed(name), scrub(cell.strip())
        if column in IDS:
            found[column] = identifier(value)
        elif column in TEXTS:
            found[column] = value
        elif column == "is_organic":
            found[column] = switch(value)
    said = {column: value for column, value in found.items() if value not in (None, "")}
    return said | ({"form_id": form_id} if form_id else {})


def _answers(row: ExportRow, form: Form | None) -> Iterator[dict[str, object]]:
    questions = _by_name(form)
    for name, cell in row.cells:
        if _fixed(name) in COLUMNS:
            continue
        question = questions.get(_loose(name))
        key = question.key if question else scrub(name.strip())
        value = _PREFIX.sub("", cell.strip(), count=1) if _PREFIX.match(cell.strip()) else cell
        values = _values(value, question)
        yield {"name": key, "values": values} if values else {"name": key}


def _values(cell: str, question: Question | None) -> list[str]:
    """Return what was answered: keys of options where the cell shows exactly such, else the text as it is."""
    text = scrub(cell)
    if not text.strip():
        return []
    options = {
        _loose(name): one.key
        for one in (question.options if question else ())
        for name in (one.label, one.key)
    }
    if not options:
        return [text]
    whole = options.get(_loose(text))
    parts = [options.get(_loose(part)) for part in _CHOICES.split(text.strip())]
    chosen = [whole] if whole is not None else parts
    return [part for part in chosen if part is not None] if None not in chosen else [text]


def _by_name(form: Form | None) -> Mapping[str, Question]:
    """Return the questions by key, then by label where no key and no other label reads the same."""
    questions: Sequence[Question] = form.questions if form else ()
    labels = [_loose(one.label) for one in questions]
    named = {label: one for label, one in zip(labels, questions, strict=True) if labels.count(label) == 1}
    return {**named, **{_loose(one.key): one for one in reversed(questions)}}


def _fixed(name: str) -> str:
    return name.strip().lower()


def _loose(name: str) -> str:
    """Return a name without what a download changes in it: case, spaces and signs; a name of signs alone stays."""
    shared = comparable(name)
    return _LETTERS.sub("_", shared).strip("_") or shared
