"""Pages' silence, as the pipeline sees the durable state and Meta's ads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from connector.domain.alert import Alert
from connector.domain.silence import Ads, AdsAccess, PageStanding, Quiet


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of looking at a Page. `ads` None: they were not asked for. `ended`: keys of alerts."""

    quiet: Quiet
    ads: Ads | None
    asked_at_ms: int | None
    raised: Sequence[Alert] = ()
    ended: Sequence[str] = ()


class Rhythms(Protocol):
    """What is known of each Page's leads, and how its silence was judged."""

    async def take_turn(self, *, next_due_ms: int) -> bool:
        """Take the turn of looking; only one machine of all gets it."""

    async def learn(self) -> bool:
        """Learn from some leads that were not learnt from; False: there are no more for now."""

    async def standings(self) -> Sequence[PageStanding]:
        """Return what is known of each connected Page's silence."""

    async def hours(self, page: PageStanding) -> Mapping[int, int]:
        """Return hour since the epoch → leads submitted in it, of the weeks before the Page's last lead."""

    async def ads(self, page: PageStanding) -> tuple[Ads, int | None]:
        """Return what was last said of the Page's ads, and when it was asked; None: never since the last lead."""

    async def access(self, page: PageStanding) -> AdsAccess | None:
        """Return what asking for the Page's ads needs; None: no working account."""

    async def judged(self, page: PageStanding, verdict: Verdict) -> None:
        """Keep the verdict with its alerts; nothing of a Page that was disconnected meanwhile."""


class AdsReader(Protocol):
    """Whether a Page's ads run."""

    async def running(self, access: AdsAccess, *, now_ms: int) -> Ads:
        """Return it, unknown where we may not see them. Raises TransientError kinds and AuthLostError."""
