"""One hash over many calls, in any order: equal for a backup and for the store that was restored from it."""

import hashlib
from collections.abc import Iterable

from connector.domain.call import Call
from connector.wire.call import canonical_json

_MODULUS = 1 << 256


class CallsDigest:
    """Adds calls up: SHA-256 of each canonical record, summed modulo 2^256, hashed with their count at the end.

    The order does not matter, a call told twice does. It proves that nothing was lost or changed on the way; that
    nobody changed file and manifest together is proved by sealing alone.
    """

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self.calls = 0
        self._sum = 0
        for call in calls:
            self.add(call)

    def add(self, call: Call) -> None:
        """Count one call in."""
        self.calls += 1
        self._sum += int.from_bytes(hashlib.sha256(canonical_json(call)).digest(), "big")

    def hexdigest(self) -> str:
        """Return 64 lower-case hex digits of what was added so far."""
        total = self._sum % _MODULUS
        return hashlib.sha256(f"calls-v1|{self.calls}|{total:064x}".encode()).hexdigest()
