"""The watch over refused signatures: an alarm once an episode, ended by a quiet minute, across restarts."""

import pytest
from fake_clock import FakeClock
from support.engines import FailingEngine
from support.scene import Scene

from adapters.facebook.webhook import FacebookWebhook
from adapters.sandbox.webhook_sender import WebhookSender
from connector.domain.errors import BadSignatureError
from connector.pipelines.courtesy import Courtesy
from connector.pipelines.intake import ALARM, Intake, SignatureWatch
from state.alerts import SqlAlerts
from state.engine import Engine

BODY = b'{"object": "page", "entry": []}'


def door(scene: Scene, engine: Engine | None = None) -> Intake:
    alerts = SqlAlerts(engine or scene.rooms.engine, scene.clock, scene.rooms.new_id)
    watch = SignatureWatch(alerts, scene.clock, per_minute=3)
    webhook = FacebookWebhook([scene.world.app_secret], "verify")
    return Intake(webhook, scene.rooms.inbox, watch, scene.counters, Courtesy(scene.clock))


async def refuse(intake: Intake, times: int) -> None:
    for _ in range(times):
        with pytest.raises(BadSignatureError):
            await intake.accept(BODY, "sha256=" + "0" * 64)


def signed(scene: Scene) -> str:
    return WebhookSender(scene.world).sign(BODY)


async def keys(scene: Scene) -> list[str]:
    return [row["key"] for row in await scene.rooms.alerts.open()]


async def test_a_few_wrong_signatures_are_no_alarm(scene: Scene, clock: FakeClock) -> None:
    intake = door(scene)
    for _ in range(5):
        await refuse(intake, 2)
        await clock.advance(61)
    assert await keys(scene) == []


async def test_many_in_a_minute_are_one_alarm_until_it_is_quiet(scene: Scene, clock: FakeClock) -> None:
    intake = door(scene)
    await refuse(intake, 10)
    assert await keys(scene) == [ALARM.key]
    await intake.accept(BODY, signed(scene))
    assert await keys(scene) == [ALARM.key]
    await clock.advance(61)
    await intake.accept(BODY, signed(scene))
    assert await keys(scene) == []
    await refuse(intake, 3)
    assert await keys(scene) == [ALARM.key]


async def test_an_alarm_that_a_restart_outlived_is_ended(scene: Scene) -> None:
    await refuse(door(scene), 5)
    await door(scene).accept(BODY, signed(scene))
    assert await keys(scene) == []


async def test_an_end_that_could_not_be_written_is_tried_again_and_costs_no_webhook(
    scene: Scene, clock: FakeClock
) -> None:
    engine = FailingEngine(scene.rooms.engine)
    intake = door(scene, engine)
    await refuse(intake, 3)
    await clock.advance(61)
    engine.fates.append(False)
    await intake.accept(BODY, signed(scene))
    assert await keys(scene) == [ALARM.key]
    await intake.accept(BODY, signed(scene))
    assert await keys(scene) == []


async def test_an_alarm_that_could_not_be_written_is_raised_by_the_next(scene: Scene) -> None:
    engine = FailingEngine(scene.rooms.engine)
    intake = door(scene, engine)
    engine.fates.append(False)
    await refuse(intake, 3)
    assert await keys(scene) == []
    await refuse(intake, 1)
    assert await keys(scene) == [ALARM.key]


async def test_a_wrong_signature_is_refused_as_such_when_state_is_down(scene: Scene) -> None:
    intake = door(scene)
    await scene.rooms.engine.aclose()
    await refuse(intake, 10)
