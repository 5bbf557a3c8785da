"""What every command shares: settings, a loop, errors as exit codes, output as table or JSON."""

import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from connector.config import BadSettingsError, Settings, load
from connector.domain.errors import (
    AuthLostError,
    BadInputError,
    ConnectorError,
    LeadAccessError,
    MisconfiguredError,
    NewerStateError,
    NotPermittedError,
    StateUnavailableError,
    TransientError,
)
from connector.runtime.logs import configure_logs

T = TypeVar("T")

FINDINGS = 1
BAD_INPUT = 65
UNAVAILABLE = 69
TRY_LATER = 75
NOT_PERMITTED = 77
BAD_SETTINGS = 78
INTERNAL = 70

_CODES: tuple[tuple[type[ConnectorError], int], ...] = (
    (BadSettingsError, BAD_SETTINGS),
    (MisconfiguredError, BAD_SETTINGS),
    (NewerStateError, BAD_SETTINGS),
    (BadInputError, BAD_INPUT),
    (NotPermittedError, NOT_PERMITTED),
    (AuthLostError, NOT_PERMITTED),
    (LeadAccessError, NOT_PERMITTED),
    (StateUnavailableError, TRY_LATER),
    (TransientError, TRY_LATER),
    (ConnectorError, UNAVAILABLE),
)


class Failure(click.ClickException):
    """A failed command: one plain message, an exit code (sysexits.h)."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override] # click reads it, a class variable there
        return self.code


def failure(error: ConnectorError) -> Failure:
    """Return the error as a person and a shell see it."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), INTERNAL)
    remedy = getattr(error, "remedy", "")
    return Failure(f"{error} {remedy}".strip(), code=code)


class Session:
    """One call of the command line."""

    def __init__(self, config: Path | None) -> None:
        self._config = config

    def settings(self) -> Settings:
        """Load the settings and set the logs up. Raises Failure with every mistake."""
        try:
            settings = load(self._config, os.environ)
        except ConnectorError as error:
            raise failure(error) from error
        configure_logs(log_format=settings.log.format, level=settings.log.level)
        return settings

    def reread(self) -> Settings:
        """Load the settings again. Raises BadSettingsError with every mistake.

        systemd fills $CREDENTIALS_DIRECTORY at the start of a service only: a service that may read the files
        themselves names their folder in $CONNECTOR_RELOAD_CREDENTIALS.
        """
        environ = dict(os.environ)
        if source := environ.get("CONNECTOR_RELOAD_CREDENTIALS"):
            environ["CREDENTIALS_DIRECTORY"] = source
        return load(self._config, environ)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to the end. Raises Failure for every error that is not a bug."""
        try:
            return asyncio.run(work)
        except ConnectorError as error:
            raise failure(error) from error
        except KeyboardInterrupt:
            sys.exit(130)


as_json = click.option("--json", "in_json", is_flag=True, help="Print JSON, one object a line.")
dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
at_most = click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1, 100_000), help="At most."
)
newest = click.option(
    "--limit", type=click.IntRange(1), help="At most, the newest; without it all that match."
)

rate = click.option(
    "--rate",
    "per_second",
    default=20.0,
    show_default=True,
    type=click.FloatRange(0.1, 1000),
    help="How many a second: live ones go first.",
)


def of_all(count: int, matching: int, limit: int | None) -> str:
    """Return the count as said to a person; where the limit left some out, with how many there are."""
    return f"{count} of {matching}" if limit is not None and matching > limit else str(count)


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, in_json: bool, empty: str) -> None:
    """Print rows as JSON lines or as a table; `…_ms` columns become times in the table."""
    if in_json:
        for row in rows:
            click.echo(json.dumps(dict(row), ensure_ascii=False, default=str))
        return
    if not rows:
        click.echo(empty)
        return
    from rich.console import Console  # noqa: PLC0415 - only a table needs it
    from rich.table import Table  # noqa: PLC0415 - the same

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.removesuffix("_ms").replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(column, row.get(column)) for column in columns))
    wide = 240  # where no terminal shows it, ids stay whole for who searches in it
    Console(width=None if sys.stdout.isatty() else wide, soft_wrap=False).print(table)


def _cell(column: str, value: object) -> str:
    if value is None:
        return "-"
    if column.endswith("_ms") and isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
