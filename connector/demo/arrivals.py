"""What reached the sandbox CRM, read from its own record of requests."""

import json
from collections import Counter

from adapters.sandbox.crm_record import Attempt, CrmRecord


class Arrivals:
    """Leads and event types that the CRM has accepted. `look` reads what came since the last look."""

    def __init__(self, record: CrmRecord) -> None:
        self.record = record
        self.lead_ids: set[str] = set()
        self.types: Counter[str] = Counter()
        self.refused = 0  # attempts that the CRM did not accept
        self._events: set[str] = set()
        self._looked_at = 0

    def look(self) -> None:
        """Read the new attempts."""
        for attempt in self.record.attempts[self._looked_at :]:
            self._read(attempt)
        self._looked_at = len(self.record.attempts)

    def _read(self, attempt: Attempt) -> None:
        if not 200 <= attempt.status < 300:  # noqa: PLR2004 - 2xx
            self.refused += 1
            return
        if attempt.event_id in self._events:
            return
        self._events.add(attempt.event_id)
        self.types[attempt.type] += 1
        lead = json.loads(attempt.body).get("data", {}).get("lead")
        if isinstance(lead, dict):
            self.lead_ids.add(str(lead["lead_id"]))
