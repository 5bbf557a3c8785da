"""Disks of a few MiB that a test fills or breaks: real file systems, so only where this user may mount some."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BLOCK = b"\xa5" * 64 * 1024
PACKAGES = "e2fsprogs"


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    return done.stdout.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallDisk:
    """A mounted disk."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Take all the room there is."""
        try:
            with self._ballast.open("ab", buffering=0) as file:
                while file.write(BLOCK):
                    pass
        except OSError:
            return  # full

    def make_room(self) -> None:
        """Give it back."""
        self._ballast.unlink()

    def break_down(self) -> None:
        """Have the kernel find an error on it: from now on it takes no writes, also of files that are open."""
        device = Path(_run("findmnt", "-no", "SOURCE", str(self.folder))).name
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1", encoding="ascii")


@contextmanager
def memory_disk(folder: Path, *, size_bytes: int) -> Iterator[SmallDisk]:
    """Mount a file system in memory. Raises OSError or CalledProcessError where that is not allowed."""
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder))
    try:
        yield SmallDisk(folder=folder)
    finally:
        _run("umount", "--lazy", str(folder))


@contextmanager
def ext4_disk(image: Path, folder: Path) -> Iterator[SmallDisk]:
    """Mount an image that `new_image` made; an error found on it makes it read-only."""
    folder.mkdir(exist_ok=True)
    _run("mount", "-o", "loop,errors=remount-ro", str(image), str(folder))
    try:
        yield SmallDisk(folder=folder)
    finally:
        _run("umount", str(folder))


def new_image(image: Path, *, size_bytes: int) -> None:
    """Make an ext4 file system in a file."""
    with image.open("wb") as file:
        file.truncate(size_bytes)
    _run("mkfs.ext4", "-q", "-F", str(image))


def repair(image: Path) -> None:
    """Do what a person does after the kernel found an error: let the disk be checked."""
    subprocess.run(["e2fsck", "-y", str(image)], capture_output=True, check=False)  # noqa: S603, S607 - it tells by its code what it mended


def why_not_here(scratch: Path) -> str | None:
    """Return why no disk can be mounted here, or None."""
    if os.geteuid() != 0:
        return "only root may mount a disk"
    try:
        with memory_disk(scratch / "probe-disk", size_bytes=64 * 1024):
            return None
    except (OSError, subprocess.CalledProcessError) as error:
        return f"a disk cannot be mounted: {error}"


def why_no_ext4_here(scratch: Path) -> str | None:
    """Return why no disk can be mounted here that breaks down when it is told to, or None."""
    image = scratch / "probe-image"
    try:
        new_image(image, size_bytes=2 * 1024 * 1024)
        with ext4_disk(image, scratch / "probe-ext4") as disk:
            disk.break_down()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no ext4 in a file: {error}"
    return None
