"""Files of a backup as they lie on our disk, opened: unsealed, told apart, read in chunks. Synchronous."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.manifest import Manifest
from connector.domain.call import Call, RejectedRow
from connector.domain.errors import BadInputError
from connector.ports.backups import CallFormats, FileSealing
from connector.wire.manifest import MANIFEST_BYTES_MAX, manifest_from_json

AGE_HEAD = b"age-encryption.org/v1"


def is_sealed(path: Path) -> bool:
    """Tell whether a file is encrypted, by how it begins."""
    with path.open("rb") as file:
        return file.read(len(AGE_HEAD)) == AGE_HEAD


def unsealed(seals: FileSealing, path: Path, identities: Sequence[str]) -> Path:
    """Return the plain file beside a sealed one; a plain one as it is.

    Raises DrillFailedError (cannot_unseal).
    """
    if not is_sealed(path):
        return path
    to = path.with_name(path.name.removesuffix(".age") + ".plain")
    reason = "No identity is set." if not identities else ""
    for identity in identities:
        try:
            seals.unseal(path, to, identity)
        except BadInputError as error:
            reason = str(error)
        else:
            return to
    raise DrillFailedError("cannot_unseal", reason)


def at_hand(path: Path, work: Path) -> Path:
    """Return where a file may get a plain copy beside it: a link in a folder of our own."""
    link = work / path.name
    if not link.exists():
        link.symlink_to(path.resolve())
    return link


def read_manifest(path: Path) -> Manifest:
    """Return a manifest. Raises DrillFailedError (manifest_unreadable)."""
    if path.stat().st_size > MANIFEST_BYTES_MAX:
        raise DrillFailedError("manifest_unreadable", "It is too large.")
    try:
        return manifest_from_json(path.read_bytes())
    except BadInputError as error:
        raise DrillFailedError("manifest_unreadable", str(error)) from None


def is_manifest(path: Path) -> bool:
    """Tell whether a plain file is a manifest, by how it begins."""
    with path.open("rb") as file:
        head = file.read(200)
    return head.lstrip().startswith(b"{") and b'"manifest_version"' in head


class Reading:
    """The calls of one file, a chunk at a time."""

    def __init__(self, formats: CallFormats, path: Path) -> None:
        self._rows: Iterator[Call | RejectedRow] = formats.calls(path)

    def chunk(self, size: int) -> Sequence[Call | RejectedRow]:
        """Return the next rows; none: it is over. Raises DrillFailedError (file_unreadable)."""
        try:
            return list(islice(self._rows, size))
        except BadInputError as error:
            raise DrillFailedError("file_unreadable", str(error)) from None
