import json
from collections.abc import Callable

import pytest
from click.testing import Result

Call = Callable[..., Result]
ADA = "Ada@Example.com"
PASSWORD = "correct horse battery"


def listed(call: Call, *args: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in call("admin", "list", "--json", *args).stdout.splitlines()]


def test_the_first_admin_is_added_listed_and_let_in(call: Call) -> None:
    added = call(
        "admin", "add", ADA, "--role", "owner", "--name", "Ada", "--password-stdin", input=f"{PASSWORD}\n"
    )
    assert added.exit_code == 0, added.output
    (row,) = listed(call)
    expected = {"email": ADA, "name": "Ada", "role": "owner", "workspace_id": "main", "has_password": True}
    assert {key: row[key] for key in expected} == expected
    assert "argon2" not in call("admin", "list", "--json").output
    assert "Ada" in call("admin", "list").output
    made = call("admin", "link", "ada@example.com")
    assert made.exit_code == 0
    assert made.stdout.startswith("http://127.0.0.1:8080/sign-in/link/")
    assert "once" in made.stderr


def test_who_has_no_password_is_told_the_way(call: Call) -> None:
    added = call("admin", "add", ADA)
    assert "admin link" in added.stderr
    assert (listed(call)[0]["role"], listed(call)[0]["has_password"]) == ("admin", False)
    changed = call("admin", "add", ADA, "--role", "viewer")
    assert "Changed" in changed.stdout
    assert listed(call)[0]["role"] == "viewer"


@pytest.mark.parametrize("password", ["short", "", ADA.lower() + "ada@", "a" * 300])
def test_a_weak_password_is_refused_and_not_repeated(call: Call, password: str) -> None:
    result = call("admin", "add", ADA, "--password-stdin", input=password + "\n")
    assert result.exit_code == 65
    assert not password or password not in result.output
    assert listed(call) == []


def test_a_link_may_work_for_a_day_and_no_longer(call: Call) -> None:
    call("admin", "add", ADA)
    made = json.loads(call("admin", "link", ADA, "--minutes", "1440", "--json").stdout)
    assert set(made) == {"email", "url", "expires_at_ms"}
    assert call("admin", "link", ADA, "--minutes", "1441").exit_code == 2
    assert call("admin", "link", "nobody@example.com").exit_code == 65


def test_removal_is_shown_first_and_then_done(call: Call) -> None:
    call("workspace", "add", "acme")
    call("admin", "add", ADA, "--role", "owner")
    call("admin", "add", ADA, "--workspace", "acme", "--role", "viewer")
    shown = call("admin", "remove", ADA, "--dry-run")
    assert shown.stdout.count("Would remove") == 2
    assert "Nobody owns main" in shown.stderr
    assert len(listed(call)) == 2
    assert call("admin", "remove", ADA, "--workspace", "acme").exit_code == 0
    assert [row["workspace_id"] for row in listed(call)] == ["main"]
    assert listed(call, "--workspace", "acme") == []
    assert call("admin", "remove", ADA).exit_code == 0
    assert listed(call) == []
    assert call("admin", "remove", ADA).exit_code == 65
    assert "admin add" in call("admin", "list").output


@pytest.mark.parametrize("args", [("add", "no address"), ("add", ADA, "--workspace", "nowhere")])
def test_nonsense_is_bad_input(call: Call, args: tuple[str, ...]) -> None:
    result = call("admin", *args)
    assert result.exit_code == 65
    assert "Traceback" not in result.output
