import importlib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from connector.cli import main
from connector.cli.main import COMMANDS
from connector.config import RUN_NEEDS, BadSettingsError, load
from connector.config_models import is_secret


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += leaves(command, (*path, name))
    return found


def test_help_lists_every_command_without_settings() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in COMMANDS)


def test_every_command_and_every_option_has_help() -> None:
    assert isinstance(main, click.Group)
    for path, command in leaves(main):
        assert command.help, path
        assert CliRunner().invoke(main, [*path, "--help"]).exit_code == 0, path
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, (path, option.name)


def test_every_command_is_where_the_list_says() -> None:
    for place in COMMANDS.values():
        module, _, name = place.partition(":")
        assert isinstance(getattr(importlib.import_module(module), name), click.Command)


def test_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["no-such-thing"]).exit_code == 2


@pytest.mark.parametrize("command", [("run",), ("leads", "list"), ("doctor",), ("token", "list")])
def test_bad_settings_end_with_78_and_name_every_mistake(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(
        '[server]\nlisten = "nowhere"\ncolour = "red"\n[crm]\nsigning_secret = "hunter2"\n[nope]\n'
    )
    result = CliRunner().invoke(main, ["--config", str(path), *command])
    assert result.exit_code == 78
    assert all(
        key in result.output for key in ("server.listen", "server.colour", "crm.signing_secret", "nope")
    )
    assert "hunter2" not in result.output


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_missing_settings_end_with_78_and_are_all_named(tmp_path: Path, command: str) -> None:
    path = tmp_path / "little.toml"
    path.write_text(f'[state]\nurl = "sqlite:///{tmp_path / "state.db"}"\n')
    result = CliRunner().invoke(main, ["--config", str(path), command])
    assert result.exit_code == 78
    assert all(key in result.output for key in ("server.public_url", "facebook.app_secret", "crm.url"))


def test_init_writes_settings_that_load_and_that_only_the_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    assert CliRunner().invoke(main, ["init", str(path)]).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    settings = load(path, {})
    assert len(settings.state.keys()) == 1
    assert settings.crm.signing_secret.get_secret_value().startswith("whsec_")


def test_init_puts_the_secrets_of_a_service_apart(tmp_path: Path) -> None:
    path, folder = tmp_path / "connector.toml", tmp_path / "credentials"
    result = CliRunner().invoke(main, ["init", str(path), "--credentials", str(folder)])
    assert result.exit_code == 0, result.output
    assert f"{folder / 'facebook_app_secret'}" in result.output
    names = {file.name for file in folder.iterdir()}
    secret = {place.replace(".", "_", 1) for place in RUN_NEEDS if is_secret(*place.split("."))}
    assert names == secret
    assert {file.stat().st_mode & 0o777 for file in (path, *folder.iterdir())} == {0o640}
    assert folder.stat().st_mode & 0o777 == 0o750
    settings = load(path, {"CREDENTIALS_DIRECTORY": str(folder)})
    with pytest.raises(BadSettingsError) as missing:
        settings.require(*RUN_NEEDS)
    said = [mistake.partition(":")[0] for mistake in missing.value.mistakes]
    assert said == ["server.public_url", "facebook.app_id", "facebook.app_secret", "crm.url"]
    text = path.read_text(encoding="utf-8")
    assert all((folder / name).read_text().strip() not in text for name in secret - {"facebook_app_secret"})
    again = CliRunner().invoke(main, ["init", str(tmp_path / "other.toml"), "--credentials", str(folder)])
    assert again.exit_code == 73
    assert not (tmp_path / "other.toml").exists()


def test_init_refuses_to_overwrite(tmp_path: Path) -> None:
    path = tmp_path / "kept.toml"
    path.write_text("mine")
    result = CliRunner().invoke(main, ["init", str(path)])
    assert result.exit_code == 73
    assert path.read_text() == "mine"
    assert "kept" in result.output


def test_two_inits_share_no_secret(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        CliRunner().invoke(main, ["init", str(tmp_path / name)])
    one, two = (load(tmp_path / name, {}) for name in ("a.toml", "b.toml"))
    assert one.state.encryption_keys != two.state.encryption_keys
    assert one.crm.signing_secret != two.crm.signing_secret
