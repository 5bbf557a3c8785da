"""What a new mapping changes on a contact that an older one made. Nothing that a person edited is touched.

A value goes only if the lead told it under the old mapping, does not under the new one, and the contact still has
exactly that; what other leads of the contact tell comes back.
"""

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from connector.domain.contact import SINGLE_FIELDS, Contact, in_order
from connector.domain.merging import combined, with_primary
from connector.domain.striking import entry_key, with_true_flags
from connector.domain.times import rfc3339

_T = TypeVar("_T")


def remapped(
    existing: Contact,
    was: Contact,
    now_told: Contact,
    *,
    others: Sequence[Contact] | None = (),
    edited: Collection[str] = frozenset(),
    now: datetime,
) -> Contact:
    """Return `existing` after one of its leads is read under another mapping; itself when nothing changes.

    `was` and `now_told` are the lead alone under the old and the new mapping, `others` the contact's other leads
    alone, oldest first; None: they cannot be read, so nothing is taken away. `edited` is as in `merging.merge`.
    """
    if _same(was, now_told):
        return existing
    base = existing if others is None else _without(existing, was, now_told, edited)
    result = combined(base, now_told, edited=edited)
    for other in others or ():
        result = combined(result, other, edited=edited)
    result = _opted_in(with_true_flags(result), now_told)
    if result == existing:
        return existing
    return replace(result, normaliser=now_told.normaliser, updated_at=rfc3339(now))


def _same(one: Contact, other: Contact) -> bool:
    """Whether two readings of a lead tell the same; when they were made does not count."""
    return replace(one, created_at="", updated_at="") == replace(other, created_at="", updated_at="")


def _without(existing: Contact, was: Contact, now_told: Contact, edited: Collection[str]) -> Contact:
    """Return the contact without what the lead told and does not tell any more."""
    changes: dict[str, Any] = {}
    for name in SINGLE_FIELDS:
        told = getattr(was, name)
        is_own = name not in edited and getattr(existing, name) == told
        if told is not None and is_own and getattr(now_told, name) != told:
            changes[name] = None
    if "full_name" in changes:
        changes["name_source"] = "none"
    if "custom_fields" not in edited:
        kept = [one for one in was.custom_fields if f"custom_fields.{one.key}" in edited]
        gone = _gone(was.custom_fields, now_told.custom_fields, lambda one: one)
        changes["custom_fields"] = _left(
            existing.custom_fields, [one for one in gone if one not in kept], lambda one: one
        )
    if "addresses" not in edited:
        gone_places = _gone(was.addresses, now_told.addresses, lambda one: one)
        changes["addresses"] = _left(existing.addresses, gone_places, lambda one: one)
    emails = _left(existing.emails, _gone(was.emails, now_told.emails, entry_key), entry_key)
    phones = _left(existing.phones, _gone(was.phones, now_told.phones, entry_key), entry_key)
    flags = set(existing.flags) - (set(was.flags) - set(now_told.flags) - {"possible_duplicate"})
    return replace(
        existing,
        emails=with_primary(emails),
        phones=with_primary(phones),
        flags=in_order(flags),
        **changes,
    )


def _gone(was: Sequence[_T], now_told: Sequence[_T], key: Callable[[_T], Hashable]) -> list[_T]:
    still = [key(one) for one in now_told]
    return [one for one in was if key(one) not in still]


def _left(existing: Sequence[_T], gone: Sequence[_T], key: Callable[[_T], Hashable]) -> tuple[_T, ...]:
    keys = [key(one) for one in gone]
    return tuple(one for one in existing if key(one) not in keys)


def _opted_in(contact: Contact, now_told: Contact) -> Contact:
    """Return the contact whose consents of this lead set the opt-ins that the new mapping names."""
    opt_ins = {(one.key, one.at, one.form_id): one.opt_in for one in now_told.consents}
    consents = tuple(
        replace(one, opt_in=opt_ins.get((one.key, one.at, one.form_id), one.opt_in))
        for one in contact.consents
    )
    return replace(contact, consents=consents)
