"""A PostgreSQL server that says nothing: stopped as a whole, or behind a network that drops every packet."""

import contextlib
import os
import select
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from connector.bench.cluster import Cluster


@contextlib.contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    """Stop all processes of the server, as a machine that is out of memory or suspended does."""
    main = (cluster.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]
    _stop([main])  # first, and until it stands still: it begets no more
    children = Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii").split()
    _stop(children)
    try:
        yield
    finally:
        for pid in (*children, main):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGCONT)


def _stop(pids: list[str]) -> None:
    """Stop processes and return once they stand still: the signal takes effect when the kernel comes to it."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGSTOP)
    for pid in pids:
        while _state(pid) not in {"T", "Z", ""}:
            os.sched_yield()


def _state(pid: str) -> str:
    """Return the letter of the process's state, empty when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return stat.rpartition(")")[2].split()[0]


class Network:
    """A way to the server over TCP. Whatever is connected when it `drops` never hears anything again."""

    def __init__(self, cluster: Cluster) -> None:
        self._server = str(cluster.folder / ".s.PGSQL.5432")
        self._door = socket.create_server(("127.0.0.1", 0))
        self._bell, self._listener = socket.socketpair()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._dropped: list[socket.socket] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def url(self, url: str) -> str:
        """Return a database's address by this way."""
        return f"{url.partition('?')[0]}?host=127.0.0.1&port={self._door.getsockname()[1]}"

    def drop(self) -> None:
        """Forget all connections without a word; new ones get through."""
        with self._lock:
            self._dropped += self._pairs
            self._pairs.clear()

    def close(self) -> None:
        """Close everything."""
        self._bell.close()
        self._thread.join()
        for one in (*self._pairs, *self._dropped, self._door, self._listener):
            one.close()

    def _carry(self) -> None:
        while True:
            with self._lock:
                ends = list(self._pairs)
            ready, _, _ = select.select([self._listener, self._door, *ends], [], [], 0.02)
            if self._listener in ready:
                return
            if self._door in ready:
                self._connect()
            with self._lock:
                for end in ready:
                    if end in self._pairs:
                        self._pass_on(end)

    def _connect(self) -> None:
        near, _ = self._door.accept()
        far = socket.socket(socket.AF_UNIX)
        far.connect(self._server)
        with self._lock:
            self._pairs |= {near: far, far: near}

    def _pass_on(self, end: socket.socket) -> None:
        other = self._pairs[end]
        with contextlib.suppress(OSError):
            if data := end.recv(65536):
                other.sendall(data)
                return
        for one in (end, other):
            del self._pairs[one]
            one.close()
