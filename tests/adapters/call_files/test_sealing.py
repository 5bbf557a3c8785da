"""Sealing: streaming, undone only by the right key, and the `age` program agrees both ways."""

import hashlib
import shutil
import subprocess
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import required
from support.calls import a_call
from support.full_disk import no_file_grows

from adapters.call_files.formats import FileFormats
from adapters.call_files.sealing import AgeSealing
from connector.domain.backup.files import WriteOptions, WrittenFile
from connector.domain.backup.manifest import manifest_file
from connector.domain.backup.sealing import check_phrase, key_sheet, read_sheet
from connector.domain.errors import BadInputError

SEALING = AgeSealing()
PHRASE = "correct horse battery staple"
MADE = datetime(2026, 11, 22, 10, tzinfo=UTC)


def a_file(folder: Path, calls: int = 500) -> WrittenFile:
    writer = FileFormats().writer("jsonl", folder, "calls", WriteOptions(zone="UTC"))
    for at in range(calls):
        writer.add(a_call(f"+9190000{at:05}", note="n" * 500))
    (file,) = writer.close()
    return file


@pytest.fixture
def age() -> str:
    found = shutil.which("age")
    required("age", present=found is not None, how="apt-get install age")
    assert found is not None
    return found


def test_a_sealed_file_opens_again_with_its_key_and_tells_both_digests(tmp_path: Path) -> None:
    key = SEALING.new_key()
    plain = a_file(tmp_path)
    body = plain.path.read_bytes()
    sealed = SEALING.seal(plain, [key.recipient])
    assert [one.name for one in tmp_path.iterdir()] == [sealed.name] == ["calls.jsonl.age"]
    bytes_now = sealed.path.read_bytes()
    assert (sealed.sha256, sealed.size_bytes) == (hashlib.sha256(bytes_now).hexdigest(), len(bytes_now))
    assert sealed.md5 == hashlib.md5(bytes_now, usedforsecurity=False).hexdigest()
    assert (sealed.plain_sha256, sealed.plain_size_bytes) == (plain.sha256, plain.size_bytes)
    assert (sealed.is_sealed, sealed.rows, sealed.format) == (True, 500, "jsonl")
    assert manifest_file(sealed).is_sealed
    assert b"+9190000" not in bytes_now
    opened = tmp_path / "opened"
    assert SEALING.unseal(sealed.path, opened, key.identity) == plain.sha256
    assert opened.read_bytes() == body


def test_every_recipient_opens_it_alone_and_nobody_else(tmp_path: Path) -> None:
    one, two, other = (SEALING.new_key() for _ in range(3))
    sealed = SEALING.seal(a_file(tmp_path), [one.recipient, two.recipient])
    for key in (one, two):
        SEALING.unseal(sealed.path, tmp_path / "opened", key.identity)
        (tmp_path / "opened").unlink()
    with pytest.raises(BadInputError, match="sealed for another"):
        SEALING.unseal(sealed.path, tmp_path / "opened", other.identity)
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("change", ["cut", "cut at a block", "flipped", "empty", "no age"])
def test_a_damaged_file_leaves_nothing_opened(change: str, tmp_path: Path) -> None:
    key = SEALING.new_key()
    sealed = SEALING.seal(a_file(tmp_path), [key.recipient])
    body = bytearray(sealed.path.read_bytes())
    if change == "flipped":
        body[-100_000] ^= 1
    changed = {
        "cut": body[:-10],
        "cut at a block": body[: len(body) - (len(body) - 200) % (64 * 1024 + 16)],
        "flipped": body,
        "empty": bytearray(),
        "no age": bytearray(b"hello\n" * 100),
    }[change]
    sealed.path.write_bytes(changed)
    with pytest.raises(BadInputError, match="damaged"):
        SEALING.unseal(sealed.path, tmp_path / "opened", key.identity)
    assert not (tmp_path / "opened").exists()


