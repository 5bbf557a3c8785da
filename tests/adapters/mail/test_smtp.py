"""Mails are handed to a real server: safely, once, with the headers that mails from machines should have."""

import asyncio
import ssl

import pytest
from support.letters import LETTER, letter
from support.smtp import LOOPBACK, Certificate, SmtpSandbox

from adapters.mail.smtp import SmtpMailer, SmtpServer, verifying
from connector.domain.mail import PutOff, Refused, Taken

SENDER = "Leads für alle <alerts@example.org>"
PASSWORD = "s/ecret:ü"
WITH_PASSWORD = "ada%40example.org:s%2Fecret%3A%C3%BC@"


def mailer(
    sandbox: SmtpSandbox, *, user: str = "", host: str = LOOPBACK, tls: ssl.SSLContext | None = None
) -> SmtpMailer:
    url = sandbox.url.replace("://", f"://{user}").replace(LOOPBACK, host)
    server = SmtpServer.of(url)
    return SmtpMailer(server, sender=SENDER, host="connect.example.com", tls=tls or verifying(server))


async def test_a_mail_has_both_texts_and_the_headers_of_a_machine() -> None:
    async with SmtpSandbox().running() as sandbox:
        assert await mailer(sandbox).send(LETTER) == Taken()
    (mail,) = sandbox.mails
    assert (mail.sender, mail.recipient) == ("alerts@example.org", "zoe@example.com")
    message = mail.message
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["From"] == SENDER
    assert message["To"] == "Zoë <zoe@example.com>"
    assert mail.subject == "A Facebook account must be connected again: 25 leads wait (Bakery & Sons)"
    assert message["Message-ID"] == "<mail_1@example.org>"
    assert message["References"] == "<alert_7@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<alerts.connector.example.org>"
    assert message["Date"] == "Sun, 22 Nov 2026 10:00:00 +0000"
    assert mail.raw.isascii()
    assert "25 leads" in mail.part("plain")
    assert "Connect again</a>" in mail.part("html")


async def test_starttls_is_used_where_it_is_offered(certificate: Certificate) -> None:
    async with SmtpSandbox(certificate=certificate).running() as sandbox:
        assert await mailer(sandbox, tls=certificate.client).send(LETTER) == Taken()
        assert await mailer(sandbox).send(LETTER) == Taken()  # on loopback whoever signed it
    assert [mail.is_tls for mail in sandbox.mails] == [True, True]


async def test_a_certificate_that_proves_nothing_gets_no_mail(certificate: Certificate) -> None:
    async with SmtpSandbox(certificate=certificate, password=PASSWORD).running() as sandbox:
        answer = await mailer(sandbox, user=WITH_PASSWORD, tls=ssl.create_default_context()).send(LETTER)
    assert answer == PutOff(reason="its certificate does not prove its name", is_outage=True)
    assert sandbox.said == []
    assert sandbox.mails == []


async def test_tls_from_the_start(certificate: Certificate) -> None:
    async with SmtpSandbox(certificate=certificate, is_tls=True, password=PASSWORD).running() as sandbox:
        assert await mailer(sandbox, user=WITH_PASSWORD, tls=certificate.client).send(LETTER) == Taken()
    assert sandbox.mails[0].is_tls
    assert sandbox.mails[0].user == "ada@example.org"


async def test_user_and_password_are_told_under_tls(certificate: Certificate) -> None:
    async with SmtpSandbox(certificate=certificate, password=PASSWORD).running() as sandbox:
        assert await mailer(sandbox, user=WITH_PASSWORD, tls=certificate.client).send(LETTER) == Taken()
    assert sandbox.mails[0].user == "ada@example.org"
    assert sandbox.mails[0].is_tls


async def test_a_password_is_never_told_in_the_clear() -> None:
    async with SmtpSandbox(password=PASSWORD).running() as sandbox:
        # a name that leads to loopback and does not say so: as far as we know it is another machine
        answer = await mailer(sandbox, user=WITH_PASSWORD, host="127.1").send(LETTER)
    assert answer == PutOff(
        reason="it offers no TLS, and the password is not sent in the clear", is_outage=True
    )
    assert sandbox.said == []


async def test_on_loopback_nobody_listens() -> None:
    async with SmtpSandbox(password=PASSWORD).running() as sandbox:
        assert await mailer(sandbox, user=WITH_PASSWORD).send(LETTER) == Taken()
    assert sandbox.mails[0].user == "ada@example.org"


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("127.0.0.1.evil.example", False),
     ("10.0.0.1", False), ("mail.example.com", False), ("localhost.example", False)],
)  # fmt: skip
def test_only_loopback_is_here(host: str, is_here: bool) -> None:  # noqa: FBT001 - a parameter of the table
    server = SmtpServer.of(f"smtp://{host}")
    assert server.is_here is is_here
    assert (verifying(server).verify_mode is ssl.CERT_NONE) is is_here


