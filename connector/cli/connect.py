"""`connector connect` and `connector connections`: consent without a browser on the server."""

import secrets
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import click

from connector.cli.session import FINDINGS, Failure, Session
from connector.composition import Chance, opened_connect
from connector.domain.connection import PageGrant
from connector.domain.errors import BadInputError, NotPermittedError
from connector.domain.lead import PageId, WorkspaceId
from connector.pipelines.connect import Connected, ConnectFacebook, Offer
from connector.runtime.clock import SystemClock

CALLBACK = "/connect/facebook/callback"


@click.group()
def connect() -> None:
    """Connect an account: open the printed address anywhere, paste back where it led to."""


@connect.command("facebook")
@click.option("--workspace", "workspace_id", default="main", show_default=True, help="For which workspace.")
@click.option("--page", "pages", multiple=True, help="A Page's id; repeat. Without it you are asked.")
@click.option("--all-pages", is_flag=True, help="Take every Page that the person lets us use.")
@click.option("--rerequest", is_flag=True, help="Ask again for what was declined before.")
@click.pass_obj
def connect_facebook(
    session: Session, workspace_id: str, pages: Sequence[str], *, all_pages: bool, rerequest: bool
) -> None:
    """Connect a Facebook account and its Pages, prove that leads can be read, and name what cannot."""
    settings = session.settings()
    redirect_uri = f"{settings.server.public_url.rstrip('/')}{CALLBACK}"

    async def consent() -> tuple[Offer, Connected]:
        clock, chance = SystemClock(), Chance.of_system()
        async with opened_connect(settings, clock, chance) as (pipeline, _, rooms):
            if not any(row["id"] == workspace_id for row in await rooms.workspaces.all()):
                raise BadInputError(f"there is no workspace {workspace_id!r}: see `connector workspace list`")
            offer = await _ask(pipeline, redirect_uri, rerequest=rerequest)
            chosen = _choose(offer.pages, pages, all_pages=all_pages)
            return offer, await pipeline.accept(WorkspaceId(workspace_id), offer, chosen)

    offer, connected = session.run(consent())
    _report(offer, connected)


async def _ask(pipeline: ConnectFacebook, redirect_uri: str, *, rerequest: bool) -> Offer:
    """Print the dialog's address, take what came back. The state is ours, random and used once."""
    state = secrets.token_urlsafe(32)
    click.echo("Open this address, consent, and paste the address you are led to (the page may not load):\n")
    click.echo(pipeline.dialog_url(state=state, redirect_uri=redirect_uri, rerequest=rerequest))
    answer = click.prompt("\nAddress", prompt_suffix=": ", err=True)
    return await pipeline.offer(code_of(answer, state=state), redirect_uri=redirect_uri)


def code_of(pasted: str, *, state: str) -> str:
    """Return the code of a pasted address or of a bare code.

    Raises NotPermittedError when consent was declined or the address is another attempt's.
    """
    text = pasted.strip()
    if "?" not in text:
        if not text or any(character.isspace() for character in text):
            raise BadInputError("that is neither an address nor a code: paste the whole address")
        return text
    query = {key: values[0] for key, values in parse_qs(urlsplit(text).query).items()}
    if "error" in query:
        raise NotPermittedError(
            "the person declined, or the app is in development mode: nothing was connected; run it again"
        )
    if not secrets.compare_digest(query.get("state", "").encode(), state.encode()):
        raise NotPermittedError("the address belongs to another attempt: run the command again")
    if not query.get("code"):
        raise BadInputError("the address holds no code: paste the whole address")
    return query["code"]


def _choose(offered: Sequence[PageGrant], named: Sequence[str], *, all_pages: bool) -> list[PageId]:
    if not offered:
        raise NotPermittedError("the person lets us use no Page: run it again and choose at least one")
    known = {str(page.page_id): page.page_id for page in offered}
    if named:
        unknown = [name for name in named if name not in known]
        if unknown:
            raise BadInputError(f"the person lets us use no Page {', '.join(unknown)}")
        return [known[name] for name in named]
    if not all_pages:
        for page in offered:
            click.echo(f"  {page.page_id}  {page.name}", err=True)
        answer = click.prompt(
            "Page ids, separated by commas (empty = all)", default="", show_default=False, err=True
        )
        wanted = [part.strip() for part in answer.split(",") if part.strip()]
        if wanted:
            return _choose(offered, wanted, all_pages=False)
    return list(known.values())


def _report(offer: Offer, connected: Connected) -> None:
    if offer.withheld_scopes:
        click.echo(f"Withheld: {', '.join(offer.withheld_scopes)}. Ask again with --rerequest.", err=True)
    problems = 0
    for proof in connected.proofs:
        if proof.problem is None:
            click.echo(f"Page {proof.page_id} {proof.name}: leads arrive.")
        else:
            problems += 1
            click.echo(f"Page {proof.page_id} {proof.name}: {proof.problem} {proof.remedy or ''}")
    click.echo(f"Connected as {connected.connection_id}.")
    if connected.freed:
        click.echo(f"{connected.freed} leads had waited for this and go on.")
    if problems or offer.withheld_scopes:
        raise Failure(f"{problems} of {len(connected.proofs)} Pages have a problem.", code=FINDINGS)
