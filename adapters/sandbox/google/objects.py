"""What lives in the sandbox's Google: accounts, projects with their clients, tokens, files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from adapters.sandbox.google.drive.content import Content

DRIVE_FILE = "https://www.googleapis.com/auth/drive.file"
USERINFO_EMAIL = "https://www.googleapis.com/auth/userinfo.email"
USERINFO_PROFILE = "https://www.googleapis.com/auth/userinfo.profile"
FOLDER = "application/vnd.google-apps.folder"
GIB = 2**30

ALIASES = {"email": USERINFO_EMAIL, "profile": USERINFO_PROFILE}
"""Scopes that are asked for by a short name and granted under a long one."""
FIXED_SCOPES = frozenset({"openid", USERINFO_EMAIL, USERINFO_PROFILE})
"""Scopes that the consent page does not let a person untick."""

DeathCause = Literal[
    "revoked", "testing_expired", "unused", "too_many", "rotated", "reused", "client_changed", "by_hand"
]


@dataclass(slots=True, kw_only=True)
class Account:
    """A person's Google account. `limit_bytes` None: unlimited."""

    sub: str
    email: str
    name: str
    hosted_domain: str = ""
    limit_bytes: int | None = 15 * GIB
    used_elsewhere_bytes: int = GIB  # mail and photos count too
    disabled: str | None = None  # None: lives; else the reason, which may be empty
    deleted: bool = False
    root_id: str = ""


@dataclass(slots=True, kw_only=True)
class Client:
    """An OAuth client of a Cloud project."""

    id: str
    secret: str = field(repr=False)
    project: str
    redirect_uris: set[str] | None = None  # None: any
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleConsent:
    """What the person in front of the consent page does next."""

    account: Account
    decline: bool = False
    unticked: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Code:
    """An authorization code: ten minutes, one use."""

    sub: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    nonce: str
    with_refresh: bool
    issued_at: float
    used: bool = False


@dataclass(slots=True, kw_only=True)
class RefreshToken:
    """A refresh token. `dead` says why it does not work any more."""

    value: str = field(repr=False)
    sub: str
    client_id: str
    project: str
    scopes: tuple[str, ...]
    issued_at: float
    used_at: float
    family: str
    dead: DeathCause | None = None


@dataclass(slots=True, kw_only=True)
class AccessToken:
    """An access token. It dies with its grant."""

    value: str = field(repr=False)
    sub: str
    client_id: str
    project: str
    scopes: tuple[str, ...]
    expires_at: float
    dead: bool = False


Role = Literal["organizer", "fileOrganizer", "writer", "commenter", "reader"]


@dataclass(slots=True, kw_only=True)
class SharedDrive:
    """A shared drive with its members: the account's `sub` → what it may do there."""

    id: str
    name: str
    roles: dict[str, Role] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class File:
    """A file or folder in somebody's Drive. `project` made it, and only that one's clients see it (drive.file)."""

    id: str
    owner: str  # empty in a shared drive, which owns what lies in it
    project: str
    name: str
    mime_type: str
    parents: tuple[str, ...]
    created_at: float
    modified_at: float
    description: str = ""
    trashed: bool = False  # by itself; a parent's bin is looked up
    app_properties: dict[str, str] = field(default_factory=dict)
    content: Content = field(default_factory=Content, repr=False)
    drive_id: str = ""  # the shared drive it lies in
    abusive: bool = False  # Google holds it for harmful and hands it out on request only
    reads: int = 0  # how often it was asked for: checksums may come late
    version: int = 1
    can_add_children: bool = True
    forgotten: bool = False  # the app's access to it was taken back


Json = dict[str, object]
Params = Mapping[str, str]
