"""Who did what: one line a deed, never changed afterwards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from connector.domain.lead import WorkspaceId

ActorKind = Literal["person", "cli", "api", "provider", "system"]

_ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_TEXT_CHARS_MAX = 500
_DETAILS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts. `name`: a person's id, the account on the server, an API token's id, a provider, a part of ours."""

    kind: ActorKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One deed. `action`: dotted, past tense (`connection.connected`); `subject`: the id of what it was done to.

    `workspace_id` None: it concerns the whole installation. `detail` holds a few plain values, no secret and
    nothing personal: people are named by their ids. Raises ValueError when the action is no such word.
    """

    actor: Actor
    action: str
    workspace_id: WorkspaceId | None = None
    subject: str | None = None
    detail: Mapping[str, str | int | bool | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _ACTION.fullmatch(self.action):
            raise ValueError("an audit action is dotted words in lower case")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """An entry as read back. `actor_name`, `subject_name`: of the people behind the ids, where they are people."""

    id: int
    at_ms: int
    workspace_id: WorkspaceId | None
    actor_kind: ActorKind
    actor: str
    actor_name: str | None = field(default=None, repr=False)
    action: str
    subject: str | None
    subject_name: str | None = field(default=None, repr=False)
    detail: Mapping[str, str | int | bool | None]


def bounded_detail(detail: Mapping[str, str | int | bool | None]) -> dict[str, str | int | bool | None]:
    """Return the detail as it is stored: at most 20 values, texts of at most 500 characters."""
    kept = list(detail.items())[:_DETAILS_MAX]
    return {key: value[:_TEXT_CHARS_MAX] if isinstance(value, str) else value for key, value in kept}
