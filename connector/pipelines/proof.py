"""The proof: each form's list at Meta beside ours, daily and on demand; and the books, which must always balance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from connector.domain.alerts_catalogue import LEADS_UNACCOUNTED
from connector.domain.errors import ConnectorError, StateUnavailableError
from connector.domain.lead import FormId, PageId, WorkspaceId
from connector.domain.proof import Fate, ProofDay, ProofForm, proof_days
from connector.domain.reconciling import DAY_MS, HOUR_MS, FoundLead, Window
from connector.pipelines.means import Means
from connector.ports import Alerts, FormReader
from connector.ports.proving import Proving

DAYS_AGAIN = 3
"""Days that the daily proof looks back over: what healed late is told right the next day."""
DAILY, BOOKS = "proof", "books"
BOOKS_EVERY_MS = HOUR_MS
BOOKS_BACK_MS = 92 * DAY_MS
"""Further back nothing can be asked of Meta any more."""

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOrder:
    """What to prove: submissions from `since_ms`, before `until_ms`; None: every workspace, Page, form."""

    since_ms: int
    until_ms: int
    workspace_id: WorkspaceId | None = None
    page_id: PageId | None = None
    form_id: FormId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormProof:
    """What proving one form found. `trouble`: why it could not be read; then there are no days."""

    form: ProofForm
    days: tuple[ProofDay, ...] = ()
    trouble: str | None = None


class Proof:
    """Compares forms with what is stored, and keeps what it finds."""

    def __init__(self, proving: Proving, reader: FormReader, means: Means) -> None:
        self._proving = proving
        self._reader = reader
        self._means = means
        self._clock = means.clock

    async def prove(self, order: ProofOrder) -> Sequence[FormProof]:
        """Read every form that the order names; one form's trouble is its own."""
        forms = await self._proving.forms(
            workspace_id=order.workspace_id, page_id=order.page_id, form_id=order.form_id
        )
        found: list[FormProof] = []
        for form, access in forms:
            if access is None:
                found.append(FormProof(form=form, trouble="The Page cannot be read: see its connection."))
                continue
            try:
                leads: list[FoundLead] = []
                after: str | None = None
                window = Window(since_ms=order.since_ms, until_ms=order.until_ms)
                while True:
                    await self._means.courtesy.turn()
                    page = await self._reader.leads(access, form.form_id, window, after=after)
                    leads.extend(page.leads)
                    after = page.after
                    if after is None:
                        break
                found.append(FormProof(form=form, days=await self._compared(form, leads, order)))
            except StateUnavailableError:
                raise
            except ConnectorError as error:
                log.warning("proof.form_not_read", form_id=form.form_id, error=str(error))
                found.append(FormProof(form=form, trouble=str(error)))
        return found

    async def step(self) -> bool:
        """Prove the last days once a day; False: it is not the time, or another machine does it."""
        now_ms = self._clock.now_ms()
        today_ms = now_ms - now_ms % DAY_MS
        if not await self._proving.take_turn(DAILY, next_due_ms=today_ms + DAY_MS + HOUR_MS):
            return False
        order = ProofOrder(since_ms=today_ms - DAYS_AGAIN * DAY_MS, until_ms=today_ms)
        proofs = await self.prove(order)
        days = [day for one in proofs for day in one.days]
        log.info(
            "proof.done",
            forms=len(proofs),
            unread=sum(one.trouble is not None for one in proofs),
            leads=sum(day.at_meta for day in days),
            missing=sum(day.fates["missing"] for day in days),
        )
        return False

    async def _compared(
        self, form: ProofForm, leads: Sequence[FoundLead], order: ProofOrder
    ) -> tuple[ProofDay, ...]:
        ids = list(dict.fromkeys(lead.id for lead in leads))
        ours = await self._proving.ours(form.workspace_id, ids)
        days = proof_days(form, leads, ours, since_ms=order.since_ms, until_ms=order.until_ms)
        whole = (
            -(-order.since_ms // DAY_MS),
            order.until_ms // DAY_MS - 1,
        )  # half a day would replace a whole one
        await self._proving.keep(
            form,
            [day for day in days if whole[0] <= day.day <= whole[1]],
            first_day=whole[0],
            last_day=whole[1],
        )
        return days


class Books:
    """Counts where every lead is; what is nowhere is an alarm."""

    def __init__(self, proving: Proving, alerts: Alerts, means: Means) -> None:
        self._proving = proving
        self._alerts = alerts
        self._clock = means.clock
        self.balance: Mapping[Fate, int] = {}

    async def step(self) -> bool:
        """Balance the books. Every machine counts for its own metrics; an alarm is raised once."""
        now_ms = self._clock.now_ms()
        self.balance = await self._proving.balance(since_ms=now_ms - BOOKS_BACK_MS)
        lost = self.balance["lost"]
        if lost:
            await self._alerts.raise_once(LEADS_UNACCOUNTED.alert(count=str(lost)))
        else:
            await self._alerts.resolve(LEADS_UNACCOUNTED.key())
        return False
