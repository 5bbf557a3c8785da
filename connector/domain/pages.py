"""Names that the Page's flows share, and the alert on a Page's trouble."""

from connector.domain.alert import Alert
from connector.domain.alerts_catalogue import PAGE_UNREADABLE
from connector.domain.lead import PageId, WorkspaceId
from connector.domain.work import PageTrouble


def page_trouble_key(workspace_id: str, page_id: str) -> str:
    """Return the key of the alert that says a Page's leads cannot be read."""
    return PAGE_UNREADABLE.key(workspace_id, page_id)


def page_alert(workspace_id: WorkspaceId, page_id: PageId, trouble: PageTrouble) -> Alert:
    """Return the alert that a Page's trouble raises."""
    return PAGE_UNREADABLE.alert(
        workspace_id, page_id, workspace_id=workspace_id, remedy=trouble.remedy, reason=trouble.reason
    )
