"""What a person struck off a contact: no later lead brings it back.

Lists of a contact only grow, so a wrong address that somebody replaced would return with the next telling of its
lead. Among the names of edited fields an entry like `emails!old@example.com` keeps it away.
"""

from collections.abc import Collection
from dataclasses import replace

from connector.domain.contact import Contact, Email, Flag, Phone, in_order


def entry_key(entry: Email | Phone) -> str:
    """Return what tells one entry of a list from the others: its value, or its text where that is none."""
    return entry.value or f"raw {entry.raw}"


def struck(entry: Email | Phone) -> str:
    """Return the name of a struck entry, as it stands among the edited fields."""
    return f"{'emails' if isinstance(entry, Email) else 'phones'}!{entry_key(entry)}"


def without_struck(draft: Contact, edited: Collection[str]) -> Contact:
    """Return what a lead tells without the entries that were struck, and without their flags."""
    emails = tuple(email for email in draft.emails if struck(email) not in edited)
    phones = tuple(phone for phone in draft.phones if struck(phone) not in edited)
    if len(emails) == len(draft.emails) and len(phones) == len(draft.phones):
        return draft
    return with_true_flags(replace(draft, emails=emails, phones=phones))


def with_true_flags(contact: Contact) -> Contact:
    """Return the contact without flags of entries that it has no more; whether it can be reached is told anew."""
    emails, phones = contact.emails, contact.phones
    gone: set[Flag] = set()
    if all(email.valid for email in emails):
        gone.add("email_invalid")
    if not any(email.suggested for email in emails):
        gone.add("email_typo_suspected")
    if all(phone.valid for phone in phones):
        gone.add("phone_invalid")
    flags = set(contact.flags) - gone - {"no_contact_point"}
    if not any(email.valid for email in emails) and not any(phone.valid for phone in phones):
        flags.add("no_contact_point")
    return replace(contact, flags=in_order(flags))
