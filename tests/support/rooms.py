"""All rooms of the state on one engine, and the few steps that many tests begin with."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.domain.connection import ConnectionId, FacebookConnection, PageGrant, Person, UserToken
from connector.domain.lead import FormId, LeadId, PageId, WorkspaceId
from connector.domain.notice import Notice, Notification
from connector.domain.raw import lead_from_graph
from connector.domain.work import FetchBatch, Fetched, ResolveOutcome, ResolveWork
from connector.pipelines.resolve import draft
from connector.ports import Clock
from state.accounts.connections import SqlConnections
from state.accounts.probing import SqlProbing
from state.alerts import SqlAlerts
from state.engine import Engine, Row
from state.intake.inbox import SqlInbox
from state.leads.contacts import SqlResolver
from state.leads.deliveries import SqlDeliveries
from state.leads.feed import SqlFeed
from state.leads.forms import SqlForms
from state.leads.queue import SqlLeadQueue
from state.leads.records import SqlRecords
from state.mails import SqlMails
from state.people.api_tokens import SqlApiTokens
from state.vault import Vault
from state.workspaces import SqlWorkspaces
from support.counters import SeenCounters

MAIN = WorkspaceId("main")
PAGE = PageId("100")
KEY = bytes(range(32))


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """State, aggregate by aggregate, and what it was made with."""

    engine: Engine
    clock: Clock
    counters: SeenCounters
    new_id: Callable[[], str]
    vault: Vault
    workspaces: SqlWorkspaces
    connections: SqlConnections
    probing: SqlProbing
    inbox: SqlInbox
    queue: SqlLeadQueue
    forms: SqlForms
    resolver: SqlResolver
    deliveries: SqlDeliveries
    alerts: SqlAlerts
    mails: SqlMails
    feed: SqlFeed
    records: SqlRecords
    tokens: SqlApiTokens

    @classmethod
    def on(cls, engine: Engine, clock: Clock, counters: SeenCounters, new_id: Callable[[], str]) -> "Rooms":
        """Furnish an engine."""
        vault = Vault([KEY])
        return cls(
            engine=engine,
            clock=clock,
            counters=counters,
            new_id=new_id,
            vault=vault,
            workspaces=SqlWorkspaces(engine, clock),
            connections=SqlConnections(engine, clock, vault, new_id),
            probing=SqlProbing(engine, clock, vault, new_id),
            inbox=SqlInbox(engine, clock, counters),
            queue=SqlLeadQueue(engine, clock, vault, new_id),
            forms=SqlForms(engine, clock, new_id),
            resolver=SqlResolver(engine, clock, new_id),
            deliveries=SqlDeliveries(engine, clock, new_id),
            alerts=SqlAlerts(engine, clock, new_id),
            mails=SqlMails(engine, clock, new_id),
            feed=SqlFeed(engine),
            records=SqlRecords(engine, clock),
            tokens=SqlApiTokens(
                engine, clock, lambda: new_id()[::-1], lambda size: f"secret{new_id()}{size}"
            ),
        )

    async def rows(self, sql: str, **params: object) -> Sequence[Row]:
        """Look into the database."""
        return await self.engine.read(lambda tx: tx.rows(sql, params))

    async def execute(self, sql: str, **params: object) -> None:
        """Change the database behind everybody's back."""
        await self.engine.write(lambda tx: tx.execute(sql, params))

    async def empty(self, *tables: str) -> None:
        """Take every row out of tables, in this order."""
        for table in tables:
            await self.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables

    async def value(self, sql: str, **params: object) -> object:
        """Return the only column of the only row."""
        (row,) = await self.rows(sql, **params)
        (value,) = row.values()
        found: object = value
        return found

    async def connect(
        self,
        *page_ids: str,
        workspace: str = MAIN,
        person: str = "9001",
        token: str = "page token",  # noqa: S107 - invented
        connection_id: str = "",
    ) -> int:
        """Connect Pages to a workspace, which is added; return how many leads that set free."""
        await self.workspaces.add(workspace)
        workspace_id = WorkspaceId(workspace)
        known = await self.connections.existing(workspace_id, person)
        connection = FacebookConnection(
            id=known or ConnectionId(connection_id or f"con_{self.new_id()}"),
            workspace_id=workspace_id,
            person=Person(id=person, name="Ada Admin"),
            token=UserToken(value=f"user {token}"),
            scopes=("leads_retrieval",),
        )
        grants = [
            PageGrant(page_id=PageId(one), name=f"Page {one}", token=f"{token} {one}") for one in page_ids
        ]
        return (await self.connections.save(connection, grants)).freed

    async def receive(self, *lead_ids: str, page: str = PAGE) -> None:
        """Take one notification of these leads in."""
        await self.inbox.record(notification(*lead_ids, page=page))

    async def claim(self, limit: int = 50) -> FetchBatch:
        """Claim a batch that must be there."""
        batch = await self.queue.claim(limit=limit)
        assert batch is not None
        return batch

    async def fetch(self, raws: Mapping[str, Mapping[str, object]], *, page: str = PAGE) -> None:
        """Receive leads and settle them with these raw records, as if they had been read."""
        await self.receive(*raws, page=page)
        left = set(raws)
        while left:
            batch = await self.claim()
            outcomes = {lead.lead_id: fetched(raws[lead.lead_id]) for lead in batch.leads}
            assert await self.queue.settle(batch, outcomes) == len(outcomes)
            left -= set(outcomes)

    async def resolve(self) -> int:
        """Make contacts of everything that was fetched; return how many leads that were."""
        done = 0
        while works := await self.resolver.claim(limit=50):
            done += await self.resolver.commit([(work, self.outcome(work)) for work in works])
        return done

    def outcome(self, work: ResolveWork) -> ResolveOutcome:
        """Return what the pipeline makes of one claimed lead."""
        lead = lead_from_graph(json.loads(work.raw), page_id=work.page_id, page_name=work.page_name)
        return draft(lead, None, work, now=self.clock)

    async def contacts(self) -> list[dict[str, Any]]:
        """Return every contact's body, oldest first."""
        rows = await self.rows("SELECT body FROM contacts ORDER BY created_at_ms, id")
        return [json.loads(row["body"]) for row in rows]

    async def events(self, workspace: str = MAIN) -> list[dict[str, Any]]:
        """Return the whole feed, parsed."""
        entries = await self.feed.after(WorkspaceId(workspace), 0, limit=10_000)
        return [json.loads(entry.body) for entry in entries]

    async def aclose(self) -> None:
        """Wait for what is in flight."""
        await self.inbox.aclose()
        await self.deliveries.aclose()


def notification(*lead_ids: str, page: str = PAGE) -> Notification:
    """Return one notification with a change a lead."""
    return Notification(notices=tuple(notice(lead_id, page) for lead_id in lead_ids))


def notice(lead_id: str, page: str = PAGE) -> Notice:
    """Return what one change of a webhook says."""
    change = {"field": "leadgen", "value": {"leadgen_id": lead_id, "page_id": page}}
    return Notice(lead_id=LeadId(lead_id), page_id=PageId(page), form_id=FormId("300"), change=change)


def raw(lead_id: str, *, created: str = "2026-11-20T10:00:00+0000", **answers: str) -> dict[str, object]:
    """Return a lead as the Graph API tells it."""
    return {
        "id": lead_id,
        "created_time": created,
        "form_id": "300",
        "field_data": [{"name": name, "values": [value]} for name, value in answers.items()],
    }


def fetched(record: Mapping[str, object]) -> Fetched:
    """Return the outcome of a good read."""
    return Fetched(raw=json.dumps(record), form_id=FormId("300"))
