"""Every format of a backup, by name and by what a file holds; implements `ports.backups.CallFormats`."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from adapters.call_files.call_csv import csv_excel_writer, csv_writer, is_our_csv, read_our_csv
from adapters.call_files.json_calls import is_call_record, jsonl_writer, read_our_jsonl
from connector.domain.backup.files import BackupFormat, WriteOptions
from connector.domain.call import Call, RejectedRow
from connector.domain.errors import BadInputError
from connector.ports.backups import CallWriter

HEAD_BYTES = 64 * 1024
_Open = Callable[[Path, WriteOptions], CallWriter]
_WRITERS: Mapping[BackupFormat, tuple[str, _Open]] = {
    "jsonl": (".jsonl", jsonl_writer),
    "csv": (".csv", csv_writer),
    "csv_excel": (".excel.csv", csv_excel_writer),
}


class FileFormats:
    """Writes and reads the files of a backup."""

    def writer(self, kind: BackupFormat, folder: Path, stem: str, options: WriteOptions) -> CallWriter:
        if kind not in _WRITERS:
            raise BadInputError(f"Backups are not written as {kind}.")
        ending, opened = _WRITERS[kind]
        return opened(folder / f"{stem}{ending}", options)

    def calls(self, path: Path) -> Iterator[Call | RejectedRow]:
        try:
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
        except OSError as error:
            raise BadInputError(f"The file cannot be read: {error.strerror}.") from None
        text = head.decode("utf-8", "replace")
        if is_call_record(text):
            yield from read_our_jsonl(path)
        elif is_our_csv(text):
            yield from read_our_csv(path)
        else:
            raise BadInputError(
                "The file is none that a backup wrote; `connector calls import` reads others."
            )
