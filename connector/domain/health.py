"""The life of a connected account: a standing and a signal give the next standing and what follows from it.

No clock and no I/O: whoever calls brings the time. An outage of any length is no signal of health; a dead token
is one at once, so whoever tells of it has confirmed it. Work is held exactly while the account does not work,
and nothing here ever gives work up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from connector.domain.alert import Alert
from connector.domain.alerts_catalogue import CONNECTION_LOST, PROVIDERS
from connector.domain.connection import Check, CheckName, ConnectionId, Health, Provider
from connector.domain.expiry import THRESHOLDS_DAYS
from connector.domain.google_consent import TESTING_DEATH, named
from connector.domain.lead import WorkspaceId
from connector.domain.signals import (
    AGAIN,
    Cause,
    Consented,
    Deauthorised,
    DisconnectAsked,
    DisconnectDone,
    Enabled,
    Forecast,
    Outage,
    Probed,
    ScopeWithheld,
    Signal,
    Suspended,
    TokenDied,
)

WORKING: frozenset[Health] = frozenset({"healthy", "degraded"})
OVER: frozenset[Health] = frozenset({"disconnecting", "disconnected"})

TESTING_CERTAIN = 2
"""Google tokens that die in a row 6 to 8 days after consent, after which no other cause is likely."""
VITAL_SCOPES = frozenset({"leads_retrieval"})
"""Of Facebook's: without these nothing can be read at all; whatever else is withheld only degrades."""
FINAL: frozenset[Cause] = frozenset(
    {"scope", "app_removed", "deauthorised", "password_changed", "testing_mode"}
)
"""Deaths that no event of the provider's undoes: only consent does."""
PUBLISH = (
    "Publish the app to production at https://console.cloud.google.com/auth/audience, "
    "then connect the account again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an account stands, and why when it is not well. `short_lives`: Testing-like deaths in a row."""

    provider: Provider
    health: Health
    consented_at: datetime
    cause: Cause | None = None
    reason: str | None = None
    remedy: str | None = None
    short_lives: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What a signal makes of a standing.

    `work` None: it goes on as it did. `lost`: what becomes of the alert that the account is lost. `probe`: look
    again now.
    """

    before: Standing
    standing: Standing
    work: Literal["hold", "release"] | None = None
    lost: Literal["raise", "resolve"] | None = None
    probe: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether the feed is told: the health is another one."""
        return self.before.health != self.standing.health


def follow(standing: Standing, signals: Sequence[Signal]) -> Transition:
    """Return what several signals together make of a standing, as one transition."""
    done = _same(standing)
    for signal in signals:
        step = transition(done.standing, signal)
        done = replace(
            done,
            standing=step.standing,
            work=step.work or done.work,
            lost=step.lost or done.lost,
            probe=step.probe or done.probe,
        )
    return done


def transition(standing: Standing, signal: Signal) -> Transition:
    """Return what the signal makes of the standing. Total: every signal is taken in every state."""
    if standing.health in OVER and not isinstance(signal, Consented | DisconnectDone):
        return _same(standing)
    return _JUDGES[type(signal)](standing, signal)


def lost_alert(standing: Standing, connection_id: ConnectionId, workspace_id: WorkspaceId) -> Alert:
    """Return the one alert of a connection that does not work, however many Pages it has."""
    alert = CONNECTION_LOST.alert(
        connection_id,
        workspace_id=workspace_id,
        connection_id=connection_id,
        remedy=standing.remedy,
        provider=PROVIDERS[standing.provider],
        reason=standing.reason or "",
    )
    if standing.health != "suspended":
        return alert
    title = f"{PROVIDERS[standing.provider]} has frozen an account for a while. {standing.reason or ''}"
    return replace(alert, title=title.strip(), stage="suspended")


def failed_check(standing: Standing) -> Check:
    """Return the check that a lost account fails: a scope that is withheld, else the token."""
    of_scope: Mapping[Provider, CheckName] = {"facebook": "permissions", "google": "scope"}
    name: CheckName = of_scope[standing.provider] if standing.cause == "scope" else "token"
    return Check(name=name, outcome="failed", detail=standing.reason, remedy=standing.remedy)


def _same(standing: Standing) -> Transition:
    return Transition(before=standing, standing=standing)


def _consented(standing: Standing, signal: Consented) -> Transition:
    fresh = Standing(
        provider=standing.provider,
        health="healthy",
        consented_at=signal.at,
        short_lives=standing.short_lives,
    )
    return Transition(before=standing, standing=fresh, work="release", lost="resolve")


def _disconnecting(standing: Standing, _: DisconnectAsked) -> Transition:
    return _ended(standing, "disconnecting")


def _disconnected(standing: Standing, _: DisconnectDone) -> Transition:
    return _ended(standing, "disconnected")


def _ended(standing: Standing, health: Health) -> Transition:
    rest = replace(standing, health=health, cause=None, reason=None, remedy=None)
    return Transition(before=standing, standing=rest, work="hold", lost="resolve")


def _died(standing: Standing, signal: TokenDied) -> Transition:
    life = signal.at - standing.consented_at
    if standing.provider != "google" or not TESTING_DEATH[0] <= life <= TESTING_DEATH[1]:
        dead = replace(standing, short_lives=0)
        return _lost(standing, dead, cause=signal.cause, reason=signal.reason, remedy=signal.remedy)
    dead = replace(standing, short_lives=standing.short_lives + 1)
    days = round(life / timedelta(days=1))
    if dead.short_lives >= TESTING_CERTAIN:
        said = f"The consent ended {days} days after it was given, once more: the app is in Testing mode."
    else:
        said = f"The consent ended {days} days after it was given: Google does that to apps in Testing mode."
    return _lost(standing, dead, cause="testing_mode", reason=said, remedy=PUBLISH)


def _withheld(standing: Standing, signal: ScopeWithheld) -> Transition:
    listed = ", ".join(map(named, signal.scopes)) or "a permission"
    reason, remedy = f"Withheld: {listed}.", f"Connect the account again and allow {listed}."
    if standing.provider == "facebook" and signal.scopes and not VITAL_SCOPES & set(signal.scopes):
        failed = Check(name="permissions", outcome="failed", detail=reason, remedy=remedy)
        return _probed(standing, Probed(checks=(failed,)))
    return _lost(standing, standing, cause="scope", reason=reason, remedy=remedy)


def _deauthorised(standing: Standing, _: Deauthorised) -> Transition:
    if standing.health == "reconnect" and standing.cause not in FINAL:  # from now on only consent helps
        return Transition(before=standing, standing=replace(standing, cause="deauthorised"))
    said = "The person removed the app at the provider."
    return _lost(standing, standing, cause="deauthorised", reason=said, remedy=AGAIN)


def _lost(before: Standing, dead: Standing, *, cause: Cause, reason: str, remedy: str) -> Transition:
    """Let a person consent again; a connection that waits for it already keeps what it said first."""
    if before.health == "reconnect":
        return _same(before)
    lost = replace(dead, health="reconnect", cause=cause, reason=reason, remedy=remedy)
    return Transition(before=before, standing=lost, work="hold", lost="raise")


def _suspended(standing: Standing, signal: Suspended) -> Transition:
    if standing.health not in WORKING:
        return _same(standing)
    frozen = replace(
        standing, health="suspended", cause="blocked", reason=signal.reason, remedy=signal.remedy
    )
    return Transition(before=standing, standing=frozen, work="hold", lost="raise")


def _enabled(standing: Standing, _: Enabled) -> Transition:
    if standing.health in WORKING or (standing.health == "reconnect" and standing.cause in FINAL):
        return _same(standing)
    return Transition(before=standing, standing=_well(standing), work="release", lost="resolve", probe=True)


def _probed(standing: Standing, signal: Probed) -> Transition:
    if standing.health == "reconnect":
        return _same(standing)
    failed = next((check for check in signal.checks if check.outcome == "failed"), None)
    if standing.health == "suspended":  # the token is alive: it was set free without a word
        free = _lacking(standing, failed) if failed else _well(standing)
        return Transition(before=standing, standing=free, work="release", lost="resolve")
    if failed is not None:
        return Transition(before=standing, standing=_lacking(standing, failed))
    if any(check.outcome == "unknown" for check in signal.checks):
        return _same(standing)
    return Transition(before=standing, standing=_well(standing))


def _forecast(standing: Standing, signal: Forecast) -> Transition:
    if standing.health not in WORKING or standing.cause not in {None, "ending"}:
        return _same(standing)
    left = signal.ends_at - signal.now if signal.ends_at is not None else None
    if left is None or left > timedelta(days=max(THRESHOLDS_DAYS)):
        return Transition(before=standing, standing=_well(standing))
    said = (
        "The consent has ended." if left <= timedelta() else f"The consent ends on {signal.ends_at:%Y-%m-%d}."
    )
    ending = replace(standing, health="degraded", cause="ending", reason=said, remedy=AGAIN)
    return Transition(before=standing, standing=ending)


def _outage(standing: Standing, _: Outage) -> Transition:
    return _same(standing)


def _well(standing: Standing) -> Standing:
    return replace(standing, health="healthy", cause=None, reason=None, remedy=None)


def _lacking(standing: Standing, failed: Check) -> Standing:
    remedy = failed.remedy or AGAIN
    return replace(standing, health="degraded", cause="lacking", reason=failed.detail, remedy=remedy)


_JUDGES: Mapping[type[Signal], Callable[[Standing, Any], Transition]] = {
    Consented: _consented,
    Probed: _probed,
    TokenDied: _died,
    ScopeWithheld: _withheld,
    Outage: _outage,
    Suspended: _suspended,
    Enabled: _enabled,
    Deauthorised: _deauthorised,
    DisconnectAsked: _disconnecting,
    DisconnectDone: _disconnected,
    Forecast: _forecast,
}
"""A judge for every signal: each takes signals of its own type."""
