"""How guessing passwords is slowed down: blocks that grow, decided without clock or state.

Attempts from a browser that this person has signed in with before are counted apart from everybody else's, and a
one-time link is never blocked: a stranger who guesses without end cannot lock the person out.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

FORGOTTEN_MS = 24 * 3600 * 1000
"""After so long without a failure nothing is held against a key."""
_IPV6_CUSTOMER_BITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`free` attempts before the first block; each later failure doubles it up to `longest_s` seconds."""

    free: int
    first_s: int
    longest_s: int


EMAIL = Policy(free=10, first_s=30, longest_s=15 * 60)
ADDRESS = Policy(free=30, first_s=60, longest_s=60 * 60)
KNOWN_BROWSER = Policy(free=10, first_s=30, longest_s=5 * 60)
OWN_PASSWORD = Policy(free=5, first_s=60, longest_s=15 * 60)
"""For the current password asked for when it is changed: somebody at an unlocked screen may be guessing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """What is held against one key."""

    count: int = 0
    last_at_ms: int = 0
    blocked_until_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether an attempt may go on: `blocked_until_ms` None. `begins_block`: unless it succeeds, the next may not."""

    blocked_until_ms: int | None = None
    begins_block: bool = False


def charged(seen: Failures, policy: Policy, *, now_ms: int) -> Failures:
    """Return what is held once one more attempt was made, as if it failed: a success gives it back.

    Counted before the password is looked at, so that attempts made at once cannot pass under the limit.
    """
    count = 1 + (seen.count if now_ms - seen.last_at_ms < FORGOTTEN_MS else 0)
    if count < policy.free:
        return Failures(count=count, last_at_ms=now_ms)
    doublings = min(count - policy.free, 20)  # 2 ** 20 is past every longest
    block_s = min(policy.first_s * 2**doublings, policy.longest_s)
    return Failures(count=count, last_at_ms=now_ms, blocked_until_ms=now_ms + block_s * 1000)


def email_throttle(key: str | None) -> str:
    """Return the key of an address that was typed, whether anybody has it or not; it does not tell the address."""
    return f"email:{hashlib.sha256((key or '').encode(errors='replace')).hexdigest()}"


def address_throttle(address: str) -> str:
    """Return the key of a network address: of IPv6 the part that one customer gets. Total."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "address:unknown"
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return f"address:{ip.ipv4_mapped}"
        shift = ip.max_prefixlen - _IPV6_CUSTOMER_BITS
        return f"address:{IPv6Address(int(ip) >> shift << shift)}/{_IPV6_CUSTOMER_BITS}"
    return f"address:{ip}"
