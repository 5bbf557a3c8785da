"""Pages of a workspace and their tokens, sealed."""

from connector.domain.lead import PageId, WorkspaceId
from state.engine import Row
from state.vault import Vault

PAGE = "SELECT * FROM pages WHERE page_id = :page_id AND workspace_id = :workspace_id"


def page_binding(workspace_id: WorkspaceId, page_id: PageId) -> str:
    """Return what a Page token is bound to in the vault."""
    return f"page:{workspace_id}:{page_id}"


def open_page_token(vault: Vault, page: Row) -> str:
    """Return the Page's token. Raises BadInputError when no key opens it."""
    return vault.open(page["sealed_token"], bound_to=page_binding(page["workspace_id"], page["page_id"]))
