"""Handing mails to a mail server: STARTTLS where it is offered, credentials never in the clear."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as ASCII_HEADERS
from email.policy import SMTPUTF8
from email.utils import format_datetime, parseaddr
from functools import partial
from ipaddress import ip_address
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
from email_validator import EmailNotValidError, validate_email

from adapters.mail.answers import BadAddressError, judged
from adapters.mail.letters import one_line, written
from connector.domain.mail import Letter, MailAnswer, PutOff, Refused, Taken

STEP_S = 30.0
"""Seconds for one answer of the mail server."""
MAIL_S = 90.0
"""Seconds for a whole mail; shorter than its lease."""
GOODBYE_S = 5.0
SUBMISSION_PORT, SMTPS_PORT = 587, 465


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where mails are handed over. Without `user` nobody signs in."""

    host: str
    port: int
    is_tls: bool
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the server that `smtp://user:pass@host:587` or `smtps://…` names; user and password %-encoded."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or (SMTPS_PORT if is_tls else SUBMISSION_PORT),
            is_tls=is_tls,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
        )

    @property
    def is_here(self) -> bool:
        """Tell whether nothing that is said leaves the machine."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def verifying(server: SmtpServer) -> ssl.SSLContext:
    """Return the TLS that a server gets: its name proved, unless it is on this machine (mostly self-signed)."""
    context = ssl.create_default_context()
    if server.is_here:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class SmtpMailer:
    """Implements `ports.Mailer`. `sender` is the From address, bare or with a name; `host` is who we say we are."""

    def __init__(self, server: SmtpServer, *, sender: str, host: str, tls: ssl.SSLContext) -> None:
        self._server = server
        self._sender = _mailbox(*parseaddr(sender))
        self._host = host
        self._tls = tls

    async def send(self, letter: Letter) -> MailAnswer:
        try:
            message = self.message(letter)
        except BadAddressError as error:
            return Refused(reason=str(error))
        recipient = _mailbox("", letter.address).addr_spec
        return await self._connected(partial(self._hand_over, message, recipient))

    async def reach(self) -> MailAnswer:
        """Return whether a mail could be handed over now; connects and signs in, and sends nothing. Total."""
        return await self._connected(_leave)

    def message(self, letter: Letter) -> EmailMessage:
        """Return the mail; a repeated one has the same Message-ID. Raises BadAddressError."""
        parts, facts = written(letter), letter.facts
        domain = self._sender.domain
        recipient = _mailbox(facts.name, letter.address)
        is_ascii = f"{self._sender.addr_spec}{recipient.addr_spec}".isascii()
        message = EmailMessage(policy=ASCII_HEADERS if is_ascii else SMTPUTF8)
        message["From"] = self._sender
        message["To"] = recipient
        message["Subject"] = parts.subject
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{facts.mail_id}@{domain}>"
        message["References"] = f"<alert_{facts.alert_id}@{domain}>"  # raised and resolved stand together
        message["List-Id"] = f"<alerts.connector.{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(parts.text, cte="quoted-printable")
        message.add_alternative(parts.html, subtype="html", cte="quoted-printable")
        return message

    async def _connected(self, act: Callable[[aiosmtplib.SMTP], Awaitable[MailAnswer]]) -> MailAnswer:
        try:
            async with asyncio.timeout(MAIL_S):
                return await self._signed_in(act)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:  # a timeout is an OSError
            return judged(error)

    async def _signed_in(self, act: Callable[[aiosmtplib.SMTP], Awaitable[MailAnswer]]) -> MailAnswer:
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            local_hostname=self._host,
            use_tls=self._server.is_tls,
            start_tls=False,  # done by hand below: what the server offers is used, and what fails is no mail
            tls_context=self._tls,
            timeout=STEP_S,
        )
        await client.connect()
        try:
            if not await self._secured(client):
                return PutOff(
                    reason="it offers no TLS, and the password is not sent in the clear", is_outage=True
                )
            if self._server.user is not None:
                await client.login(self._server.user, self._server.password)
            return await act(client)
        finally:
            client.close()

    async def _hand_over(self, message: EmailMessage, recipient: str, client: aiosmtplib.SMTP) -> MailAnswer:
        options = [] if f"{self._sender.addr_spec}{recipient}".isascii() else ["SMTPUTF8"]
        if options and not client.supports_extension("smtputf8"):
            return Refused(reason="The mail server takes only plain ASCII addresses.")
        await client.sendmail(self._sender.addr_spec, [recipient], message.as_bytes(), mail_options=options)
        return await _leave(client)

    async def _secured(self, client: aiosmtplib.SMTP) -> bool:
        """Use TLS where there is any; False when a password would go over a line that others read."""
        await client.ehlo()
        if self._server.is_tls:
            return True
        if client.supports_extension("starttls"):
            await client.starttls(tls_context=self._tls)
            await client.ehlo()
            return True
        return self._server.user is None or self._server.is_here


async def _leave(client: aiosmtplib.SMTP) -> MailAnswer:
    with suppress(aiosmtplib.SMTPException, OSError):  # what it took it has: how we part does not matter
        await client.quit(timeout=GOODBYE_S)
    return Taken()


def _mailbox(name: str, address: str) -> Address:
    """Return an address that is safe in a header and in a command. Raises BadAddressError."""
    try:
        valid = validate_email(
            address, check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except EmailNotValidError:
        raise BadAddressError("The address is no e-mail address.") from None  # its text names the person
    if not valid.local_part.isprintable():
        raise BadAddressError("The address cannot be written in a mail.")
    return Address(display_name=one_line(name), username=valid.local_part, domain=valid.ascii_domain)
