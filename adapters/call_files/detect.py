"""Opening a call log: which format a file is, by what it holds and not by its name, and its calls."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from adapters.call_files.adb_dump import read_dump
from adapters.call_files.call_csv import is_our_csv, read_our_csv
from adapters.call_files.json_calls import is_call_record, read_json, read_our_jsonl
from adapters.call_files.parquet import MAGIC as MAGIC_PARQUET
from adapters.call_files.parquet import read_parquet
from adapters.call_files.phone_backup_xml import owner_of, read_xml, root_of
from adapters.call_files.tables import read_table, table_of
from adapters.call_files.workbook_reading import MAGIC as MAGIC_WORKBOOK
from adapters.call_files.workbook_reading import read_workbook
from adapters.texts import TextFile, open_text
from connector.domain.call import Call, RawCall, RejectedRow
from connector.domain.calls.identity import Occurrences
from connector.domain.calls.reading import Rules
from connector.domain.calls.survey import Survey
from connector.domain.calls.times import DateOrder
from connector.domain.errors import BadInputError
from connector.wire.call_rows import call_of, line_of

HEAD_BYTES = 64 * 1024
Rows = Iterator[RawCall | Call | RejectedRow]
_ANY_TIME = datetime(9000, 1, 1, tzinfo=UTC)
"""Of a backup's own file no start is refused: they were looked at when the calls came in."""


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


def ours(path: Path) -> Callable[[], Iterator[Call | RejectedRow]] | None:
    """Return what reads a file that a backup wrote, with the ids that its calls had; None: another's.

    Raises BadInputError when the file cannot be read.
    """
    start = _start(path)
    if start.startswith(MAGIC_WORKBOOK):
        return partial(read_workbook, path)
    if start.startswith(MAGIC_PARQUET):
        return partial(read_parquet, path)
    head = start.decode("utf-8", "replace")
    if is_call_record(head):
        return partial(read_our_jsonl, path)
    if is_our_csv(head):
        return partial(read_our_csv, path)
    if owner_of(head) is not None:
        return partial(_phone_backup, path)
    return None


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(HEAD_BYTES)
    except OSError as error:
        raise BadInputError(f"The file cannot be read: {error.strerror}.") from None


def _phone_backup(path: Path) -> Iterator[Call | RejectedRow]:
    """Yield the calls of XML of ours: what the format holds, under the identity that they had."""
    file = open_text(path)
    rows = partial(read_xml, file, root_of(next(file.blocks(), "")), [])
    return CallFile(rows=rows, rules=Rules(now=_ANY_TIME)).calls()


def open_calls(
    path: Path, rules: Rules, *, custom: Mapping[str, str], order: DateOrder | None = None
) -> CallFile:
    """Open a file. Raises BadInputError: no call log, or a question that it leaves open (zone, dates, columns)."""
    if not custom and (whole := _whole(path)) is not None:
        return CallFile(rows=whole, rules=rules)
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


def _whole(path: Path) -> Callable[[], Rows] | None:
    """Return what reads whole Call records out of a table that a backup wrote; None: it is something else."""
    start = _start(path)
    is_table = start.startswith((MAGIC_WORKBOOK, MAGIC_PARQUET)) or is_our_csv(
        start.decode("utf-8", "replace")
    )
    return ours(path) if is_table else None


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
    return partial(read_table, file, table_of(file, custom)), False
