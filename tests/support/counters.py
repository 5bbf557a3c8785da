"""Counters that a test can read."""

from collections import Counter


class SeenCounters:
    """Implements `ports.Counters`."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()
        self.delivered_s: list[float] = []
        self.budgets: dict[str, float] = {}
        self.dates: list[str] = []

    def webhook(self, result: str) -> None:
        self.seen["webhook", result] += 1

    def notices(self, result: str, count: int) -> None:
        self.seen["notices", result] += count

    def leads(self, result: str, count: int = 1) -> None:
        self.seen["leads", result] += count

    def delivery(self, outcome: str) -> None:
        self.seen["delivery", outcome] += 1

    def graph_request(self, outcome: str) -> None:
        self.seen["graph", outcome] += 1

    def token_refresh(self, provider: str, outcome: str) -> None:
        self.seen[f"{provider} token", outcome] += 1

    def graph_budget(self, page_id: str, ratio: float) -> None:
        self.budgets[page_id] = ratio

    def clock_heard(self, date: str) -> None:
        self.dates.append(date)

    def turned_away(self, why: str) -> None:
        self.seen["turned_away", why] += 1

    def clock_jumped(self, direction: str) -> None:
        self.seen["clock", direction] += 1

    def lead_delivered(self, seconds: float) -> None:
        self.delivered_s.append(seconds)
