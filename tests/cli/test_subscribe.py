"""Subscribing the app's webhook: the sandbox calls the real web application, as Meta would, and reads its echo."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cli.conftest import Spawn, sandbox_settings

from adapters.sandbox.faults import Fault
from adapters.sandbox.running import Sandbox
from connector.composition import Chance, Daemon, opened_daemon
from connector.config import load
from connector.runtime.clock import SystemClock

pytestmark = pytest.mark.process

PUBLIC = "http://127.0.0.1:8080"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=6) as running:
        yield running


def changed(path: Path, name: str, **words: str) -> Path:
    """Write the settings again with other words in them."""
    text = path.read_text(encoding="utf-8")
    for old, new in words.items():
        text = text.replace(f'{old} = "', f'{old} = "{new}"  # "')
    other = path.with_name(name)
    other.write_text(text, encoding="utf-8")
    return other


@asynccontextmanager
async def running_daemon(sandbox: Sandbox, folder: Path) -> AsyncIterator[tuple[Daemon, Path]]:
    """Open the daemon on free ports; yield it and the settings of an operator who knows where it listens."""
    path = sandbox_settings(sandbox, folder)
    text = path.read_text(encoding="utf-8")
    text = text.replace("[server]", '[server]\nlisten = "127.0.0.1:0"\nops_listen = "127.0.0.1:0"')
    path.write_text(text, encoding="utf-8")
    async with opened_daemon(load(path, {}), SystemClock(), Chance.of_system(), asyncio.Event()) as daemon:
        path.write_text(text.replace(PUBLIC, f"{daemon.public_url}/"), encoding="utf-8")
        yield daemon, path


async def test_the_webhook_is_subscribed_verified_and_read_back(
    sandbox: Sandbox, tmp_path: Path, spawn: Spawn
) -> None:
    async with running_daemon(sandbox, tmp_path) as (daemon, path):
        again = await spawn("--config", str(path), "subscribe")  # does no harm
        result = await spawn("--config", str(path), "subscribe")
    assert (again.code, result.code) == (0, 0), (again, result)
    found = sandbox.world.app_subscription
    assert found is not None
    assert found.callback_url == f"{daemon.public_url}/webhooks/facebook"
    assert (found.fields, found.include_values) == (["leadgen"], True)
    assert found.callback_url in result.out
    assert sandbox.world.verify_token not in result.out + result.err
    assert sandbox.world.app_secret not in result.out + result.err


async def test_a_daemon_that_does_not_answer_is_named_with_the_remedy(
    sandbox: Sandbox, tmp_path: Path, spawn: Spawn
) -> None:
    path = changed(sandbox_settings(sandbox, tmp_path), "away.toml", public_url="http://127.0.0.1:9")
    result = await spawn("--config", str(path), "subscribe")
    assert result.code == 69, result
    assert "could not be verified" in result.err
    assert "Let the daemon run" in result.err
    assert sandbox.world.app_subscription is None


async def test_another_verify_token_than_the_daemon_s_is_refused(
    sandbox: Sandbox, tmp_path: Path, spawn: Spawn
) -> None:
    async with running_daemon(sandbox, tmp_path) as (_, path):
        result = await spawn("--config", str(changed(path, "other.toml", verify_token="x")), "subscribe")
    assert result.code == 69, result
    assert "verify_token" in result.err


async def test_a_wrong_app_secret_is_a_bad_setting(sandbox: Sandbox, tmp_path: Path, spawn: Spawn) -> None:
    path = changed(sandbox_settings(sandbox, tmp_path), "wrong.toml", app_secret="wrong")
    result = await spawn("--config", str(path), "subscribe")
    assert result.code == 78, result
    assert "app id and secret" in result.err


async def test_missing_settings_are_named(tmp_path: Path, spawn: Spawn) -> None:
    path = tmp_path / "little.toml"
    path.write_text("", encoding="utf-8")
    result = await spawn("--config", str(path), "subscribe")
    assert result.code == 78
    assert "facebook.verify_token" in result.err


async def test_an_outage_of_meta_is_try_later(sandbox: Sandbox, tmp_path: Path, spawn: Spawn) -> None:
    sandbox.graph.faults.add("subscriptions", Fault.error("service_unavailable"), times=99)
    result = await spawn("--config", str(sandbox_settings(sandbox, tmp_path)), "subscribe")
    assert result.code == 75, result
