"""One past lead under another mapping: what its contact becomes, or why that is left alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.contact import Consent, Contact
from connector.domain.lead import Form, Lead
from connector.domain.mapping.remapping import remapped
from connector.domain.mapping.rules import FormMapping
from connector.domain.normalise import Normalised, normalised
from connector.domain.normalise.fitting import parked_for
from connector.domain.raw import form_from_graph, lead_from_graph

CHILD = "minor_under_13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A stored lead, and the mapping under which it became a contact."""

    lead: Lead
    form: Form | None
    country_hint: str | None
    mapping: FormMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """A contact before and after. Left alone: the mapping would have parked the lead, and it is past that."""

    lead: Lead
    form: Form | None
    before: Contact = field(repr=False)
    after: Contact = field(repr=False)
    edited: frozenset[str] = field(repr=False)
    consents: tuple[Consent, ...]
    is_left_alone: bool = False
    is_child: bool = False

    @property
    def is_changed(self) -> bool:
        """Tell whether there is anything to write."""
        return self.after != self.before


def told_of(
    *,
    raw: object,
    form: object,
    page_id: str,
    page_name: str | None,
    country_hint: str | None,
    mapping: FormMapping,
) -> Told:
    """Return a lead as it was read when it became a contact."""
    asked = form_from_graph(form) if form is not None else None
    lead = lead_from_graph(raw, page_id=page_id, page_name=page_name, form_name=asked.name if asked else None)
    return Told(lead=lead, form=asked, country_hint=country_hint, mapping=mapping)


def read_under(told: Told, mapping: FormMapping, *, contact_id: str, now: datetime) -> Normalised:
    """Return the contact that the lead alone makes under a mapping."""
    return normalised(
        told.lead,
        told.form,
        country_hint=told.country_hint,
        contact_id=contact_id,
        now=now,
        mapping=mapping,
    )


def _as_read(told: Told, contact_id: str, now: datetime) -> Contact:
    return read_under(told, told.mapping, contact_id=contact_id, now=now).contact


def reread(
    existing: Contact,
    told: Told,
    mapping: FormMapping,
    *,
    others: Callable[[], Sequence[Told] | None],
    edited: frozenset[str],
    now: datetime,
) -> Reread:
    """Return what `mapping` makes of the lead's contact.

    `others` gives the contact's other leads, None when not all can be read; they are asked for only if needed.
    """
    own = existing.contact_id
    made = read_under(told, mapping, contact_id=own, now=now)
    was = read_under(told, told.mapping, contact_id=own, now=now).contact
    is_child = CHILD in made.contact.flags and CHILD not in existing.flags
    is_left_alone = is_child or parked_for(made.misfits, told.lead.form_id) is not None
    after = existing
    if not is_left_alone and was != made.contact:
        foreign = others()
        after = remapped(
            existing,
            was,
            made.contact,
            others=None if foreign is None else [_as_read(one, own, now) for one in foreign],
            edited=edited,
            now=now,
        )
    return Reread(
        lead=told.lead,
        form=told.form,
        before=existing,
        after=after,
        edited=edited,
        consents=made.contact.consents,
        is_left_alone=is_left_alone,
        is_child=is_child,
    )
