"""Where nothing is sealed."""

from collections.abc import Sequence
from pathlib import Path

from connector.domain.backup.files import WrittenFile


class NoSeals:
    """`ports.backing_up.Seals` for schedules without recipients: nobody may ask it for anything else."""

    def seal(self, file: WrittenFile, recipients: Sequence[str]) -> WrittenFile:
        raise NotImplementedError

    def unseal(self, path: Path, to: Path, identity: str) -> str:
        raise NotImplementedError
