"""Sealing files with age (https://age-encryption.org/v1), streaming; the `age` program opens them too.

pyrage seals streams for recipients, but with a pass phrase only what fits into memory. So a pass phrase locks the key
and never a file. Implements `ports.backups.FileSealing`.
"""

from collections.abc import Sequence
from dataclasses import replace
from io import BufferedIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyrage
from pyrage import passphrase, x25519

from adapters.call_files.locked_key import locked_key
from adapters.call_files.writing import HashedFile, sync_folder
from connector.domain.backup.files import WrittenFile
from connector.domain.backup.sealing import ENDING, SealingKey, check_phrase
from connector.domain.errors import BadInputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MEDIA_TYPE = "application/octet-stream"
LOCKED_BYTES_MAX = 16 * 1024
_DAMAGED = "The sealed file is damaged or cut off: take another copy of it."


class AgeSealing:
    """Seals finished files and opens them again; makes and locks keys."""

    def new_key(self) -> SealingKey:
        identity = x25519.Identity.generate()
        return SealingKey(recipient=str(identity.to_public()), identity=str(identity))

    def recipient_of(self, identity: str) -> str:
        return str(_identity(identity).to_public())

    def check_recipients(self, recipients: Sequence[str]) -> None:
        _recipients(recipients)

    def seal(self, file: WrittenFile, recipients: Sequence[str]) -> WrittenFile:
        to = _recipients(recipients)
        sealed = HashedFile(file.path.with_name(file.path.name + ENDING))
        try:
            with file.path.open("rb") as plain:
                tube = _Tube(plain, sealed)
                try:
                    pyrage.encrypt_io(tube, tube, to)
                except (pyrage.EncryptError, OSError) as error:
                    raise tube.broke or OSError(f"sealing failed: {type(error).__name__}") from None
            written = sealed.finish(kind=file.format, media_type=MEDIA_TYPE, rows=file.rows, owner=file.owner)
        except BaseException:
            sealed.discard()
            raise
        sync_folder(file.path.parent)
        file.path.unlink()
        return replace(
            written,
            is_sealed=True,
            plain_size_bytes=file.plain_size_bytes,
            plain_sha256=file.plain_sha256,
            part=file.part,
        )

    def unseal(self, path: Path, to: Path, identity: str) -> str:
        key = _identity(identity)
        plain = HashedFile(to)
        try:
            with path.open("rb") as sealed:
                tube = _Tube(sealed, plain)
                try:
                    pyrage.decrypt_io(tube, tube, [key])
                except (pyrage.DecryptError, OSError) as error:
                    raise tube.broke or _refusal(error) from None
            plain.finish(kind="jsonl", media_type=MEDIA_TYPE, rows=0)
        except BaseException:
            plain.discard()
            raise
        return plain.sha256

    def lock(self, identity: str, phrase: str) -> str:
        check_phrase(phrase)
        return locked_key(f"{_identity(identity)}\n".encode(), phrase)

    def unlock(self, locked: str, phrase: str) -> str:
        if len(locked) > LOCKED_BYTES_MAX:
            raise BadInputError("The locked key is too long to be one.")
        try:
            text = passphrase.decrypt(locked.encode(), phrase).decode()
        except (pyrage.DecryptError, OSError, UnicodeDecodeError):
            raise BadInputError(
                "The pass phrase does not open this key: it is another, or the key is mistyped."
            ) from None
        return str(_identity(text.strip()))


class _Tube(BufferedIOBase):
    """What the library reads from and writes to; remembers what the disk said, which the library rewords."""

    def __init__(self, source: IO[bytes], sink: HashedFile) -> None:
        self._source = source
        self._sink = sink
        self.broke: OSError | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return self._source.read(-1 if size is None else size)
        except OSError as error:
            self.broke = error
            raise

    def write(self, block: "ReadableBuffer", /) -> int:
        try:
            return self._sink.write(bytes(block))
        except OSError as error:
            self.broke = error
            raise


def _recipients(texts: Sequence[str]) -> Sequence[x25519.Recipient]:
    if not texts:
        raise BadInputError("Sealing needs at least one recipient.")
    found = []
    for text in texts:
        try:
            found.append(x25519.Recipient.from_str(text.strip()))
        except pyrage.RecipientError:
            raise BadInputError(
                f"{text[:80]!r} is no age recipient: one begins with `age1` and has 62 characters."
            ) from None
    return found


def _identity(text: str) -> x25519.Identity:
    try:
        return x25519.Identity.from_str(text.strip().upper())
    except pyrage.IdentityError:
        raise BadInputError(
            "The key is none, or mistyped: it begins with AGE-SECRET-KEY-1 and has 74 characters."
        ) from None


def _refusal(error: Exception) -> BadInputError:
    if isinstance(error, pyrage.DecryptError) and "No matching keys" in str(error):
        return BadInputError(
            "This key does not open the file: it was sealed for another; the manifest says for which."
        )
    return BadInputError(_DAMAGED)
