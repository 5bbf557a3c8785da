"""The doctor against the sandbox: healthy, and broken in every way that it is to find."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cli.conftest import KEY, Spawn, sandbox_settings, write_settings
from support.connecting import connect_facebook
from support.daemon import free_port
from support.smtp import SmtpSandbox

from adapters.sandbox.faults import Fault
from adapters.sandbox.objects import AppSubscription
from adapters.sandbox.running import Sandbox
from connector.cli.doctor import exit_code
from connector.cli.doctor_checks import examine
from connector.composition import Chance, opened_daemon, opened_state
from connector.config import load
from connector.domain.alert import Alert
from connector.domain.own_state import Standing
from connector.pipelines.doctor import (
    Check,
    check_account,
    check_clock,
    check_commits,
    check_copies,
    check_disk,
    check_open_files,
    check_rotation,
)
from connector.runtime.clock import SystemClock

PORT = free_port()
PUBLIC = f"http://127.0.0.1:{PORT}"
CALLBACK = f"{PUBLIC}/webhooks/facebook"
ADD_GOOGLE = """
    INSERT INTO connections (id, workspace_id, provider, account_id, state, reason, state_since_ms, token_version,
                             scopes, refresh_failures, consented_at_ms, created_at_ms, updated_at_ms)
    VALUES ('con_g', 'main', 'google', 'g', 'reconnect', 'The consent ended.', 0, 1, '', 0, 0, 0, 0)"""
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=4) as running:
        yield running


@pytest.fixture
async def connected(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Path]:
    """Connect all of the sandbox's Pages, subscribe the app's webhook, open the doors; lend the settings that did."""
    path = settings_of(sandbox, tmp_path)
    async with aiohttp.ClientSession() as http:
        await connect_facebook(load(path, {}), SystemClock(), Chance.of_system(), http)
    sandbox.world.app_subscription = AppSubscription(callback_url=CALLBACK, fields=["leadgen"])
    async with opened_daemon(load(path, {}), SystemClock(), Chance.of_system(), asyncio.Event()):
        yield path


def settings_of(sandbox: Sandbox, folder: Path) -> Path:
    """Write settings that point to the sandbox, with a public address of their own."""
    path = sandbox_settings(sandbox, folder)
    swap(
        path,
        '"http://127.0.0.1:8080"',
        f'"{PUBLIC}"\nlisten = "127.0.0.1:{PORT}"\nops_listen = "127.0.0.1:0"',
    )
    return path


async def examined(path: Path) -> dict[str, Check]:
    return {check.name: check for check in await examine(load(path, {}))}


def not_ok(checks: dict[str, Check]) -> list[str]:
    return sorted(name for name, check in checks.items() if check.state != "ok")


async def test_all_is_fine(connected: Path, sandbox: Sandbox) -> None:
    checks = await examined(connected)
    assert not_ok(checks) == []
    assert exit_code([*checks.values()]) == 0
    pages = [name for name in checks if name.startswith("page ")]
    assert len(pages) == 5 * len(sandbox.world.pages)
    names = {
        "settings",
        "schema",
        "database",
        "encryption keys",
        "key rotation",
        "state copies",
        "state drill",
        "graph api",
        "facebook app",
        "webhook",
        "alerts",
        "clock",
        "clock of the CRM",
        "crm",
        "disk",
        "open files",
        "public address name",
        "public address challenge",
        "public address guard",
        "public address bodies",
    }
    assert names <= set(checks)
    assert sandbox.crm.record.requests == 0


@pytest.mark.process
async def test_the_command_prints_json_and_no_secret(connected: Path, sandbox: Sandbox, spawn: Spawn) -> None:
    page = next(iter(sandbox.world.pages.values()))
    sandbox.world.drop_subscription(page)
    result = await spawn("--config", str(connected), "doctor", "--json")
    assert result.code == 1, result
    rows = [json.loads(line) for line in result.out.splitlines()]
    bad = [row for row in rows if row["state"] != "ok"]
    assert [row["name"] for row in bad] == [f"page {page.id} subscription"]
    assert bad[0]["remedy"]
    secrets = [sandbox.world.app_secret, sandbox.signing_secret, KEY, *sandbox.world.tokens, "Ada Admin"]
    assert [secret for secret in secrets if secret in result.out + result.err] == []
    person = await spawn("--config", str(connected), "doctor")
    assert person.code == 1
    assert "subscription" in person.out


async def test_what_is_wrong_with_a_page_is_named(connected: Path, sandbox: Sandbox) -> None:
    one, two, three = sandbox.world.pages.values()
    sandbox.world.revoke_lead_access(one)
    for token in sandbox.world.tokens.values():
        if token.page_id == two.id:
            token.fault = "password_changed"
    sandbox.world.drop_subscription(three)
    checks = await examined(connected)
    wanted = [f"page {one.id} leads access", f"page {two.id} token", f"page {three.id} subscription"]
    assert not_ok(checks) == sorted(wanted)
    assert all(checks[name].remedy for name in wanted)
    assert exit_code([*checks.values()]) == 1


async def test_a_withdrawn_scope_is_named(connected: Path, sandbox: Sandbox) -> None:
    person = next(iter(sandbox.world.people.values()))
    person.granted.discard("pages_manage_metadata")
    checks = await examined(connected)
    page = next(iter(sandbox.world.pages))
    assert "pages_manage_metadata" in checks[f"page {page} scopes"].detail


async def test_what_last_stopped_a_page_is_told(connected: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    page = next(iter(sandbox.world.pages))
    with closing(sqlite3.connect(tmp_path / "state.db")) as db, db:
        db.execute(
            "UPDATE pages SET state = 'auth_lost', reason = 'r', remedy = 'm' WHERE page_id = ?", (page,)
        )
    trouble = (await examined(connected))[f"page {page} last trouble"]
    assert (trouble.state, trouble.detail, trouble.remedy) == ("failed", "r", "m")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (None, "not subscribed"),
        (AppSubscription(callback_url="https://elsewhere.example/hook", fields=["leadgen"]), "elsewhere"),
        (AppSubscription(callback_url=CALLBACK, fields=["feed"]), "lacks the field leadgen"),
        (AppSubscription(callback_url=CALLBACK, fields=["leadgen"], active=False), "switched"),
    ],
)
async def test_a_webhook_that_does_not_come_here_is_found(
    connected: Path, sandbox: Sandbox, found: AppSubscription | None, says: str
) -> None:
    sandbox.world.app_subscription = found
    checks = await examined(connected)
    assert not_ok(checks) == ["webhook"]
    assert says in checks["webhook"].detail
    assert "connector subscribe" in checks["webhook"].remedy
    assert exit_code([*checks.values()]) == 1


async def test_a_subscription_that_cannot_be_read_is_away(connected: Path, sandbox: Sandbox) -> None:
    sandbox.graph.faults.add("subscriptions", Fault.error("service_unavailable"), times=99)
    assert (await examined(connected))["webhook"].is_away


async def test_open_alerts_are_warnings(connected: Path) -> None:
    async with opened_state(load(connected, {}), SystemClock(), Chance.of_system()) as rooms:
        await rooms.alerts.raise_once(Alert(key="crm.outage", severity="critical", title="T.", remedy="R."))
    checks = await examined(connected)
    assert not_ok(checks) == ["alert crm.outage"]
    alert = checks["alert crm.outage"]
    assert (alert.state, alert.detail, alert.remedy) == ("warning", "T.", "R.")


def swap(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


async def test_keys_that_open_nothing(connected: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    path = settings_of(sandbox, tmp_path)
    swap(path, KEY, "22" * 32)
    checks = await examined(path)
    assert not_ok(checks) == ["encryption keys", "key rotation"]
    assert "7 of 7" in checks["encryption keys"].detail


async def test_a_wrong_app_secret(connected: Path, sandbox: Sandbox) -> None:
    swap(connected, sandbox.world.app_secret, "wrong")
    checks = await examined(connected)
    assert checks["facebook app"].state == "failed"
    assert exit_code([*checks.values()]) == 1


async def test_services_that_are_away_have_an_exit_code_of_their_own(
    connected: Path, sandbox: Sandbox
) -> None:
    await sandbox.stop()
    checks = await examined(connected)
    assert not_ok(checks) == ["crm", "graph api"]
    assert exit_code([*checks.values()]) == 69


async def test_a_private_crm_address_is_a_finding_with_its_remedy(sandbox: Sandbox, tmp_path: Path) -> None:
    checks = await examined(sandbox_settings(sandbox, tmp_path, allowed_networks=[]))
    assert "crm.allowed_networks" in checks["crm"].remedy
    assert not checks["crm"].is_away


async def test_a_fresh_install_is_told_what_to_do_next(sandbox: Sandbox, tmp_path: Path) -> None:
    checks = await examined(sandbox_settings(sandbox, tmp_path))
    assert not_ok(checks) == ["pages", "public address challenge", "schema", "webhook"]
    assert "migrate" in checks["schema"].remedy
    assert not (tmp_path / "state.db").exists()


async def test_a_folder_that_is_not_there(sandbox: Sandbox, tmp_path: Path) -> None:
    given = sandbox.settings()
    sections: dict[str, dict[str, object]] = {
        "facebook": dict(given["facebook"]),
        "crm": {**given["crm"], "allowed_networks": ["127.0.0.0/8"]},
    }
    path = write_settings(tmp_path / "lost.toml", tmp_path / "no" / "where" / "state.db", sections)
    assert {"schema", "disk"} <= set(not_ok(await examined(path)))


async def test_a_file_that_is_no_database(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"this is no database" * 100)
    checks = await examined(sandbox_settings(sandbox, tmp_path))
    assert checks["database"].state == "failed"


async def test_a_newer_schema_is_left_alone(connected: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('connector', '9999_later', 'x')"
        )
    assert "9999_later" in (await examined(connected))["schema"].detail


@pytest.mark.postgres
async def test_postgresql_is_examined_without_being_migrated(
    sandbox: Sandbox, tmp_path: Path, bare_postgres_url: str
) -> None:
    path = sandbox_settings(sandbox, tmp_path)
    swap(path, f"sqlite:///{tmp_path / 'state.db'}", bare_postgres_url)
    assert "migrate" in (await examined(path))["schema"].remedy
    async with opened_state(load(path, {}), SystemClock(), Chance.of_system()):
        pass
    checks = await examined(path)
    assert (checks["schema"].state, checks["database"].state) == ("ok", "ok")
    assert "disk" not in checks


async def test_a_postgresql_that_is_away(sandbox: Sandbox, tmp_path: Path) -> None:
    path = sandbox_settings(sandbox, tmp_path)
    swap(path, f"sqlite:///{tmp_path / 'state.db'}", "postgresql://me:hunter2@127.0.0.1:9/db")
    check = (await examined(path))["database"]
    assert check.is_away
    assert "hunter2" not in check.detail


@pytest.mark.parametrize(
    ("off_s", "state"), [(0, "ok"), (59, "ok"), (-61, "warning"), (299, "warning"), (301, "failed")]
)
def test_the_clock_is_compared(off_s: int, state: str) -> None:
    date = (NOW + timedelta(seconds=off_s)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert check_clock(date, now=NOW).state == state


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_an_answer_without_a_time_is_no_judgement(date: str | None) -> None:
    assert check_clock(date, now=NOW).state == "warning"


def test_disk_and_commits_have_limits() -> None:
    found: Sequence[Check] = [check_disk(size) for size in (10**7, 10**9, 10**10)]
    assert [check.state for check in found] == ["failed", "warning", "ok"]
    assert [check_commits(seconds).state for seconds in (0.01, 0.9)] == ["ok", "warning"]
    assert all(check.remedy for check in (*found[:2], check_commits(0.9)))


async def test_the_mail_server_is_reached_when_there_is_one(connected: Path) -> None:
    assert "mail" not in await examined(connected)
    async with SmtpSandbox().running() as smtp:
        with connected.open("a", encoding="utf-8") as file:
            file.write(f'\n[mail]\nsmtp_url = "{smtp.url}"\nsender = "a@b.example"\n')
        assert (await examined(connected))["mail"].state == "ok"
    gone = (await examined(connected))["mail"]
    assert (gone.state, gone.detail) == ("failed", "it refused the connection")
    assert "mail.smtp_url" in gone.remedy
    assert smtp.mails == []


def test_copies_and_drills_may_be_young_and_not_old() -> None:
    now_ms, hour_ms = round(NOW.timestamp() * 1000), 3_600_000

    def states(copied: int | None, drilled: int | None, begun: int, hours: float = 24) -> list[str]:
        standing = Standing(copied_at_ms=copied, drilled_at_ms=drilled)
        checks = check_copies(standing, backup_hours=hours, begun_ms=begun, now=NOW)
        assert all(check.remedy for check in checks if check.state != "ok")
        return [check.state for check in checks]

    assert states(None, None, now_ms - hour_ms) == ["ok", "ok"]
    assert states(None, None, now_ms - 61 * hour_ms) == ["failed", "ok"]
    assert states(now_ms - 59 * hour_ms, now_ms - 335 * hour_ms, 0) == ["ok", "ok"]
    assert states(now_ms - 61 * hour_ms, now_ms - 337 * hour_ms, 0) == ["failed", "failed"]
    assert states(now_ms, now_ms, 0, hours=0) == ["warning"]
    assert [one.state for one in check_copies(None, backup_hours=24, begun_ms=0, now=NOW)] == ["ok"]


def test_secrets_under_old_keys_are_a_warning() -> None:
    assert check_rotation({"new": 3}, ["new", "old"]).detail.endswith("no longer needed here: old")
    found = check_rotation({"new": 3, "old": 2}, ["new", "old"])
    assert (found.state, "keys rotate" in found.remedy) == ("warning", True)


def test_a_google_account_is_told_with_its_space_and_what_fails() -> None:
    quota = {"name": "quota", "outcome": "ok", "detail": "3 GB left.", "remedy": None}
    folder = {"name": "folder", "outcome": "failed", "detail": "It is gone.", "remedy": "Make room."}
    account = {"id": "c", "state": "healthy", "reason": None, "remedy": None}
    (well,) = check_account(account, [quota], provider="google")
    assert (well.name, well.state, well.detail) == ("google c", "ok", "healthy. 3 GB left.")
    lost = {"id": "c", "state": "reconnect", "reason": "The consent ended.", "remedy": "Consent again."}
    checks = check_account(lost, [quota, folder], provider="google")
    assert [(one.name, one.state, one.detail, one.remedy) for one in checks] == [
        ("google c", "failed", "The consent ended.", "Consent again."),
        ("google c folder", "failed", "It is gone.", "Make room."),
    ]
    worn = {**lost, "state": "degraded", "remedy": None}
    assert check_account(worn, [], provider="google")[0].state == "warning"
    assert check_account(worn, [], provider="google")[0].remedy


async def test_google_is_asked_for_the_time_where_it_is_used(
    connected: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    given = sandbox.settings()["google"]
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in given.items())
    swap(connected, "[crm]", f"[google]\n{lines}\n[crm]")
    with closing(sqlite3.connect(tmp_path / "state.db")) as db, db:
        db.execute(ADD_GOOGLE)
    checks = await examined(connected)
    assert not_ok(checks) == ["google con_g"]
    assert {"google", "clock of Google"} <= set(checks)
    await sandbox.google.stop()
    assert (await examined(connected))["google"].is_away


def test_few_open_files_are_a_warning() -> None:
    assert [check_open_files(soft).state for soft in (-1, 1024, 256)] == ["ok", "ok", "warning"]
