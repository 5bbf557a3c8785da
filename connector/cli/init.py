"""`connector init`."""

import os
import secrets
from pathlib import Path

import click

from connector.cli.session import Failure
from connector.config import commented_toml

CANNOT_CREATE = 73


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default="connector.toml")
def init(path: Path) -> None:
    """Write a commented settings file with fresh secrets. An existing file is never overwritten."""
    text = commented_toml(secrets.token_bytes)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{path} exists and is kept: name another file.", code=CANNOT_CREATE) from None
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.", code=CANNOT_CREATE) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"Wrote {path}. Fill in [server], [facebook] and [crm], then run `connector doctor`.")
