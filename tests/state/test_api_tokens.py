"""API tokens: shown once, kept as a hash, revoked for good."""

import pytest
from fake_clock import FakeClock
from support.rooms import MAIN, Rooms


async def test_a_token_names_its_workspace(rooms: Rooms) -> None:
    token_id, token = await rooms.tokens.create("crm", MAIN)
    _, everywhere = await rooms.tokens.create("ops", None)
    caller = await rooms.tokens.find(token)
    assert caller is not None
    assert (caller.token_id, caller.workspace_id) == (token_id, MAIN)
    other = await rooms.tokens.find(everywhere)
    assert other is not None
    assert other.workspace_id is None


async def test_only_the_hash_is_kept(rooms: Rooms) -> None:
    _, token = await rooms.tokens.create("crm", MAIN)
    rows = await rooms.rows("SELECT * FROM api_tokens")
    assert token not in repr(rows)
    assert token.removeprefix("cnk_") not in repr(rows)
    assert "hash" not in (await rooms.tokens.all())[0]


@pytest.mark.parametrize(
    "guess", ["", "cnk_", "Bearer", "cnk_\x00", "cnk_\ud800", "cnk_" + "x" * 100_000, "' OR 1=1 --"]
)
async def test_a_guess_is_nobodys(rooms: Rooms, guess: str) -> None:
    await rooms.tokens.create("crm", MAIN)
    assert await rooms.tokens.find(guess) is None


async def test_nearly_right_is_wrong(rooms: Rooms) -> None:
    _, token = await rooms.tokens.create("crm", MAIN)
    for guess in (token[:-1], token + "x", token.upper(), " " + token, token.removeprefix("cnk_")):
        assert await rooms.tokens.find(guess) is None


async def test_a_revoked_token_is_nobodys(rooms: Rooms) -> None:
    token_id, token = await rooms.tokens.create("crm", MAIN)
    _, kept = await rooms.tokens.create("crm", MAIN)
    assert await rooms.tokens.revoke(token_id)
    assert not await rooms.tokens.revoke(token_id)
    assert not await rooms.tokens.revoke("tok_unknown")
    assert await rooms.tokens.find(token) is None
    assert await rooms.tokens.find(kept) is not None


async def test_use_is_noted_at_most_once_a_minute(rooms: Rooms, clock: FakeClock) -> None:
    _, token = await rooms.tokens.create("crm", MAIN)
    used = "SELECT last_used_at_ms FROM api_tokens"
    assert await rooms.value(used) is None
    await rooms.tokens.find(token)
    first = await rooms.value(used)
    assert first == clock.now_ms()
    await clock.advance(60)
    await rooms.tokens.find(token)
    assert await rooms.value(used) == first
    await clock.advance(1)
    await rooms.tokens.find(token)
    assert await rooms.value(used) == clock.now_ms()
