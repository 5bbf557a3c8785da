"""What makes a single setting's value acceptable. Every message fits behind its key and shows no value."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from email.utils import parseaddr
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, SecretStr

KEY_BYTES = 32
"""Length of an encryption key: AES-256."""

_LAST_PORT = 65_535


def decode_key(text: str) -> bytes:
    """Return an encryption key given as base64 (either alphabet) or hex. Raises ValueError."""
    try:
        key = bytes.fromhex(text) if re.fullmatch(r"[0-9a-fA-F]{64}", text) else _base64(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} bytes as base64 or hex")
    return key


def decode_signing_secret(text: str) -> bytes:
    """Return the bytes of a Standard Webhooks secret, `whsec_` and base64. Raises ValueError."""
    try:
        secret = _base64(text.removeprefix("whsec_")) if text.startswith("whsec_") else b""
    except ValueError:
        secret = b""
    if not secret:
        raise ValueError("must be whsec_ followed by base64")
    return secret


def host_port(text: str) -> tuple[str, int]:
    """Split `127.0.0.1:8080` or `[::1]:8080`. Raises ValueError."""
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if (
        not host
        or not re.fullmatch(r"[0-9]{1,5}", port)
        or (":" in host) != bracketed
        or int(port) > _LAST_PORT
    ):
        raise ValueError("must be host:port")
    return host.strip("[]"), int(port)


def _base64(text: str) -> bytes:
    padded = text.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, UnicodeEncodeError) as e:
        raise ValueError("is no base64") from e


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def web_address(text: str, *, schemes: tuple[str, ...] = ("https", "http")) -> str:
    """Return the address as given when its scheme is one of `schemes` and it names a host."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # its text quotes what it could not read, which may be half a password
        raise ValueError("must be an address with a whole host and port") from None
    if parts.scheme not in schemes or not parts.hostname or (port or 1) < 1:
        raise ValueError(f"must be an address that starts with {' or '.join(f'{s}://' for s in schemes)}")
    return text


def public_address(text: str) -> str:
    """Return the address without a slash at its end; https unless it is on loopback."""
    parts = urlsplit(web_address(text))
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must start with https:// (http only on loopback)")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be a plain address: no query, fragment or user")
    return text.rstrip("/")


def database(secret: SecretStr) -> SecretStr:
    """Accept the address of an engine that `state` knows."""
    if not re.match(r"sqlite:///.|postgresql://.", secret.get_secret_value()):
        raise ValueError("must be sqlite:///path or postgresql://…")
    return secret


def each(check: Callable[[str], object]) -> Callable[[tuple[SecretStr, ...]], tuple[SecretStr, ...]]:
    """Apply a check to every entry of a list of secrets; the message counts entries from 1."""

    def checked(values: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for place, value in enumerate(values, start=1):
            try:
                check(value.get_secret_value())
            except ValueError as e:
                raise ValueError(f"entry {place} {e}") from e
        return values

    return checked


def sealed(check: Callable[[str], object]) -> AfterValidator:
    """Apply a check to a secret unless it is empty, which means not set."""

    def checked(value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            check(value.get_secret_value())
        return value

    return AfterValidator(checked)


def plain(check: Callable[[str], object]) -> AfterValidator:
    """Apply a check to a text unless it is empty; a check that returns a text replaces it."""

    def checked(text: str) -> str:
        outcome = check(text) if text else text
        return outcome if isinstance(outcome, str) else text

    return AfterValidator(checked)


def smtp(text: str) -> str:
    """Return the address of a mail server as given. A user comes with a password, both %-encoded."""
    parts = urlsplit(web_address(text, schemes=("smtp", "smtps")))
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("must end after host and port; in user and password write / as %2F, # as %23")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("must name user and password, or neither")
    return text


def mailbox(text: str) -> str:
    """Return the address as given: `alerts@example.com`, or `Leads <alerts@example.com>`."""
    _, address = parseaddr(text)
    try:
        validate_email(address, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError("must be an e-mail address") from None  # its text repeats the value
    if not text.isprintable():
        raise ValueError("must be one line")
    return text
