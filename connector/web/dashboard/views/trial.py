"""A test lead on purpose: the hops of the last one, and the button for the next."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from connector.web.dashboard.views.leads import Fact, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialHop:
    """One station. `at` None: not reached. `after_s`: seconds since the test began."""

    title: str
    state: Literal["done", "running", "failed", "ahead", "skipped"]
    at: datetime | None = None
    after_s: float | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRun:
    """One test: `contact` is the contact that it would have become."""

    form_name: str
    page_name: str
    asked_at: datetime
    is_running: bool
    is_good: bool
    hops: tuple[TrialHop, ...] = ()
    contact: tuple[Fact, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestLead:
    """POST `{root}/test-lead` with `form` sends one; `forms` is empty while no form is known."""

    __test__: ClassVar[bool] = False  # pytest: not a test class
    template: ClassVar[str] = "test_lead.html"
    forms: tuple[Option, ...] = ()
    run: TrialRun | None = None
