"""Parquet: typed and small, for analysis; holds a Call exactly. Needs the extra `parquet`."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

from adapters.call_files.cells import PATHS
from adapters.call_files.writing import HashedFile, sync_folder
from connector.domain.backup.files import WriteOptions, WrittenFile
from connector.domain.call import BadRowError, Call, RejectedRow
from connector.domain.calls.identity import at_ms
from connector.domain.errors import BadInputError
from connector.wire.call import call_from_value

MAGIC = b"PAR1"
MEDIA_TYPE = "application/vnd.apache.parquet"
GROUP_ROWS = 20_000
BATCH_ROWS = 2_000
_OF_CALL = attrgetter(*PATHS)
_TIMES = frozenset(path for path in PATHS if path.endswith("_at"))
_LISTS = frozenset({"tags", "warnings"})
_INTS = frozenset({
    "source.row", "type_code", "peer.presentation", "utc_offset_minutes", "duration_seconds",
})  # fmt: skip
_COLUMNS = tuple(path.replace(".", "_") for path in PATHS)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow  # noqa: ICN001, PLC0415 - an extra, and 100 MiB of memory
        import pyarrow.parquet  # noqa: PLC0415 - the same
    except ImportError:
        raise BadInputError(
            "Parquet needs pyarrow, which is not installed: `pip install pyarrow` beside this program."
        ) from None
    return pyarrow, pyarrow.parquet


def _type(arrow: Any, path: str) -> Any:  # noqa: ANN401 - pyarrow ships no types
    if path in _TIMES:
        return arrow.timestamp("ms", tz="UTC")
    if path in _LISTS:
        return arrow.list_(arrow.string())
    if path == "extra":
        return arrow.map_(arrow.string(), arrow.string())
    if path == "is_video":
        return arrow.bool_()
    if path in _INTS:
        return arrow.int32() if path == "duration_seconds" else arrow.int64()
    return arrow.string()


class ParquetWriter:
    """Writes one file, a row group at a time; implements `ports.backups.CallWriter`."""

    def __init__(self, path: Path, options: WriteOptions) -> None:
        del options  # nothing to choose
        self._arrow, self._parquet = _pyarrow()
        self._schema = self._arrow.schema(
            [(name, _type(self._arrow, path)) for name, path in zip(_COLUMNS, PATHS, strict=True)]
        )
        self._path = path
        self._held: list[tuple[Any, ...]] = []
        self._rows = 0
        self._file: HashedFile | None = None
        self._writer: Any = None
        self._is_done = False

    def add(self, call: Call) -> None:
        if self._file is None:
            self._file = HashedFile(self._path)
            self._writer = self._parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        self._held.append(_OF_CALL(call))
        self._rows += 1
        if len(self._held) >= GROUP_ROWS:
            self._write_group()

    def _write_group(self) -> None:
        columns = [
            self._arrow.array(_values(path, column), type=self._schema.field(at).type)
            for at, (path, column) in enumerate(zip(PATHS, zip(*self._held, strict=True), strict=True))
        ]
        self._held.clear()
        self._writer.write_table(self._arrow.Table.from_arrays(columns, schema=self._schema))

    def close(self) -> Sequence[WrittenFile]:
        if self._file is None:
            return ()
        if self._held:
            self._write_group()
        self._writer.close()
        written = self._file.finish(kind="parquet", media_type=MEDIA_TYPE, rows=self._rows)
        sync_folder(self._path.parent)
        self._is_done = True
        return (written,)

    def abort(self) -> None:
        if not self._is_done and self._file is not None:
            self._file.discard()
            self._writer.is_open = False  # or it writes its footer when it is collected
        self._is_done = True


def _values(path: str, column: Sequence[Any]) -> Sequence[Any]:
    if path in _TIMES:
        return [None if at is None else at_ms(at) for at in column]
    return [tuple(sorted(extra.items())) for extra in column] if path == "extra" else column


def read_parquet(path: Path) -> Iterator[Call | RejectedRow]:
    """Yield the calls as they were. Raises BadInputError: not ours, damaged, or pyarrow is not installed."""
    arrow, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(path) as file:
            if not set(_COLUMNS) <= set(file.schema_arrow.names):
                raise BadInputError("The Parquet file has other columns than those that backups write.")
            number = 0
            for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(_COLUMNS)):
                for row in zip(*(_read(arrow, batch, at) for at in range(len(PATHS))), strict=True):
                    number += 1
                    yield _call(number, row)
    except (arrow.ArrowException, OSError) as error:
        raise BadInputError(f"The Parquet file is damaged or cut off ({type(error).__name__}).") from None


def _read(arrow: Any, batch: Any, at: int) -> Sequence[Any]:  # noqa: ANN401 - pyarrow ships no types
    column, path = batch.column(_COLUMNS[at]), PATHS[at]
    if path not in _TIMES:
        return column.to_pylist()  # type: ignore[no-any-return] # a list
    return [
        None if ms is None else _EPOCH + timedelta(milliseconds=ms)
        for ms in column.cast(arrow.int64()).to_pylist()
    ]


def _call(number: int, row: Sequence[Any]) -> Call | RejectedRow:
    value: dict[str, Any] = {}
    for path, held in zip(PATHS, row, strict=True):
        part, _, name = path.partition(".")
        if path == "extra":
            value["extra"] = dict(held or ())
        elif name:
            value.setdefault(part, {})[name] = held
        elif held is not None:
            value[part] = held
    try:
        return call_from_value(value)
    except BadRowError as error:
        return RejectedRow(line=number, text="", reason=str(error))
