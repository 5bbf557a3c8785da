"""Meta's own lead download as a file: TSV whatever its name says, often UTF-16; or CSV, once a sheet saved it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.delimited import STRAY_QUOTE, cells, records, separator_of
from adapters.texts import TextFile, open_text
from connector.domain.call import RejectedRow, bounded
from connector.domain.errors import BadInputError
from connector.domain.lead_export import ExportRow

NEEDED = ("id", "created_time")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadExport:
    """An opened download; `rows` may be read more than once, in constant memory. `notes` are for people."""

    file: TextFile
    separator: str
    headers: tuple[str, ...]
    header_line: int

    @property
    def notes(self) -> tuple[str, ...]:
        return self.file.notes

    def rows(self) -> Iterator[ExportRow | RejectedRow]:
        """Yield the rows below the header; one that cannot be taken apart is refused alone."""
        for line, text in records(self.file):
            if line > self.header_line:
                yield from self._read(line, text)

    def _read(self, line: int, text: str) -> Iterator[ExportRow | RejectedRow]:
        row = self._row(line, text)
        lines = text.splitlines()
        if (
            isinstance(row, RejectedRow) and len(lines) > 1
        ):  # two stray quotes took what is between them along
            for number, one in enumerate(lines, start=line):
                if one.strip():
                    yield self._row(number, one)
        elif text.strip():
            yield row

    def _row(self, line: int, text: str) -> ExportRow | RejectedRow:
        found = cells(text, self.separator)
        if found is None:
            return RejectedRow(line=line, text=bounded(text), reason=STRAY_QUOTE)
        while len(found) > len(self.headers) and not found[-1]:
            found.pop()
        if len(found) != len(self.headers):
            reason = f"the row has {len(found)} columns, the header {len(self.headers)}"
            return RejectedRow(line=line, text=bounded(text), reason=reason)
        return ExportRow(line=line, text=bounded(text), cells=tuple(zip(self.headers, found, strict=True)))


def open_lead_export(path: Path) -> LeadExport:
    """Open a download. Raises BadInputError when it is none."""
    file = open_text(path)
    for line, text in records(file):
        if not text.strip():
            continue
        separator = "\t" if "\t" in text else separator_of(text)
        headers = tuple(cells(text, separator) or ())
        names = {name.strip().lower() for name in headers}
        missing = [name for name in NEEDED if name not in names]
        if missing:
            raise BadInputError(
                f"This is no lead download of Meta: its first line names no column {' and none '.join(missing)}."
            )
        return LeadExport(file=file, separator=separator, headers=headers, header_line=line)
    raise BadInputError("The file is empty.")
