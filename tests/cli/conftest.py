"""Calling the command line: in this process where that suffices, else as a process of its own."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from adapters.sandbox.running import Sandbox
from connector.cli import main
from connector.runtime.logs import configure_logs

SIGNING_SECRET = "whsec_" + "c2VjcmV0IG9mIGEgdGVzdA=="
KEY = "11" * 32

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
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
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


@pytest.fixture
def call(config: Path) -> Call:
    """Call a command in this process."""

    def called(*args: str, **more: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(config), *args], **more)  # type: ignore[arg-type]  # handed through

    return called


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
