import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crm.addresses import AddressGuard, AddressNotAllowedError

REFUSED = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "0.0.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "192.0.0.192", "198.18.0.1", "192.0.2.1", "168.63.129.16", "::", "::1", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "2002:7f00:1::", "2002:a9fe:a9fe::", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:0:1::1", "localhost", "", "127.1", "2130706433",
]  # fmt: skip
PUBLIC = [
    "93.184.215.14",
    "1.1.1.1",
    "2606:4700:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_public_is_refused(text: str) -> None:
    assert not AddressGuard().permits(text)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_permitted(text: str) -> None:
    assert AddressGuard().permits(text)


def test_an_allowed_network_opens_itself_only() -> None:
    guard = AddressGuard([IPv4Network("10.1.0.0/16"), IPv6Network("fd00::/64")])
    assert guard.permits("10.1.2.3")
    assert guard.permits("::ffff:10.1.2.3")
    assert guard.permits("fd00::1")
    assert not guard.permits("10.2.0.1")
    assert not guard.permits("fd00:0:0:1::1")


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_judged_like_itself(address: IPv4Address) -> None:
    guard, number = AddressGuard(), int(address)
    plain = guard.permits(str(address))
    high, low = number >> 16, number & 0xFFFF
    for text in (f"::ffff:{address}", f"64:ff9b::{high:x}:{low:x}", f"2002:{high:x}:{low:x}::1"):
        assert guard.permits(text) == plain


@given(st.text())
def test_judging_is_total(text: str) -> None:
    AddressGuard().permits(text)


def test_no_socket_is_made_for_a_refused_address() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(AddressNotAllowedError):
        AddressGuard().socket_for(info)
    with AddressGuard([IPv4Network("127.0.0.0/8")]).socket_for(info) as made:
        assert made.family == socket.AF_INET
