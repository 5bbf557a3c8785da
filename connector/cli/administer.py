"""`connector migrate`, `connector workspace`, `connector token`."""

from typing import Any

import click

from connector.cli.session import Failure, Session, as_json, show
from connector.composition import Chance, opened_state
from connector.domain.errors import BadInputError
from connector.runtime.clock import SystemClock


@click.command()
@click.pass_obj
def migrate(session: Session) -> None:
    """Bring the database's schema up to date. `run` does it too; a newer database is refused."""
    settings = session.settings()

    async def apply() -> None:
        async with opened_state(settings, SystemClock(), Chance.of_system()):
            pass

    session.run(apply())
    click.echo("The schema is up to date.")


@click.group()
def workspace() -> None:
    """Add, list and change customer organisations: each has its own Pages, contacts and feed."""


_region = click.option("--region", help="ISO 3166 country for phone numbers without a country code, e.g. IN.")
_timezone = click.option("--timezone", help="IANA time zone, e.g. Asia/Kolkata.")
_tracking = click.option(
    "--call-tracking", type=click.Choice(["on", "off"]), help="Whether calls are stored."
)
_name = click.option("--name", help="What people call it.")


@workspace.command("add")
@click.argument("workspace_id")
@_name
@_region
@_timezone
@_tracking
@click.pass_obj
def workspace_add(session: Session, /, workspace_id: str, **given: str | None) -> None:
    """Add a workspace."""
    changes = _changes(given)
    settings = session.settings()

    async def add() -> bool:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            added = await rooms.workspaces.add(_checked_id(workspace_id))
            if added:
                await rooms.workspaces.change(workspace_id, changes)
            return added

    if not session.run(add()):
        raise Failure(
            f"There is a workspace {workspace_id} already; change it with `workspace set`.", code=65
        )
    click.echo(f"Added workspace {workspace_id}.")


@workspace.command("set")
@click.argument("workspace_id")
@_name
@_region
@_timezone
@_tracking
@click.pass_obj
def workspace_set(session: Session, /, workspace_id: str, **given: str | None) -> None:
    """Change what is named and leave the rest."""
    changes = _changes(given)
    settings = session.settings()

    async def change() -> None:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            await rooms.workspaces.change(workspace_id, changes)

    session.run(change())
    click.echo(f"Changed workspace {workspace_id}.")


@workspace.command("list")
@as_json
@click.pass_obj
def workspace_list(session: Session, /, *, in_json: bool) -> None:
    """List the workspaces."""
    settings = session.settings()

    async def find() -> Any:  # noqa: ANN401 - rows as state gives them
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            return await rooms.workspaces.all()

    columns = ("id", "name", "region", "timezone", "last_sequence", "created_at_ms")
    show(session.run(find()), columns, in_json=in_json, empty="No workspaces.")


def _checked_id(text: str) -> str:
    if not (text.isascii() and text.replace("-", "").replace("_", "").isalnum() and len(text) <= 40):  # noqa: PLR2004 - said in the message
        raise BadInputError("a workspace's id is 1 to 40 letters, digits, - or _")
    return text


def _changes(given: dict[str, str | None]) -> dict[str, Any]:
    """Check what was given. Raises Failure with what to do."""
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if (tracking := changes.get("call_tracking")) is not None:
        changes["call_tracking"] = int(tracking == "on")
    if (region := changes.get("region")) is not None:
        changes["region"] = _checked_region(region)
    if (timezone := changes.get("timezone")) is not None:
        _check_timezone(timezone)
    return changes


def _checked_region(region: str) -> str:
    import pycountry  # noqa: PLC0415 - only here

    if pycountry.countries.get(alpha_2=region.upper()) is None:
        raise Failure(f"{region!r} is no ISO 3166 country code; India is IN.", code=65)
    return region.upper()


def _check_timezone(name: str) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only here

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Failure(f"{name!r} is no IANA time zone; India is Asia/Kolkata.", code=65) from None


@click.group()
def token() -> None:
    """Make, list and revoke API tokens for the CRM backend. One is shown once; only its hash is kept."""


@token.command("create")
@click.option("--name", default="crm", show_default=True, help="What the token is for.")
@click.option("--workspace", "workspace_id", default="main", show_default=True, help="Whose data it opens.")
@click.option("--all-workspaces", is_flag=True, help="Open every workspace; calls then say `?workspace=`.")
@as_json
@click.pass_obj
def token_create(
    session: Session, name: str, workspace_id: str, *, all_workspaces: bool, in_json: bool
) -> None:
    """Make a token and print it: it is never to be had again."""
    settings = session.settings()
    scope = None if all_workspaces else workspace_id

    async def create() -> tuple[str, str]:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            if scope is not None and not any(row["id"] == scope for row in await rooms.workspaces.all()):
                raise BadInputError(f"there is no workspace {scope!r}: see `connector workspace list`")
            return await rooms.tokens.create(name, scope)

    token_id, secret = session.run(create())
    if in_json:
        show([{"id": token_id, "token": secret, "workspace": scope}], (), in_json=True, empty="")
    else:
        click.echo(secret)
        click.echo(
            f"Token {token_id} for {scope or 'all workspaces'}. Keep it now: it is not shown again.", err=True
        )


@token.command("list")
@as_json
@click.pass_obj
def token_list(session: Session, /, *, in_json: bool) -> None:
    """List the tokens, without their secrets."""
    settings = session.settings()

    async def find() -> Any:  # noqa: ANN401 - rows as state gives them
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            return await rooms.tokens.all()

    columns = ("id", "name", "workspace_id", "created_at_ms", "last_used_at_ms", "revoked_at_ms")
    show(session.run(find()), columns, in_json=in_json, empty="No tokens: make one with `token create`.")


@token.command("revoke")
@click.argument("token_id")
@click.pass_obj
def token_revoke(session: Session, token_id: str) -> None:
    """Revoke a token: it opens nothing any more."""
    settings = session.settings()

    async def revoke() -> bool:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            return await rooms.tokens.revoke(token_id)

    if not session.run(revoke()):
        raise Failure(f"There is no live token {token_id}: see `connector token list`.", code=65)
    click.echo(f"Revoked {token_id}.")
