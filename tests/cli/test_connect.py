"""Consent by paste-back: the command as a process, the sandbox's dialog in the role of Facebook."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from cli.conftest import Ended, Spawn, ended, sandbox_settings, start

from adapters.sandbox.running import Sandbox
from connector.cli.connect import code_of
from connector.domain.errors import NotPermittedError

pytestmark = pytest.mark.process


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=3) as running:
        yield running


async def consented(config: Path, *args: str, change: tuple[str, str] = ("", "")) -> Ended:
    """Run `connect facebook`, visit the printed address, paste where it led to (with one text changed)."""
    process = await start("--config", str(config), "connect", "facebook", *args)
    assert process.stdout is not None
    address = b""
    while not address.startswith(b"http"):
        address = await process.stdout.readline()
        assert address, await ended(process)
    async with (
        aiohttp.ClientSession() as http,
        http.get(address.decode().strip(), allow_redirects=False) as dialog,
    ):
        location = dialog.headers["Location"]
    return await ended(process, location.replace(*change) + "\n")


async def test_an_account_is_connected_by_pasting_the_address(
    sandbox: Sandbox, tmp_path: Path, spawn: Spawn
) -> None:
    config = sandbox_settings(sandbox, tmp_path)
    result = await consented(config, "--all-pages")
    assert result.code == 0, result
    assert result.out.count("leads arrive") == 3
    assert all(sandbox.world.app_id in page.subscribed for page in sandbox.world.pages.values())
    listed = await spawn("--config", str(config), "connections", "--json")
    (account,) = [json.loads(line) for line in listed.out.splitlines()]
    assert {page["page_id"] for page in account["pages"]} == set(sandbox.world.pages)
    tokens = [token for token in sandbox.world.tokens if token in result.out + result.err + listed.out]
    assert tokens == []


async def test_only_the_named_page_is_connected(sandbox: Sandbox, tmp_path: Path) -> None:
    chosen, other, _ = sandbox.world.pages.values()
    result = await consented(sandbox_settings(sandbox, tmp_path), "--page", chosen.id)
    assert result.code == 0, result
    assert chosen.subscribed
    assert not other.subscribed


async def test_a_page_that_was_not_offered_is_bad_input(sandbox: Sandbox, tmp_path: Path) -> None:
    result = await consented(sandbox_settings(sandbox, tmp_path), "--page", "4711")
    assert result.code == 65
    assert "4711" in result.err


async def test_a_page_without_leads_access_is_a_finding(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.world.revoke_lead_access(next(iter(sandbox.world.pages.values())))
    result = await consented(sandbox_settings(sandbox, tmp_path), "--all-pages")
    assert result.code == 1
    assert "Leads Access Manager" in result.out
    assert result.out.count("leads arrive") == 2


async def test_declined_consent_is_not_permitted(sandbox: Sandbox, tmp_path: Path) -> None:
    assert sandbox.world.next_consent is not None
    sandbox.world.next_consent = replace(sandbox.world.next_consent, decline=True)
    result = await consented(sandbox_settings(sandbox, tmp_path), "--all-pages")
    assert result.code == 77
    assert "declined" in result.err


async def test_the_address_of_another_attempt_is_not_permitted(sandbox: Sandbox, tmp_path: Path) -> None:
    result = await consented(
        sandbox_settings(sandbox, tmp_path), "--all-pages", change=("state=", "state=other")
    )
    assert result.code == 77
    assert "another attempt" in result.err
    assert not any(page.subscribed for page in sandbox.world.pages.values())


def test_the_callbacks_address_holds_the_code() -> None:
    callback = "https://connect.example.com/connect/facebook/callback?code=AQB-x%2F&state=s3cret#_=_"
    assert code_of(callback, state="s3cret") == "AQB-x/"
    with pytest.raises(NotPermittedError, match="another attempt"):
        code_of(callback, state="other")


async def test_pasting_nothing_useful_is_bad_input(sandbox: Sandbox, tmp_path: Path) -> None:
    process = await start("--config", str(sandbox_settings(sandbox, tmp_path)), "connect", "facebook")
    result = await ended(process, "not an address\n")
    assert result.code == 65
