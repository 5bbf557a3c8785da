import json
from collections.abc import Callable

import pytest
from click.testing import Result

Call = Callable[..., Result]


def listed(call: Call, what: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in call(what, "list", "--json").stdout.splitlines()]


def test_migrate_is_done_twice_without_harm(call: Call) -> None:
    assert call("migrate").exit_code == 0
    assert call("migrate").exit_code == 0


def test_a_token_is_shown_once_listed_and_revoked(call: Call) -> None:
    made = call("token", "create", "--name", "backend")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    assert secret.startswith("cnk_")
    (row,) = listed(call, "token")
    assert (row["name"], row["workspace_id"], row["revoked_at_ms"]) == ("backend", "main", None)
    assert secret not in call("token", "list", "--json").output
    assert secret not in call("token", "list").output
    assert call("token", "revoke", str(row["id"])).exit_code == 0
    assert listed(call, "token")[0]["revoked_at_ms"] is not None
    assert call("token", "revoke", str(row["id"])).exit_code == 65


def test_a_token_as_json_and_for_all_workspaces(call: Call) -> None:
    made = json.loads(call("token", "create", "--all-workspaces", "--json").stdout)
    assert made["workspace"] is None
    assert made["token"].startswith("cnk_")


def test_a_token_of_no_workspace_is_refused(call: Call) -> None:
    result = call("token", "create", "--workspace", "nowhere")
    assert result.exit_code == 65
    assert "nowhere" in result.output


def test_workspaces_are_added_changed_and_listed(call: Call) -> None:
    assert call("workspace", "add", "acme", "--region", "in", "--timezone", "Asia/Kolkata").exit_code == 0
    assert call("workspace", "add", "acme").exit_code == 65
    assert call("workspace", "set", "acme", "--name", "Acme", "--call-tracking", "on").exit_code == 0
    row = next(row for row in listed(call, "workspace") if row["id"] == "acme")
    expected = {"name": "Acme", "region": "IN", "timezone": "Asia/Kolkata", "call_tracking": 1}
    assert {key: row[key] for key in expected} == expected
    assert "main" in call("workspace", "list").output


@pytest.mark.parametrize(
    "args",
    [
        ("add", "with blank"),
        ("add", "x", "--region", "Narnia"),
        ("add", "x", "--timezone", "Moon/Crater"),
        ("set", "nowhere", "--name", "x"),
    ],
)
def test_a_workspace_of_nonsense_is_bad_input(call: Call, args: tuple[str, ...]) -> None:
    result = call("workspace", *args)
    assert result.exit_code == 65
    assert "Traceback" not in result.output
