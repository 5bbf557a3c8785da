"""Which contact a new lead belongs to. Keys are addresses and numbers, never names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from connector.domain.contact import Contact, LeadRef, in_order
from connector.domain.merging import combined
from connector.domain.normalise.text import fold

SHARED_PHONE_CONTACTS = 5
"""A number that more contacts than this use (an office, a call centre) says nothing: leave it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchKey:
    """One thing to look contacts up by: an e-mail address, or a number in E.164."""

    kind: Literal["email", "phone"]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored contact that shares a key, and its fields that a person edited in the CRM."""

    contact: Contact
    edited: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """A new person. `possible_duplicates` are contacts that share a number but seem to be someone else."""

    possible_duplicates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """Merge into `contact`. `possible_duplicates` are other contacts that the lead also points to."""

    contact: Contact
    edited: frozenset[str] = frozenset()
    why: Literal["email", "phone", "both"]
    possible_duplicates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """This lead is known and tells nothing new."""

    contact: Contact


def match_keys(contact: Contact) -> tuple[MatchKey, ...]:
    """Return what to look for: valid addresses, valid numbers that are no toll-free line. None for tests."""
    if contact.is_test:
        return ()
    mail = [
        MatchKey(kind="email", value=email.value) for email in contact.emails if email.value and email.valid
    ]
    lines = [
        MatchKey(kind="phone", value=phone.value)
        for phone in contact.phones
        if phone.value and phone.valid and phone.line_type != "toll_free"
    ]
    return tuple(dict.fromkeys(mail + lines))


def decide(
    draft: Contact, by_email: Sequence[Candidate], by_phone: Sequence[Candidate]
) -> Create | Attach | Unchanged:
    """Return what becomes of `draft`. Candidates of shared numbers are left out by the caller.

    The oldest contact with the same address wins, whatever the number says; a number alone is not enough when
    both have other addresses and other names, for families and offices share phones.
    """
    by_email, by_phone = _real(draft, by_email), _real(draft, by_phone)
    known = next((one for one in (*by_email, *by_phone) if _has_lead(one.contact, draft)), None)
    if known:
        same = combined(known.contact, draft, edited=known.edited) == known.contact
        return Unchanged(contact=known.contact) if same else _attach(known, by_email, by_phone, ())
    if by_email:
        return _by_email(by_email, by_phone)
    return _by_phone(draft, by_phone)


def with_possible_duplicates(contact: Contact, ids: Sequence[str]) -> Contact:
    """Return `contact` flagged as a possible duplicate of `ids` (its own id is left out)."""
    others = tuple(dict.fromkeys((*contact.possible_duplicates, *ids)))
    others = tuple(other for other in others if other != contact.contact_id)
    if not others:
        return contact
    flags = in_order((*contact.flags, "possible_duplicate"))
    return replace(contact, flags=flags, possible_duplicates=others)


def _real(draft: Contact, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates oldest first, over all keys.

    Test leads and people are never the same person, even behind one address.
    """
    real = (one for one in candidates if not draft.is_test and not one.contact.is_test)
    return tuple(sorted(real, key=lambda one: one.contact.created_at))


def _by_email(by_email: Sequence[Candidate], by_phone: Sequence[Candidate]) -> Attach:
    chosen = by_email[0]
    others = list(_ids(by_email[1:]))
    if chosen.contact.contact_id not in _ids(by_phone):  # else the number points to the same contact too
        others.extend(_ids(by_phone))
    return _attach(chosen, by_email, by_phone, others)


def _by_phone(draft: Contact, by_phone: Sequence[Candidate]) -> Create | Attach:
    same = [one for one in by_phone if not _someone_else(one.contact, draft)]
    if same:
        return _attach(same[0], (), by_phone, _ids(same[1:]))
    return Create(possible_duplicates=tuple(dict.fromkeys(_ids(by_phone))))


def _attach(
    chosen: Candidate, by_email: Sequence[Candidate], by_phone: Sequence[Candidate], others: Sequence[str]
) -> Attach:
    own = chosen.contact.contact_id
    in_email, in_phone = own in _ids(by_email), own in _ids(by_phone)
    return Attach(
        contact=chosen.contact,
        edited=chosen.edited,
        why="both" if in_email and in_phone else "email" if in_email else "phone",
        possible_duplicates=tuple(dict.fromkeys(other for other in others if other != own)),
    )


def _ids(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(one.contact.contact_id for one in candidates)


def _has_lead(contact: Contact, draft: Contact) -> bool:
    ids = _lead_ids(draft.leads)
    return bool(ids) and ids <= _lead_ids(contact.leads)


def _lead_ids(leads: Sequence[LeadRef]) -> frozenset[str]:
    return frozenset(lead.lead_id for lead in leads if lead.lead_id)


def _someone_else(one: Contact, other: Contact) -> bool:
    """Whether both have valid addresses, none in common, and different names."""
    mine, theirs = ({e.value for e in c.emails if e.valid} for c in (one, other))
    names = [sorted(fold(c.full_name or "").split(" ")) for c in (one, other)]
    both_named = all(c.full_name for c in (one, other))
    return bool(mine and theirs) and not mine & theirs and both_named and names[0] != names[1]
