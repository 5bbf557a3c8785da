"""`connector init`."""

import os
import secrets
from pathlib import Path

import click

from connector.cli.session import Failure
from connector.config import commented_toml, toml_and_credentials

CANNOT_CREATE = 73


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), default="connector.toml")
@click.option(
    "--credentials",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the secrets here, one file each, for the service's LoadCredential=.",
)
def init(path: Path, folder: Path | None) -> None:
    """Write a commented settings file with fresh secrets. An existing file is never overwritten.

    With --credentials the secrets go into files of their own. All of them may then be read by the group of the folder
    they are made in.
    """
    if folder is None:
        _write(path, commented_toml(secrets.token_bytes), mode=0o600)
        click.echo(f"Wrote {path}. Fill in [server], [facebook] and [crm], then run `connector doctor`.")
        return
    text, credentials = toml_and_credentials(secrets.token_bytes)
    for taken in (file for file in (path, *(folder / name for name in credentials)) if file.exists()):
        raise _kept(taken)
    try:
        folder.mkdir(mode=0o750, exist_ok=True)
    except OSError as error:
        raise Failure(f"{folder} cannot be made: {error.strerror}.", code=CANNOT_CREATE) from None
    for name, secret in credentials.items():
        _write(folder / name, f"{secret}\n" if secret else "", mode=0o640)
    _write(path, text, mode=0o640)
    empty = ", ".join(str(folder / name) for name, secret in credentials.items() if not secret)
    click.echo(f"Wrote {path} and {len(credentials)} files in {folder}.")
    click.echo(f"Fill in [server], [facebook] and [crm], and {empty}; then run `connector doctor`.")


def _write(path: Path, text: str, *, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _kept(path) from None
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.", code=CANNOT_CREATE) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)  # whatever the umask is: the service's group reads it
        file.write(text)


def _kept(path: Path) -> Failure:
    return Failure(f"{path} exists and is kept: name another file.", code=CANNOT_CREATE)
