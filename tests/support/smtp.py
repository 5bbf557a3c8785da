"""A real SMTP server in the test's own loop: records what it takes, refuses what it is told to refuse."""

import asyncio
import email
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate for 127.0.0.1 and localhost that nobody vouches for, and both ends' view of it."""

    server: ssl.SSLContext
    client: ssl.SSLContext

    @classmethod
    def made(cls, folder: Path) -> Self:
        """Make one; `folder` holds its files."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
        now = datetime.now(UTC)
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address(LOOPBACK))]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        file = folder / "mail.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + pem
        )
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(file)
        client = ssl.create_default_context(cadata=pem.decode())
        return cls(server=server, client=client)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What came in: the envelope, the mail, and how the line was."""

    sender: str
    recipient: str
    message: EmailMessage
    raw: bytes
    is_tls: bool
    user: str | None

    @property
    def subject(self) -> str:
        """Return the subject; the library may fold it before its first word."""
        return str(self.message["Subject"]).strip()

    def part(self, subtype: str) -> str:
        """Return the text of the part, `plain` or `html`."""
        body = self.message.get_body((subtype,))
        assert body is not None
        content: str = body.get_content()
        return content


@dataclass(kw_only=True)
class SmtpSandbox:
    """`recipients` and `data` are queues of answers to RCPT and DATA that replace the good ones."""

    password: str | None = None
    certificate: Certificate | None = None
    is_tls: bool = False
    offers_utf8: bool = True
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    recipients: deque[str] = field(default_factory=deque)
    data: deque[str] = field(default_factory=deque)
    senders: deque[str] = field(default_factory=deque)
    said: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{'smtps' if self.is_tls else 'smtp'}://{LOOPBACK}:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listen until the end; again on the same port after an outage."""
        tls = self.certificate.server if self.certificate else None
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            partial(self._protocol, tls), LOOPBACK, self.port, ssl=tls if self.is_tls else None
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    def _protocol(self, tls: ssl.SSLContext | None) -> SMTP:
        self.connections += 1
        return SMTP(
            self,
            hostname="mail.test",
            enable_SMTPUTF8=self.offers_utf8,
            tls_context=None if self.is_tls else tls,
            authenticator=self._authenticate if self.password is not None else None,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.said.append(f"AUTH {given.login.decode()}:{given.password.decode()}")
        good = given.password.decode() == self.password
        return AuthResult(success=good, auth_data=given.login.decode() if good else None, handled=False)

    async def handle_MAIL(  # noqa: N802 - the name aiosmtpd calls
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        self.said.append(f"MAIL {address}")
        if self.senders:
            return self.senders.popleft()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the same
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        self.said.append(f"RCPT {address}")
        if self.recipients:
            return self.recipients.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the same
        if self.data:
            return self.data.popleft()
        assert isinstance(envelope.content, bytes)
        assert envelope.mail_from is not None
        parsed = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        mail = Mail(
            sender=envelope.mail_from,
            recipient=envelope.rcpt_tos[0],
            message=parsed,
            raw=envelope.content,
            is_tls=session.ssl is not None or self.is_tls,
            user=session.auth_data if session.authenticated else None,
        )
        self.mails.append(mail)
        return "250 2.0.0 OK"
