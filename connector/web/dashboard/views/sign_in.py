"""Pages for people who are not signed in, and pages that only say something."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from connector.web.dashboard.views.words import RequestState


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """E-mail and password: POST `/sign-in` with `email`, `password`, `return_to`.

    `error` is one sentence that does not tell whether the address exists. `blocked_until`: too many failures,
    the form is shown but disabled.
    """

    template: ClassVar[str] = "sign_in.html"
    email: str = field(default="", repr=False)
    return_to: str = "/"
    error: str | None = None
    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSignIn:
    """A one-time link was opened: POST `/sign-in/link` with `token` spends it.

    A button of its own, because mail scanners open links. An address that ended or was used is a `Message`.
    `workspace`: the only one that it opens; `name` is an address then. `is_joining`: the browser has a session.
    """

    template: ClassVar[str] = "link_sign_in.html"
    token: str = field(repr=False)
    name: str = field(repr=False)
    expires_at: datetime
    return_to: str = "/"
    workspace: str | None = None
    is_joining: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing said in plain words, with the next step: errors (`status` ≥ 400), a signed-out note, an ended link.

    `reference` is what a person can quote to an operator (an id that the logs know), never an exception's text.
    """

    template: ClassVar[str] = "message.html"
    status: int = 200
    title: str
    text: str
    next_label: str | None = None
    next_href: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One browser that is signed in. `id` is an opaque name, not the cookie."""

    id: str
    label: str
    created_at: datetime
    seen_at: datetime
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The viewer's own account: POST `{root}/settings/password` with `current`, `password`, `again`.

    `errors` maps a field's name to one sentence. `has_password` False: `current` is not asked for. POST
    `{root}/settings/sessions` with `session` = an id or `others` ends sessions. `is_confined`: signed in to this
    workspace only, so that no password can be set.
    """

    template: ClassVar[str] = "settings.html"
    name: str = field(repr=False)
    email: str = field(repr=False)
    has_password: bool = True
    is_confined: bool = False
    min_length: int = 12
    errors: Mapping[str, str] = field(default_factory=dict)
    sessions: tuple[SessionLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequest:
    """State of a deletion request, public by its code: says what was asked and how far it is, about nobody.

    `outcome` is one sentence for the person; `contact` tells whom to ask (an address of the operator), if set.
    """

    template: ClassVar[str] = "privacy_request.html"
    code: str
    state: RequestState
    received_at: datetime
    settled_at: datetime | None = None
    outcome: str | None = None
    contact: str | None = None
