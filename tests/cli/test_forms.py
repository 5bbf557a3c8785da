"""`connector forms`: listed, mapped from a file, tried and applied."""

import asyncio
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from fake_clock import FakeClock
from support.counters import SeenCounters
from support.engines import open_engine
from support.rooms import PAGE, Rooms, raw

from connector.domain.lead import FormId, PageId

Call = Callable[..., Result]

RULE = {"question": "budget", "to": "custom", "key": "deal_amount", "type": "number"}
FORM = {
    "id": "300",
    "name": "Courses",
    "questions": [
        {"key": "email", "type": "EMAIL", "label": "E-mail"},
        {"key": "budget", "type": "CUSTOM", "label": "Budget"},
    ],
}


@pytest.fixture
def known(tmp_path: Path, config: Path) -> None:
    """Put a form and a lead of it into the state that the settings name."""
    del config

    async def fill() -> None:
        numbers = itertools.count(1)
        engine = open_engine(f"sqlite:///{tmp_path / 'state.db'}")
        rooms = Rooms.on(engine, FakeClock(), SeenCounters(), lambda: f"{next(numbers):032x}")
        await rooms.connect(PAGE)
        await rooms.forms.store(PageId(PAGE), FormId("300"), json.dumps(FORM))
        await rooms.fetch({"1": raw("1", email="a@example.com", budget="1200")})
        await rooms.resolve()
        await rooms.aclose()
        await engine.aclose()

    asyncio.run(fill())


@pytest.mark.usefixtures("known")
def test_a_form_is_mapped_from_a_file_and_back(call: Call, tmp_path: Path) -> None:
    listed = call("forms", "list", "--json")
    assert listed.exit_code == 0
    (form,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (form["form_id"], form["version"]) == ("300", 0)
    assert "Courses" in call("forms", "list").stdout
    file = tmp_path / "mapping.json"
    file.write_text(json.dumps({"rules": [RULE]}), encoding="utf-8")
    tried = call("forms", "map", "300", str(file), "--dry-run")
    assert tried.exit_code == 0
    assert "1 contacts change of 1 leads." in tried.stdout
    assert json.loads(call("forms", "show", "300", "--json").stdout)["version"] == 0
    assert call("forms", "map", "300", str(file)).stdout == "Version 1 is in force. 0 parked leads go on.\n"
    shown = json.loads(call("forms", "show", "300", "--json").stdout)
    assert shown["mapping"]["rules"] == [{**RULE, "on_problem": "keep"}]
    assert "deal_amount" in call("forms", "show", "300").stdout
    late = json.dumps({"version": 0, "rules": []})
    assert call("forms", "map", "300", "-", input=late).exit_code == 75
    for version in ("1", True, 1.0, -1):
        odd = call("forms", "map", "300", "-", input=json.dumps({"version": version, "rules": []}))
        assert (odd.exit_code, "`version` must be a whole number" in odd.output) == (65, True)


@pytest.mark.usefixtures("known")
def test_past_leads_are_counted_and_put_in_line(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "mapping.json"
    file.write_text(json.dumps({"rules": [RULE]}), encoding="utf-8")
    call("forms", "map", "300", str(file))
    assert call("forms", "apply", "300", "--dry-run").stdout == (
        "Would read again: 1 contacts change of 1 leads.\n"
    )
    assert "1 leads are in line" in call("forms", "apply", "300").stdout
    assert call("forms", "apply", "300", "--stop").stdout == "Stopped.\n"
    assert call("forms", "apply", "300", "--stop").stdout == "None is under way.\n"


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("no json", "no JSON"),
        (json.dumps({"rules": [{**RULE, "question": "x"}]}), "/rules/0/question is no question of this form"),
        (json.dumps([]), "must be an object"),
    ],
)
def test_a_file_that_is_no_mapping_is_bad_input(call: Call, given: str, said: str) -> None:
    result = call("forms", "map", "300", "-", input=given)
    assert result.exit_code == 65
    assert said in result.output
    assert call("forms", "map", "4711", "-", input="{}").exit_code == 65
