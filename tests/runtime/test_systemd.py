import os
import socket
from pathlib import Path

import pytest

from connector.runtime.systemd import Notifier, listen_fds


@pytest.mark.parametrize("abstract", [True, False])
def test_messages_reach_the_socket(tmp_path: Path, *, abstract: bool) -> None:
    address = f"@connector-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(f"\0{address[1:]}" if abstract else address)
        notifier = Notifier({"NOTIFY_SOCKET": address})
        said = [
            notifier.ready(),
            notifier.watchdog(),
            notifier.status("3 waiting\nREADY=0"),
            notifier.stopping(),
        ]
        assert said == [True] * 4
        heard = [door.recv(100) for _ in range(4)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"STATUS=3 waiting READY=0", b"STOPPING=1"]


def test_without_a_socket_or_a_listener_nothing_breaks(tmp_path: Path) -> None:
    assert not Notifier({}).ready()
    assert not Notifier({"NOTIFY_SOCKET": str(tmp_path / "absent")}).ready()


@pytest.mark.parametrize(
    ("environ", "every_s"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_it_asks(
    environ: dict[str, str], every_s: float | None
) -> None:
    assert Notifier(environ).watchdog_every_s == every_s


def test_passed_sockets_are_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        passed = os.dup2(server.fileno(), 200)
        environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
        (taken,) = listen_fds(environ, first_fd=passed)
        with taken:
            assert taken.getsockname() == server.getsockname()
            assert not taken.getblocking()
            assert not taken.get_inheritable()


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_FDS": "1"},
        {"LISTEN_PID": "1", "LISTEN_FDS": "1"},
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "x"},
    ],
)
def test_sockets_meant_for_others_are_left(environ: dict[str, str]) -> None:
    assert listen_fds(environ) == []
