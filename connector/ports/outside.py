"""What the pipelines need from outside, as Protocols: adapters and state implement them, composition joins them."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from connector.domain.connection import (
    AccessToken,
    DriveSpace,
    GoogleAccount,
    GoogleGrant,
    LeadAccess,
    PageAccess,
    PageGrant,
    Person,
    TokenFacts,
    UserToken,
)
from connector.domain.delivery import Answer, Outgoing
from connector.domain.errors import ConnectorError
from connector.domain.lead import FormId, LeadId
from connector.domain.mail import Letter, MailAnswer
from connector.domain.notice import Notification
from connector.domain.reconciling import FormListing, FoundPage, Window
from connector.domain.security_event import SecurityEvent

Raw = Mapping[str, object]
"""A JSON object as the provider sent it, verbatim."""


class Clock(Protocol):
    """The only source of time. Tests bring one they move themselves."""

    def now(self) -> datetime:
        """Return the aware UTC time."""

    def now_ms(self) -> int:
        """Return milliseconds since the epoch."""

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Sleep; cancellable."""

    async def wait(self, event: asyncio.Event, timeout_s: float) -> bool:
        """Wait until `event` is set (True) or `timeout_s` seconds went by (False)."""


class WebhookDoor(Protocol):
    """Facebook's webhook protocol without I/O."""

    def challenge(self, query: Mapping[str, str]) -> str:
        """Return the text to echo. Raises BadSignatureError on a wrong verify token."""

    def verify(self, body: bytes, signature: str) -> None:
        """Check `X-Hub-Signature-256` over the raw bytes. Raises BadSignatureError."""

    def parse(self, body: bytes) -> Notification:
        """Take an authentic body apart. Total: what is no notice is quarantined, nothing raises."""


class LeadSource(Protocol):
    """Reading leads and forms of one Page."""

    async def fetch(
        self, access: PageAccess, lead_ids: Sequence[LeadId]
    ) -> Mapping[LeadId, Raw | ConnectorError]:
        """Return for every id the raw lead or what became of it; 1 to 50 ids.

        Raises TransientError, RateLimitedError, AuthLostError, LeadAccessError when the whole call failed.
        """

    async def form(self, access: PageAccess, form_id: FormId) -> Raw:
        """Return the raw form definition. Raises any ConnectorError."""


class FormReader(Protocol):
    """A Page's forms and what their lists of leads hold. Every method raises ConnectorError kinds only."""

    async def forms(self, access: PageAccess) -> FormListing:
        """Return every form of the Page, all pages of the listing followed."""

    async def leads(
        self, access: PageAccess, form_id: FormId, window: Window, *, after: str | None = None
    ) -> FoundPage:
        """Return one page of a form's list, the first or the one behind a cursor; it may be empty and yet go on.

        The provider may ignore the window, repeat leads and choose any order: the caller looks at the times itself.
        """


class FacebookConsent(Protocol):
    """Everything that connecting a Facebook account takes. Every method raises ConnectorError kinds only."""

    def dialog_url(self, *, state: str, redirect_uri: str, rerequest: bool = False) -> str:
        """Return the address of the consent dialog (scopes, or the Login for Business configuration)."""

    async def exchange(self, code: str, *, redirect_uri: str) -> UserToken:
        """Return a long-lived user token for a single-use code."""

    async def inspect(self, token: str) -> TokenFacts:
        """Return what the provider says about the token; an invalid token is an answer, not an error."""

    async def person(self, token: UserToken) -> Person:
        """Return who consented."""

    async def permissions(self, token: UserToken) -> Mapping[str, bool]:
        """Return scope → granted."""

    async def pages(self, token: UserToken) -> Sequence[PageGrant]:
        """Return every Page the person let us use, all pages of the listing followed."""

    async def renew(self, token: UserToken) -> UserToken:
        """Return a long-lived token for one that still lives; the same one when the provider gives no other."""

    async def subscribe(self, access: PageAccess) -> bool:
        """Subscribe our app to the Page's leadgen field, keeping other fields; proved by reading it back.

        False: it was subscribed already, and nothing was changed.
        """

    async def lead_access(self, access: PageAccess, person_id: str) -> LeadAccess:
        """Return whether this person and app may read the Page's leads."""

    async def prove(self, access: PageAccess) -> None:
        """Read one form: the cheapest real use of the token. Raises what the read raised."""

    async def read_lead(self, access: PageAccess, lead_id: LeadId) -> None:
        """Read one lead as the fetcher does, and forget it. Raises what the read raised."""


