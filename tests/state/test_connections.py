"""Connected accounts: tokens are sealed, a second consent keeps ids and frees what waited."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
from support.rooms import MAIN, PAGE, Rooms

from connector.domain.alert import Alert
from connector.domain.connection import (
    Check,
    ConnectionId,
    FacebookConnection,
    PageGrant,
    Person,
    SavedConsent,
    UserToken,
)
from connector.domain.pages import page_trouble_key
from connector.domain.signals import DisconnectAsked
from connector.domain.work import PageTrouble
from state.accounts.pages import open_page_token

SECRET = "EAAB-very-secret"
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
DEAD = PageTrouble(state="auth_lost", reason="The token is dead.", remedy="Connect again.")


def dump(state_url: str) -> bytes:
    """Return everything that the database holds: the files' bytes, or every row of every table as text."""
    if state_url.startswith("sqlite"):
        path = Path(state_url.removeprefix("sqlite:///"))
        return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
    with psycopg.connect(state_url) as conn:
        tables = [str(row[0]) for row in conn.execute(TABLES).fetchall()]
        rows: list[Sequence[object]] = []
        for table in tables:
            rows += conn.execute(f'SELECT t::text FROM "{table}" t'.encode()).fetchall()  # noqa: S608 - our names
    return "\n".join(str(row[0]) for row in rows).encode()


async def test_no_token_is_in_a_dump_of_the_database(rooms: Rooms, state_url: str) -> None:
    await rooms.connect(PAGE, "200", token=SECRET)
    _, api_token = await rooms.tokens.create("crm", None)
    held = dump(state_url)
    assert b"Ada Admin" in held  # it is the right database, and what is no secret can be read
    assert SECRET.encode() not in held
    assert api_token.encode() not in held
    assert SECRET.encode().hex().encode() not in held
    (page, _) = await rooms.rows("SELECT * FROM pages ORDER BY page_id")
    assert open_page_token(rooms.vault, page) == f"{SECRET} 100"


async def test_nothing_that_is_listed_holds_a_token(rooms: Rooms) -> None:
    await rooms.connect(PAGE, token=SECRET)
    shown = repr([await rooms.connections.all(), await rooms.connections.all_pages()])
    assert SECRET not in shown
    assert "sealed" not in shown


async def test_a_second_consent_keeps_ids_and_replaces_tokens(rooms: Rooms) -> None:
    await rooms.connect(PAGE, "200", token="first")
    (before,) = await rooms.connections.all()
    sealed = await rooms.rows("SELECT page_id, sealed_token FROM pages ORDER BY page_id")
    await rooms.connect(PAGE, token="second")
    (after,) = await rooms.connections.all()
    assert after["id"] == before["id"]
    assert after["pages"] == 2
    pages = {row["page_id"]: row for row in await rooms.rows("SELECT * FROM pages")}
    assert open_page_token(rooms.vault, pages["100"]) == "second 100"
    assert pages["200"]["sealed_token"] == sealed[1]["sealed_token"]  # not chosen again: left as it was


async def test_another_persons_consent_is_another_connection_and_stands_by(rooms: Rooms) -> None:
    await rooms.connect(PAGE)
    await rooms.connect(PAGE, person="9002", token="theirs")
    first, second = await rooms.connections.all()
    assert (first["pages"], first["standing_by"]) == (1, 0)
    assert (second["pages"], second["standing_by"]) == (0, 1)
    (page,) = await rooms.rows("SELECT * FROM pages")
    assert open_page_token(rooms.vault, page) == "page token 100"


async def test_the_same_person_in_two_workspaces(rooms: Rooms) -> None:
    await rooms.connect(PAGE, token="one")
    await rooms.connect(PAGE, workspace="second", token="two")
    pages = await rooms.rows("SELECT * FROM pages ORDER BY workspace_id")
    assert [open_page_token(rooms.vault, page) for page in pages] == ["one 100", "two 100"]
    assert len(await rooms.connections.all()) == 2


async def test_consent_frees_held_leads_and_ends_the_alert(rooms: Rooms) -> None:
    await rooms.connect(PAGE, "200")
    await rooms.receive("1", "2")
    await rooms.receive("9", page="200")
    for _ in range(2):
        await rooms.queue.hold(await rooms.claim(), DEAD)
    for page in (PAGE, "200"):
        key = page_trouble_key("main", page)
        await rooms.alerts.raise_once(Alert(key=key, severity="critical", title="t", remedy="r"))
    waiting = {row["page_id"]: row["waiting"] for row in await rooms.connections.all_pages()}
    assert waiting == {"100": 2, "200": 1}
    assert await rooms.connect(PAGE) == 2
    states = {row["page_id"]: row["state"] for row in await rooms.connections.all_pages()}
    assert states == {"100": "ok", "200": "auth_lost"}
    assert [row["key"] for row in await rooms.alerts.open()] == [page_trouble_key("main", "200")]
    assert len((await rooms.claim()).leads) == 2


async def test_a_choice_that_is_sent_twice_is_one_account(rooms: Rooms) -> None:
    """Both looked for the account before either had stored it; the tokens are bound to the id that stayed."""
    await rooms.workspaces.add("main")

    def consent(number: int) -> FacebookConnection:
        return FacebookConnection(
            id=ConnectionId(f"con_{number}"),
            workspace_id=MAIN,
            person=Person(id="9001"),
            token=UserToken(value="user token"),
            scopes=(),
        )

    page = PageGrant(page_id=PAGE, name="P", token="t")
    saved = await asyncio.gather(*(rooms.connections.save(consent(n), [page]) for n in range(4)))
    (row,) = await rooms.rows("SELECT id, sealed_token FROM connections")
    assert {one.id for one in saved} == {row["id"]}
    assert sorted(one.token_version for one in saved) == [1, 2, 3, 4]
    assert rooms.vault.open(row["sealed_token"], bound_to=f"connection:{row['id']}") == "user token"


async def test_what_was_proved_of_a_token_that_is_gone_is_not_written(rooms: Rooms) -> None:
    await rooms.connect(PAGE, connection_id="con_a")
    saved = SavedConsent(id=ConnectionId("con_a"), token_version=1, freed=0)
    fine = [Check(name="token", outcome="ok")]
    await rooms.connect(PAGE)
    assert await rooms.connections.proved(saved, fine, [], []) == 0
    assert await rooms.value("SELECT COUNT(*) FROM connection_checks") == 0
    newer = replace(saved, token_version=2)
    await rooms.connections.proved(newer, fine, [], [])
    assert await rooms.value("SELECT COUNT(*) FROM connection_checks") == 1
    await rooms.engine.write(lambda tx: tx.execute("DELETE FROM connection_checks"))
    await rooms.probing.hear(saved.id, DisconnectAsked())
    await rooms.connections.proved(newer, fine, [], [])
    assert await rooms.value("SELECT COUNT(*) FROM connection_checks") == 0
