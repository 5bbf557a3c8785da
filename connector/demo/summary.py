"""The demo's balance: what was announced, what became of it, what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import quantiles

from rich.table import Table

from connector.composition import Rooms
from connector.demo.stage import Stage

ROWS_MAX = 100_000
ACCOUNTS = 2
"""One at Facebook, one at Google."""
NAMED_MAX = 5
"""Missing leads that are named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts by name in the order they are shown, and every reason why the demo failed."""

    counts: Mapping[str, int]
    p50_s: float | None
    p95_s: float | None
    problems: tuple[str, ...]

    def table(self) -> Table:
        """Return it for a person."""
        table = Table("", "in all", box=None, pad_edge=False, header_style="bold")
        table.columns[1].justify = "right"
        for name, count in self.counts.items():
            table.add_row(name, str(count))
        for name, value in (("p50", self.p50_s), ("p95", self.p95_s)):
            shown = "none" if value is None else f"{value:.3f} s"
            table.add_row(f"{name} webhook to CRM, the outages included", shown)
        return table


async def summarise(stage: Stage) -> Summary:
    """Count from state and from the CRM's own record. Call it when the loops have ended."""
    missing, record = stage.missing(), stage.sandbox.crm.record
    balance = await stage.daemon.rooms.records.balance()
    types = stage.arrivals.types
    accounts = await stage.daemon.rooms.records.accounts()
    counts = {
        "accounts connected": sum(accounts.values()),
        "accounts healthy": sum(number for (_, state), number in accounts.items() if state == "healthy"),
        "announced by Meta": len(stage.announced),
        "received": sum(n for name, n in balance.items() if not name.startswith("delivery_")),
        "contacts": types["contact.created"],
        "updated": types["contact.updated"],
        "test": balance.get("test", 0),
        "parked": balance.get("parked", 0),
        "delivered": len(stage.arrivals.lead_ids),
        "held while an account was lost": stage.held,
        "repeated webhooks' notices, dropped": _metric(stage, "notices_total", result="duplicate"),
        "forged webhooks, refused": _metric(stage, "webhook_requests_total", result="bad_signature"),
        "unknown notices, quarantined": _metric(stage, "notices_total", result="quarantined"),
        "reads repeated": _metric(stage, "leads_total", result="retried"),
        "attempts that the CRM put off": stage.arrivals.refused,
        "calls backed up": stage.plan.calls if stage.backup else 0,
        "files of the backup in the Drive": stage.backup.files if stage.backup else 0,
        "calls that the drill restored": stage.backup.proved if stage.backup else 0,
        "duplicates in the CRM": record.duplicates,
        "violations of the contract": len(record.violations),
    }
    problems = [*stage.problems, *_violations(stage)]
    if counts["accounts healthy"] < ACCOUNTS:
        problems.append(f"{counts['accounts healthy']} of {ACCOUNTS} accounts are healthy")
    if stage.backup is None or not stage.backup.is_verified:
        problems.append("no backup was verified")
    problems += [await _why(stage.daemon.rooms, lead.id) for lead in missing[:NAMED_MAX]]
    if len(missing) > NAMED_MAX:
        problems.append(f"{len(missing) - NAMED_MAX} more leads are missing in the CRM")
    p50_s, p95_s = await _latencies_s(stage.daemon.rooms)
    return Summary(counts=counts, p50_s=p50_s, p95_s=p95_s, problems=tuple(problems))


def _metric(stage: Stage, name: str, **labels: str) -> int:
    return int(stage.daemon.metrics.registry.get_sample_value(f"connector_{name}", labels) or 0)


def _violations(stage: Stage) -> list[str]:
    return [
        f"the CRM saw a violation: {one.kind} in event {one.event_id} {one.detail}".rstrip()
        for one in stage.sandbox.crm.record.violations[:NAMED_MAX]
    ]


async def _why(rooms: Rooms, lead_id: str) -> str:
    """Say where a missing lead stands."""
    traces = await rooms.records.trace(lead_id)
    if not traces:
        return f"lead {lead_id} is missing in the CRM: no webhook told of it"
    trace = traces[0]
    sent = trace["deliveries"][-1] if trace["deliveries"] else None
    place = f"stage {trace['stage']}" if sent is None else f"delivery {sent['state']}"
    reason = (trace if sent is None else sent)["reason"] or "no reason noted"
    return f"lead {lead_id} is missing in the CRM: {place}, {reason}"


async def _latencies_s(rooms: Rooms) -> tuple[float | None, float | None]:
    """Return median and 95th percentile of webhook stored to CRM answered, in seconds."""
    leads = await rooms.records.leads({}, limit=ROWS_MAX)
    sent = await rooms.records.deliveries({"state": "delivered"}, limit=ROWS_MAX)
    received = {row["lead_id"]: row["received_at_ms"] for row in leads}
    waits = [
        (row["settled_at_ms"] - received[row["lead_id"]]) / 1000 for row in sent if row["lead_id"] in received
    ]
    if len(waits) < 2:  # noqa: PLR2004 - quantiles need two
        return (waits[0], waits[0]) if waits else (None, None)
    percentiles = quantiles(waits, n=100, method="inclusive")
    return percentiles[49], percentiles[94]
