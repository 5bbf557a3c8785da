"""A state that cannot be opened: exit code 75 and one sentence, whichever command it is."""

from pathlib import Path

import pytest
from cli.conftest import Call, Spawn, write_settings
from click.testing import CliRunner

from connector.cli import main

COMMANDS = (
    ("run",),
    ("migrate",),
    ("token", "list"),
    ("token", "create"),
    ("workspace", "list"),
    ("connections",),
    ("alerts",),
    ("leads", "list"),
    ("leads", "quarantine"),
    ("deliveries", "list"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_missing_folder_is_try_later(tmp_path: Path, command: tuple[str, ...]) -> None:
    config = write_settings(tmp_path / "lost.toml", tmp_path / "nowhere" / "state.db", {})
    result = CliRunner().invoke(main, ["--config", str(config), *command])
    assert result.exit_code == 75, result.output
    assert str(tmp_path / "nowhere" / "state.db") in result.stderr
    assert "folder does not exist: make it" in result.stderr


@pytest.mark.parametrize("command", [("run",), ("migrate",)], ids=" ".join)
def test_a_file_that_is_no_database_is_try_later(
    call: Call, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "state.db").write_bytes(b"this is no database" * 100)
    result = call(*command)
    assert result.exit_code == 75
    assert "put a backup of the state in its place" in result.stderr


@pytest.mark.process
async def test_no_trace_reaches_a_person(tmp_path: Path, spawn: Spawn) -> None:
    config = write_settings(tmp_path / "lost.toml", tmp_path / "nowhere" / "state.db", {})
    result = await spawn("--config", str(config), "run")
    assert result.code == 75
    assert "Traceback" not in result.err
    assert result.err.count("\n") == 1
