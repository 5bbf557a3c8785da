"""Merge a lead's contact into a stored one. Nothing is lost: lists grow, empty fields are filled.

Idempotent: the same lead again changes nothing. Only custom fields follow the newest lead; what a person
edited in the CRM follows nobody.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import TypeVar

from connector.domain.contact import Consent, Contact, CustomField, Email, Flag, LeadRef, Phone, in_order
from connector.domain.merging_addresses import merged_addresses
from connector.domain.normalise.phones import joined_phones
from connector.domain.normalise.text import fold
from connector.domain.striking import entry_key, without_struck
from connector.domain.times import rfc3339

_T = TypeVar("_T")
_NOT_OF_LEADS = frozenset[Flag](["test_lead", "no_contact_point"])
"""Flags that a later lead does not bring: the contact tells them itself."""


def merge(
    existing: Contact, draft: Contact, *, edited: frozenset[str] = frozenset(), now: datetime
) -> Contact:
    """Return `existing` with what `draft` adds; `existing` itself when that is nothing.

    `edited` names fields that a person changed in the CRM: their values stay, even empty ones. Lists still
    grow, but by nothing that a person struck off them (`striking.struck`). `custom_fields.<key>` means one custom
    field, `custom_fields` all that exist.
    """
    result = combined(existing, draft, edited=edited)
    if result == existing:
        return existing
    return replace(result, normaliser=draft.normaliser, updated_at=rfc3339(now))


def combined(existing: Contact, draft: Contact, *, edited: Collection[str] = frozenset()) -> Contact:
    """Return the merged values with the times and the normaliser of `existing`."""
    draft = without_struck(draft, edited)
    result = _filled(existing, draft, edited)
    result = replace(
        result,
        emails=_emails(existing.emails, draft.emails),
        phones=_phones(existing.phones, draft.phones),
        addresses=merged_addresses(existing.addresses, draft.addresses, fill="addresses" not in edited),
        custom_fields=_custom_fields(existing, draft, edited),
        consents=_appended(existing.consents, draft.consents, _consent_key),
        leads=_leads(existing.leads, draft.leads),
        possible_duplicates=tuple(
            other
            for other in _appended(existing.possible_duplicates, draft.possible_duplicates, str)
            if other != existing.contact_id
        ),
    )
    return replace(result, flags=_flags(result, draft))


def _filled(existing: Contact, draft: Contact, edited: Collection[str]) -> Contact:
    """Fill single values that are empty and that nobody emptied on purpose."""
    filled = existing
    for name in ("birthday", "gender", "gender_text", "organization", "job_title"):
        if not getattr(existing, name) and name not in edited:
            filled = replace(filled, **{name: getattr(draft, name)})
    if not existing.full_name and "full_name" not in edited and draft.full_name:
        filled = replace(filled, full_name=draft.full_name, name_source=draft.name_source)
    if _same_name(existing, draft):
        for name in ("given_name", "family_name"):
            if not getattr(existing, name) and name not in edited:
                filled = replace(filled, **{name: getattr(draft, name)})
    return filled


def _same_name(existing: Contact, draft: Contact) -> bool:
    """Whether one full name holds the other: half of another person's name must not be filled in."""
    if not existing.full_name or not draft.full_name:
        return True
    one, other = (set(fold(name).split(" ")) for name in (existing.full_name, draft.full_name))
    return one <= other or other <= one


def _emails(known: Sequence[Email], new: Sequence[Email]) -> tuple[Email, ...]:
    entries = {entry_key(email): email for email in known}
    for email in new:
        key = entry_key(email)
        if key in entries:
            labels = tuple(dict.fromkeys(entries[key].labels + email.labels))
            entries[key] = replace(entries[key], labels=labels)
        else:
            entries[key] = replace(email, primary=False)
    return with_primary(tuple(entries.values()))


def _phones(known: Sequence[Phone], new: Sequence[Phone]) -> tuple[Phone, ...]:
    return with_primary(joined_phones(known, (replace(phone, primary=False) for phone in new)))


_Reachable = TypeVar("_Reachable", Email, Phone)


def with_primary(entries: tuple[_Reachable, ...]) -> tuple[_Reachable, ...]:
    """Return the entries with one that is primary: the one that is; without one, the first valid entry becomes it."""
    if any(entry.primary for entry in entries):
        return entries
    first = next((n for n, entry in enumerate(entries) if entry.valid), None)
    return tuple(replace(entry, primary=n == first) for n, entry in enumerate(entries))


def _custom_fields(existing: Contact, draft: Contact, edited: Collection[str]) -> tuple[CustomField, ...]:
    """Let the newest lead's answer be the current value; a lead that arrives late only adds."""
    newer = _newest(draft.leads) >= _newest(existing.leads) or not _newest(draft.leads)
    entries = {one.key: one for one in existing.custom_fields}
    for one in draft.custom_fields:
        kept = "custom_fields" in edited or f"custom_fields.{one.key}" in edited
        if one.key not in entries or (newer and not kept and one.values):
            entries[one.key] = one
    return tuple(entries.values())


def _newest(leads: Iterable[LeadRef]) -> str:
    return max((lead.created_time or "" for lead in leads), default="")


def _consent_key(consent: Consent) -> Hashable:
    return consent.key, consent.at, consent.form_id


def _appended(known: Sequence[_T], new: Iterable[_T], key: Callable[[_T], Hashable]) -> tuple[_T, ...]:
    """Return `known` and the members of `new` whose key is not there yet."""
    found = {key(one) for one in known}
    entries = list(known)
    for one in new:
        if key(one) not in found:
            found.add(key(one))
            entries.append(one)
    return tuple(entries)


def _leads(known: Sequence[LeadRef], new: Sequence[LeadRef]) -> tuple[LeadRef, ...]:
    """Return the union by lead id, oldest first; a lead told again may add to its own entry."""
    entries: list[LeadRef] = list(known)
    places = {lead.lead_id: place for place, lead in enumerate(entries) if lead.lead_id}
    for lead in new:
        if lead.lead_id in places:
            entries[places[lead.lead_id]] = _told_again(entries[places[lead.lead_id]], lead)
        elif lead not in entries:
            if lead.lead_id:
                places[lead.lead_id] = len(entries)
            entries.append(lead)
    return tuple(sorted(entries, key=lambda lead: (lead.created_time is None, lead.created_time or "")))


def _told_again(known: LeadRef, lead: LeadRef) -> LeadRef:
    """Return the entry with what is told now; when it was made is told once, for the order rests on it."""
    told = {one.name: value for one in fields(lead) if (value := getattr(lead, one.name)) is not None}
    return replace(
        known,
        **{**told, "created_time": known.created_time or lead.created_time, "utm": known.utm | lead.utm},
    )


def _flags(result: Contact, draft: Contact) -> tuple[Flag, ...]:
    flags = set(result.flags) | (set(draft.flags) - _NOT_OF_LEADS)
    if any(email.valid for email in result.emails) or any(phone.valid for phone in result.phones):
        flags.discard("no_contact_point")
    if not result.possible_duplicates:
        flags.discard("possible_duplicate")
    return in_order(flags)
