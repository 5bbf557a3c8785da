"""PostgreSQL's own `pg_dump` and `pg_restore`, where they are installed. No address stands in their arguments."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from connector.domain.errors import StateUnavailableError

INSTALL = "Install PostgreSQL's client programs (Debian: postgresql-client) of the server's version or newer."
LOOK_S = 0.2
_VARIABLES = {  # postgresql.org/docs/current/libpq-envars.html
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


def find_program(name: str) -> Path | None:
    """Return a program of PostgreSQL's, the newest version's: an older one refuses a newer server."""
    folders = sorted(
        (folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()),
        key=lambda folder: int(folder.parent.name),
        reverse=True,
    )
    found = next((folder / name for folder in folders if (folder / name).exists()), None)
    if found is not None:
        return found
    named = shutil.which(name)
    return Path(named) if named else None


def run_program(
    name: str, arguments: Sequence[str], url: str, *, go_on: Callable[[], bool] = lambda: True
) -> None:
    """Run one to its end, or until `go_on` says False.

    Raises StateUnavailableError with its last line, which names objects of the database and no data.
    """
    program = find_program(name)
    if program is None:
        raise StateUnavailableError(f"{name} is not installed. {INSTALL}")
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - found by us, arguments of ours
            [str(program), *arguments],
            env=_environment(url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            while process.poll() is None:
                if not go_on():
                    raise StateUnavailableError(f"{name} was broken off")
                time.sleep(LOOK_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise StateUnavailableError(f"{name} failed: {_plain(lines[0] if lines else '')}")


def _plain(line: str) -> str:
    """Keep what is ours out: libpq's own errors name host, user and database."""
    return "it cannot connect" if "connection" in line else line[:200]


def _environment(url: str) -> Mapping[str, str]:
    given = conninfo_to_dict(url)
    ours = {_VARIABLES[name]: str(value) for name, value in given.items() if name in _VARIABLES}
    return {**os.environ, **ours, "PGAPPNAME": "connector", "LC_ALL": "C"}
