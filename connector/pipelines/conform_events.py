"""The events of a conformance check: made up, of the workspace `conformance`, by the code that makes real ones."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from connector.domain.conformance import Shot
from connector.domain.contact import CustomField, contact_id_for
from connector.domain.lead import Form, LeadId, WorkspaceId
from connector.domain.normalise import normalise
from connector.domain.raw import lead_from_graph
from connector.ports import Clock
from connector.wire.contact import contact_value
from connector.wire.event import event_bytes, lead_value
from connector.wire.lead_view import lead_view

WORKSPACE = WorkspaceId("conformance")
NO_FORM: Form | None = None


@dataclass(slots=True)
class Events:
    """Numbers events as a feed does; remembers which contacts were told of."""

    clock: Clock
    new_id: Callable[[], str]
    sequence: int = 0
    told: dict[str, int] = field(default_factory=dict)

    def event(self, kind: str, data: Mapping[str, object], *, sequence: int | None = None) -> Shot:
        """Return an event of any type, known or not."""
        if sequence is None:
            self.sequence += 1
        number = sequence or self.sequence
        whole = {"workspace": WORKSPACE, "sequence": number, **data}
        body = event_bytes("ping", self.clock.now(), whole)
        if kind != "ping":
            body = body.replace(b'"type":"ping"', b'"type":' + json.dumps(kind).encode(), 1)
        return Shot(event_id=f"evt_conformance_{self.new_id()}", body=body, sequence=number)

    def contact(
        self,
        person: str,
        revision: int,
        answers: Mapping[str, str],
        *,
        kind: str = "",
        padding: int = 0,
        more: Mapping[str, object] | None = None,
        sequence: int | None = None,
    ) -> Shot:
        """Return an event with a whole contact of a made-up person; `padding` bytes make it large."""
        value, lead = self._person(person, answers, padding)
        self.told[person] = max(revision, self.told.get(person, 0))
        data = {"revision": revision, "contact": {**value, **(more or {})}, "lead": lead, **(more or {})}
        kind = kind or ("contact.created" if revision == 1 else "contact.updated")
        return self.event(kind, data, sequence=sequence)

    def erased(self, person: str) -> Shot:
        """Return that a person was removed."""
        self.told[person] = self.told.get(person, 0) + 1
        return self.event(
            "contact.erased", {"revision": self.told[person], "contact_id": self.contact_id(person)}
        )

    def contact_id(self, person: str) -> str:
        """Return the id of a person's contact."""
        return contact_id_for(WORKSPACE, LeadId(person))

    def _person(
        self, person: str, answers: Mapping[str, str], padding: int
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        raw = {
            "id": person,
            "created_time": f"{self.clock.now():%Y-%m-%dT%H:%M:%S}+0000",
            "field_data": [{"name": name, "values": [value]} for name, value in answers.items()],
        }
        lead = lead_from_graph(raw)
        contact = normalise(
            lead, NO_FORM, country_hint="US", contact_id=self.contact_id(person), now=self.clock.now()
        )
        if padding:
            note = CustomField(key="note", label="Note", values=("x" * padding,), value_labels=())
            contact = replace(contact, custom_fields=(*contact.custom_fields, note))
        view = lead_view(lead, NO_FORM, consents=contact.consents, received_via="webhook")
        return contact_value(contact), lead_value(view)
