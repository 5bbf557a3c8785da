"""What a person's consent gives us, before anything is stored; between callback and choice it is a sealed text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.domain.connection import PageGrant, Person, TokenFacts, UserToken
from connector.domain.errors import BadInputError
from connector.domain.lead import PageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A consent that was looked at. `withheld_scopes` are needed and were not granted."""

    person: Person
    token: UserToken
    facts: TokenFacts
    withheld_scopes: tuple[str, ...]
    pages: tuple[PageGrant, ...]
    granted: tuple[str, ...] = ()


def offer_to_json(offer: Offer) -> str:
    """Return the offer as a text. It holds tokens in the clear: seal it."""
    facts = offer.facts
    return json.dumps(
        {
            "person": [offer.person.id, offer.person.name],
            "token": [offer.token.value, _text(offer.token.expires_at)],
            "facts": {
                "is_valid": facts.is_valid,
                "user_id": facts.user_id,
                "type": facts.type,
                "scopes": facts.scopes,
                "expires_at": _text(facts.expires_at),
                "data_access_expires_at": _text(facts.data_access_expires_at),
                "error": facts.error,
            },
            "withheld": offer.withheld_scopes,
            "granted": offer.granted,
            "pages": [[page.page_id, page.name, page.token, page.tasks] for page in offer.pages],
        },
        separators=(",", ":"),
    )


def offer_from_json(text: str) -> Offer:
    """Return the offer behind a text of `offer_to_json`. Raises BadInputError, which names nothing of it."""
    try:
        return _offer(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadInputError(
            "what the consent gave is not readable any more: connect the account again"
        ) from None


def _offer(given: Mapping[str, Any]) -> Offer:
    person_id, name = given["person"]
    value, ends = given["token"]
    return Offer(
        person=Person(id=_str(person_id), name=None if name is None else _str(name)),
        token=UserToken(value=_str(value), expires_at=_moment(ends)),
        facts=_facts(given["facts"]),
        withheld_scopes=_strs(given["withheld"]),
        granted=_strs(given["granted"]),
        pages=tuple(
            PageGrant(page_id=PageId(_str(page_id)), name=_str(title), token=_str(token), tasks=_strs(tasks))
            for page_id, title, token, tasks in given["pages"]
        ),
    )


def _facts(given: Mapping[str, Any]) -> TokenFacts:
    texts = {name: given[name] for name in ("user_id", "type", "error")}
    return TokenFacts(
        is_valid=given["is_valid"] is True,
        scopes=_strs(given["scopes"]),
        expires_at=_moment(given["expires_at"]),
        data_access_expires_at=_moment(given["data_access_expires_at"]),
        **{name: None if text is None else _str(text) for name, text in texts.items()},
    )


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _strs(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError
    return tuple(_str(value) for value in values)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _moment(text: object) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(_str(text))
    if at.tzinfo is None:
        raise ValueError
    return at
