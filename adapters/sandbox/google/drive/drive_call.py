"""A checked call to the Drive API, and what its app and account may see and do."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.sandbox.google.objects import FOLDER, Account, File, Json, Role, SharedDrive
from adapters.sandbox.google.replies import drive_refusal
from adapters.sandbox.google.world import GoogleWorld

_WRITERS = frozenset[Role]({"organizer", "fileOrganizer", "writer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveCall:
    """Who asks for what: the account, the project whose client asks, and the checked parameters."""

    world: GoogleWorld
    account: Account
    project: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    record: Json

    def file(self) -> File:
        """Return the file that the path names, if this app may see it. Raises Refusal."""
        file_id = self.path["fileId"]
        file = self.world.files.get(file_id)
        if file is None or not self.sees(file) or (file.drive_id and not self.is_on("supportsAllDrives")):
            raise drive_refusal("notFound", f"File not found: {file_id}.")
        return file

    def sees(self, file: File) -> bool:
        """Under drive.file an app sees only what its own project has made."""
        is_owner = self.role(file) is not None if file.drive_id else file.owner == self.account.sub
        return is_owner and file.project == self.project and not file.forgotten

    def role(self, file: File) -> Role | None:
        """Return what the account is in the shared drive of a file; whose file it is may do all."""
        if not file.drive_id:
            return "organizer"
        return self.world.shared_drives[file.drive_id].roles.get(self.account.sub)

    def may_write(self, file: File) -> bool:
        """Whether the account may change the file, or put something into the folder."""
        return self.role(file) in _WRITERS

    def is_on(self, name: str) -> bool:
        """Return a boolean parameter, which is off unless given."""
        return self.query.get(name) == "true"

    def home(self, given: object) -> tuple[str, str]:
        """Return the parent that `parents` names, and its shared drive or "". Raises Refusal."""
        if given is None:
            return self.account.root_id, ""
        if not isinstance(given, list) or len(given) != 1:
            raise drive_refusal("invalid", "A file has exactly one parent.")
        wanted = str(given[0])
        if wanted in {"root", self.account.root_id}:
            return self.account.root_id, ""
        drive = self._shared_drive(wanted)
        if drive is not None:
            if drive.roles[self.account.sub] not in _WRITERS:
                raise drive_refusal("insufficientFilePermissions")
            return drive.id, drive.id
        return self._folder(wanted)

    def _shared_drive(self, drive_id: str) -> SharedDrive | None:
        drive = self.world.shared_drives.get(drive_id)
        is_member = drive is not None and self.account.sub in drive.roles
        return drive if is_member and self.is_on("supportsAllDrives") else None

    def _folder(self, folder_id: str) -> tuple[str, str]:
        parent = self.world.files.get(folder_id)
        if parent is None or not self.sees(parent):
            raise drive_refusal("notFound", f"File not found: {folder_id}.")
        if parent.drive_id and not self.is_on("supportsAllDrives"):
            raise drive_refusal("notFound", f"File not found: {folder_id}.")
        if parent.mime_type != FOLDER or not parent.can_add_children or not self.may_write(parent):
            raise drive_refusal("insufficientFilePermissions")
        return parent.id, parent.drive_id
