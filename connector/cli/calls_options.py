"""What the commands around call logs share."""

import click

workspace = click.option(
    "--workspace", "workspace_id", default="main", show_default=True, help="Whose calls."
)
