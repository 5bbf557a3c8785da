"""`connector conform` as an engineer of the CRM calls it."""

import json
from pathlib import Path

import pytest
from cli.conftest import SIGNING_SECRET, Call, Spawn

from adapters.sandbox.crm import CrmSandbox


@pytest.mark.process
async def test_a_good_receiver_passes_and_a_foreign_secret_does_not(config: Path, spawn: Spawn) -> None:
    async with CrmSandbox([SIGNING_SECRET]) as crm:
        args = ("--config", str(config), "conform", crm.url, "--allow-network", "127.0.0.0/8")
        done = await spawn(*args, "--json")
        assert done.code == 0, done.err
        rows = [json.loads(line) for line in done.out.splitlines()]
        assert len(rows) >= 25
        assert all(row["verdict"] == "pass" and row["why"] for row in rows)
    async with CrmSandbox(["whsec_" + "b3RoZXI="]) as crm:
        done = await spawn(*args[:3], crm.url, *args[4:])
        assert done.code == 1
        assert "did not pass" in done.err


def test_nothing_is_sent_on_trial_nor_into_a_private_network(call: Call) -> None:
    listed = call("conform", "http://127.0.0.1:1/hook", "--dry-run", "--json")
    assert listed.exit_code == 0
    assert {json.loads(line)["name"] for line in listed.output.splitlines()} >= {"ping", "tidying up"}
    found = call("conform", "http://127.0.0.1:1/hook", "--json")
    assert found.exit_code == 1
    assert "address not allowed" in found.output
    assert call("conform", "http://x", "--allow-network", "nonsense").exit_code == 2
