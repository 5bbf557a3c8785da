"""A private PostgreSQL cluster for tests and measurements: own folder, own socket, no TCP, gone afterwards."""

import contextlib
import getpass
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg


def find_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, the newest version's."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True
    )
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@dataclass
class Cluster:
    """A running server; `database()` lends an empty database."""

    folder: Path
    user: str
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @classmethod
    @contextlib.contextmanager
    def started(cls, programs: Path, *, durable: bool = False) -> Iterator["Cluster"]:
        """Start a server. `durable` False skips fsync: right for tests, whose data is worth nothing."""
        folder = Path(tempfile.mkdtemp(prefix="connector-pg-"))
        user = _owner(folder)
        data = folder / "data"
        _run(user, programs / "initdb", "-D", data, "-U", "tester", "--auth=trust", "--no-sync", "-E", "UTF8")
        fsync = "on" if durable else "off"
        options = f"-k {folder} -c listen_addresses= -c fsync={fsync} -c max_connections=200"
        start = ("start", "-w", "-D", data, "-l", folder / "log", "-o", options)
        _run(user, programs / "pg_ctl", *start)
        try:
            yield cls(folder, user)
        finally:
            _run(user, programs / "pg_ctl", "stop", "-m", "immediate", "-D", data)
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def database(self, tablespace: str = "pg_default", template: str = "template1") -> Iterator[str]:
        """Lend a database as its template is, which is empty unless said otherwise; yield its address."""
        name = f"t{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} TABLESPACE {tablespace}")
        yield self.url(name)
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextlib.contextmanager
    def database_in(self, folder: Path) -> Iterator[str]:
        """Lend an empty database whose tables lie in a folder, which the server can reach; yield its address."""
        name, space = f"s{next(self._numbers)}", folder / "tables"
        space.mkdir(mode=0o700)
        if os.geteuid() == 0:
            account = pwd.getpwnam(self.user)
            os.chown(space, account.pw_uid, account.pw_gid)
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(f"CREATE TABLESPACE {name} LOCATION '{space}'")
            with self.database(name) as url:
                yield url
            conn.execute(f"DROP TABLESPACE {name}")

    def url(self, name: str) -> str:
        """Return the address of one database."""
        return f"postgresql://tester@/{name}?host={self.folder}"


def _owner(folder: Path) -> str:
    """Return whom the server runs as: it refuses root, so root lends the folder to postgres."""
    if os.geteuid() != 0:
        return getpass.getuser()
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o755)
    return account.pw_name


def _run(user: str, *command: object) -> None:
    argv = [str(part) for part in command]
    if os.geteuid() == 0:
        argv = ["runuser", "-u", user, "--", *argv]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603 - our own words
