"""The rules for Prometheus name metrics that exist, and entries of the runbook that exist."""

import re
from pathlib import Path

from connector.runtime.metrics import Metrics

DOCS = Path(__file__).parent.parent / "docs"
RULES = DOCS / "prometheus-rules.yml"
TEXT = RULES.read_text(encoding="utf-8")
BLOCKS = re.split(r"^      - alert: ", TEXT, flags=re.MULTILINE)[1:]
SUFFIXES = re.compile(r"_(bucket|count|sum)$")


def served() -> set[str]:
    """Return the names of all samples that a scrape can show, labels aside."""
    return set(re.findall(r"^# TYPE (\w+) ", Metrics().render().decode(), re.MULTILINE))


def anchors() -> set[str]:
    """Return the anchors of the runbook's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", (DOCS / "operators.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def test_every_metric_exists() -> None:
    named = {SUFFIXES.sub("", one) for one in re.findall(r"\bconnector_\w+", TEXT)}
    assert len(named) > 8
    assert named <= served() | {f"{one}_total" for one in served()}


def test_every_alarm_is_whole_and_leads_to_the_runbook() -> None:
    names = [block.partition("\n")[0] for block in BLOCKS]
    assert len(names) == len(set(names)) > 10
    for block in BLOCKS:
        assert re.search(r"^        expr: \S", block, re.MULTILINE), block
        assert re.search(r"^        labels: \{severity: (critical|warning)\}$", block, re.MULTILINE), block
        assert re.search(r"^          summary: [A-Z].*\.$", block, re.MULTILINE), block
        found = re.search(r"^          runbook: operators\.md#(\S+)$", block, re.MULTILINE)
        assert found is not None, block
        assert found[1] in anchors(), found[1]


def test_brackets_are_balanced() -> None:
    for block in BLOCKS:
        for left, right in ("()", "[]", "{}"):
            assert block.count(left) == block.count(right), block