def test_a_full_disk_is_an_oserror_and_the_plain_file_stays(tmp_path: Path) -> None:
    key = SEALING.new_key()
    plain = a_file(tmp_path, 2000)
    with pytest.raises(OSError, match="too large"), no_file_grows(beyond_bytes=300_000):
        SEALING.seal(plain, [key.recipient])
    assert [one.name for one in tmp_path.iterdir()] == [plain.name]
    sealed = SEALING.seal(plain, [key.recipient])
    with pytest.raises(OSError, match="too large"), no_file_grows(beyond_bytes=300_000):
        SEALING.unseal(sealed.path, tmp_path / "opened", key.identity)
    assert not (tmp_path / "opened").exists()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    key = SEALING.new_key()
    plain = a_file(tmp_path, 20_000)
    assert plain.size_bytes > 16_000_000
    tracemalloc.start()
    sealed = SEALING.seal(plain, [key.recipient])
    SEALING.unseal(sealed.path, tmp_path / "opened", key.identity)
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()


def run(*command: str, given: bytes = b"") -> bytes:
    done = subprocess.run(command, check=True, input=given, capture_output=True)  # noqa: S603 - our own command
    return done.stdout


def test_the_age_program_opens_ours_and_we_open_its(age: str, tmp_path: Path) -> None:
    key = SEALING.new_key()
    plain = a_file(tmp_path)
    body = plain.path.read_bytes()
    sealed = SEALING.seal(plain, [key.recipient])
    (tmp_path / "key.txt").write_text(key.identity + "\n")
    opened = run(age, "-d", "-i", str(tmp_path / "key.txt"), str(sealed.path))
    assert opened == body
    theirs = tmp_path / "theirs.age"
    run(age, "-r", key.recipient, "-o", str(theirs), given=body)
    assert SEALING.unseal(theirs, tmp_path / "opened", key.identity) == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("text", ["", "age1xx", "ssh-ed25519 AAAA", "age1" + "q" * 58])
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="recipient"):
        SEALING.check_recipients([text])
    with pytest.raises(BadInputError, match="at least one"):
        SEALING.check_recipients([])


def test_a_pass_phrase_locks_the_key_and_the_sheet_brings_it_back() -> None:
    key = SEALING.new_key()
    locked = SEALING.lock(key.identity, PHRASE)
    sheet = key_sheet(workspace="main", recipient=key.recipient, made_at=MADE, secret=locked)
    assert key.identity not in sheet
    found = read_sheet(sheet.replace("\n", "\r\n"))
    assert found.identity is None
    assert found.locked_identity is not None
    assert SEALING.unlock(found.locked_identity, PHRASE) == key.identity
    with pytest.raises(BadInputError, match="pass phrase does not open"):
        SEALING.unlock(found.locked_identity, PHRASE + " ")


def test_a_plain_sheet_brings_the_key_back_however_it_is_copied() -> None:
    key = SEALING.new_key()
    sheet = key_sheet(workspace="main", recipient=key.recipient, made_at=MADE, secret=key.identity)
    assert max(map(len, sheet.splitlines())) <= 78
    assert key.recipient in sheet
    line, groups = sheet.split("in groups, for typing:")
    for text in (sheet, line, groups.split("-----")[0], key.identity.lower(), f"  {key.identity}\n"):
        assert read_sheet(text).identity == key.identity
    assert SEALING.recipient_of(key.identity) == key.recipient
    assert key.identity not in repr(key) + repr(read_sheet(sheet))


def test_a_mistyped_key_is_told() -> None:
    key = SEALING.new_key()
    wrong = key.identity[:-1] + ("Q" if key.identity[-1] != "Q" else "P")
    with pytest.raises(BadInputError, match="mistyped") as told:
        SEALING.recipient_of(wrong)
    assert wrong not in str(told.value)
    with pytest.raises(BadInputError, match="no key in it"):
        read_sheet("hello")


@pytest.mark.parametrize("phrase", ["", "short", "aaaaaaaaaaaaaaaaaaaa"])
def test_a_weak_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(BadInputError, match="too weak"):
        check_phrase(phrase)
