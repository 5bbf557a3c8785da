"""Where people look at what lies in Drive. Only who is signed in as the account, or shared with, sees it."""


def file_link(drive_id: str) -> str:
    """Return the address of a file."""
    return f"https://drive.google.com/file/d/{drive_id}/view"


def folder_link(drive_id: str) -> str:
    """Return the address of a folder."""
    return f"https://drive.google.com/drive/folders/{drive_id}"
