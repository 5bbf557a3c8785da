"""Every sealed value comes under the first key, in steps, beside whoever writes; no place is forgotten."""

import asyncio
import re

import pytest
from fake_clock import FakeClock
from support.engines import FailingEngine
from support.rooms import MAIN, Rooms

from connector.domain.errors import StateUnavailableError
from state.daemons import ALIVE_MS, SeenDaemon, SqlDaemons
from state.engine import Engine
from state.keys import resealing
from state.keys.resealing import SqlResealing, opened_counts
from state.keys.sealed_places import PLACES
from state.migrations import STEPS
from state.vault import Vault, sealed_by

OLD, NEW, FOREIGN = (bytes([number]) * 32 for number in (1, 2, 3))
ROWS = {
    "connections": """
        INSERT INTO connections (id, workspace_id, provider, account_id, state, state_since_ms, sealed_token,
                                 sealed_access, token_version, scopes, refresh_failures, consented_at_ms,
                                 created_at_ms, updated_at_ms)
        VALUES (:id, 'main', 'google', :id, 'healthy', 0, :one, :two, 1, '', 0, 0, 0, 0)""",
    "pages": """
        INSERT INTO pages (workspace_id, page_id, name, connection_id, sealed_token, state, paused_until_ms,
                           created_at_ms)
        VALUES ('main', :id, 'P', :connection, :one, 'ok', 0, 0)""",
    "page_grants": """
        INSERT INTO page_grants (connection_id, page_id, workspace_id, name, sealed_token, tasks, state,
                                 state_since_ms, subscribed_by_us, created_at_ms)
        VALUES (:connection, :id, 'main', 'P', :one, '', 'ok', 0, 1, 0)""",
    "consent_attempts": """
        INSERT INTO consent_attempts (id, state_hash, provider, workspace_id, session_hash, sealed_verifier,
                                      sealed_offer, created_at_ms, expires_at_ms)
        VALUES (:id, :id, 'google', 'main', 's', :one, :two, 0, 0)""",
    "undoings": """
        INSERT INTO undoings (id, connection_id, workspace_id, provider, kind, sealed_token, state, attempts,
                              created_at_ms)
        VALUES (:id, :connection, 'main', 'google', 'revoke_grant', :one, 'waiting', 0, 0)""",
}


async def fill(engine: Engine, vault: Vault, many: int, start: int = 0) -> int:
    """Put `many` rows into every table that seals; return how many sealed values that makes."""
    sealed = 0
    for table, sql in ROWS.items():
        places = [place for place in PLACES if place.table == table]
        for number in range(start, start + many):
            name = f"{table}-{number:04d}"
            row = {"id": name, "workspace_id": MAIN, "page_id": name}
            row["connection_id"] = row["connection"] = f"connections-{number:04d}"
            for word, place in zip(("one", "two"), places, strict=False):
                bound_to = place.binding(*(row[column] for column in place.bound_by))
                row[word] = vault.seal(f"token of {name}", bound_to=bound_to)
                sealed += 1
            await engine.write(lambda tx, sql=sql, row=row: tx.execute(sql, row))  # type: ignore[misc] # a lambda's default
    return sealed


def test_every_sealed_column_of_the_schema_is_a_place() -> None:
    columns = {
        (table[1], column)
        for step in STEPS
        for statement in step.statements
        if (table := re.search(r"CREATE TABLE (\w+)|ALTER TABLE (\w+)", statement)) is not None
        for column in re.findall(r"\bsealed_\w+", statement)
    }
    assert len(columns) >= 7
    assert columns == {(place.table, place.column) for place in PLACES}


async def test_everything_comes_under_the_first_key_and_still_opens(
    rooms: Rooms, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "CHUNK", 4)
    old, both = Vault([OLD]), Vault([NEW, OLD])
    many = await fill(engine, old, 9)
    assert await SqlResealing(engine, both).counts() == {old.names[0]: many}
    assert (await SqlResealing(engine, both).reseal()).done == many
    assert await SqlResealing(engine, both).counts() == {both.names[0]: many}
    assert await engine.read(lambda tx: opened_counts(tx, Vault([NEW]))) == (many, 0)
    assert (await SqlResealing(engine, both).reseal()).done == 0


async def test_what_no_key_opens_stays_as_it_is_and_holds_up_nothing(
    rooms: Rooms, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "CHUNK", 2)
    foreign, both = Vault([FOREIGN]), Vault([NEW, OLD])
    strange = await fill(engine, foreign, 3)
    many = await fill(engine, Vault([OLD]), 3, start=3)
    done = await SqlResealing(engine, both).reseal()
    assert (done.done, done.shut) == (many, strange)
    assert await engine.read(lambda tx: opened_counts(tx, foreign)) == (strange, many)


async def test_a_run_that_is_cut_off_goes_on_with_the_rest(
    rooms: Rooms, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "CHUNK", 2)
    both = Vault([NEW, OLD])
    many = await fill(engine, Vault([OLD]), 4)
    failing = FailingEngine(engine)
    failing.fates.extend([True, True, True, False])
    with pytest.raises(StateUnavailableError):
        await SqlResealing(failing, both).reseal()
    counts = await SqlResealing(engine, both).counts()
    assert 0 < counts[both.names[0]] < many
    assert await engine.read(lambda tx: opened_counts(tx, both)) == (many, 0)
    await SqlResealing(engine, both).reseal()
    assert await SqlResealing(engine, both).counts() == {both.names[0]: many}


async def test_a_token_that_is_renewed_meanwhile_is_not_put_back(rooms: Rooms, engine: Engine) -> None:
    old, both = Vault([OLD]), Vault([NEW, OLD])
    await fill(engine, old, 30)
    fresh = both.seal("renewed", bound_to="connection:connections-0007")
    renew = "UPDATE connections SET sealed_token = :fresh WHERE id = 'connections-0007'"
    await asyncio.gather(
        SqlResealing(engine, both).reseal(),
        *(engine.write(lambda tx: tx.execute(renew, {"fresh": fresh})) for _ in range(5)),
    )
    rows = await rooms.rows("SELECT sealed_token FROM connections WHERE id = 'connections-0007'")
    assert both.open(rows[0]["sealed_token"], bound_to="connection:connections-0007") == "renewed"
    assert sealed_by(rows[0]["sealed_token"]) == both.names[0]


async def test_a_daemon_is_alive_for_two_minutes_after_it_was_seen(engine: Engine, clock: FakeClock) -> None:
    daemons = SqlDaemons(engine, clock)
    one = SeenDaemon(id="one", version="1", keys=("a", "b"))
    await daemons.seen(one)
    await clock.advance(ALIVE_MS / 1000)
    assert await daemons.alive() == [one]
    await clock.advance(1)
    assert await daemons.alive() == []
    await daemons.seen(one)
    assert await daemons.alive() == [one]
    await daemons.gone("one")
    assert await daemons.alive() == []
