"""One step on the files of a backup, in a process of its own so that its peak memory is its own.

`python -m connector.bench.format_child STEP FORMAT CALLS FOLDER`, STEP being write, bare, read or seal. Making the
calls is not timed.
"""

import csv
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from adapters.call_files.formats import FileFormats
from adapters.call_files.sealing import AgeSealing
from connector.domain.backup.files import BackupFormat, WriteOptions, WrittenFile
from connector.domain.call import Call, CallType, Direction, Peer, RejectedRow, Sim, Source, User
from connector.wire.call import call_value

CHUNK = 5000
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
EMPLOYEES = 50
_KINDS: Sequence[tuple[CallType, Direction]] = (
    ("incoming", "inbound"), ("outgoing", "outbound"), ("missed", "inbound"), ("outgoing", "outbound"),
)  # fmt: skip
_NOTES = (None, None, "calls back on Monday", "wants the offer by mail; asked for Asha", "मूल्य सूची भेजें")
OPTIONS = WriteOptions(zone="Asia/Kolkata")


def calls_of(count: int) -> Iterator[Call]:
    """Yield synthetic calls of a sales team, the same each time: one every 23 seconds."""
    for at in range(count):
        kind, direction = _KINDS[at % 4]
        number = f"+9190{at * 7919 % 10**8:08}"
        user = at % EMPLOYEES
        yield Call(
            call_id=hashlib.sha256(b"%d" % at).hexdigest(),
            source=Source(system="android", native_id=str(at), device_id=f"phone-{user}"),
            user=User(id=f"employee-{user}", name=f"Employee {user}", phone=f"+91800000{user:04}"),
            direction=direction,
            type=kind,
            type_code=at % 4,
            status="no_answer" if kind == "missed" else "answered",
            peer=Peer(
                number=number,
                number_raw=number[3:],
                presentation=1,
                region="IN",
                name=f"Customer {at % 9973}",
            ),
            from_number=number,
            to_number=f"+91800000{user:04}",
            started_at=FIRST + timedelta(seconds=23 * at, milliseconds=at % 1000),
            started_at_precision="ms",
            duration_seconds=0 if kind == "missed" else at * 31 % 900,
            sim=Sim(slot="1", subscription_id="8991000000000000000"),
            channel="cellular",
            note=_NOTES[at % 5],
            extra={"component": "com.android.phone/TelephonyConnectionService", "features": "68"},
            first_seen_at=FIRST,
            updated_at=FIRST,
            imported_by="cli",
        )


class Watch:
    """Adds up time on the clock and of the processor while it is asked to; neighbours spoil the first alone."""

    def __init__(self) -> None:
        self.wall_s = 0.0
        self.cpu_s = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time in here."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall_s += time.perf_counter() - wall
        self.cpu_s += time.process_time() - cpu

    def told(self) -> dict[str, float]:
        """Return both."""
        return {"wall_s": self.wall_s, "cpu_s": self.cpu_s}


def timed(
    things: Iterator[Any], take: Callable[[list[Any]], object], end: Callable[[], Any]
) -> tuple[Watch, Any]:
    """Hand things on in chunks, then end; return the time of both, without that of making the things."""
    watch = Watch()
    while chunk := list(islice(things, CHUNK)):
        with watch.running():
            take(chunk)
    with watch.running():
        ended = end()
    return watch, ended


def write(kind: BackupFormat, count: int, folder: Path) -> dict[str, Any]:
    """Write by our writer; digests, fsync and all."""
    writer = FileFormats().writer(kind, folder, "calls", OPTIONS)

    def take(calls: list[Call]) -> None:
        for call in calls:
            writer.add(call)

    watch, files = timed(calls_of(count), take, writer.close)
    return {**watch.told(), "size_bytes": sum(file.size_bytes for file in files)}


def bare(kind: BackupFormat, count: int, folder: Path) -> dict[str, Any]:
    """Write rows that are ready, by the library alone."""
    path = folder / "bare"
    watch, _ = timed((_ready(kind, call) for call in calls_of(count)), *_BARE[kind](path))
    return {**watch.told(), "size_bytes": path.stat().st_size}


def read(kind: BackupFormat, count: int, folder: Path) -> dict[str, Any]:
    """Read every file of the folder back. Raises ValueError when calls are missing."""
    watch, found = Watch(), 0
    with watch.running():
        for path in folder.iterdir():
            found += sum(not isinstance(row, RejectedRow) for row in FileFormats().calls(path))
    if found != count:
        raise ValueError(f"{found} of {count} calls were read back from {kind}")
    return {**watch.told()}


