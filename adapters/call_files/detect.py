"""Opening a call log: which format a file is, by what it holds and not by its name, and its calls."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from adapters.call_files.adb_dump import read_dump
from adapters.call_files.call_csv import is_our_csv, read_our_csv
from adapters.call_files.json_calls import read_json
from adapters.call_files.phone_backup_xml import read_xml, root_of
from adapters.call_files.tables import read_table, table_of
from adapters.call_files.texts import TextFile, open_text
from connector.domain.call import Call, RawCall, RejectedRow
from connector.domain.calls.identity import Occurrences
from connector.domain.calls.reading import Rules
from connector.domain.calls.survey import Survey
from connector.domain.calls.times import DateOrder
from connector.domain.errors import BadInputError
from connector.wire.call_rows import call_of, line_of

Rows = Iterator[RawCall | Call | RejectedRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFile:
    """An opened call log; `calls` may be read more than once. `notes` are for people, complete at the end."""

    rows: Callable[[], Rows]
    rules: Rules
    notes: list[str] = field(default_factory=list)

    def calls(self) -> Iterator[Call | RejectedRow]:
        """Yield each row as a call with its id, or why it is none, in constant memory."""
        occurrences = Occurrences()
        for row in self.rows():
            call = call_of(
                row, self.rules, line=line_of(row), text=row.text if not isinstance(row, Call) else ""
            )
            yield replace(call, call_id=occurrences.identify(call)) if isinstance(call, Call) else call


def open_calls(
    path: Path, rules: Rules, *, custom: Mapping[str, str], order: DateOrder | None = None
) -> CallFile:
    """Open a file. Raises BadInputError: no call log, or a question that it leaves open (zone, dates, columns)."""
    file = open_text(path)
    notes = list(file.notes)
    rows, is_epoch = _rows(file, custom, notes)
    if not is_epoch:
        survey = Survey()
        for row in rows():
            if isinstance(row, RawCall):
                survey.look(row)
        rules = survey.settle(rules, order=order)
    return CallFile(rows=rows, rules=rules, notes=notes)


def _rows(file: TextFile, custom: Mapping[str, str], notes: list[str]) -> tuple[Callable[[], Rows], bool]:
    """Return the format's reader, and whether its times are epoch numbers, which leave no question open."""
    head = next(file.blocks(), "").lstrip("\ufeff \t\r\n")
    if not head:
        raise BadInputError("The file is empty.")
    if head.startswith("<"):
        return partial(read_xml, file, root_of(head), notes), True
    if head.startswith("Row: "):
        return partial(read_dump, file), True
    if head.startswith(("[", "{")):
        return partial(read_json, file, custom), False
    if is_our_csv(head) and not custom:
        return partial(read_our_csv, file.path), True
    return partial(read_table, file, table_of(file, custom)), False
