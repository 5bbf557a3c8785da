"""Opening the adapters: Facebook over its few threads, the CRM over its guarded connections."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.crm.gateway import HttpCrm, crm_session
from adapters.facebook.client import FacebookApp, GraphClient
from adapters.facebook.errors import TooMuchDataError
from adapters.facebook.outcome import CallObserver, nobody
from adapters.facebook.webhook import FacebookWebhook
from adapters.retrying import Retrying
from adapters.sdk_threads import SdkThreads
from connector.composition.chance import Chance
from connector.composition.ground import Ground
from connector.config import Settings
from connector.ports import Clock

if TYPE_CHECKING:
    from adapters.mail.smtp import SmtpMailer

SDK_THREADS_MAX = 20
"""Past this many threads the interpreter lock is the limit (measured)."""


@asynccontextmanager
async def opened_graph(
    settings: Settings,
    clock: Clock,
    chance: Chance,
    *,
    observe: CallObserver = nobody,
    heard: CallObserver = nobody,
) -> AsyncIterator[GraphClient]:
    """Open the Graph client over its own few threads. `observe` hears each outcome, `heard` each `Date`."""
    facebook = settings.facebook
    app = FacebookApp(
        id=facebook.app_id,
        secret=facebook.app_secret.get_secret_value(),
        version=facebook.graph_version,
        graph_url=facebook.graph_url,
        dialog_url=facebook.dialog_url,
        config_id=facebook.login_config_id or None,
    )
    async with AsyncExitStack() as stack:
        threads = SdkThreads("facebook", min(facebook.fetchers, SDK_THREADS_MAX))
        stack.push_async_callback(threads.aclose)
        client = GraphClient(
            app,
            threads,
            Retrying(clock, chance.random, handed_up=(TooMuchDataError,)),
            connect_timeout_s=facebook.connect_timeout_seconds,
            read_timeout_s=facebook.read_timeout_seconds,
            observe=observe,
            heard=heard,
            previous_secrets=app_secrets(settings)[1:],
        )
        stack.push_async_callback(client.aclose)
        yield client


def app_secrets(settings: Settings) -> list[str]:
    """Return what Facebook may have signed with: the current secret and the previous ones."""
    facebook = settings.facebook
    return [secret.get_secret_value() for secret in (facebook.app_secret, *facebook.previous_app_secrets)]


def signing_secrets(settings: Settings) -> list[str]:
    """Return what events to the CRM are signed with: the current secret and the previous ones."""
    crm = settings.crm
    return [secret.get_secret_value() for secret in (crm.signing_secret, *crm.previous_signing_secrets)]


def webhook_door(ground: Ground) -> FacebookWebhook:
    """Return the webhook's protocol; it follows a change of secrets and verify token."""

    def proofs(settings: Settings) -> tuple[list[str], str]:
        return app_secrets(settings), settings.facebook.verify_token.get_secret_value()

    door = FacebookWebhook(*proofs(ground.settings))
    ground.followers.append(lambda settings: door.change(*proofs(settings)))
    return door


@asynccontextmanager
async def opened_crm(settings: Settings, clock: Clock) -> AsyncIterator[HttpCrm]:
    """Open the CRM's gateway with its own connections."""
    crm = settings.crm
    session = crm_session(allowed_networks=crm.allowed_networks, concurrency=crm.concurrency)
    async with session:
        yield HttpCrm(
            session,
            url=crm.url,
            secrets=signing_secrets(settings),
            timeout_s=crm.timeout_seconds,
            clock=clock,
            concurrency=crm.concurrency,
        )


def mailer(settings: Settings) -> "SmtpMailer | None":
    """Return who hands mails over, or None when no mail is sent. It connects once a mail."""
    url = settings.mail.smtp_url.get_secret_value()
    if not url:
        return None
    from adapters.mail.smtp import SmtpMailer, SmtpServer, verifying  # noqa: PLC0415 - 2 MiB that few need

    server = SmtpServer.of(url)
    host = urlsplit(settings.server.public_url).hostname or "localhost"
    return SmtpMailer(server, sender=settings.mail.sender, host=host, tls=verifying(server))
