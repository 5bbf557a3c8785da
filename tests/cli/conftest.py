"""Calling the command line: in this process where that suffices, else as a process of its own."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from adapters.sandbox.graph.tokens import issue_user_token, page_token
from adapters.sandbox.objects import SCOPES
from adapters.sandbox.running import Sandbox, submit_form
from connector.cli import main
from connector.composition import Chance, opened_state
from connector.config import load
from connector.domain.connection import ConnectionId, FacebookConnection, PageGrant, Person, UserToken
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.reconcile_work import RoundDone, RoundWork, Subscribed
from connector.domain.reconciling import FormListing, ListedForm
from connector.runtime.clock import SystemClock
from connector.runtime.logs import configure_logs
from state.accounts.connections import SqlConnections
from state.reconcile.reconciling import SqlReconciling
from state.vault import Vault

SIGNING_SECRET = "whsec_" + "c2VjcmV0IG9mIGEgdGVzdA=="
KEY = "11" * 32
LEADS = 7

Call = Callable[..., Result]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Spawn = Callable[..., Awaitable[Ended]]


@pytest.fixture(autouse=True)
def logs_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the runner's streams, which end with the test, out of loggers that outlive it."""
    monkeypatch.setattr("connector.cli.session.configure_logs", partial(configure_logs, cached=False))
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.startswith("CONNECTOR_") or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write_settings(path: Path, state: Path, sections: dict[str, dict[str, object]]) -> Path:
    """Write a settings file: complete, and with `sections` on top."""
    complete: dict[str, dict[str, object]] = {
        "server": {"public_url": "http://127.0.0.1:8080"},
        "state": {"url": f"sqlite:///{state}", "encryption_keys": [KEY]},
        "facebook": {"app_id": "123", "app_secret": "s", "verify_token": "v"},
        "crm": {"url": "http://127.0.0.1:9/connector", "signing_secret": SIGNING_SECRET},
        "log": {"level": "warning"},
    }
    lines: list[str] = []
    for name in {**complete, **sections}:
        values = {**complete.get(name, {}), **sections.get(name, {})}
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write settings whose outside services are nowhere."""
    return write_settings(tmp_path / "settings.toml", tmp_path / "state.db", {})


def sandbox_settings(sandbox: Sandbox, folder: Path, **crm: object) -> Path:
    """Write a settings file that points to the sandbox."""
    given = sandbox.settings()
    sections: dict[str, dict[str, object]] = {
        "facebook": dict(given["facebook"]),
        "crm": {**given["crm"], "allowed_networks": ["127.0.0.0/8"], **crm},
    }
    return write_settings(folder / "sandbox.toml", folder / "state.db", sections)


def calling(config: Path) -> Call:
    """Return what calls a command in this process, with these settings."""

    def called(*args: str, **more: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(config), *args], **more)  # type: ignore[arg-type]  # handed through

    return called


@pytest.fixture
def call(config: Path) -> Call:
    """Call a command in this process."""
    return calling(config)


async def start(*args: str) -> asyncio.subprocess.Process:
    """Start the command line as a process, where every warning is an error."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-m", "connector"),
        *args,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process, stdin: str = "") -> Ended:
    """Wait for its end."""
    out, err = await process.communicate(stdin.encode())
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
def spawn() -> Spawn:
    """Run a command as a process of its own."""

    async def spawned(*args: str) -> Ended:
        return await ended(await start(*args))

    return spawned


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(seed=6) as running:
        yield running


@pytest.fixture
async def connected(sandbox: Sandbox, tmp_path: Path) -> Path:
    """Connect the first Page as consent would and know its first form, whose history nobody imports by itself."""
    path = sandbox_settings(sandbox, tmp_path)
    settings, clock, chance = load(path, {}), SystemClock(), Chance.of_system()
    admin = next(iter(sandbox.world.people.values()))
    admin.authorised = True
    admin.granted |= set(SCOPES)
    page = next(iter(sandbox.world.pages.values()))
    form = sandbox.world.forms[page.form_ids[0]]
    for _ in range(LEADS):
        submit_form(sandbox.world, form)
    user = issue_user_token(sandbox.world, admin, long_lived=True)
    token = page_token(sandbox.world, user, page).value
    async with opened_state(settings, clock, chance) as rooms:
        state = (rooms.engine, clock, Vault(settings.state.keys()), chance.new_id)
        connection = FacebookConnection(
            id=ConnectionId("con_1"),
            workspace_id=WorkspaceId("main"),
            person=Person(id=admin.id, name=None),
            token=UserToken(value=user.value),
            scopes=SCOPES,
        )
        grant = PageGrant(page_id=PageId(page.id), name=page.name, token=token)
        await SqlConnections(*state).save(connection, [grant])
        work = SqlReconciling(*state)
        job = await work.claim()
        assert isinstance(job, RoundWork)
        listed = ListedForm(id=FormId(form.id), name=form.name, status="ACTIVE", leads=LEADS)
        done = RoundDone(
            subscribed=Subscribed(),
            listing=FormListing(forms=(listed,)),
            due_at_ms=2**52,
            list_due_at_ms=2**52,
        )
        assert await work.round_done(job, done)
        await rooms.engine.write(lambda tx: tx.execute("DELETE FROM backfills"))
    return path