def test_ports_and_secrets_of_the_address() -> None:
    assert SmtpServer.of("smtp://mail.example.com").port == 587
    server = SmtpServer.of("smtps://a%40b:p%2Fw@mail.example.com")
    assert (server.port, server.user, server.password) == (465, "a@b", "p/w")
    assert "p/w" not in repr(server)
    assert "a@b" not in repr(server)


async def test_a_wrong_password_is_everybodys_trouble() -> None:
    async with SmtpSandbox(password="another").running() as sandbox:
        answer = await mailer(sandbox, user=WITH_PASSWORD).send(LETTER)
    assert isinstance(answer, PutOff)
    assert answer.is_outage
    assert answer.reason.startswith("it does not accept user and password (535")


@pytest.mark.parametrize(
    ("queue", "said", "answer"),
    [
        (
            "recipients",
            "550 5.1.1 zoe@example.com unknown",
            Refused(reason="The mail server refused the recipient (550 5.1.1)."),
        ),
        (
            "recipients",
            "450 4.2.0 greylisted zoe@example.com",
            PutOff(reason="The mail server put the recipient off (450 4.2.0)."),
        ),
        ("recipients", "421 bye", PutOff(reason="it takes no mail now (421)", is_outage=True)),
        ("data", "554 5.7.1 spam", Refused(reason="The mail server refused the mail (554 5.7.1).")),
        ("data", "452 full", PutOff(reason="The mail server put the mail off (452).")),
        (
            "senders",
            "553 5.7.1 alerts@example.org not yours",
            PutOff(reason="it does not accept mail.sender (553 5.7.1)", is_outage=True),
        ),
    ],
)
async def test_answers_are_judged_without_their_words(
    queue: str, said: str, answer: PutOff | Refused
) -> None:
    async with SmtpSandbox().running() as sandbox:
        getattr(sandbox, queue).append(said)
        assert await mailer(sandbox).send(LETTER) == answer


async def test_a_server_that_is_away_or_talks_nonsense_is_an_outage() -> None:
    async with SmtpSandbox().running() as sandbox:
        pass
    gone = await mailer(sandbox).send(LETTER)
    assert gone == PutOff(reason="it refused the connection", is_outage=True)

    async def nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(nonsense, LOOPBACK, 0)
    async with server:
        sandbox.port = server.sockets[0].getsockname()[1]
        answer = await mailer(sandbox).send(LETTER)
    assert isinstance(answer, PutOff)
    assert answer.is_outage


@pytest.mark.parametrize(
    "address",
    ["zoe@example.com\r\nBcc: eve@example.com", "zoe@example.com>\r\nRCPT TO:<eve@example.com", "no address",
     "", "zoe@exa mple.com", '"a\r\nb"@example.com', "zoe@example.com,eve@example.com"],
)  # fmt: skip
async def test_an_address_that_would_be_more_is_refused(address: str) -> None:
    async with SmtpSandbox().running() as sandbox:
        answer = await mailer(sandbox).send(letter(address))
    assert isinstance(answer, Refused)
    assert "eve" not in answer.reason
    assert sandbox.said == []


async def test_a_name_and_a_title_stay_in_their_header() -> None:
    evil = "Zoë\r\nBcc: eve@example.com"
    async with SmtpSandbox().running() as sandbox:
        sent = letter(name=evil, title=evil, workspace_name=evil, key="crm.outage", connection=None)
        assert await mailer(sandbox).send(sent) == Taken()
    (mail,) = sandbox.mails
    assert mail.message["Bcc"] is None
    assert sandbox.said == ["MAIL alerts@example.org", "RCPT zoe@example.com"]


async def test_addresses_beyond_ascii() -> None:
    async with SmtpSandbox().running() as sandbox:
        assert await mailer(sandbox).send(letter("zoë@bücher.example")) == Taken()
        assert await mailer(sandbox).send(letter("zoe@bücher.example")) == Taken()
    assert [mail.recipient for mail in sandbox.mails] == [
        "zoë@xn--bcher-kva.example",
        "zoe@xn--bcher-kva.example",
    ]
    async with SmtpSandbox(offers_utf8=False).running() as sandbox:
        answer = await mailer(sandbox).send(letter("zoë@bücher.example"))
        assert answer == Refused(reason="The mail server takes only plain ASCII addresses.")
        assert await mailer(sandbox).send(letter("zoe@bücher.example")) == Taken()


async def test_a_repeated_mail_is_the_same_mail() -> None:
    async with SmtpSandbox().running() as sandbox:
        await mailer(sandbox).send(LETTER)
        await mailer(sandbox).send(LETTER)
    first, second = (mail.message["Message-ID"] for mail in sandbox.mails)
    assert first == second


async def test_reaching_the_server_signs_in_and_sends_nothing() -> None:
    async with SmtpSandbox(password=PASSWORD).running() as sandbox:
        assert await mailer(sandbox, user=WITH_PASSWORD).reach() == Taken()
        assert [word.partition(" ")[0] for word in sandbox.said] == ["AUTH"]
    answer = await mailer(sandbox).reach()
    assert answer == PutOff(reason="it refused the connection", is_outage=True)