def seal(kind: BackupFormat, count: int, folder: Path) -> dict[str, Any]:
    """Seal and open by us and by the library."""
    import pyrage  # noqa: PLC0415 - the step's alone
    from pyrage import x25519  # noqa: PLC0415 - the same

    sealing = AgeSealing()
    key = sealing.new_key()
    (path,) = folder.iterdir()
    size = path.stat().st_size
    library, ours = Watch(), Watch()
    with library.running():
        pyrage.encrypt_file(str(path), str(folder / "bare.age"), [x25519.Recipient.from_str(key.recipient)])
        pyrage.decrypt_file(
            str(folder / "bare.age"), str(folder / "bare"), [x25519.Identity.from_str(key.identity)]
        )
    file = WrittenFile(
        path=path, name=path.name, format=kind, media_type="", rows=count, size_bytes=size, sha256="", md5="",
        plain_size_bytes=size, plain_sha256="",
    )  # fmt: skip
    with ours.running():
        sealed = sealing.seal(file, [key.recipient])
        sealing.unseal(sealed.path, folder / "opened", key.identity)
    return {**ours.told(), "size_bytes": size, "ratio": library.cpu_s / ours.cpu_s}


def _ready(kind: BackupFormat, call: Call) -> Any:  # noqa: ANN401 - what each library takes
    value = call_value(call)
    if kind == "jsonl":
        return value
    flat = {
        f"{name}_{part}" if part else name: inner
        for name, held in value.items()
        for part, inner in (held.items() if isinstance(held, dict) and name != "extra" else [("", held)])
    }
    if kind == "parquet":
        return {**flat, "started_at": call.started_at, "extra": list(call.extra.items())}
    if kind == "xml":
        return {name: str(flat[name]) for name in list(flat)[12:22]}
    return [held if held is None or isinstance(held, int) else str(held) for held in flat.values()]


_Opened = tuple[Callable[[list[Any]], object], Callable[[], object]]


def _bare_jsonl(path: Path) -> _Opened:
    file = path.open("w", encoding="utf-8")
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def take(rows: list[Any]) -> None:
        file.writelines(encode(row) + "\n" for row in rows)

    return take, file.close


def _bare_csv(path: Path) -> _Opened:
    file = path.open("w", encoding="utf-8", newline="")
    return csv.writer(file).writerows, file.close


def _bare_xlsx(path: Path) -> _Opened:
    import xlsxwriter  # noqa: PLC0415 - the step's alone

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    number = 0

    def take(rows: list[Any]) -> None:
        nonlocal number
        for row in rows:
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
            number += 1

    return take, book.close


def _bare_xml(path: Path) -> _Opened:
    file = path.open("w", encoding="utf-8")

    def take(rows: list[Any]) -> None:
        for row in rows:
            told = " ".join(f"{name}={quoteattr(held)}" for name, held in row.items())
            file.write(f"<call {told} />\n")

    return take, file.close


def _bare_parquet(path: Path) -> _Opened:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415 - the same

    opened: list[Any] = []
    example = pa.Table.from_pylist([_ready("parquet", replace(call, note="x")) for call in calls_of(1)])
    fields = [
        (field.name, pa.string() if pa.types.is_null(field.type) else field.type) for field in example.schema
    ]
    lists = {"tags": pa.list_(pa.string()), "warnings": pa.list_(pa.string())}
    lists["extra"] = pa.map_(pa.string(), pa.string())
    schema = pa.schema([(name, lists.get(name, kind)) for name, kind in fields])
    writer = pq.ParquetWriter(path, schema, compression="zstd")

    def take(rows: list[Any]) -> None:
        opened.extend(rows)
        if len(opened) >= 4 * CHUNK:
            flush()

    def flush() -> None:
        if opened:
            writer.write_table(pa.Table.from_pylist(opened, schema=schema))
            opened.clear()

    def close() -> None:
        flush()
        writer.close()

    return take, close


_BARE: dict[BackupFormat, Callable[[Path], _Opened]] = {
    "jsonl": _bare_jsonl,
    "csv": _bare_csv,
    "csv_excel": _bare_csv,
    "xlsx": _bare_xlsx,
    "xml": _bare_xml,
    "parquet": _bare_parquet,
}
_STEPS = {"write": write, "bare": bare, "read": read, "seal": seal}


def _peak_mib() -> float:
    """Return this program's own peak of resident memory: what stood here before it was started does not count."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Do the step and tell what it took."""
    step, kind, count, folder = sys.argv[1:]
    found = _STEPS[step](kind, int(count), Path(folder))  # type: ignore[arg-type] # a format, as the measures say
    print(json.dumps({**found, "peak_mib": _peak_mib()}), flush=True)  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
