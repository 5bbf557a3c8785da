"""Whatever goes wrong has a meaning, and no meaning repeats what a server or a library said."""

import ssl

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.answers import judged
from connector.domain.mail import PutOff, Refused

NAMING = "5.1.1 zoe@example.com unknown"
SAID = "zoe@example.com said no"


@given(st.integers(-1, 999), st.sampled_from(["zoe@x.example", NAMING, "4.7.0\r\nzoe@", ""]))
def test_every_code_of_every_step_is_judged(code: int, message: str) -> None:
    refused = aiosmtplib.SMTPRecipientRefused(code, message, "zoe@example.com")
    for error in (
        aiosmtplib.SMTPRecipientsRefused([refused]),
        aiosmtplib.SMTPDataError(code, message),
        aiosmtplib.SMTPAuthenticationError(code, message),
        aiosmtplib.SMTPSenderRefused(code, message, "alerts@example.org"),
        aiosmtplib.SMTPConnectResponseError(code, message),
        aiosmtplib.SMTPHeloError(code, message),
    ):
        answer = judged(error)
        assert isinstance(answer, PutOff | Refused)
        assert str(code) in answer.reason
        assert "zoe" not in answer.reason
        if isinstance(answer, Refused):
            assert code >= 500
            assert isinstance(error, aiosmtplib.SMTPRecipientsRefused | aiosmtplib.SMTPDataError)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ssl.SSLCertVerificationError(SAID), "its certificate does not prove its name"),
        (ssl.SSLError(SAID), "TLS with it failed"),
        (ConnectionRefusedError(SAID), "it refused the connection"),
        (TimeoutError(SAID), "it did not answer in time"),
        (aiosmtplib.SMTPReadTimeoutError(SAID), "it did not answer in time"),
        (aiosmtplib.SMTPServerDisconnected(SAID), "it broke the connection off"),
        (aiosmtplib.SMTPNotSupported(SAID), "it cannot what is needed"),
        (aiosmtplib.SMTPConnectError(SAID), "it cannot be reached"),
        (aiosmtplib.SMTPException(SAID), "it offers no way to sign in"),
        (aiosmtplib.SMTPRecipientsRefused([]), "it refused the recipient"),
        (OSError(SAID), "it cannot be reached"),
        (ValueError(SAID), "it cannot be used"),
    ],
)
def test_what_is_about_no_mail_is_an_outage(error: Exception, reason: str) -> None:
    assert judged(error) == PutOff(reason=reason, is_outage=True)
