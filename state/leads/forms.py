"""Form definitions, cached by id: a published form never changes at the provider."""

import json
from collections.abc import Callable, Mapping, Sequence

from connector.domain.lead import FormId, PageId
from connector.ports import Clock
from state.chunks import chunks
from state.engine import Engine, Params, Tx
from state.leads.carrying import carry_to_new

KNOWN = "SELECT form_id, definition, fetched_at_ms FROM forms WHERE form_id IN "
STORE = """
    INSERT INTO forms (form_id, page_id, definition, fetched_at_ms)
    VALUES (:form_id, :page_id, :definition, :now_ms)
    ON CONFLICT (form_id) DO UPDATE SET definition = excluded.definition, fetched_at_ms = excluded.fetched_at_ms"""


class SqlForms:
    """Implements `ports.Forms`."""

    def __init__(self, engine: Engine, clock: Clock, new_id: Callable[[], str]) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id

    async def known(self, form_ids: Sequence[FormId]) -> Mapping[FormId, tuple[str, int]]:
        def find(tx: Tx) -> dict[FormId, tuple[str, int]]:
            return {
                row["form_id"]: (row["definition"], row["fetched_at_ms"])
                for listed, params in chunks(form_ids)
                for row in tx.rows(KNOWN + listed, params)
            }

        return await self._engine.read(find)

    async def store(self, page_id: PageId, form_id: FormId, definition: str) -> None:
        row: Params = {
            "form_id": form_id,
            "page_id": page_id,
            "definition": definition,
            "now_ms": self._clock.now_ms(),
        }
        now, read = self._clock.now(), json.loads(definition)

        def keep(tx: Tx) -> None:
            tx.execute(STORE, row)
            carry_to_new(tx, page_id, form_id, read, now=now, new_id=self._new_id)

        await self._engine.write(keep)
