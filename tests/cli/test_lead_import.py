"""`connector leads import`, as an operator calls it, on both engines."""

import asyncio
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.conftest import write_settings
from click.testing import CliRunner, Result
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import open_engine
from support.lead_exports import row, test_row, written
from support.rooms import PAGE, Rooms

from connector.cli import main

Import = Callable[..., Result]


@pytest.fixture
def leads_import(state_url: str, tmp_path: Path) -> Import:
    """Call the command on a state in which one Page is connected."""
    config = write_settings(tmp_path / "import.toml", tmp_path / "state.db", {"state": {"url": state_url}})

    async def connect() -> None:
        engine, numbers = open_engine(state_url), itertools.count(1)
        rooms = Rooms.on(engine, FakeClock(), SeenCounters(), lambda: f"{next(numbers):032x}")
        await rooms.connect(PAGE)
        await rooms.aclose()
        await engine.aclose()

    asyncio.run(connect())

    def called(*args: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(config), "leads", "import", *args])

    return called


def test_a_download_is_stored_once(leads_import: Import, tmp_path: Path) -> None:
    file = str(written(tmp_path / "leads.csv", [row("1000000000000001"), test_row("1000000000000002")]))
    dry = leads_import(file, "--page", PAGE, "--dry-run")
    assert (dry.exit_code, dry.stdout) == (
        0,
        "2 rows, nothing stored: 2 new, 0 known already, 0 rejected; 1 are test leads.\n",
    )
    first = leads_import(file, "--page", PAGE)
    assert (first.exit_code, first.stdout) == (
        0,
        "2 rows: 2 new, 0 known already, 0 rejected; 1 are test leads.\n",
    ), first.output
    again = leads_import(file, "--page", PAGE, "--json")
    assert json.loads(again.stdout) == {
        "rows": 2, "new": 0, "completed": 0, "known": 2, "test": 0, "rejected": 0,
    }  # fmt: skip


def test_rejected_rows_are_told_and_the_others_stored(leads_import: Import, tmp_path: Path) -> None:
    rows = [row("1000000000000001"), row("1.35932E+15"), row("1000000000000003", created_time="yesterday")]
    file, rejects = str(written(tmp_path / "leads.csv", rows)), tmp_path / "rejects.jsonl"
    result = leads_import(file, "--page", PAGE, "--rejects", str(rejects))
    assert result.exit_code == 65
    assert result.stdout.startswith("3 rows: 1 new, 0 known already, 2 rejected")
    assert "line 3: a spreadsheet rounded" in result.stderr
    told = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert [one["line"] for one in told] == [3, 4]
    assert all(one["text"] and one["reason"] for one in told)


def test_a_page_and_a_workspace_that_are_not_there_are_bad_input(
    leads_import: Import, tmp_path: Path
) -> None:
    file = str(written(tmp_path / "leads.csv", [row("1000000000000001")]))
    assert leads_import(file, "--page", "4711").exit_code == 65
    assert leads_import(file, "--workspace", "nobody").exit_code == 65
    unknown = leads_import(file)
    assert (unknown.exit_code, "say its Page with --page" in unknown.stderr) == (65, True)
    (tmp_path / "no.csv").write_text("name\nZoë\n", encoding="utf-8")
    assert "no lead download" in leads_import(str(tmp_path / "no.csv")).stderr
