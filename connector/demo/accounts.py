"""The acts around accounts, in the owner's browser: signing in, connecting two, losing one and mending it."""

from collections.abc import Mapping
from typing import Any

from connector.demo.browser import LostWayError, Page
from connector.demo.stage import Stage
from connector.domain.audit import Actor
from connector.domain.connection import Provider
from connector.domain.lead import WorkspaceId
from connector.pipelines.invite import LINK_LIFE_MAX_S, LINK_PATH
from state.accounts.cards import SqlAccountCards
from state.workspaces import MAIN

WORKSPACE = WorkspaceId(MAIN)
ROOT = f"/w/{MAIN}"
OWNER = "olga.owner@example.com"
ACTOR = Actor(kind="cli", name="demo")
PASSWORD_CHANGED = 460
"""Facebook's subcode for tokens that a changed password has ended."""
HELD = 10
"""Leads that come while the account is lost."""
LOOK_S = 0.05


async def signed_in(stage: Stage) -> None:
    """Let the owner in by a one-time link, such as `connector admin link` prints."""
    await stage.daemon.rooms.people.put(OWNER, WORKSPACE, "owner", actor=ACTOR, name="Olga Owner")
    door = await stage.browser.open(await sign_in_link(stage))
    await stage.browser.press(door, LINK_PATH.rstrip("/"))


async def sign_in_link(stage: Stage) -> str:
    """Return a fresh link for the owner; it works once, within a day."""
    return (await stage.invite.link(OWNER, actor=ACTOR, life_s=LINK_LIFE_MAX_S)).url


async def facebook_connected(stage: Stage) -> None:
    """Go through Facebook's dialog and take every Page that it gives."""
    disclosure = await stage.browser.open(f"{ROOT}/connect")
    choice = await stage.browser.follow(disclosure, "/connect/facebook/start")
    done = await stage.browser.press(choice, f"{ROOT}/connect/pages", button=("all", "yes"))
    account = await _connected(stage, "facebook", done)
    names = ", ".join(page["name"] for page in account["pages"])
    stage.screen.say(f"Connected a Facebook account in the browser. Pages: {names}.")


async def google_connected(stage: Stage) -> None:
    """Go through Google's consent page, which makes our folder in that Drive."""
    disclosure = await stage.browser.open(f"{ROOT}/connect")
    done = await stage.browser.follow(disclosure, "/connect/google/start")
    account = await _connected(stage, "google", done)
    stage.screen.say(f"Connected a Google account in the browser: {account['account_name']}.")


async def told_dashboard(stage: Stage) -> None:
    """Hand a way in to whoever watches."""
    stage.screen.say(f"Dashboard: {await sign_in_link(stage)}")


async def lost(stage: Stage) -> None:
    """Let Facebook end the account's tokens and leads come: they must wait, with one alert that asks for consent."""
    end_facebook(stage)
    await stage.announce(stage.sandbox.submit(HELD))
    while (await _account(stage, "facebook"))["state"] != "reconnect" or await held(stage) < HELD:
        await stage.clock.sleep(LOOK_S)
    stage.expect("alerts about the lost account", found=await _alerts(stage), wanted=1)
    stage.screen.say(f"Facebook ended the account's tokens: {HELD} leads came and wait, one alert says so.")


async def mended(stage: Stage) -> None:
    """Consent again, as the alert's button leads: what waited goes on by itself."""
    account = await _account(stage, "facebook")
    done = await stage.browser.open(f"/connect/facebook/start?connection={account['id']}")
    await _connected(stage, "facebook", done)
    while stage.missing():
        await stage.clock.sleep(LOOK_S)
    stage.held += HELD
    stage.expect("alerts about the mended account", found=await _alerts(stage), wanted=0)
    stage.screen.say(f"Consented again in the browser: the {HELD} leads that waited are in the CRM.")


def end_facebook(stage: Stage) -> None:
    """Change the password of whoever connected: Facebook ends every token and tells nobody."""
    world = stage.sandbox.world
    world.invalidate(next(iter(world.people.values())), PASSWORD_CHANGED)


async def held(stage: Stage) -> int:
    """Return how many leads wait for an account."""
    return (await stage.daemon.rooms.records.balance()).get("held", 0)


async def _alerts(stage: Stage) -> int:
    return sum(row["key"].startswith("connection.lost:") for row in await stage.daemon.rooms.alerts.open())


async def _connected(stage: Stage, provider: Provider, page: Page) -> Mapping[str, Any]:
    """Return the account that a consent has just connected. Raises LostWayError when there is none."""
    if not page.document.notice.strip().startswith("Connected"):
        raise LostWayError(f"connecting {provider} ended at {page.document.title.strip()!r}")
    account = await _account(stage, provider)
    stage.expect(f"the {provider} account's health", found=account["state"], wanted="healthy")
    return account


async def _account(stage: Stage, provider: Provider) -> Mapping[str, Any]:
    rows = await SqlAccountCards(stage.daemon.rooms.engine).all(WORKSPACE)
    for row in rows:
        if row["provider"] == provider:
            return row
    raise LostWayError(f"no {provider} account is connected")
