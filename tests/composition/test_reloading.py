"""A reload takes over what may change, at once and whole; with a mistake in it nothing changes."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from connector.composition.reloading import Reloading
from connector.config import Settings, load
from connector.config_live import LIVE, reloaded
from connector.config_models import sections
from connector.runtime.systemd import Notifier

COMPLETE = """
[server]
public_url = "http://127.0.0.1:8080"
[state]
encryption_keys = ["1111111111111111111111111111111111111111111111111111111111111111"]
[facebook]
app_id = "123"
app_secret = "first"
verify_token = "v"
[crm]
url = "http://127.0.0.1:9/connector"
signing_secret = "whsec_c2VjcmV0IG9mIGEgdGVzdA=="
"""


class Site:
    """A settings file, a service manager that listens, and who follows."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "connector.toml"
        self.file.write_text(COMPLETE, encoding="utf-8")
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.followed: list[Settings] = []
        notifier = Notifier({"NOTIFY_SOCKET": str(folder / "notify")})
        self.reloading = Reloading(self.read(), self.read, [self.followed.append], notifier)

    def read(self) -> Settings:
        return load(self.file, {})

    async def reload(self, text: str) -> str:
        """Write the file, reload; return what the manager is told at the end."""
        self.file.write_text(text, encoding="utf-8")
        self.reloading.request()
        await self.reloading.step()
        assert self.manager.recv(1000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
        ready, _, status = self.manager.recv(4000).decode().partition("\n")
        assert ready == "READY=1"
        return status.removeprefix("STATUS=")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.manager.close()


async def test_what_is_live_is_taken_over_and_the_rest_is_named(site: Site) -> None:
    changed = COMPLETE.replace('"first"', '"second"').replace(
        "[crm]", 'previous_app_secrets = ["first"]\nfetchers = 8\n[crm]'
    )
    with capture_logs() as logged:
        said = await site.reload(changed)
    assert said == (
        "Settings reloaded, changed: facebook.app_secret, facebook.previous_app_secrets; "
        "a restart is needed for facebook.fetchers"
    )
    (followed,) = site.followed
    assert followed.facebook.app_secret == SecretStr("second")
    assert followed.facebook.previous_app_secrets == (SecretStr("first"),)
    assert followed.facebook.fetchers == 4  # what runs
    (line,) = logged
    assert line["restart_needed"] == ["facebook.fetchers"]
    assert "second" not in f"{line}{said}"
    said = await site.reload(changed)
    assert said == "Settings reloaded, changed: nothing; a restart is needed for facebook.fetchers"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (COMPLETE.replace("[crm]", "[crm"), "is no TOML"),
        (COMPLETE.replace('"first"', '"second"').replace("whsec_c2", "shhh"), "crm.signing_secret"),
        (COMPLETE.replace('app_secret = "first"', ""), "facebook.app_secret: not set"),
    ],
)
async def test_a_mistake_keeps_the_old_settings_and_is_said(site: Site, text: str, reason: str) -> None:
    with capture_logs() as logged:
        said = await site.reload(text)
    assert site.followed == []
    assert said.startswith("The settings were NOT reloaded, the old ones hold: the settings have 1 mistake")
    assert reason in said
    assert [line["event"] for line in logged] == ["settings.not_reloaded"]
    assert reason in logged[0]["reason"]
    assert (await site.reload(COMPLETE)) == "Settings reloaded, changed: nothing"


async def test_nothing_is_read_unasked(site: Site) -> None:
    await site.reloading.step()
    assert site.followed == []


def test_only_what_exists_is_live() -> None:
    assert {f"{name}.{key}" for name, kind in sections().items() for key in kind.model_fields} >= LIVE


def test_a_reload_without_a_change_changes_nothing(site: Site) -> None:
    result = reloaded(site.read(), site.read())
    assert (result.changed, result.waiting) == ([], [])
