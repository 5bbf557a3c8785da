"""Addresses of the dashboard's own pages."""

from urllib.parse import quote

from connector.domain.lead import WorkspaceId


def root_of(workspace_id: WorkspaceId) -> str:
    """Return the prefix of a workspace's pages."""
    return f"/w/{quote(workspace_id, safe='')}"


def stopped_href(
    workspace_id: WorkspaceId, provider: str, why: str, *, connection_id: str | None = None, scopes: str = ""
) -> str:
    """Return the address that says why a consent came to nothing, and leads into another try."""
    query = {"provider": provider, "why": why, "connection": connection_id, "scopes": scopes}
    given = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
    return f"{root_of(workspace_id)}/connect/stopped?{given}"


def consent_href(
    provider: str,
    *,
    workspace_id: WorkspaceId | None = None,
    connection_id: str | None = None,
    rerequest: bool = False,
) -> str:
    """Return the address that leads straight into consent."""
    query = {
        "workspace": workspace_id,
        "connection": connection_id,
        "rerequest": "1" if rerequest else None,
    }
    given = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
    return f"/connect/{provider}/start" + (f"?{given}" if given else "")
