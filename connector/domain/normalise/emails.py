"""E-mail answers: well-formed by email-validator, never looked up, never corrected unasked."""

from collections.abc import Sequence
from dataclasses import replace

from email_validator import EmailNotValidError, validate_email

from connector.domain.contact import Email, Flag
from connector.domain.normalise.answers import Given
from connector.domain.normalise.text import is_placeholder, visible

MAX_EMAIL_CHARS = 1000
"""An address has at most 254; a longer answer with its display name is not parsed."""

_JOINERS = "\u200c\u200d"
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")

_TYPO_DOMAINS = {
    **dict.fromkeys(
        ("gmial.com", "gmai.com", "gamil.com", "gmal.com", "gnail.com", "gmaill.com"), "gmail.com"
    ),
    **dict.fromkeys(("gmail.con", "gmail.co", "gmail.cm", "gmail.comm"), "gmail.com"),
    **dict.fromkeys(("yaho.com", "yahooo.com", "yhaoo.com", "yahoo.con"), "yahoo.com"),
    **dict.fromkeys(("hotmial.com", "hotmal.com", "hotmail.con"), "hotmail.com"),
    **dict.fromkeys(("outlok.com", "outlook.con"), "outlook.com"),
    **dict.fromkeys(("rediffmial.com", "redifmail.com"), "rediffmail.com"),
    **dict.fromkeys(("iclod.com", "icloud.con"), "icloud.com"),
}
"""Exact only: a distance would make typos of gmx.com and ymail.com. Some of these domains exist."""


def emails(answers: Sequence[Given]) -> tuple[tuple[Email, ...], tuple[Flag, ...]]:
    """Return one entry per address, labels joined, the first valid one primary; and what to flag."""
    found: dict[str, Email] = {}
    for one in answers:
        if is_placeholder(visible(one.value)):
            continue
        email = _email(one.value, one.contact_label)
        key = email.value or f"raw {email.raw}"
        known = found.get(key)
        found[key] = replace(known, labels=_joined(known.labels, email.labels)) if known else email
    flags: list[Flag] = []
    if any(not email.valid for email in found.values()):
        flags.append("email_invalid")
    if any(email.suggested for email in found.values()):
        flags.append("email_typo_suspected")
    primary = next((email.value for email in found.values() if email.valid), None)
    entries = tuple(
        replace(email, primary=email.valid and email.value == primary) for email in found.values()
    )
    return entries, tuple(flags)


def _email(raw: str, label: str) -> Email:
    address = email_address(raw)
    if address is None:
        return Email(value=None, raw=raw, valid=False, labels=(label,))
    local, _, domain = address.rpartition("@")
    right = _TYPO_DOMAINS.get(domain)
    return Email(
        value=address, raw=raw, valid=True, suggested=f"{local}@{right}" if right else None, labels=(label,)
    )


def email_address(raw: str) -> str | None:
    """Return the address in `raw`, its local part's ASCII in lower case, its domain in Unicode; else None."""
    if len(raw) > MAX_EMAIL_CHARS:
        return None
    text = _bare(visible(raw).strip().strip(_JOINERS).strip())
    try:
        checked = validate_email(text, check_deliverability=False, strict=True)
    except (EmailNotValidError, ValueError):  # ValueError: what its IDNA decoder lets through
        return None
    return f"{checked.local_part.translate(_ASCII_LOWER)}@{checked.domain}"


def _bare(text: str) -> str:
    """Return `text` without display name and `mailto:`; two addresses stay two, and so no address."""
    head, bracket, inner = text.partition("<")
    if bracket and inner.endswith(">"):
        inner = inner[:-1].strip()
        head = head.strip()
        text = inner if "@" not in head or head == inner else text
    if text[:7].casefold() == "mailto:":
        text = text[7:].partition("?")[0].strip()
    return text


def _joined(known: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(known + new))
