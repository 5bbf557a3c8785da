"""What the mail server said, judged: about this mail, about all mail, for now or for good.

Codes: RFC 5321, 4.2; the second number (5.1.1) RFC 3463. A server's own words may name a person: they are left out.
"""

import re
import ssl

import aiosmtplib

from connector.domain.mail import MailAnswer, PutOff, Refused

SHUTTING_DOWN = 421
FIRST_PERMANENT = 500
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b", re.ASCII)


class BadAddressError(ValueError):
    """No mail can be sent to or from this address; the text names nobody."""


def judged(error: Exception) -> MailAnswer:
    """Return what a failure means. Total: what no rule covers is an outage, for no mail may get lost by it."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            refusals = [one for one in error.recipients if isinstance(one, aiosmtplib.SMTPResponseException)]
            return _of_one(refusals[0], "the recipient") if refusals else _all("it refused the recipient")
        case aiosmtplib.SMTPDataError():
            return _of_one(error, "the mail")
        case aiosmtplib.SMTPAuthenticationError():
            return _all(f"it does not accept user and password ({_numbers(error)})")
        case aiosmtplib.SMTPSenderRefused():
            return _all(f"it does not accept mail.sender ({_numbers(error)})")
        case aiosmtplib.SMTPResponseException():
            return _all(f"it takes no mail now ({_numbers(error)})")
        case _:
            return _all(_phrase(error))


def _of_one(error: aiosmtplib.SMTPResponseException, what: str) -> MailAnswer:
    if error.code == SHUTTING_DOWN:
        return _all(f"it takes no mail now ({_numbers(error)})")
    if error.code >= FIRST_PERMANENT:
        return Refused(reason=f"The mail server refused {what} ({_numbers(error)}).")
    return PutOff(reason=f"The mail server put {what} off ({_numbers(error)}).")


def _all(reason: str) -> PutOff:
    return PutOff(reason=reason, is_outage=True)


def _numbers(error: aiosmtplib.SMTPResponseException) -> str:
    enhanced = _ENHANCED.match(str(error.message))
    return f"{error.code} {enhanced[1]}" if enhanced else str(error.code)


def _phrase(error: Exception) -> str:
    """Name a failure without its text, which may hold addresses."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (ssl.SSLCertVerificationError, "its certificate does not prove its name"),
        (ssl.SSLError, "TLS with it failed"),
        (ConnectionRefusedError, "it refused the connection"),
        (TimeoutError, "it did not answer in time"),
        (aiosmtplib.SMTPServerDisconnected, "it broke the connection off"),
        (aiosmtplib.SMTPNotSupported, "it cannot what is needed"),
        (aiosmtplib.SMTPConnectError, "it cannot be reached"),
        (aiosmtplib.SMTPException, "it offers no way to sign in"),
        (OSError, "it cannot be reached"),
    )
    found = (phrase for kind, phrase in kinds if any(isinstance(one, kind) for one in chain))
    return next(found, "it cannot be used")
