"""The Grafana dashboard shows every metric of ours, asks for none that is not there, and no two panels overlap."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

from connector.runtime.metrics import Metrics

FILE = Path(__file__).parent.parent / "docs/grafana-dashboard.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
SHOWN = [panel for panel in PANELS if panel["type"] != "row"]
SUFFIX = re.compile(r"_(bucket|count|sum)$")
PROCESS_ONLY = {"connector_process_virtual_memory_bytes", "connector_process_start_time_seconds"}
"""Of the process, and of no use in a picture."""
COLUMNS = 24


def expressions() -> list[str]:
    return [target["expr"] for panel in SHOWN for target in panel["targets"]]


def served() -> set[str]:
    """Return every metric with its type's suffix, as queries name it."""
    types = re.findall(r"^# TYPE (\w+) (\w+)", Metrics().render().decode(), re.MULTILINE)
    return {name if kind != "counter" or name.endswith("_total") else f"{name}_total" for name, kind in types}


def test_it_asks_for_what_there_is_and_shows_all_of_it() -> None:
    asked = {SUFFIX.sub("", one) for one in re.findall(r"\bconnector_\w+", " ".join(expressions()))}
    assert asked <= served()
    assert served() - asked <= PROCESS_ONLY


def test_every_panel_says_what_it_shows_and_keeps_to_the_chosen_machine() -> None:
    assert len(SHOWN) > 15
    for panel in SHOWN:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["targets"]
    for expression in expressions():
        named = re.findall(r"connector_\w+(\{[^}]*\})?", expression)
        assert all("instance=~" in labels for labels in named), expression
        for left, right in ("()", "[]", "{}"):
            assert expression.count(left) == expression.count(right), expression


def test_no_two_panels_overlap() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    places = [panel["gridPos"] for panel in PANELS]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    for one, other in itertools.combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)
