"""What the dashboard reads. Rows are by column name; times are milliseconds since the epoch (`_ms`)."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from connector.domain.connection import ConnectionId, Provider
from connector.domain.lead import WorkspaceId

Row = Mapping[str, Any]


class Readings(Protocol):
    """One workspace's leads and deliveries, for people to look at."""

    async def overview(self, workspace_id: WorkspaceId, *, now_ms: int, days: int) -> Row:
        """Return what there is and what waits.

        per_day: [(days since the epoch, leads)], oldest first, test leads left out; waiting, waiting_since_ms,
        held, parked; delivered in the last 7 days; latency_day and latency_week (`Latency`, None of none).
        """

    async def leads(
        self, workspace_id: WorkspaceId, filters: Mapping[str, str], *, before: int, limit: int
    ) -> Sequence[Row]:
        """Return leads whose id is under `before`, newest first; filters are state, page, form.

        Columns: id, lead_id, page_id, form_id, received_at_ms, stage, reason, received_via, page_name, form_name,
        contact (its JSON, or None), delivery (state of its event, or None), refusal.
        """

    async def choices(self, workspace_id: WorkspaceId) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return Page id → name and form id → name, for the filters."""

    async def life(self, workspace_id: WorkspaceId, lead_id: str) -> Row | None:
        """Return everything of one lead, None when there is no such one.

        The columns of `leads`, and raw, fetched_at_ms, resolved_at_ms, normaliser, attempts, contact_id,
        due_at_ms, crm_id, merges [why, merged_at_ms], corrections [id, changes [place, before, after], actor_name,
        actor, repaired_at_ms, undone_at_ms, may_undo], deliveries, each with its tries.
        """

    async def deliveries(
        self, workspace_id: WorkspaceId, *, state: str | None, before: int, limit: int
    ) -> Sequence[Row]:
        """Return deliveries whose sequence is under `before`, newest first."""


class Glance(Protocol):
    """What every page shows of a workspace, and the lists behind its numbers."""

    async def at(self, workspace_id: WorkspaceId) -> Row:
        """Return `alerts` and the numbers troubled, dead, parked, refused, quarantined.

        Alerts are the open ones, worst first: id, key, severity, title, remedy, raised_at_ms, resolved_at_ms,
        connection_id, provider, mailed_at_ms.
        """

    async def past_alerts(self, workspace_id: WorkspaceId, *, before: int, limit: int) -> Sequence[Row]:
        """Return alerts that are over and whose id is under `before`, newest first, with the same columns."""

    async def quarantine(self, *, before: tuple[int, str], limit: int) -> Sequence[Row]:
        """Return what was signed and became no lead, newest first.

        `before`: when the last row of the page before was seen last (ms), and its digest.
        """


class AccountCards(Protocol):
    """Connected accounts of a workspace, to look at."""

    async def all(self, workspace_id: WorkspaceId) -> Sequence[Row]:
        """Return every account, the disconnected ones too, oldest first.

        id, provider, account_id, account_name, state, reason, remedy, state_since_ms, expires_at_ms,
        data_access_expires_at_ms, consented_at_ms, disconnected_at_ms, disconnected_by, connected_by,
        connected_by_name; checks [page_id or "", name, outcome, detail, remedy, checked_at_ms]; pages [page_id,
        name, state, reason, remedy, read_through, standby, waiting, waiting_since_ms, last_lead_at_ms (None: not
        lately)]; undoings [state, number, reason].
        """

    async def workspace_of(self, provider: Provider, connection_id: ConnectionId) -> WorkspaceId | None:
        """Return whose account this is, None when there is no such account at this provider."""
