"""`connector disconnect`."""

import getpass
from collections.abc import Iterator, Sequence

import click

from connector.cli.session import Session, dry_run
from connector.composition import Chance, opened_disconnect
from connector.domain.alerts_catalogue import PROVIDERS
from connector.domain.audit import Actor
from connector.domain.connection import ConnectionId
from connector.domain.disconnecting import PagePreview, Preview, Sharer
from connector.runtime.clock import SystemClock


@click.command()
@click.argument("connection")
@dry_run
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--done-by-hand",
    is_flag=True,
    help="Only note that the person removed this app at the provider, where telling it was given up.",
)
@click.pass_obj
def disconnect(session: Session, connection: str, *, dry_run: bool, yes: bool, done_by_hand: bool) -> None:
    """Disconnect an account: say what that does, ask, and do exactly that.

    The running daemon then takes the grant back at the provider, and tries again until it is done.
    """
    settings = session.settings()
    connection_id = ConnectionId(connection)
    actor = Actor(kind="cli", name=getpass.getuser())
    if done_by_hand:
        _note(session, connection_id, actor, dry_run=dry_run)
        return

    async def preview() -> Preview:
        async with opened_disconnect(settings, SystemClock(), Chance.of_system()) as accounts:
            return await accounts.preview(connection_id)

    async def leave() -> Preview:
        async with opened_disconnect(settings, SystemClock(), Chance.of_system()) as accounts:
            return await accounts.disconnect(connection_id, actor)

    found = session.run(preview())
    for line in told(found):
        click.echo(line)
    if dry_run or found.is_gone:
        return
    if not yes:
        click.confirm("Disconnect?", abort=True)
    done = session.run(leave())
    if (done.undoings, done.pages) != (found.undoings, found.pages):
        click.echo("Meanwhile something had changed; this was done:")
        for line in told(done):
            click.echo(line)
    click.echo(f"Disconnected {connection_id}.")
    if done.undoings:
        click.echo(
            f"The daemon tells {PROVIDERS[done.provider]} within seconds; `connector connections` shows it."
        )


def _note(session: Session, connection_id: ConnectionId, actor: Actor, *, dry_run: bool) -> None:
    if dry_run:
        raise click.UsageError("--done-by-hand only notes what was done: there is nothing to try.")
    settings = session.settings()

    async def note() -> bool:
        async with opened_disconnect(settings, SystemClock(), Chance.of_system()) as accounts:
            return await accounts.done_by_hand(connection_id, actor)

    is_noted = session.run(note())
    click.echo("Noted." if is_noted else "Nothing of this connection was given up: there is nothing to note.")


def told(preview: Preview) -> Iterator[str]:
    """Yield what a preview says, a line a fact."""
    name = PROVIDERS[preview.provider]
    if preview.is_gone:
        yield f"{preview.connection_id} is {preview.state} already."
        return
    yield f"{preview.connection_id}: {name} account {preview.account_name or '-'}, workspace {preview.workspace_id}"
    for page in preview.pages:
        yield f"  Page {page.page_id} {page.name}: {_fate(page)}"
    if preview.provider == "google":
        yield "  Backups to this account's Drive stop; the files that are there stay."
    if preview.queued:
        yield f"  {_leads(preview.queued)} that are read already still go to the CRM."
    yield from _at_provider(preview, name)
    yield f"  Kept: {preview.contacts} contacts, {_leads(preview.leads)}, and their history."


def _fate(page: PagePreview) -> str:
    if not page.is_read:
        return "nothing changes: another account reads it."
    if page.standby is not None:
        return f"goes on with {page.standby}, and {_leads(page.waiting)} that wait with it."
    parked = (
        f"; {_leads(page.parked)} that wait are parked until it is connected again" if page.parked else ""
    )
    return f"stops, with {page.forms} {'form' if page.forms == 1 else 'forms'}{parked}."


def _at_provider(preview: Preview, name: str) -> Iterator[str]:
    for page in preview.pages:
        if page.unsubscribes:
            yield f"  At {name}: this app is taken off Page {page.page_id}."
        elif page.shared_with:
            yield f"  At {name}: this app stays on Page {page.page_id}, for {_users(page.shared_with)}."
    if preview.revokes:
        yield f"  At {name}: the person's grant is taken back, which ends all tokens of it."
    elif preview.account_shared_with:
        yield f"  At {name}: the person's grant stays, for {_users(preview.account_shared_with)}."


def _users(sharers: Sequence[Sharer]) -> str:
    return ", ".join(f"{sharer.connection_id} of workspace {sharer.workspace_id}" for sharer in sharers)


def _leads(count: int) -> str:
    return "1 lead" if count == 1 else f"{count} leads"
