"""Contact 1.0 as JSON: one definition, the domain's own dataclass."""

from typing import Any

from pydantic import TypeAdapter

from connector.domain.contact import Contact

_CONTACT: TypeAdapter[Contact] = TypeAdapter(Contact)


def contact_json(contact: Contact) -> str:
    """Return the contact as compact JSON."""
    return _CONTACT.dump_json(contact).decode()


def contact_value(contact: Contact) -> dict[str, Any]:
    """Return the contact as JSON values."""
    value: dict[str, Any] = _CONTACT.dump_python(contact, mode="json")
    return value


def contact_from_json(text: str) -> Contact:
    """Return a contact that we wrote. Raises pydantic's ValidationError on anything else."""
    return _CONTACT.validate_json(text)


def contact_schema() -> dict[str, Any]:
    """Return the JSON Schema of Contact 1.0."""
    return _CONTACT.json_schema()
