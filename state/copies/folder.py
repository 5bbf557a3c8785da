"""The folder of copies: each file with its manifest beside it, both durable before anybody counts on them."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from connector.domain.errors import BadInputError, StateUnavailableError
from connector.domain.own_state import CopyUnderWayError, Manifest, is_copy_name, surplus

PART = ".part"
SCRATCH = ".drill-"
"""How the folder of a drill begins, which a kill may leave."""
_READ_BYTES = 2**20


class Copies:
    """The copies in one folder. Only files named as ours are ever looked at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def finished(self) -> Sequence[Manifest]:
        """Return the manifests of finished copies, oldest first; what cannot be read is no copy."""
        try:
            names = sorted(path.name for path in self.folder.iterdir())
        except OSError:
            return ()
        found = (
            read_manifest(self.folder / name)
            for name in names
            if is_copy_name(name) and f"{name}.json" in names
        )
        return [one for one in found if one is not None]

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder, swept: what another process has begun there would pass for what a kill left.

        Raises CopyUnderWayError while another one holds it, StateUnavailableError when there can be no such folder.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise self._refused(error) from error
        try:
            with contextlib.suppress(OSError):  # a file system without locks
                _take(descriptor, self.folder)
            self._sweep()
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def begun(self, name: str) -> Iterator[Path]:
        """Lend the path of an empty file that only we may read; it goes unless `finish` took it.

        Raises StateUnavailableError when the folder takes none.
        """
        with self.alone():
            part = self.folder / f"{name}{PART}"
            try:
                os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            except OSError as error:
                raise self._refused(error) from error
            try:
                yield part
            finally:
                part.unlink(missing_ok=True)

    def finish(self, part: Path, manifest: Manifest) -> None:
        """Give a copy its name, then its manifest: only with that it counts. An existing one is never replaced."""
        sync(part)
        target = self.folder / manifest.file
        os.link(part, target)  # fails where a file of that name is
        part.unlink()
        sync(self.folder)
        beside = Path(f"{target}.json")
        unnamed = Path(f"{beside}{PART}")
        descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(manifest), file, indent=1)
        sync(unnamed)
        unnamed.rename(beside)
        sync(self.folder)

    def rotate(self, *, kept: int) -> Sequence[Manifest]:
        """Delete the oldest finished copies; return them. The manifest goes first: half a copy is none."""
        gone = surplus(self.finished(), kept=kept)
        for one in gone:
            (self.folder / f"{one.file}.json").unlink(missing_ok=True)
            (self.folder / one.file).unlink(missing_ok=True)
        return gone

    def _sweep(self) -> None:
        """Delete what a kill left: parts, files that never got their manifest, drills."""
        names = {path.name for path in self.folder.iterdir()}
        for name in names:
            whole = name.removesuffix(PART).removesuffix(".json")
            if is_copy_name(whole) and (name.endswith(PART) or f"{whole}.json" not in names):
                (self.folder / name).unlink(missing_ok=True)
            elif name.startswith(SCRATCH):
                shutil.rmtree(self.folder / name, ignore_errors=True)

    def _refused(self, error: OSError) -> StateUnavailableError:
        return StateUnavailableError(
            f"{self.folder} takes no copy of the state: {error.strerror}. Mend state.backup_dir or its rights."
        )


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CopyUnderWayError(f"another copy or drill is under way in {folder}: let it end first") from None


def read_manifest(copy: Path) -> Manifest | None:
    """Return the manifest beside a copy, or None when there is none that can be used."""
    try:
        said = json.loads(Path(f"{copy}.json").read_text(encoding="utf-8"))
        return Manifest(**{**said, "steps": tuple(said["steps"]), "keys": tuple(said["keys"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in constant memory."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            sha.update(block)
    return sha.hexdigest()


def check_bytes(copy: Path, manifest: Manifest) -> None:
    """Raise BadInputError unless the file is byte for byte what its manifest says."""
    try:
        is_same = copy.stat().st_size == manifest.bytes and digest(copy) == manifest.sha256
    except OSError as error:
        raise BadInputError(f"{copy.name} cannot be read: {error.strerror}") from error
    if not is_same:
        raise BadInputError(f"{copy.name} is not what its manifest says: it was damaged or changed")


def sync(path: Path) -> None:
    """Bring a file, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
