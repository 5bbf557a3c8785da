"""A condition that a person must know: raised once per episode, resolved once."""

from dataclasses import dataclass
from typing import Literal

from connector.domain.lead import WorkspaceId

Severity = Literal["warning", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`key` names the episode; `workspace_id` None concerns all. No personal datum in any text."""

    key: str
    severity: Severity
    title: str
    remedy: str
    workspace_id: WorkspaceId | None = None
