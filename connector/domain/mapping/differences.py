"""A contact's values as a person compares them: field by field, before and after."""

from dataclasses import dataclass, field

from connector.domain.contact import SINGLE_FIELDS, Address, Contact, CustomField, MappedField
from connector.domain.normalise.typed_values import Scalar

_ADDRESS = ("street_address", "locality", "region", "postal_code", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that two readings tell differently; None: it has no such value."""

    name: str
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)


def differences(before: Contact | None, after: Contact | None) -> tuple[Difference, ...]:
    """Return the fields that differ, in the contact's order. None: there is no contact."""
    old, new = shown_fields(before), shown_fields(after)
    return tuple(
        Difference(name=name, before=old.get(name), after=new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )


def shown_fields(contact: Contact | None) -> dict[str, str]:
    """Return every field that says something, as text."""
    if contact is None:
        return {}
    found = {name: getattr(contact, name) for name in SINGLE_FIELDS}
    found["emails"] = _joined([one.value or one.raw for one in contact.emails])
    found["phones"] = _joined([one.value or one.raw for one in contact.phones])
    for place in contact.addresses:
        found |= {name: _joined([found.get(name), getattr(place, name)]) for name in _address_names(place)}
    found |= {f"custom_fields.{one.key}": _custom(one) for one in contact.custom_fields}
    found |= {
        f"opt_in.{one.opt_in}": "yes" if one.granted else "no" for one in contact.consents if one.opt_in
    }
    return {name: value for name, value in found.items() if value}


def _address_names(place: Address) -> list[str]:
    return [name for name in _ADDRESS if getattr(place, name)]


def _joined(values: list[str | None]) -> str:
    return "; ".join(value for value in values if value)


def _custom(one: CustomField) -> str:
    if not isinstance(one, MappedField) or one.type == "text":
        return _joined(list(one.value_labels))
    shown = zip(one.typed_values, one.value_labels, strict=False)
    return _joined(
        [_typed(value) if value is not None else f"{label} (does not fit)" for value, label in shown]
    )


def _typed(value: Scalar) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
