"""Reading again, as the pipeline sees the durable state. Every await returns only after the change is on disk."""

from collections.abc import Collection, Sequence
from typing import Protocol

from connector.domain.reconcile_work import (
    BackfillOrder,
    BackfillPlan,
    BackfillProgress,
    BackfillWork,
    FormWork,
    PageWork,
    ReconcileWork,
    RoundDone,
    RoundWork,
    Watched,
    WatchWork,
)
from connector.domain.reconciling import FoundPage, Postponed


class Reconciling(Protocol):
    """Forms, Pages and imports of history that wait to be read."""

    async def claim(self, backfills: Collection[str] | None = None) -> ReconcileWork | None:
        """Lease what is due first, or one of the named imports; None: nothing is due or may be read now."""

    async def store(self, work: FormWork, page: FoundPage) -> int | None:
        """Make the found leads notices; return how many were new. None, and nothing: lease or Page was lost.

        The lease begins anew, so that a long list is read under it to its end.
        """

    async def form_read(
        self, work: FormWork, *, watermark_ms: int | None, due_at_ms: int, found: int, new: int
    ) -> bool:
        """End a read; False when the lease was lost. The watermark stays while the form's history is imported."""

    async def backfilled(
        self, work: BackfillWork, page: FoundPage, *, watermark_ms: int | None
    ) -> int | None:
        """Store one page of history and how far the import is; return as `store` does.

        With the last page the import ends, and `watermark_ms` becomes the form's if it has none.
        """

    async def rewind(self, work: BackfillWork) -> None:
        """Begin an import anew: its cursor is not taken any more. What is stored stays."""

    async def round_done(self, work: RoundWork, done: RoundDone) -> bool:
        """Write what a round found: forms, alert, imports of history, reads that are due now; False: lease lost."""

    async def watched(self, work: WatchWork, found: Watched) -> bool:
        """Write what a look at the app's subscription found; when it was healed all forms are due now."""

    async def postpone(self, work: ReconcileWork, why: Postponed) -> None:
        """Give a job back for later, and do what its failure means for its Page or account."""

    async def release(self, work: ReconcileWork) -> None:
        """Give a job back, due now."""

    async def charge(self, work: PageWork, calls: int, used: float | None) -> None:
        """Note calls that were made at a Page's expense."""

    async def next_due_ms(self) -> int | None:
        """Return when something is due that may be read then."""

    async def plan(self, order: BackfillOrder) -> Sequence[BackfillPlan]:
        """Return which forms an order concerns, without asking for them. Raises BadInputError: none is known."""

    async def ask(self, order: BackfillOrder) -> Sequence[str]:
        """Put an import of history in line for each form of an order; return their ids."""

    async def stop(self, order: BackfillOrder) -> int:
        """Stop the imports that an order's Page, form and workspace name; return how many. What is stored stays."""

    async def progress(self, ids: Collection[str] | None = None) -> Sequence[BackfillProgress]:
        """Return the imports that wait, or the named ones, newest first."""
