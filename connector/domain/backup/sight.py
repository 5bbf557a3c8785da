"""Why backups are not where they were looked for: the bin, a deletion, or another OAuth client's eyes.

Under `drive.file` an app sees what its own Cloud project has made and nothing else. Of a folder of another project
Drive says the same as of one that was deleted: not found. So who made the backup is kept beside them (an OAuth
client's id begins with its project's number) and compared.
https://developers.google.com/workspace/drive/api/guides/api-specific-auth
"""

import re
from dataclasses import dataclass
from typing import Literal

FolderState = Literal["usable", "closed", "in_bin", "unseen"]
"""closed: the account may read and not write there. unseen: Drive says that there is no such thing, for us."""

MissingCause = Literal["in_bin", "other_client", "deleted_or_hidden", "nothing_found"]

_PROJECT = re.compile(r"([0-9]{1,24})-[0-9a-z_-]+\.apps\.googleusercontent\.com")

BY_HAND = (
    "download the backup's files by hand at https://drive.google.com, signed in as that account, and restore them"
    " with `connector backup restore FILE`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Why there is nothing to restore from, in words, and what leads on."""

    cause: MissingCause
    sentence: str
    remedy: str


def project_of(client_id: str) -> str | None:
    """Return the Cloud project's number that an OAuth client's id begins with; None for an id of another form."""
    match = _PROJECT.fullmatch(client_id.strip())
    return match[1] if match else None


def is_other_client(made_by: str | None, client_id: str) -> bool:
    """Whether what one client made is certainly hidden from another: they are of two projects."""
    theirs, ours = project_of(made_by or ""), project_of(client_id)
    return theirs is not None and ours is not None and theirs != ours


def why_missing(state: FolderState | None, *, made_by: str | None, client_id: str) -> Missing | None:
    """Return why the backups' folder does not show what it should; None for a folder that can be read.

    `state` None: no folder is known here, and the search has found none. `made_by` is the id of the OAuth client
    that made the backups, where that is known; `client_id` is ours.
    """
    if state in {"usable", "closed"}:
        return None
    if state == "in_bin":
        return Missing(
            cause="in_bin",
            sentence="The folder of the backups lies in the bin of that Drive.",
            remedy="Take it out of the bin at https://drive.google.com; Google empties the bin after 30 days.",
        )
    if is_other_client(made_by, client_id):
        return Missing(
            cause="other_client",
            sentence=(
                f"The backups were made through the Cloud project {project_of(made_by or '')}, and this installation"
                f" uses {project_of(client_id)}: Google shows an app only the files of its own project."
            ),
            remedy=f"Put an OAuth client of that project back into [google], or {BY_HAND}.",
        )
    if state is None:
        return Missing(
            cause="nothing_found",
            sentence=(
                "No backup that this installation's OAuth client could see is in that Drive. Backups that were made"
                " through another Cloud project may lie there all the same: Google hides them from this one."
            ),
            remedy=f"Look at https://drive.google.com for a folder of backups; if there is one, {BY_HAND}.",
        )
    return Missing(
        cause="deleted_or_hidden",
        sentence=(
            "Google does not show the folder of the backups any more: it was deleted for good, or the account's"
            " owner has taken this app's access to it back, or another OAuth client made it."
        ),
        remedy=f"Look at https://drive.google.com for it; if it is there, {BY_HAND}. New backups get a new folder.",
    )
