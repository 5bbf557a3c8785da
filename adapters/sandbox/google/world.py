"""The sandbox's Google: accounts, clients, grants, tokens and files; chance and time are passed in."""

import random
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.sandbox.google.drive.session import Session
from adapters.sandbox.google.objects import (
    DRIVE_FILE,
    AccessToken,
    Account,
    Client,
    Code,
    DeathCause,
    File,
    GoogleConsent,
    RefreshToken,
    SharedDrive,
)

__all__ = [
    "DRIVE_FILE",
    "AccessToken",
    "Account",
    "Client",
    "Code",
    "File",
    "GoogleConsent",
    "GoogleWorld",
    "RefreshToken",
    "SharedDrive",
]

ISSUER = "https://accounts.google.com"
DAY_S = 86_400
TESTING_LIFE_S = 7 * DAY_S
UNUSED_LIFE_S = 180 * DAY_S
ACCESS_LIFE_S = 3_599
CODE_LIFE_S = 600
LIVE_TOKENS_MAX = 100
"""Live refresh tokens of one account and client; one more ends the oldest, silently."""

_LETTERS = string.ascii_letters + string.digits + "-_"


@dataclass(slots=True, kw_only=True)
class GoogleWorld:
    """Everything that Google knows in the sandbox. Ids, secrets and tokens come from `rng`."""

    rng: random.Random
    now: Callable[[], float] = time.time
    issuer: str = ISSUER
    app_name: str = "Sandbox Connector"
    accounts: dict[str, Account] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    grants: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # (sub, project) → scopes
    codes: dict[str, Code] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    minted_ids: dict[str, str] = field(default_factory=dict)  # of generateIds, to the account they are for
    shared_drives: dict[str, SharedDrive] = field(default_factory=dict)
    uploads: dict[str, Session] = field(default_factory=dict)
    next_consent: GoogleConsent | None = None
    interactive: bool = False
    testing: bool = False  # the app's publishing status: consents live 7 days
    rotates: bool = False  # Google does not; other servers do
    requires_pkce: bool = True
    sends_issuer: bool = False  # RFC 9207
    names_scopes: bool = True  # False: token answers leave `scope` out, as RFC 6749 allows
    forgets_files: bool = False  # revoking takes the app's access to its files back for good
    sums_after_reads: int = 0  # a new file's checksums are there once it was asked for so often
    page_cap: int = 1000  # Drive may give fewer files on a page than were asked for
    search_lag_s: float = 0.0  # listings know a new file only after this
    access_life_s: int = ACCESS_LIFE_S

    @classmethod
    def invented(cls, rng: random.Random, *, now: Callable[[], float] = time.time) -> "GoogleWorld":
        """Return a world with one project, one client and nobody in it."""
        world = cls(rng=rng, now=now)
        world.add_client()
        return world

    @property
    def client(self) -> Client:
        """The first client: the one that the sandbox's settings name."""
        return next(iter(self.clients.values()))

    def add_client(self, *, project: str = "") -> Client:
        """Register an OAuth client, in a project of its own unless one is named."""
        number = "".join(self.rng.choices(string.digits[1:], k=12))
        client = Client(
            id=f"{number}-{self.new_text(32).lower()}.apps.googleusercontent.com",
            secret=f"GOCSPX-{self.new_text(28)}",
            project=project or number,
        )
        self.clients[client.id] = client
        return client

    def add_account(self, email: str, name: str = "Ada Admin", *, hosted_domain: str = "") -> Account:
        """Open an account; the first one is who meets the consent page next."""
        account = Account(
            sub="1" + "".join(self.rng.choices(string.digits, k=20)),
            email=email,
            name=name,
            hosted_domain=hosted_domain,
            root_id=f"0A{self.new_text(17)}",
        )
        self.accounts[account.sub] = account
        if self.next_consent is None:
            self.next_consent = GoogleConsent(account=account)
        return account

    def add_shared_drive(self, name: str) -> SharedDrive:
        """Open a shared drive without members; give them their `roles`."""
        drive = SharedDrive(id=f"0A{self.new_text(17)}", name=name)
        self.shared_drives[drive.id] = drive
        return drive

    def new_text(self, length: int) -> str:
        """Return letters, digits, minus and underscore."""
        return "".join(self.rng.choices(_LETTERS, k=length))

    def new_file_id(self) -> str:
        """Return a fresh id of a file."""
        return f"1{self.new_text(32)}"

    def revoke(self, account: Account, project: str, cause: DeathCause = "revoked") -> None:
        """End all that the account granted to the project: every token of every client of it."""
        self.grants.pop((account.sub, project), None)
        for refresh in self.refresh_tokens.values():
            if (refresh.sub, refresh.project) == (account.sub, project) and refresh.dead is None:
                refresh.dead = cause
        for access in self.access_tokens.values():
            if (access.sub, access.project) == (account.sub, project):
                access.dead = True
        if self.forgets_files:
            for file in self.files.values():
                file.forgotten |= (file.owner, file.project) == (account.sub, project)

    def disable(self, account: Account, reason: str = "") -> None:
        """Suspend an account; its tokens rest until `enable`."""
        account.disabled = reason

    def enable(self, account: Account) -> None:
        """Give a suspended account back."""
        account.disabled = None

    def change_password(self, account: Account) -> None:
        """Change the password: that ends tokens with Gmail scopes only."""
        for refresh in self.refresh_tokens.values():
            if refresh.sub == account.sub and any("mail.google.com" in scope for scope in refresh.scopes):
                refresh.dead = "by_hand"

    def reset_secret(self, client: Client) -> None:
        """Give a client a new secret, which ends its refresh tokens."""
        client.secret = f"GOCSPX-{self.new_text(28)}"
        for refresh in self.refresh_tokens.values():
            if refresh.client_id == client.id and refresh.dead is None:
                refresh.dead = "client_changed"

    def used_bytes(self, account: Account) -> int:
        """Return what the account holds, the bin included."""
        own = (file.content.size for file in self.files.values() if file.owner == account.sub)
        return account.used_elsewhere_bytes + sum(own)

    def free_bytes(self, account: Account) -> int | None:
        """Return what the account still takes; None: no limit."""
        return None if account.limit_bytes is None else account.limit_bytes - self.used_bytes(account)

    def is_trashed(self, file: File) -> bool:
        """Whether a file is in the bin, by itself or with a folder above it."""
        if file.trashed:
            return True
        above = (self.files.get(parent) for parent in file.parents)
        return any(parent is not None and self.is_trashed(parent) for parent in above)
