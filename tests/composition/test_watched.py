"""No loop of the daemon turns unwatched."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from fake_clock import FakeClock
from pydantic import SecretStr

from connector.composition import Chance, opened_daemon
from connector.composition.loops import silent_s
from connector.config_models import Alerts, Crm, Facebook, Google, Mail, Server, Settings, State

TOLD_BY_AGE = {"own_state", "backups", "restores", "drills"}
"""One piece of their work may take hours: the age of the last copy, backup and drill tells whether they turn."""


def settings(folder: Path) -> Settings:
    """Return settings under which every loop there can be is there."""
    return Settings(
        server=Server(public_url="http://127.0.0.1:8080", listen="127.0.0.1:0", ops_listen="127.0.0.1:0"),
        state=State(
            url=SecretStr(f"sqlite:///{folder / 'state.db'}"), encryption_keys=(SecretStr("11" * 32),)
        ),
        facebook=Facebook(app_id="1", app_secret=SecretStr("s"), verify_token=SecretStr("v")),
        google=Google(client_id="id", client_secret=SecretStr("s")),
        crm=Crm(url="http://127.0.0.1:9/", signing_secret=SecretStr("whsec_c2VjcmV0IG9mIGEgdGVzdA==")),
        mail=Mail(smtp_url=SecretStr("smtp://127.0.0.1:9"), sender="a@example.com"),
        alerts=Alerts(heartbeat_url="http://127.0.0.1:9/"),
    )


async def test_every_loop_is_watched(tmp_path: Path, clock: FakeClock) -> None:
    chance = Chance(random=Random(1))  # noqa: S311 - repeatable
    async with opened_daemon(settings(tmp_path), clock, chance, asyncio.Event()) as daemon:
        assert {"fetch", "tokens", "mail", "heartbeat"} <= daemon.loops.keys()
        assert daemon.liveness.names == daemon.loops.keys() - TOLD_BY_AGE


@pytest.mark.parametrize(("timeout_s", "expected_s"), [(15.0, 300.0), (120.0, 1200.0)])
def test_patience_with_the_crm_is_no_silence(tmp_path: Path, timeout_s: float, expected_s: float) -> None:
    patient = Crm(timeout_seconds=timeout_s)
    assert silent_s(settings(tmp_path).model_copy(update={"crm": patient})) == expected_s
