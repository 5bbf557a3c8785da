"""Looking at a backup where it lies: what Drive says of each file, against what was sent and what the manifest tells.

Nothing but manifests is fetched. That the calls can be read again is proved by a drill.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from connector.domain.backup.drilling import DrillFailedError, DrillFault
from connector.domain.backup.manifest import Manifest
from connector.domain.backup.runs import RunFile, RunId
from connector.domain.backup.views import RunView
from connector.pipelines.backup.fetching import Fetching
from connector.ports.backing_up import BackupRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLook:
    """What was found of one file; `fault` None: Drive has it with our size and checksums."""

    run_id: RunId
    name: str
    size_bytes: int
    fault: DrillFault | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found of a backup and those that it goes on from. `sealed`: manifests that no key here opens."""

    runs: Sequence[RunView]
    files: Sequence[FileLook]
    sealed: int

    @property
    def faults(self) -> Sequence[FileLook]:
        """Return the files that are not as they were."""
        return [one for one in self.files if one.fault is not None]


class Verifying:
    """Looks."""

    def __init__(self, runs: BackupRuns, fetching: Fetching) -> None:
        self._runs = runs
        self._fetching = fetching

    async def verify(self, run_id: RunId) -> Verified:
        """Look at a run and at all that restoring it takes.

        Raises DrillFailedError when that is not known or was deleted, else ConnectorError kinds.
        """
        chain = await self._fetching.chain(run_id)
        looks: list[FileLook] = []
        sealed = 0
        with TemporaryDirectory(prefix="verify-") as folder:  # for manifests, some kilobytes each
            for run in chain:
                files = await self._runs.files(run.id)
                found = [await self._look(run, file) for file in files if not file.is_manifest]
                told, is_open = await self._manifest(run, files, Path(folder))
                looks += [*found, *told]
                sealed += not is_open
        return Verified(runs=chain, files=looks, sealed=sealed)

    async def _look(self, run: RunView, file: RunFile) -> FileLook:
        try:
            await self._fetching.look(run, file)
        except DrillFailedError as error:
            return _faulty(run, file, error)
        return FileLook(run_id=run.id, name=file.name, size_bytes=file.size_bytes)

    async def _manifest(
        self, run: RunView, files: Sequence[RunFile], folder: Path
    ) -> tuple[Sequence[FileLook], bool]:
        """Fetch the manifest and compare it with what was sent; False: it is as sent, sealed, and stays closed."""
        described = next((file for file in files if file.is_manifest), None)
        if described is None:
            return [FileLook(run_id=run.id, name="manifest", size_bytes=0, fault="file_missing")], True
        try:
            manifest = await self._fetching.manifest(run, described, folder)
        except DrillFailedError as error:
            return [_faulty(run, described, error)], True
        own = FileLook(run_id=run.id, name=described.name, size_bytes=described.size_bytes)
        if manifest is None:
            return [own], False
        return [
            own,
            *_compared(run, manifest, {file.name: file for file in files if not file.is_manifest}),
        ], True


def _compared(run: RunView, manifest: Manifest, files: Mapping[str, RunFile]) -> Sequence[FileLook]:
    """Return the files of which the manifest tells something else than was sent."""
    looks = []
    for told in manifest.files:
        sent = files.get(told.name)
        if sent is None or (sent.size_bytes, sent.sha256, sent.md5) != (
            told.size_bytes,
            told.sha256,
            told.md5,
        ):
            detail = "The manifest tells of another file than was sent."
            looks.append(
                FileLook(
                    run_id=run.id,
                    name=told.name,
                    size_bytes=told.size_bytes,
                    fault="file_changed",
                    detail=detail,
                )
            )
    return looks


def _faulty(run: RunView, file: RunFile, error: DrillFailedError) -> FileLook:
    return FileLook(
        run_id=run.id, name=file.name, size_bytes=file.size_bytes, fault=error.fault, detail=str(error)
    )
