"""`connector subscribe`."""

import click

from adapters.facebook.subscriptions import AppSubscriptions
from connector.cli.session import UNAVAILABLE, Failure, Session
from connector.composition import Chance, opened_graph
from connector.config import Settings
from connector.domain.errors import PermanentError
from connector.pipelines.subscribe import subscribe as subscribe_webhook
from connector.runtime.clock import SystemClock

WEBHOOK = "/webhooks/facebook"
NEEDS = ("facebook.app_id", "facebook.app_secret", "facebook.verify_token", "server.public_url")
REMEDY = (
    "Let the daemon run, see that server.public_url leads to it from outside with a certificate that the public"
    " trusts, and that it was started with the present facebook.verify_token."
)


def webhook_url(settings: Settings) -> str:
    """Return the address that Meta is to call."""
    return f"{settings.server.public_url.rstrip('/')}{WEBHOOK}"


@click.command()
@click.pass_obj
def subscribe(session: Session) -> None:
    """Subscribe the app's webhook at Meta to the leads of its Pages.

    The daemon must be running and be reached at server.public_url: Meta calls it at once. Calling it again does
    no harm; another address that was subscribed before is replaced.
    """
    settings = session.settings()

    async def ask() -> None:
        settings.require(*NEEDS)
        async with opened_graph(settings, SystemClock(), Chance.of_system()) as graph:
            try:
                await subscribe_webhook(
                    AppSubscriptions(graph),
                    callback_url=webhook_url(settings),
                    verify_token=settings.facebook.verify_token.get_secret_value(),
                )
            except PermanentError as error:  # the address is what can be wrong: Meta could not verify it
                raise Failure(f"{error} {REMEDY}", code=UNAVAILABLE) from error

    session.run(ask())
    click.echo(
        f"Meta verified {webhook_url(settings)} and sends every new lead of the subscribed Pages there."
    )
