"""The test's own books: what Meta has, what the CRM took, and what the product says of the difference."""

import json
from collections import Counter
from dataclasses import dataclass, field

from adapters.sandbox.objects import Lead
from connector.domain.proof import FATES
from connector.domain.reconciling import DAY_MS
from connector.pipelines.proof import FormProof, ProofOrder
from support.month.story import BRANCH, Story
from support.rooms import MAIN

CARE_DAYS = 92
WATERMARKS = "SELECT workspace_id, form_id, watermark_ms FROM page_forms WHERE watermark_ms IS NOT NULL"
LEADS = "SELECT workspace_id, lead_id FROM leads"
OPEN_ALERTS = "SELECT key FROM alerts WHERE resolved_at_ms IS NULL"

Id = tuple[str, str]
"""Workspace and lead: the same lead is another one's contact in another workspace."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the proof says became of a lead, and why."""

    kind: str
    reason: str = ""


@dataclass(slots=True)
class Taken:
    """What the CRM was sent of each lead: the ids of events that it took, and of those it refused for good."""

    taken: dict[Id, set[str]] = field(default_factory=dict)
    refused: dict[Id, set[str]] = field(default_factory=dict)


def taken_by_crm(story: Story) -> Taken:
    """Read the CRM's record."""
    books = Taken()
    for attempt in story.sandbox.crm.record.attempts:
        data = json.loads(attempt.body)["data"]
        lead = data.get("lead")
        if not isinstance(lead, dict):
            continue
        one = (str(data["workspace"]), str(lead["lead_id"]))
        if 200 <= attempt.status < 300:
            books.taken.setdefault(one, set()).add(attempt.event_id)
        elif attempt.status == 422:
            books.refused.setdefault(one, set()).add(attempt.event_id)
    return books


def at_meta(story: Story) -> dict[Id, Lead]:
    """Return what Meta knows today of the Pages of each workspace."""
    world = story.sandbox.world
    pages = {MAIN: {page.id for page in story.pages}, BRANCH: {story.clinic.id}}
    return {
        (workspace, lead.id): lead
        for workspace, ids in pages.items()
        for lead in world.leads.values()
        if lead.page_id in ids and world.is_readable(lead)
    }


async def check_on_the_way(story: Story) -> None:
    """Check what must hold at any moment: the books balance, and no watermark passed a lead that is not stored."""
    stored = {(workspace, lead) for workspace, lead in story.home.rows(LEADS)}
    marks = {(workspace, form): int(mark) for workspace, form, mark in story.home.rows(WATERMARKS)}
    passed = [
        (workspace, lead.id, marks[workspace, lead.form_id])
        for (workspace, _), lead in at_meta(story).items()
        if lead.created_time * 1000 <= marks.get((workspace, lead.form_id), -1)
        and (workspace, lead.id) not in stored
    ]
    assert passed == [], passed
    if story.life is not None:
        since_ms = story.clock.now_ms() - CARE_DAYS * DAY_MS
        balance = await story.life.daemon.flows.proving.balance(since_ms=since_ms)
        assert balance["lost"] == 0, balance
        assert sum(balance.values()) == len(stored), (balance, len(stored))


async def check_at_the_end(story: Story) -> None:
    """Check Meta's set = the CRM's set and named exceptions, and that the product's proof says exactly that."""
    await check_on_the_way(story)
    crm, meta = taken_by_crm(story), at_meta(story)
    expected = {one: _expected(story, crm, one, lead) for one, lead in meta.items()}
    said = await proved(story)
    wrong = {one: (fate, expected.get(one)) for one, fate in said.items() if fate.kind != expected.get(one)}
    assert wrong == {}, wrong
    assert said.keys() == expected.keys(), expected.keys() ^ said.keys()
    twice = {one: ids for one, ids in crm.taken.items() if len(ids) != 1}
    assert twice == {}, twice
    delivered = {one for one, fate in expected.items() if fate == "delivered"}
    assert crm.taken.keys() & expected.keys() == delivered, (crm.taken.keys() & expected.keys()) ^ delivered
    violations = [one for one in story.sandbox.crm.record.violations if not _is_jump(one.kind, one.detail)]
    assert violations == [], violations
    kept = {f"lead.minor:{workspace}:{lead}" for workspace, lead in expected if lead in story.children}
    open_alerts = {key for (key,) in story.home.rows(OPEN_ALERTS) if not key.startswith("form.succeeded")}
    assert open_alerts == kept, open_alerts ^ kept


def _expected(story: Story, crm: Taken, one: Id, lead: Lead) -> str:
    """Return what must have become of a lead, by what the outside knows."""
    if lead.id in story.trials:
        return "test"
    if lead.id in story.children:
        return "refused"
    if crm.refused.get(one) and not crm.taken.get(one):
        return "parked"
    return "delivered"


def _is_jump(kind: str, detail: str) -> bool:
    """Tell what a clock does that jumps between signing and arriving: refused as too old, and sent again."""
    return (kind, detail) == ("bad_signature", "Message timestamp too old or too new")


async def proved(story: Story) -> dict[Id, Said]:
    """Ask the product for its proof of everything; return what it says became of each lead at Meta."""
    assert story.life is not None
    now_ms = story.clock.now_ms()
    order = ProofOrder(since_ms=now_ms - CARE_DAYS * DAY_MS, until_ms=now_ms + 1000)
    proofs = await story.life.daemon.flows.proof.prove(order)
    troubles = [proof.trouble for proof in proofs if proof.trouble]
    assert troubles == [], troubles
    said: dict[Id, Said] = {}
    for proof in proofs:
        said |= _said(story, proof)
    return said


def _said(story: Story, proof: FormProof) -> dict[Id, Said]:
    """Return what one form's proof says; only what is no plain delivery is named there, so counts tell the rest."""
    leads = {lead.id for lead in at_meta(story).values() if lead.form_id == proof.form.form_id}
    named = {
        str(one.lead_id): Said(one.fate, one.reason)
        for day in proof.days
        for one in day.differences
        if one.fate != "healed"
    }
    counted = Counter[str]()
    for day in proof.days:
        counted.update({fate: day.fates[fate] for fate in FATES})
        assert sum(day.fates.values()) == day.at_meta
    assert sum(day.at_meta for day in proof.days) == len(leads)
    rest = {one: Said("test" if one in story.trials else "delivered") for one in leads - named.keys()}
    said = rest | named
    assert Counter(one.kind for one in said.values()) == +counted
    return {(proof.form.workspace_id, lead_id): one for lead_id, one in said.items()}
