import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]

FILES = Path(__file__).parents[1] / "data" / "call-logs"
V10 = str(FILES / "sbr-v10-attributes-synthetic.xml")
DIALER = str(FILES / "dialer-semicolon.csv")


def tracked(call: Call) -> None:
    assert call("workspace", "set", "main", "--call-tracking", "on").exit_code == 0


def test_preview_prints_each_call_once_and_stores_nothing(call: Call, tmp_path: Path) -> None:
    result = call("calls", "preview", V10, "--region", "IN", "--owner", "asha")
    assert result.exit_code == 0, result.stderr
    calls = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(calls) == len({one["call_id"] for one in calls}) == 10
    assert {one["user"]["id"] for one in calls} == {"asha"}
    assert "Asha" in [one["peer"]["name"] for one in calls]
    assert not (tmp_path / "state.db").exists()


def test_preview_says_what_is_odd_and_reads_standard_input(call: Call) -> None:
    result = call("calls", "preview", str(FILES / "backup-a.xml"))
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 12)
    assert "56 calls, and has 12" in result.stderr
    result = call(
        "calls", "preview", "-", "--zone", "Europe/Rome", input=Path(DIALER).read_text(encoding="utf-8")
    )
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 4)


def test_a_file_without_a_zone_asks_for_it(call: Call) -> None:
    result = call("calls", "preview", DIALER)
    assert (result.exit_code, result.stdout) == (65, "")
    assert "--zone" in result.stderr
    assert call("calls", "preview", DIALER, "--zone", "Mars").exit_code == 65
    assert call("calls", "preview", DIALER, "--zone", "UTC", "--map", "x=y").exit_code == 65
    assert call("calls", "preview", DIALER, "--zone", "UTC", "--region", "XX").exit_code == 65


@pytest.mark.parametrize("command", ["preview", "import"])
def test_rejected_rows_are_told_with_line_and_reason(call: Call, tmp_path: Path, command: str) -> None:
    tracked(call)
    file = tmp_path / "calls.csv"
    file.write_text(
        "number,started_at,duration\n+919000000001,2026-01-01T10:00:00Z,5\n+919000000001,soon,5\n",
        encoding="utf-8",
    )
    rejects = tmp_path / "rejects.jsonl"
    result = call("calls", command, str(file), "--rejects", str(rejects))
    assert result.exit_code == 65
    assert len(result.stdout.splitlines()) == 1
    assert "line 3: " in result.stderr
    assert json.loads(rejects.read_text(encoding="utf-8"))["text"] == "+919000000001,soon,5"


def test_import_is_refused_while_tracking_is_off(call: Call) -> None:
    result = call("calls", "import", V10)
    assert result.exit_code == 77
    assert "Call tracking is off" in result.stderr
    assert call("calls", "list").stdout == "No calls yet.\n"


def test_import_list_summary_settings_purge(call: Call) -> None:
    tracked(call)
    assert call("calls", "import", V10, "--region", "IN", "--owner", "asha").stdout.startswith(
        "11 rows: 10 new, 1 "
    )
    again = call("calls", "import", V10, "--region", "IN", "--owner", "asha", "--json")
    assert json.loads(again.stdout) == {
        "received": 11,
        "new": 0,
        "duplicate": 11,
        "filtered": 0,
        "rejected": 0,
    }
    listed = call("calls", "list", "--json", "--limit", "3")
    assert len(listed.stdout.splitlines()) == 3
    assert call("calls", "list", "--user", "nobody").stdout == "No calls yet.\n"
    summary = call(
        "calls",
        "summary",
        "--since",
        "2026-01-01",
        "--until",
        "2026-01-01",
        "--zone",
        "Asia/Kolkata",
        "--json",
    )
    (day,) = map(json.loads, summary.stdout.splitlines())
    assert (day["calls"], day["missed"], day["missed_not_called_back"]) == (10, 2, 1)
    assert call("calls", "purge").exit_code == 2
    assert call("calls", "purge", "--all", "--dry-run").stdout == "Would remove 10 calls.\n"
    assert call("calls", "purge", "--user", "asha").stdout == "Removed 10 calls.\n"
    assert call("calls", "list").stdout == "No calls yet.\n"


def test_private_numbers_work_hours_and_users(call: Call) -> None:
    tracked(call)
    args = ("--private", "+919000000001", "--work-hours", "Mon-Sun 00:00-24:00", "--user", "1=asha")
    shown = json.loads(call("calls", "settings", *args, "--json").stdout)
    assert (shown["private_numbers"], shown["work_hours"]) == (1, "Mon-Sun 00:00-24:00 UTC")
    told = json.loads(call("calls", "import", V10, "--json").stdout)
    assert (told["filtered"], told["new"]) == (3, 8)
    assert "919000000001" not in call("calls", "list", "--json").stdout
    assert "asha" in call("calls", "list", "--json", "--user", "asha").stdout
    assert call("calls", "settings", "--user", "nothing").exit_code == 65
    assert call("calls", "settings", "--work-hours", "always").exit_code == 65
