"""The rules for Prometheus name metrics that exist, and entries of the runbook that exist."""

import re
import shutil
import subprocess
from pathlib import Path

from conftest import required

from connector.runtime.metrics import Metrics

DOCS = Path(__file__).parent.parent / "docs"
RULES = DOCS / "prometheus-rules.yml"
UNIT_TESTS = Path(__file__).parent / "data/prometheus-rules-test.yml"
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


NOT_ALARMED = {
    "connector_backup_last_success_timestamp_seconds",
    "connector_commit_batch_size",
    "connector_drill_last_success_timestamp_seconds",
    "connector_erasures_open",
    "connector_leads",
    "connector_process_cpu_seconds",
    "connector_process_resident_memory_bytes",
    "connector_process_virtual_memory_bytes",
}
"""What is good to look at and means no trouble by itself."""


def test_every_metric_that_can_mean_trouble_has_a_rule() -> None:
    named = {SUFFIXES.sub("", one).removesuffix("_total") for one in re.findall(r"\bconnector_\w+", TEXT)}
    assert {one.removesuffix("_total") for one in served()} - named == NOT_ALARMED


def test_every_rule_is_in_the_operators_table() -> None:
    document = (DOCS / "operators.md").read_text(encoding="utf-8")
    for block in BLOCKS:
        name = block.partition("\n")[0]
        assert f"`{name}`" in document, name


def test_prometheus_itself_takes_the_rules_and_they_fire_when_they_should(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    required("promtool", present=promtool is not None, how="apt-get install prometheus")
    assert promtool is not None
    shutil.copy(RULES, tmp_path / "rules.yml")
    shutil.copy(UNIT_TESTS, tmp_path / "tests.yml")
    for command in (["check", "rules", "rules.yml"], ["test", "rules", "tests.yml"]):
        done = subprocess.run(  # noqa: S603 - the distribution's own program
            [promtool, *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_brackets_are_balanced() -> None:
    for block in BLOCKS:
        for left, right in ("()", "[]", "{}"):
            assert block.count(left) == block.count(right), block
