"""A condition that a person must know: raised once per episode, resolved once."""

from dataclasses import dataclass
from typing import Literal

from connector.domain.connection import ConnectionId
from connector.domain.lead import WorkspaceId

Severity = Literal["warning", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`key` names the episode; `workspace_id` None concerns all. No personal datum in any text.

    `stage` marks how far an open episode has come (an end that is 14, 7, 1 days near): raising it again with
    another stage renews its texts, is told to the CRM again (`alert.raised` of the same key) and mailed again.
    """

    key: str
    severity: Severity
    title: str
    remedy: str
    workspace_id: WorkspaceId | None = None
    connection_id: ConnectionId | None = None
    stage: str = ""
