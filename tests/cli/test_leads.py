import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]

VECTORS = Path(__file__).parents[1] / "data" / "leads" / "vectors.jsonl"


def test_preview_prints_one_contact_a_line(call: Call, tmp_path: Path) -> None:
    inputs = [json.loads(line)["input"] for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    file = tmp_path / "leads.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in inputs), encoding="utf-8")
    result = call("leads", "preview", str(file))
    assert result.exit_code == 0
    contacts = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(contacts) == len(inputs) > 50
    assert all("contact_id" in contact for contact in contacts)
    assert not (tmp_path / "state.db").exists()


def test_preview_reads_past_a_byte_order_mark(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "leads.jsonl"
    file.write_text('{"field_data": []}\n', encoding="utf-8-sig")
    result = call("leads", "preview", str(file))
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)


def test_preview_reads_standard_input_and_goes_on_after_a_bad_line(call: Call) -> None:
    good = '{"field_data": [{"name": "email", "values": ["a@example.com"]}]}'
    result = call("leads", "preview", "-", input=f"no json\n{good}\n")
    assert result.exit_code == 65
    assert len(result.stdout.splitlines()) == 1
    assert "line 1" in result.stderr


@pytest.mark.parametrize("command", ["leads", "deliveries"])
def test_an_unscoped_replay_is_refused(call: Call, command: str) -> None:
    for args in ((), ("--dry-run",), ("--limit", "5")):
        result = call(command, "replay", *args)
        assert result.exit_code == 2
        assert "--since" in result.output


@pytest.mark.parametrize("command", ["leads", "deliveries"])
def test_a_dry_replay_only_counts(call: Call, command: str) -> None:
    result = call(command, "replay", "--workspace", "main", "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.startswith("Would ")


def test_a_lead_that_is_not_there_is_bad_input(call: Call) -> None:
    assert call("leads", "show", "4711").exit_code == 65
    assert call("leads", "list").stdout == "No leads yet.\n"
