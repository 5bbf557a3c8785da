"""Which folders of backups on a disk are of claims that are over. Implements `ports.BackupSpools`."""

from collections.abc import Mapping, Sequence

from connector.domain.backup.work import SpoolKey, WorkKind
from state.engine import Engine, Tx

HOLDERS: Mapping[WorkKind, str] = {
    "run": """
        SELECT claim_id, CASE WHEN state = 'uploading' THEN spool END AS wrote FROM backup_runs WHERE id = :id""",
    "drill": "SELECT claim_id, NULL AS wrote FROM backup_drills WHERE id = :id",
    "restore": "SELECT claim_id, NULL AS wrote FROM backup_restores WHERE id = :id",
}
"""Who works on something now; and of a run that is sent who wrote its files, which wait for whoever goes on."""


class SqlBackupSpools:
    """Tells by the rows that the folders are named after."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def over(self, keys: Sequence[SpoolKey]) -> Sequence[SpoolKey]:
        return await self._engine.read(lambda tx: [key for key in keys if _is_over(tx, key)])


def _is_over(tx: Tx, key: SpoolKey) -> bool:
    """Tell whether nobody needs a folder. Of work that is not in this state another one knows."""
    row = tx.row(HOLDERS[key.kind], {"id": key.work_id})
    return row is not None and key.claim_id not in {row["claim_id"], row["wrote"]}