class GoogleConsent(Protocol):
    """Everything that keeping a Google account connected takes. Every method raises ConnectorError kinds only."""

    def dialog_url(
        self, *, state: str, redirect_uri: str, code_challenge: str, login_hint: str | None = None
    ) -> str:
        """Return the address of the consent page (offline, S256, consent always asked)."""

    def is_own_issuer(self, issuer: str | None) -> bool:
        """Tell whether a callback's `iss` (RFC 9207) may be ours: True when none came or none is known."""

    async def exchange(self, code: str, *, redirect_uri: str, code_verifier: str) -> GoogleGrant:
        """Return the tokens for a single-use code; never asked twice.

        Raises PermanentError when the code is used or too old: a person must begin again.
        """

    async def refresh(self, refresh_token: str) -> AccessToken:
        """Return a fresh access token.

        Raises AuthLostError when the grant is dead, MisconfiguredError when our client is, TransientError else.
        """

    async def account(self, access_token: str) -> GoogleAccount:
        """Return who consented. Raises StaleTokenError when the access token is not accepted."""

    async def revoke(self, token: str) -> None:
        """Take the grant back, for every client of the project; a token that is dead already is as good."""


class DriveHome(Protocol):
    """The folder of ours in somebody's Drive. Every method raises ConnectorError kinds only.

    StaleTokenError: refresh the access token and ask again. StorageFullError, SuspendedError: the grant lives.
    """

    async def space(self, access_token: str) -> DriveSpace:
        """Return whose Drive it is and how full."""

    async def folder(self, access_token: str, workspace_id: str, *, known_id: str | None = None) -> str:
        """Return the id of our folder, made when there is none or it is in the bin.

        `known_id` is the one used last: it is trusted before the search, which may lag behind.
        """

    async def part(self, access_token: str, folder_id: str, name: str) -> str:
        """Return the id of a folder of this name in ours, made when there is none that can be used."""


class SecurityEventDoor(Protocol):
    """Google's security events (RISC) as they are posted to us."""

    async def read(self, body: bytes) -> SecurityEvent:
        """Return the event that an authentic body tells.

        Raises BadSignatureError (answer 400) or TransientError when the keys cannot be had (answer 503).
        """


class CrmGateway(Protocol):
    """The CRM's endpoint."""

    async def send(self, event: Outgoing) -> Answer:
        """Post one event and judge the answer. Total: every failure is an Answer."""


class Mailer(Protocol):
    """The mail server."""

    async def send(self, letter: Letter) -> MailAnswer:
        """Write the mail and hand it over. Total: every failure is an answer, none names a person."""


class Counters(Protocol):
    """What is counted on the way; the metrics behind it have fixed names (docs/operators.md)."""

    def webhook(self, result: str) -> None:
        """Count one request to the webhook endpoint."""

    def notices(self, result: str, count: int) -> None:
        """Count notices by result: new, duplicate, quarantined, reconciled."""

    def leads(self, result: str, count: int = 1) -> None:
        """Count leads by result: fetched, retried, held, parked, test, contact."""

    def delivery(self, outcome: str) -> None:
        """Count one delivery attempt by outcome."""

    def graph_request(self, outcome: str) -> None:
        """Count one call to the Graph API by outcome."""

    def token_refresh(self, provider: str, outcome: str) -> None:
        """Count one refresh of a token by outcome: refreshed, failed, dead."""

    def graph_budget(self, page_id: str, ratio: float) -> None:
        """Note how much of its lead reads a Page has used up, as last told: 1 is all of it."""

    def clock_heard(self, date: str) -> None:
        """Compare our clock with the `Date` header of an answer that was just received."""

    def turned_away(self, why: str) -> None:
        """Count a caller for whom there was no room: `connections`, `bodies`."""

    def clock_jumped(self, direction: str) -> None:
        """Count that our wall clock was set: forward or back."""

    def lead_delivered(self, seconds: float) -> None:
        """Observe the time from the accepted webhook to the CRM's answer."""


class Wakeups(Protocol):
    """What commits announce: topics, here or on another machine."""

    def listen(self, topic: str) -> AbstractContextManager[asyncio.Event]:
        """Return an event that is set whenever `topic` is announced, for as long as the context is open."""
