"""The steps of connecting an account: what is asked and why, which Pages, what was proven."""

from dataclasses import dataclass, field
from typing import ClassVar

from connector.web.dashboard.views.connections import Check
from connector.web.dashboard.views.words import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class DataUse:
    """One kind of data or permission that is asked for, and what for."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectChoice:
    """One provider to connect, with what a person must know before being sent there.

    `asks` names who asks (the operator's organisation and the app), `goes_to` where the data goes and who sees
    it. `start_href` begins consent (`/connect/<provider>/start?…`). `account_name` is set when this mends an
    account that exists. `unavailable` says what to set first; then there is no button.
    """

    provider: Provider
    start_href: str
    asks: str
    data: tuple[DataUse, ...]
    goes_to: str
    account_name: str | None = field(default=None, repr=False)
    unavailable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectStart:
    """Choose what to connect; with one choice it is the explanation before that provider's consent page."""

    template: ClassVar[str] = "connect_start.html"
    choices: tuple[ConnectChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChoice:
    """One Page of the account. `missing` says why it cannot be chosen (a task the person lacks); else None.

    `note` is said of a Page that can be chosen: already connected, by whom.
    """

    id: str
    name: str
    missing: str | None = None
    note: str | None = None
    is_chosen: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A permission (or Page) that was not given: its provider's `name`, and what does not work without it."""

    name: str
    consequence: str
    is_blocking: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePages:
    """Which Pages to read leads of: POST `submit_href` with `attempt`, `page` (many), or `all` = `yes`.

    `withheld` is what the person did not give, `reconsent_href` asks for it again in one click. For Google there
    are no `pages`: only what was withheld. `error` says what was wrong with the choice that was sent.
    """

    template: ClassVar[str] = "choose_pages.html"
    provider: Provider = "facebook"
    account_name: str = field(repr=False)
    attempt: str = field(default="", repr=False)
    pages: tuple[PageChoice, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    reconsent_href: str = ""
    submit_href: str = ""
    error: str | None = None

    @property
    def is_blocked(self) -> bool:
        """Tell whether something was withheld without which nothing can be connected."""
        return any(one.is_blocking for one in self.withheld)

    @property
    def selectable(self) -> int:
        """Return how many Pages may be chosen."""
        return sum(page.missing is None for page in self.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageProof:
    """What was proven for one Page, or for the account itself (`page_id` None)."""

    name: str
    checks: tuple[Check, ...]
    page_id: str | None = None

    @property
    def is_proven(self) -> bool:
        """Tell whether every check passed."""
        return all(check.outcome == "ok" for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """What was proven of an account, each failed check with its remedy. POST `check_href` looks again."""

    template: ClassVar[str] = "connected.html"
    provider: Provider
    account_name: str = field(repr=False)
    proofs: tuple[PageProof, ...]
    check_href: str | None = None

    @property
    def unproven(self) -> int:
        """Return how many proofs are not complete."""
        return sum(not proof.is_proven for proof in self.proofs)
