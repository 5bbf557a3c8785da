"""Where a request comes from: the network address behind our proxies, and a browser's name for people."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

Networks = Sequence[IPv4Network | IPv6Network]

_USER_AGENT_CHARS_MAX = 400
_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
"""What the text names and what people call it; the first that fits, for most also name the later ones."""
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def address_of(request: web.Request, trusted: Networks) -> str:
    """Return the address of whoever is before the first machine that is not our proxy; "" when unknown.

    `X-Forwarded-For` is read from its end, where our own proxies wrote, and no further than they did: what
    stands before is the visitor's own claim.
    """
    address = request.remote or ""
    said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    for entry in reversed([part.strip() for part in said if part.strip()]):
        if not _is_trusted(address, trusted):
            break
        address = _plain(entry) or address
    return address


def browser_label(user_agent: str) -> str:
    """Return something like "Firefox on Linux", for a list of sessions. Total."""
    text = user_agent[:_USER_AGENT_CHARS_MAX]
    browser = _first(_BROWSERS, text) or "A browser"
    system = _first(_SYSTEMS, text)
    return f"{browser} on {system}" if system else browser


def _first(names: Sequence[tuple[str, str]], text: str) -> str | None:
    return next((shown for name, shown in names if name in text), None)


def _is_trusted(address: str, trusted: Networks) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip.version == network.version and ip in network for network in trusted)


def _plain(entry: str) -> str | None:
    """Return the address without a port or brackets; None when it is none."""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::\d+)?", entry)
    text = bracketed[1] if bracketed else entry.partition(":")[0] if entry.count(":") == 1 else entry
    try:
        return str(ip_address(text))
    except ValueError:
        return None
