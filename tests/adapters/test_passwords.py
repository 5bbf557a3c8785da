"""Password hashes: slow on purpose, bounded in number, the same work for nobody's."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from adapters.passwords import KNOWN_PLACES, THREADS, WAITING_MAX, Argon2Passwords
from connector.domain.errors import TransientError


@pytest.fixture
async def passwords() -> AsyncIterator[Argon2Passwords]:
    opened = Argon2Passwords(time_cost=1, memory_kib=8)
    yield opened
    await opened.aclose()


async def test_a_password_is_known_again(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("fünf kleine Äpfel")
    assert stored.startswith("$argon2id$")
    assert await passwords.verify("fünf kleine Äpfel", stored)
    assert await passwords.verify("fu\u0308nf kleine A\u0308pfel", stored)
    assert not await passwords.verify("fünf kleine Äpfel ", stored)
    assert stored != await passwords.hash("fünf kleine Äpfel")


async def test_nobodys_password_is_never_right(passwords: Argon2Passwords) -> None:
    assert not await passwords.verify("nobody has this password", None)
    assert not await passwords.verify("x", "no hash at all")


async def test_a_password_of_a_megabyte_is_cut_and_wrong(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("x" * 256)
    assert await passwords.verify("x" * 256, stored)
    assert not await passwords.verify("x" * 1_000_000, stored)


async def test_weaker_hashes_are_outdated(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("correct horse battery")
    assert not passwords.is_outdated(stored)
    stronger = Argon2Passwords()
    assert stronger.is_outdated(stored)
    assert stronger.is_outdated("no hash")
    await stronger.aclose()


async def test_a_flood_waits_in_two_threads_and_then_is_turned_away(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash("correct horse battery")
    outcomes = await asyncio.gather(
        *(passwords.verify("guess", stored) for _ in range(WAITING_MAX + 5)),
        *(passwords.verify("guess", stored, is_known=True) for _ in range(KNOWN_PLACES + 2)),
        return_exceptions=True,
    )
    strangers, known = outcomes[: WAITING_MAX + 5], outcomes[WAITING_MAX + 5 :]
    assert (strangers.count(False), known.count(False)) == (WAITING_MAX - KNOWN_PLACES, KNOWN_PLACES)
    assert sum(isinstance(one, TransientError) for one in outcomes) == KNOWN_PLACES + 5 + 2
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("passwords")]
    assert len(names) <= THREADS
    assert not await passwords.verify("guess", stored), "the queue is free again"
