"""Mails about alerts go out: composed from what is true at that moment, each person told once an episode."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import quote, urlencode

import structlog

from connector.domain.alerts_catalogue import MAIL_FAILING, kind_of
from connector.domain.mail import (
    Again,
    Dropped,
    GivenUp,
    Letter,
    MailFacts,
    MailOutage,
    MailSettlement,
    MailWork,
    PutOff,
    Sent,
    days_until_deleted,
    settle_mail,
    unsendable,
)
from connector.pipelines.means import Means, steady_ms
from connector.ports import Alerts, Mailer, Mails

IDLE_MAX_S = 5.0
"""Seconds after which we look again whatever we know: a command in another process may have raised an alert."""

log = structlog.stdlib.get_logger()


class Mailing:
    """Claims due mails, has them written and sent, settles them. `public_url` is where the links lead."""

    def __init__(
        self,
        mails: Mails,
        mailer: Mailer,
        alerts: Alerts,
        means: Means,
        *,
        public_url: str,
    ) -> None:
        self._mails = mails
        self._mailer = mailer
        self._alerts = alerts
        self._means = means
        self._clock = means.clock
        self._public_url = public_url
        self._outage = MailOutage()
        self._probe: str | None = None  # the mail that tries whether the server is back
        self._said_out: bool | None = None  # None: what was said before this process started is not known

    async def claim(self, free: int) -> Sequence[MailWork]:
        """Return what may go out now: while the mail server is out one as a probe, and no other beside it."""
        if self._probe is not None:
            return ()
        limit = self._outage.may_send(free, now_ms=steady_ms(self._clock))
        works = await self._mails.claim(limit=limit) if limit else ()
        if works and self._outage.is_on:
            self._probe = works[0].mail_id
        return works

    async def handle(self, work: MailWork) -> None:
        """Send one mail, unless there is nothing to tell any more, and settle it."""
        if self._outage.is_on and work.mail_id != self._probe:  # claimed before it was known
            await self.release([work])
            return
        try:
            await self._handled(work)
        finally:
            self._over(work)

    async def _handled(self, work: MailWork) -> None:
        facts = await self._means.written(lambda: self._mails.facts(work))
        if facts is None:
            return
        now_ms = self._clock.now_ms()
        settlement = unsendable(facts, attempt=work.attempt, now_ms=now_ms) or await self._sent(work, facts)
        ours = await self._means.written(lambda: self._mails.settle(work, settlement))
        if isinstance(settlement, Again) and self._outage.is_on:
            return  # said once, when the outage began
        log.info(
            "mail.attempted",
            mail_id=work.mail_id,
            kind=facts.kind,
            alert=facts.key,
            attempt=work.attempt,
            outcome=_OUTCOMES[type(settlement)] if ours else "lease_lost",
            reason=None if isinstance(settlement, Sent) else settlement.reason,
        )

    async def release(self, works: Sequence[MailWork]) -> None:
        """Give mails back unsent; no attempt is spent."""
        again = Again(due_at_ms=self._clock.now_ms(), reason="Not sent yet.", spent=False)
        for work in works:
            self._over(work)
            await self._means.written(partial(self._mails.settle, work, again))

    def _over(self, work: MailWork) -> None:
        if self._probe == work.mail_id:
            self._probe = None

    async def idle_s(self) -> float:
        """Return how long nothing may or will be sent."""
        due_ms = await self._mails.next_due_ms()
        if due_ms is None or self._probe is not None:
            return IDLE_MAX_S
        wait_ms = max(due_ms - self._clock.now_ms(), self._outage.probe_at_ms - steady_ms(self._clock))
        return min(max(wait_ms / 1000, 0.05), IDLE_MAX_S)

    async def _sent(self, work: MailWork, facts: MailFacts) -> MailSettlement:
        answer = await self._mailer.send(self._letter(facts))
        now_ms = self._clock.now_ms()
        self._outage = self._outage.answered(answer, now_ms=steady_ms(self._clock))
        if self._said_out != self._outage.is_on:
            await self._turned(answer.reason if isinstance(answer, PutOff) else "")
        return settle_mail(answer, attempt=work.attempt, now_ms=now_ms, jitter=self._means.chance())

    def _letter(self, facts: MailFacts) -> Letter:
        now = self._clock.now()
        since = facts.connection.waiting_since if facts.connection else None
        return Letter(
            facts=facts,
            address=facts.address or "",
            at=now,
            action_url=action_url(self._public_url, facts),
            days_left=days_until_deleted(since, now=now) if since is not None else None,
        )

    async def _turned(self, reason: str) -> None:
        """Say once that the mail server went out or came back: on the dashboard, there is no other way."""
        was_out, self._said_out = self._said_out, self._outage.is_on
        if self._said_out:
            log.warning("mail.outage_started", reason=reason)
            failing = MAIL_FAILING.alert(reason=reason)
            await self._means.written(lambda: self._alerts.raise_once(failing))
            return
        ended = await self._means.written(lambda: self._alerts.resolve(MAIL_FAILING.key()))
        if ended or was_out:  # one may have outlived a restart
            log.info("mail.outage_ended")


_OUTCOMES: dict[type[MailSettlement], str] = {
    Sent: "sent",
    Again: "put_off",
    Dropped: "dropped",
    GivenUp: "parked",
}


def action_url(public_url: str, facts: MailFacts) -> str:
    """Return where the mail's one link leads: into consent where that is the remedy, else to the alerts."""
    kind = kind_of(facts.key)
    wants_consent = kind is not None and kind.body != "plain" and facts.kind == "raised"
    if wants_consent and facts.connection is not None:
        query = urlencode({"connection": facts.connection.id})
        return f"{public_url}/connect/{facts.connection.provider}/start?{query}"
    if facts.workspace_id is None:
        return f"{public_url}/"
    return f"{public_url}/w/{quote(facts.workspace_id, safe='')}/alerts"
