"""Calls handed in, by file or API: filtered, stored in chunks; and their daily summary."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog

from connector.domain.call import Call, RejectedRow
from connector.domain.calls.filters import CallSettings
from connector.domain.calls.summary import CALL_BACK_DAYS, DaySummary, Summary
from connector.domain.calls.taking import TRACKING_IS_OFF, Tally
from connector.domain.errors import NotPermittedError
from connector.domain.lead import WorkspaceId
from connector.ports.calls import Calls

CHUNK = 200
"""Calls in one transaction: so few that a webhook's commit never waits for long."""
FACTS_CHUNK = 5000

log = structlog.stdlib.get_logger()


class Taking:
    """One import under way: what it is handed in chunks, and what became of it."""

    def __init__(
        self, calls: Calls, workspace_id: WorkspaceId, settings: CallSettings, import_id: str
    ) -> None:
        self._calls = calls
        self._workspace_id = workspace_id
        self._import_id = import_id
        self.settings = settings
        self.tally = Tally()

    async def take(self, rows: Sequence[Call | RejectedRow]) -> None:
        """Store what may be stored. Raises NotPermittedError when tracking was switched off meanwhile."""
        calls = [row for row in rows if isinstance(row, Call)]
        filters = self.settings.filters
        kept = [call for call in calls if filters.keeps(call, workspace_id=self._workspace_id)]
        self.tally.received += len(rows)
        self.tally.rejected += len(rows) - len(calls)
        self.tally.filtered += len(calls) - len(kept)
        for at in range(0, len(kept), CHUNK):
            part = kept[at : at + CHUNK]
            stored = await self._calls.add(self._workspace_id, part, import_id=self._import_id)
            self.tally.new += stored.new
            self.tally.duplicate += stored.duplicate

    def done(self) -> Tally:
        """Say in the log what became of it, in numbers alone."""
        tally = self.tally
        log.info(
            "calls.taken",
            workspace_id=self._workspace_id,
            received=tally.received,
            new=tally.new,
            duplicate=tally.duplicate,
            filtered=tally.filtered,
            rejected=tally.rejected,
        )
        return tally


class TakeCalls:
    """Opens imports and adds calls up."""

    def __init__(self, calls: Calls, new_id: Callable[[], str]) -> None:
        self._calls = calls
        self._new_id = new_id

    async def begin(self, workspace_id: WorkspaceId) -> Taking:
        """Open an import. Raises NotPermittedError when the workspace does not track calls."""
        settings = await self._calls.settings(workspace_id)
        if not settings.tracking:
            raise NotPermittedError(TRACKING_IS_OFF)
        return Taking(self._calls, workspace_id, settings, self._new_id())

    async def summary(
        self, workspace_id: WorkspaceId, zone: ZoneInfo, first: date, last: date
    ) -> Sequence[DaySummary]:
        """Return each employee's days from `first` to `last`, both included, in a zone."""
        summary = Summary(zone, first, last)
        start = datetime.combine(first, time(), zone).astimezone(UTC)
        end = datetime.combine(last + timedelta(days=1 + CALL_BACK_DAYS), time(), zone).astimezone(UTC)
        after = (int(start.timestamp() * 1000) - 1, "~")
        until_ms = int(end.timestamp() * 1000)
        while found := await self._calls.facts(
            workspace_id, after=after, until_ms=until_ms, limit=FACTS_CHUNK
        ):
            summary.add(fact for _, fact in found)
            after = found[-1][0]
        return summary.days()
