"""Names that the Page's flows share."""


def page_trouble_key(workspace_id: str, page_id: str) -> str:
    """Return the key of the alert that says a Page's leads cannot be read."""
    return f"page.unreadable:{workspace_id}:{page_id}"
