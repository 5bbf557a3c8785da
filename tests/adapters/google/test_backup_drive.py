"""Files in a Drive, with the real SDK in threads, against the sandbox and against odd servers."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.uploading import Landing, Spool, begun, sent_bytes

from adapters.google.backup_drive import GoogleBackupDrive
from adapters.google.uploads import GRANULE
from adapters.sandbox.google.server import GoogleSandbox
from connector.domain.backup.files import StoredFile
from connector.domain.errors import (
    GoneError,
)

if TYPE_CHECKING:
    from connector.ports import backups as ports

MARKS = {"leads_connector_run": "run_1", "leads_connector_kind": "file"}


def fits_the_port(drive: GoogleBackupDrive) -> "ports.BackupDrive":
    return drive


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Return a file of four chunks and a bit."""
    return Spool.of(tmp_path / "calls-2026-11.jsonl", 4 * GRANULE + 4321)


@pytest.mark.parametrize("size", [0, 1, GRANULE - 1, GRANULE, GRANULE + 1, 2 * GRANULE])
async def test_a_file_comes_up_and_down_as_it_is(
    backups: GoogleBackupDrive, token: str, folder: str, google: GoogleSandbox, tmp_path: Path, size: int
) -> None:
    file_id, spool = await begun(backups, token, Spool.of(tmp_path / "a.jsonl", size), folder, **MARKS)
    made = await spool.bring(backups, token)
    assert made == StoredFile(
        id=file_id,
        name="a.jsonl",
        size_bytes=size,
        md5=spool.md5,
        sha256=spool.sha256,
        is_trashed=False,
        folder_id=folder,
        created_at=made.created_at,
        marks=MARKS,
    )
    assert made.created_at is not None
    assert await backups.file(token, file_id) == made
    assert sent_bytes(google) == size
    back = Landing(tmp_path / "back")
    await backups.download(token, file_id, back.path, size_bytes=size)
    assert back.data == spool.data
    assert back.mode == 0o600


async def test_each_send_is_one_chunk(
    backups: GoogleBackupDrive, token: str, folder: str, spool: Spool
) -> None:
    await begun(backups, token, spool, folder)
    assert (await spool.ask(backups, token)).acknowledged_bytes == 0
    seen = [(await spool.send(backups, token)).acknowledged_bytes for _ in range(5)]
    assert seen == [GRANULE, 2 * GRANULE, 3 * GRANULE, 4 * GRANULE, spool.size]
    done = await spool.ask(backups, token)
    assert done.file is not None
    assert done.file.sha256 == spool.sha256


async def test_files_are_found_by_folder_and_marks(
    backups: GoogleBackupDrive, token: str, folder: str, google: GoogleSandbox, tmp_path: Path
) -> None:
    ids = dict[str, str]()
    for run in ("o'ne", "two"):
        for number in range(3):
            spool = Spool.of(tmp_path / f"{run}-{number}", 10)
            file_id, _ = await begun(backups, token, spool, folder, run=run, kind="file")
            await spool.bring(backups, token)
            ids[file_id] = run
    google.world.page_cap = 2
    assert {file.id for file in await backups.files(token, folder, {})} == set(ids)
    ones = [file_id for file_id, run in ids.items() if run == "o'ne"]
    found = await backups.files(token, folder, {"run": "o'ne", "kind": "file"})
    assert sorted(file.id for file in found) == sorted(ones)
    await backups.trash(token, ones[0])
    await backups.delete(token, ones[1])
    assert [file.id for file in await backups.files(token, folder, {"run": "o'ne"})] == [ones[2]]
    assert (await backups.file(token, ones[0])).is_trashed
    with pytest.raises(GoneError):
        await backups.file(token, ones[1])
    assert await backups.files(token, "1nosuch", {}) == []
