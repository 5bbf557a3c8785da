"""The two conversations with systemd: telling it how we are, and taking sockets it opened.

Source: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
"""

import os
import socket
import time
from collections.abc import Mapping

FIRST_FD = 3
"""SD_LISTEN_FDS_START: where passed sockets begin."""


class Notifier:
    """Talks to $NOTIFY_SOCKET; silent without one, and a message that cannot be sent harms nothing."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        watchdog_us = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", "") in {"", str(os.getpid())}
        is_set = ours and watchdog_us.isascii() and watchdog_us.isdigit() and int(watchdog_us) > 0
        self.watchdog_every_s = int(watchdog_us) / 2_000_000 if is_set else None
        """Seconds between two `watchdog` calls, half of what systemd tolerates; None = no watchdog."""

    def ready(self, status: str = "") -> bool:
        """Say that start-up or a reload is complete. Like all of these: True when the message went out."""
        return self._send(f"READY=1\n{_status(status)}" if status else "READY=1")

    def reloading(self) -> bool:
        """Say that a reload has begun; `ready` ends it."""
        now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        return self._send(f"RELOADING=1\nMONOTONIC_USEC={now_us}")

    def stopping(self, status: str = "") -> bool:
        """Say that a stop has begun."""
        return self._send(f"STOPPING=1\n{_status(status)}" if status else "STOPPING=1")

    def watchdog(self) -> bool:
        """Say that we live."""
        return self._send("WATCHDOG=1")

    def status(self, text: str) -> bool:
        """Give `systemctl status` a line."""
        return self._send(_status(text))

    def _send(self, message: str) -> bool:
        if not self._address:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
                door.setblocking(False)
                door.sendto(message.encode(), self._address)
        except OSError:
            return False
        return True


def _status(text: str) -> str:
    """Write a line for `systemctl status`: a line break in it would begin another message."""
    return f"STATUS={' '.join(text.split())}"


def listen_fds(environ: Mapping[str, str], *, first_fd: int = FIRST_FD) -> list[socket.socket]:
    """Return the listening sockets passed to this process, ready for asyncio; [] when there are none."""
    count = environ.get("LISTEN_FDS", "")
    if environ.get("LISTEN_PID") != str(os.getpid()) or not (count.isascii() and count.isdigit()):
        return []
    passed = []
    for number in range(first_fd, first_fd + int(count)):
        listener = socket.socket(fileno=number)
        listener.set_inheritable(False)
        listener.setblocking(False)
        passed.append(listener)
    return passed
