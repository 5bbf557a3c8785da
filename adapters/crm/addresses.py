"""Which addresses may be connected to: the CRM's address is a setting, its DNS is somebody else's.

The check sits where a socket is made for one numeric address. Names and literals, every record of an answer
and every later answer pass there, so a name that changes its mind (DNS rebinding) changes nothing.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp.connector import AddrInfoType

Network = IPv4Network | IPv6Network

_NEVER_PUBLIC = (
    IPv4Network("0.0.0.0/8"),  # "this" network: reaches the machine itself on Linux
    IPv4Network("100.64.0.0/10"),  # carrier-grade NAT, RFC 6598; some clouds keep metadata there
    IPv4Network("168.63.129.16/32"),  # Azure's agent endpoint, in public space
    IPv4Network("192.0.0.0/24"),  # protocol assignments, RFC 6890
    IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
    IPv4Network("198.18.0.0/15"),  # benchmarks, RFC 2544
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_TEREDO = IPv6Network("2001::/32")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class AddressNotAllowedError(OSError):
    """The address is not public and no allowed network holds it."""

    def __init__(self) -> None:
        super().__init__("address not allowed")


class AddressGuard:
    """Refuses all but public addresses and `allowed` networks. `socket_for` is aiohttp's socket factory."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def socket_for(self, info: AddrInfoType) -> socket.socket:
        """Make the socket for one numeric address. Raises AddressNotAllowedError."""
        family, kind, protocol, _, address = info
        if not self.permits(str(address[0])):
            raise AddressNotAllowedError
        return socket.socket(family=family, type=kind, proto=protocol)

    def permits(self, text: str) -> bool:
        """Tell whether a numeric address may be connected to; what is no address may not."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        meant = _embedded(address) or address
        return self._is_allowed(address) or self._is_allowed(meant) or _is_public(meant)

    def _is_allowed(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._allowed)


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to: mapped, 6to4 or NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        return address in _GLOBAL_V6 and address not in _TEREDO and address.is_global
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(address in network for network in _NEVER_PUBLIC)
