"""The daily look at a Google account: the grant is used, the folder found or made, and what lacks is named."""

import random
from collections.abc import AsyncIterator, Callable

import pytest
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.google_accounts import GoogleStand, opened_stand
from support.rooms import MAIN, Rooms

from adapters.sandbox.faults import Fault
from adapters.sandbox.google.objects import Account
from adapters.sandbox.google.replies import google_fault
from adapters.sandbox.google.world import GoogleWorld
from connector.domain.connection import ConnectionId
from connector.domain.errors import AuthLostError
from connector.domain.google_consent import DRIVE_BOX
from connector.pipelines.google_proofs import REPLACED
from state.engine import Engine

DAY_S = 86_400
CHECKS = dict.fromkeys(("token", "scope", "folder", "quota", "account"), "ok")


@pytest.fixture
async def stand(
    engine: Engine, clock: FakeClock, counters: SeenCounters, new_id: Callable[[], str]
) -> AsyncIterator[GoogleStand]:
    world = GoogleWorld.invented(random.Random(1), now=lambda: clock.now().timestamp())  # noqa: S311 - repeatable
    world.add_account("ada@example.com")
    rooms = Rooms.on(engine, clock, counters, new_id)
    async with opened_stand(rooms, world) as opened:
        yield opened
    await rooms.aclose()


@pytest.fixture
def ada(stand: GoogleStand) -> Account:
    return next(iter(stand.world.accounts.values()))


@pytest.fixture
async def connection_id(stand: GoogleStand) -> ConnectionId:
    return (await stand.connected()).connection_id


async def detail(stand: GoogleStand, name: str) -> object:
    return await stand.rooms.value("SELECT detail FROM connection_checks WHERE name = :name", name=name)


async def test_every_account_is_looked_at_daily_without_any_work(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    await clock.advance(DAY_S)
    assert await stand.health.step()
    assert not await stand.health.step()
    row = await stand.row(connection_id)
    assert (row["state"], row["probed_at_ms"]) == ("healthy", clock.now_ms())
    assert await stand.checks(connection_id) == CHECKS
    assert stand.refreshes() == 1


@pytest.mark.parametrize("fate", ["trashed", "deleted"])
async def test_a_lost_folder_is_made_again_and_said(
    stand: GoogleStand, connection_id: ConnectionId, fate: str
) -> None:
    first = (await stand.row(connection_id))["folder_id"]
    if fate == "trashed":
        stand.world.files[str(first)].trashed = True
    else:
        del stand.world.files[str(first)]
    row = await stand.look(connection_id)
    assert row["state"] == "healthy"
    assert row["folder_id"] in set(stand.world.files) - {first}
    assert await detail(stand, "folder") == REPLACED
    deeds = await stand.rooms.rows("SELECT action, subject, workspace_id FROM audit ORDER BY id")
    assert tuple(deeds[-1].values()) == ("connection.folder_replaced", connection_id, MAIN)
    await stand.look(connection_id)
    assert len(await stand.rooms.rows("SELECT id FROM audit")) == 2
    assert (await stand.row(connection_id))["folder_id"] == row["folder_id"]


async def test_a_full_drive_degrades_until_there_is_room(
    stand: GoogleStand, connection_id: ConnectionId, ada: Account
) -> None:
    ada.limit_bytes = stand.world.used_bytes(ada)
    row = await stand.look(connection_id)
    assert (row["state"], row["cause"]) == ("degraded", "lacking")
    assert await stand.checks(connection_id) == CHECKS | {"quota": "failed"}
    assert "Make room" in str(row["remedy"])
    assert await stand.refresh.access(connection_id)
    ada.limit_bytes = None
    assert (await stand.look(connection_id))["state"] == "healthy"
    assert "no limit" in str(await detail(stand, "quota"))


async def test_a_scope_that_is_gone_later_needs_a_person_and_names_the_box(
    stand: GoogleStand, connection_id: ConnectionId
) -> None:
    stand.google.faults.add("drive", google_fault("insufficientPermissions"), times=2)
    row = await stand.look(connection_id)
    assert (row["state"], row["cause"]) == ("reconnect", "scope")
    assert DRIVE_BOX in str(row["reason"])
    assert DRIVE_BOX in str(row["remedy"])
    with pytest.raises(AuthLostError):
        await stand.refresh.access(connection_id)
    await stand.connected(mends=connection_id)
    assert (await stand.look(connection_id))["state"] == "healthy"


async def test_an_organisation_that_forbids_drive_apps_suspends_until_it_allows_them(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    stand.google.faults.rate("drive", google_fault("domainPolicy"), 1.0)
    assert (await stand.look(connection_id))["state"] == "suspended"
    await clock.advance(4_600)
    assert await stand.health.step()
    assert (await stand.row(connection_id))["state"] == "suspended"
    stand.google.faults.clear()
    await clock.advance(4_600)
    assert await stand.health.step()
    assert (await stand.row(connection_id))["state"] == "healthy"
    assert await stand.alerts() == set()


async def test_a_drive_that_is_away_sets_no_frozen_account_free(
    stand: GoogleStand, connection_id: ConnectionId
) -> None:
    stand.google.faults.add("drive", google_fault("domainPolicy"), times=2)
    await stand.look(connection_id)
    stand.google.faults.rate("drive", Fault.status(502), 1.0)
    assert (await stand.look(connection_id))["state"] == "suspended"


async def test_a_drive_that_is_away_is_looked_at_again_soon(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    stand.google.faults.rate("drive", Fault.status(502), 1.0)
    row = await stand.look(connection_id)
    assert row["state"] == "healthy"
    assert int(str(row["probe_due_at_ms"])) - clock.now_ms() < 3_600_000
    unknown = dict.fromkeys(("scope", "folder", "quota", "account"), "unknown")
    assert await stand.checks(connection_id) == CHECKS | unknown


async def test_our_own_client_refused_is_no_reason_to_look_sooner(
    stand: GoogleStand, connection_id: ConnectionId, clock: FakeClock
) -> None:
    stand.google.faults.rate("token", google_fault("deleted_client"), 1.0)
    row = await stand.look(connection_id)
    assert row["state"] == "healthy"
    assert int(str(row["probe_due_at_ms"])) - clock.now_ms() > 10 * 3_600_000


async def test_a_revoked_grant_is_found_without_any_work(
    stand: GoogleStand, connection_id: ConnectionId, ada: Account, clock: FakeClock
) -> None:
    stand.world.revoke(ada, stand.world.client.project)
    await clock.advance(DAY_S)
    assert await stand.health.step()
    row = await stand.row(connection_id)
    assert (row["state"], row["probe_due_at_ms"]) == ("reconnect", None)
    assert (await stand.checks(connection_id))["token"] == "failed"
    assert await stand.alerts() == {f"connection.lost:{connection_id}"}
