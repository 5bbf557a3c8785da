"""Who calls the API."""

from dataclasses import dataclass

from connector.domain.lead import WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCaller:
    """The holder of an API token: of one workspace, or of all (None)."""

    token_id: str
    workspace_id: WorkspaceId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One event of a workspace's feed, in the bytes that are pushed."""

    sequence: int
    event_id: str
    body: bytes
