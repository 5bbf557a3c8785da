"""A contained machine with real systemd and the connector installed as a service on it.

Its Python is Debian's; the packages it uses are those of this interpreter where both are of one version, else those
of the lock file. Tests enter the machine's network, so that sandbox and callers are beside the service.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(__file__).with_name("systemd-host")
PYTHON = Path("/usr/bin/python3")
PACKAGES = ("systemd", "dbus", "libnss-systemd", "util-linux", "tar")
"""Debian packages that the tool needs."""
CLONE_NEWNET = 0x40000000
PATIENCE_S = 240
"""Seconds that one command gets; an installation on a busy machine takes longest."""

INSTALL = """
set -e
useradd --system --home-dir /var/lib/connector --shell /usr/sbin/nologin connector
cd /opt/connector
/usr/bin/python3 -m venv --without-pip .venv
echo /opt/packages > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/packages.pth"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \\
    --no-deps --no-index /opt/wheels/*.whl
install -d -o root -g connector -m 2750 /etc/connector
.venv/bin/connector init /etc/connector/connector.toml --credentials /etc/connector/credentials
cp /opt/units/connector.service /opt/units/connector.socket /etc/systemd/system/
systemctl daemon-reload
"""
"""docs/operators.md, "Install", without a package index: there is no network."""


def why_not_here() -> str | None:
    """Return why no contained machine can be made on this one, whatever is installed."""
    if os.geteuid() != 0:
        return "only root can make namespaces with a cgroup tree and devices of their own"
    filesystems = Path("/proc/filesystems").read_text(encoding="utf-8")
    if "overlay" not in filesystems or "cgroup2" not in filesystems:
        return "the kernel has no overlayfs or no cgroup2"
    unshare = shutil.which("unshare")
    made = unshare and subprocess.run(  # noqa: S603 - our own words
        [unshare, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork", "true"], check=False
    )
    return None if not made or made.returncode == 0 else "this container may not make namespaces"


def is_installed() -> bool:
    """Tell whether systemd and what else the tool needs is here."""
    return Path("/lib/systemd/systemd").exists() and shutil.which("dbus-daemon") is not None


class ServiceHost:
    """One machine, up while inside `running`."""

    def __init__(self, name: str, folder: Path) -> None:
        self._environ = {**os.environ, "SYSTEMD_HOST_NAME": name}
        self._folder = folder

    @contextmanager
    def running(self) -> Iterator["ServiceHost"]:
        """Boot it with the service installed and not started."""
        wheels = self._folder / "wheels"
        _wheel(self._folder / "source", wheels)
        packages = _packages(self._folder)
        shown = (f"{packages}:/opt/packages", f"{wheels}:/opt/wheels", f"{ROOT / 'systemd'}:/opt/units")
        with self.bare(*shown, f"{ROOT / 'docs'}:/opt/connector/docs", f"{TOOL.parent}:/opt/support"):
            self.run("bash", "-c", INSTALL)
            yield self

    @contextmanager
    def bare(self, *shown: str) -> Iterator["ServiceHost"]:
        """Boot it with nothing of ours on it; `shown` are the tool's PATH:AT, seen in it read-only."""
        try:
            self._tool("up", *shown)
            yield self
        finally:
            self._tool("down")

    def run(self, *command: str) -> str:
        """Run a command in it as root and return what it printed. Raises CalledProcessError."""
        return self._tool("run", *command)

    def command(self, *command: str) -> list[str]:
        """Return what starts a command in it, for whoever wants a process; `environ` goes with it."""
        return [str(TOOL), "run", *command]

    @property
    def environ(self) -> dict[str, str]:
        """The environment that `command` needs."""
        return self._environ

    def write(self, path: str, text: str, *, mode: str = "0640", group: str = "connector") -> None:
        """Write a file in it, whole or not at all."""
        script = 'cat >"$1.new"; chmod "$2" "$1.new"; chgrp "$3" "$1.new"; mv "$1.new" "$1"'
        self._tool("run", "bash", "-c", script, "-", path, mode, group, stdin=text)

    @property
    def pid(self) -> int:
        """Its PID 1, as this machine sees it."""
        return int(self._tool("pid"))

    @contextmanager
    def network(self) -> Iterator[None]:
        """Put this thread, and what it starts, into the machine's network while inside."""
        with (
            Path("/proc/thread-self/ns/net").open("rb") as ours,
            Path(f"/proc/{self.pid}/ns/net").open("rb") as theirs,
        ):
            _enter(theirs.fileno())
            try:
                yield
            finally:
                _enter(ours.fileno())

    def _tool(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(  # noqa: S603 - the tool beside us
            [str(TOOL), *arguments],
            env=self._environ,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        if done.returncode:
            raise AssertionError(f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _wheel(source: Path, wheels: Path) -> None:
    """Build the package from a copy: building leaves files beside its source."""
    source.mkdir()
    for name in ("connector", "adapters", "state"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    _pip(
        sys.executable,
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(wheels),
        str(source),
    )


def our_version() -> str:
    """Return this interpreter's version, to the minor one: packages are made for that."""
    return sysconfig.get_python_version()


def their_version() -> str:
    """Return the version of Debian's Python."""
    ask = "import sysconfig; print(sysconfig.get_python_version())"
    return subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - our own words


def _packages(folder: Path) -> Path:
    """Return a folder with every package that the service uses, for Debian's Python."""
    if their_version() == our_version():
        return Path(sysconfig.get_paths()["purelib"])
    target = folder / "packages"
    subprocess.run([PYTHON, "-m", "venv", str(folder / "venv")], check=True)  # noqa: S603 - our own words
    python = str(folder / "venv/bin/python")
    _pip(
        python, "install", "--require-hashes", "--target", str(target), "-r", str(ROOT / "requirements.lock")
    )
    _pip(python, "install", "--target", str(target), "pip")
    return target


def _pip(python: str, *arguments: str) -> None:
    subprocess.run(  # noqa: S603 - our own words
        [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        check=True,
        capture_output=True,
    )
