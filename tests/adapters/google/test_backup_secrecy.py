"""Whatever goes wrong with an upload or a download: no line, no error and no record holds a token or a session."""

import logging
import traceback
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.uploading import Landing, Spool, begun

from adapters.google.backup_drive import GoogleBackupDrive
from adapters.google.drive_wire import WireRequest
from adapters.retrying import Retrying
from adapters.sandbox.faults import Fault
from adapters.sandbox.google.replies import DRIVE_ERRORS, google_fault
from adapters.sandbox.google.server import GoogleSandbox
from connector.domain.errors import ConnectorError

from .conftest import Script, opened_backups

FAULTS = [
    *map(google_fault, DRIVE_ERRORS),
    Fault.status(502),
    Fault.status(403, "[]", "application/json"),
    Fault.bare("nonsense"),
    Fault.drop_connection(),
]


def told(error: BaseException) -> str:
    """Return all that a trace of the error would show, its causes and contexts included."""
    return f"{error!r} {error} {''.join(traceback.format_exception(error))}"


async def test_nothing_secret_is_told(
    backups: GoogleBackupDrive,
    token: str,
    folder: str,
    google: GoogleSandbox,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file_id, spool = await begun(backups, token, Spool.of(tmp_path / "a", 100), folder)
    session_id = spool.session_url.partition("upload_id=")[2]
    assert len(session_id) > 40
    texts = list[str]()
    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        for fault in FAULTS:
            google.faults.add("drive", fault, times=3)
            for call in (
                lambda: spool.send(backups, token),
                lambda: spool.ask(backups, token),
                lambda: backups.begin_upload(token, spool.new(file_id, folder)),
                lambda: backups.download(token, file_id, tmp_path / "b", size_bytes=3),
            ):
                try:
                    await call()
                except ConnectorError as error:
                    texts.append(told(error))
            google.faults.clear()
        await spool.bring(backups, token)
    assert len(texts) > 3 * len(FAULTS)
    assert not [text for text in texts if "127.0.0.1" in text]
    texts += [str(line) for line in lines] + [record.getMessage() for record in caplog.records]
    texts += [str(seen) for seen in google.seen]
    for secret in (token, session_id):
        assert not [text for text in texts if secret in text], secret
    assert not any(seen.secrets_in_url for seen in google.seen)


async def test_a_redirect_takes_neither_token_nor_content_elsewhere(
    script: Script, retrying: Retrying, tmp_path: Path, google: GoogleSandbox
) -> None:
    elsewhere = f"{google.url}/drive/v3/files/1f"
    spool = Spool.of(tmp_path / "a", 3)
    spool.session_url = f"{script.url}/upload/drive/v3/files?upload_id=1"
    back = Landing(tmp_path / "b")
    async with opened_backups(script.url, retrying) as drive:
        for status in (301, 302, 303, 307, 308):
            script.answers.clear()
            script.then(b"", status, Location=elsewhere)
            for call in (
                lambda: spool.send(drive, "t"),
                lambda: spool.ask(drive, "t"),
                lambda: drive.begin_upload("t", spool.new("1f", "1d")),
                lambda: drive.file("t", "1f"),
                lambda: drive.files("t", "1d", {}),
                lambda: drive.download("t", "1f", back.path, size_bytes=3),
                lambda: drive.delete("t", "1f"),
            ):
                with pytest.raises(ConnectorError):
                    await call()
    assert not google.seen


def test_what_is_asked_shows_neither_address_nor_token() -> None:
    asked = WireRequest(
        method="PUT", url="https://x.example/?upload_id=s3cret", headers={"a": "s3cret"}, body=b"s3cret"
    )
    assert "s3cret" not in repr(asked)
