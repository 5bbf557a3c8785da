"""Where the files of tests live: in memory if this machine has the room, so that a slow disk slows no test.

No test promises anything across a power cut, and what a `kill -9` must not lose is in the kernel either way. Every
fsync is still asked for. Tests of full and broken disks mount disks of their own.
"""

import os
import re
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder in it for us alone
ROOM_BYTES = 1024**3
"""Several times what a run was seen to hold; a container has 64 MiB unless it is told otherwise."""


def memory_folder() -> Path | None:
    """Return a file system in memory for the files of a run, or None."""
    try:
        room = os.statvfs(SHARED_MEMORY)
        mounts = Path("/proc/mounts").read_text(encoding="utf-8")
        memory = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None  # another kind of system
    fits = holds_a_run(mounts, memory, free_bytes=room.f_bavail * room.f_frsize)
    return SHARED_MEMORY if fits else None


def holds_a_run(mounts: str, memory: str, *, free_bytes: int) -> bool:
    """Tell whether it is in memory, may run programs, and neither it nor the memory gets full. Source: proc(5)."""
    mounted = re.findall(rf"^\S+ {SHARED_MEMORY} tmpfs (\S+)", mounts, re.MULTILINE)
    available = re.search(r"^MemAvailable: +(\d+) kB$", memory, re.MULTILINE)
    if not mounted or available is None or "noexec" in mounted[-1].split(","):
        return False
    return free_bytes >= ROOM_BYTES and int(available[1]) * 1024 >= 2 * ROOM_BYTES
