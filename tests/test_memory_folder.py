"""When the files of tests may live in memory: not where they would fill it, nor where no program runs from it."""

import pytest
from support.memory import ROOM_BYTES, holds_a_run

MOUNTS = "/dev/vda / ext4 rw,relatime 0 0\ntmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0\n"
MEMORY = f"MemTotal:       24684096 kB\nMemAvailable:   {2 * ROOM_BYTES // 1024} kB\n"


def test_a_large_one_is_taken() -> None:
    assert holds_a_run(MOUNTS, MEMORY, free_bytes=ROOM_BYTES)


@pytest.mark.parametrize(
    ("mounts", "memory", "free_bytes"),
    [
        (MOUNTS.replace("shm tmpfs", "shm overlay"), MEMORY, ROOM_BYTES),
        (MOUNTS.replace("nodev", "nodev,noexec"), MEMORY, ROOM_BYTES),
        (MOUNTS, "MemAvailable: 1048576 kB\n", ROOM_BYTES),
        (MOUNTS, MEMORY, 64 * 1024**2),
        ("", "", ROOM_BYTES),
    ],
    ids=["on a disk", "runs nothing", "little memory", "small", "another system"],
)
def test_what_does_not_fit_is_left_alone(mounts: str, memory: str, free_bytes: int) -> None:
    assert not holds_a_run(mounts, memory, free_bytes=free_bytes)
