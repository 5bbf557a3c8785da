"""Every format of a backup, by name and by what a file holds; implements `ports.backups.CallFormats`."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from adapters.call_files.call_csv import csv_excel_writer, csv_writer
from adapters.call_files.detect import ours
from adapters.call_files.json_calls import jsonl_writer
from adapters.call_files.parquet import ParquetWriter
from adapters.call_files.phone_backup_writing import PhoneBackupWriter
from adapters.call_files.workbook import WorkbookWriter
from connector.domain.backup.files import BackupFormat, WriteOptions
from connector.domain.call import Call, RejectedRow
from connector.domain.errors import BadInputError
from connector.ports.backups import CallWriter

_Open = Callable[[Path, WriteOptions], CallWriter]
_WRITERS: Mapping[BackupFormat, tuple[str, _Open]] = {
    "jsonl": (".jsonl", jsonl_writer),
    "csv": (".csv", csv_writer),
    "csv_excel": (".excel.csv", csv_excel_writer),
    "xlsx": (".xlsx", WorkbookWriter),
    "parquet": (".parquet", ParquetWriter),
}


class FileFormats:
    """Writes and reads the files of a backup."""

    def writer(self, kind: BackupFormat, folder: Path, stem: str, options: WriteOptions) -> CallWriter:
        if kind == "xml":
            return PhoneBackupWriter(folder, stem, options)
        ending, opened = _WRITERS[kind]
        return opened(folder / f"{stem}{ending}", options)

    def calls(self, path: Path) -> Iterator[Call | RejectedRow]:
        read = ours(path)
        if read is None:
            raise BadInputError(
                "The file is none that a backup wrote; `connector calls import` reads others."
            )
        yield from read()
