"""Password hashes by argon2id, in two threads of their own: a flood of guesses fills these and never the loop."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from adapters.sdk_threads import SdkThreads
from connector.domain.errors import TransientError
from connector.domain.people import PASSWORD_CHARS_MAX, password_bytes

THREADS = 2
WAITING_MAX = 32
"""Some 2 s of hashing. Who comes later is told to come again: a queue without end would answer nobody."""

KNOWN_PLACES = 8
"""Of these, for browsers that are known: strangers who fill the queue do not keep everybody out."""

TIME_COST = 2
MEMORY_KIB = 19 * 1024
"""With one lane, source: OWASP Password Storage Cheat Sheet; 40 MiB at most for us, some 30 ms of one core."""


class Argon2Passwords:
    """Implements `ports.Passwords`. Close with `aclose()`."""

    def __init__(self, *, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1)
        self._nobodys = self._hasher.hash("nobody has this password")
        self._threads = SdkThreads("passwords", limit=THREADS)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        return await self._threads.call(self._hasher.hash, password_bytes(password))

    async def verify(self, password: str, stored: str | None, *, is_known: bool = False) -> bool:
        if self._waiting >= (WAITING_MAX if is_known else WAITING_MAX - KNOWN_PLACES):
            raise TransientError("too many people are signing in at this moment: try again in a few seconds")
        self._waiting += 1
        try:
            given = password_bytes(password[:PASSWORD_CHARS_MAX])
            is_it = await self._threads.call(self._verified, stored or self._nobodys, given)
        finally:
            self._waiting -= 1
        return is_it and stored is not None and len(password) <= PASSWORD_CHARS_MAX

    def is_outdated(self, stored: str) -> bool:
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    async def aclose(self) -> None:
        """Wait for what is being hashed."""
        await self._threads.aclose()

    def _verified(self, stored: str, given: bytes) -> bool:
        try:
            return self._hasher.verify(stored, given)
        except (Argon2Error, InvalidHashError):
            return False
