"""The proof from the command line: 0 when the sets are the same, 1 with each lead that differs by its id."""

import asyncio
import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cli.conftest import LEADS, Call, calling

from adapters.sandbox.faults import Fault
from adapters.sandbox.objects import Form
from adapters.sandbox.running import Sandbox
from connector.runtime.clock import SystemClock
from connector.wire.proof_csv import COLUMNS

STORED = """
    INSERT INTO leads (workspace_id, lead_id, page_id, form_id, received_via, received_at_ms, stage, attempts)
    VALUES ('main', :lead_id, :page_id, :form_id, :via, 1, :stage, 0)"""


@pytest.fixture
def form(sandbox: Sandbox) -> Form:
    page = next(iter(sandbox.world.pages.values()))
    return sandbox.world.forms[page.form_ids[0]]


@pytest.fixture
def prove(connected: Path) -> Call:
    return calling(connected)


def store(connected: Path, form: Form, *, stage: str, leave: int = 0) -> None:
    """Put the form's leads at rest here, as the daemon would have, all but the last `leave`."""
    import sqlite3  # noqa: PLC0415 - past the product, and only here
    from contextlib import closing  # noqa: PLC0415 - the same

    with closing(sqlite3.connect(connected.parent / "state.db")) as db, db:
        for lead in form.leads[: LEADS - leave]:
            row = {"lead_id": lead.id, "page_id": form.page_id, "form_id": form.id, "stage": stage}
            db.execute(STORED, {**row, "via": "webhook"})


async def test_equal_sets_end_with_0(connected: Path, prove: Call, form: Form) -> None:
    store(connected, form, stage="test")
    result = await asyncio.to_thread(prove, "proof")
    assert result.exit_code == 0, result.output
    assert form.id in result.output


async def test_what_is_missing_is_named_and_ends_with_1(connected: Path, prove: Call, form: Form) -> None:
    store(connected, form, stage="test", leave=2)
    result = await asyncio.to_thread(prove, "proof", "--page", form.page_id)
    assert result.exit_code == 1
    for lead in form.leads[-2:]:
        assert f"lead {lead.id}: missing." in result.stdout
    assert form.leads[0].id not in result.stdout
    assert "not proved the same" in result.stderr


async def test_json_is_a_line_a_form_and_day(connected: Path, prove: Call, form: Form) -> None:
    store(connected, form, stage="test", leave=1)
    result = await asyncio.to_thread(prove, "proof", "--json", "--form", form.id)
    assert result.exit_code == 1
    days = [json.loads(line) for line in result.stdout.splitlines()]
    assert sum(day["at_meta"] for day in days) == LEADS
    assert sum(day["test"] for day in days) == LEADS - 1
    assert [one["lead_id"] for day in days for one in day["differences"]] == [form.leads[-1].id]
    assert all(day["form_id"] == form.id and day["on"].startswith("20") for day in days)


async def test_csv_holds_counts_and_nothing_else(connected: Path, prove: Call, form: Form) -> None:
    store(connected, form, stage="test")
    result = await asyncio.to_thread(prove, "proof", "--csv")
    assert result.exit_code == 0, result.output
    header, *rows = csv.reader(io.StringIO(result.stdout))
    assert tuple(header) == COLUMNS
    assert sum(int(row[header.index("at_meta")]) for row in rows) == LEADS
    assert {row[header.index("missing")] for row in rows} == {"0"}
    assert "@" not in result.stdout


@pytest.mark.usefixtures("connected")
async def test_a_time_without_leads_is_proved(prove: Call) -> None:
    before = (SystemClock().now() - timedelta(days=20)).date().isoformat()
    since = (SystemClock().now() - timedelta(days=30)).date().isoformat()
    result = await asyncio.to_thread(prove, "proof", "--since", since, "--until", before)
    assert (result.exit_code, result.stdout.strip()) == (0, "Meta has no leads in this time.")


async def test_a_form_that_cannot_be_read_is_no_proof(sandbox: Sandbox, prove: Call, form: Form) -> None:
    sandbox.graph.faults.add(form.id, Fault.error("missing_permissions"), times=99)
    result = await asyncio.to_thread(prove, "proof", "--csv")
    assert result.exit_code == 1
    assert f"Form {form.id} was not read." in result.stderr
    assert result.stdout.splitlines() == [",".join(COLUMNS)]


def test_a_window_that_ends_before_it_begins_is_refused(call: Call) -> None:
    result = call("proof", "--since", "2026-11-02", "--until", "2026-11-01")
    assert result.exit_code == 2
    assert "--since must lie before --until" in result.output


def test_without_the_app_s_secret_the_settings_are_bad(tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text(f'[state]\nurl = "sqlite:///{tmp_path}/s.db"\n', encoding="utf-8")
    assert calling(path)("proof").exit_code == 78
