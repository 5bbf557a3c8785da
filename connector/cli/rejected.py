"""Rows of a file that became nothing: named on standard error, and written to a file for who mends them."""

import json
from dataclasses import asdict
from typing import TextIO

import click

from connector.domain.call import RejectedRow

rejects_file = click.option(
    "--rejects", type=click.File("w", encoding="utf-8"), help="Write rejected rows here, as JSON lines."
)


def tell(row: RejectedRow, rejects: TextIO | None) -> None:
    """Name one row."""
    click.echo(f"line {row.line}: {row.reason}: {row.text}", err=True)
    if rejects is not None:
        rejects.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
