"""What a form's locale tells: a territory for phone numbers, an order for dates."""

import re

from connector.domain.normalise.tables import alpha_2, date_orders

_NO_TERRITORY = frozenset(["ES_LA", "AR_AR", "EN_US", "EN_GB"])
"""ES_LA is Latin America, not Laos; AR_AR is generic Arabic; the English two are used everywhere."""

_LANGUAGE_ALIASES = {"tl": "fil", "cb": "ckb", "nb": "no"}
_SHAPE = re.compile(r"([A-Za-z]{2,3})(?:[_-][A-Za-z]{4})?(?:[_-]([A-Za-z]{2}))?")


def territory(locale: str | None) -> str | None:
    """Return the alpha-2 code in the provider's `locale` (hi_IN → IN) when it says where people are."""
    match = _SHAPE.fullmatch((locale or "").strip())
    if match is None or match[2] is None or f"{match[1]}_{match[2]}".upper() in _NO_TERRITORY:
        return None
    return match[2].upper() if match[2].upper() in alpha_2() else None


def date_order(locale: str | None) -> str | None:
    """Return 'dmy', 'mdy' or 'ymd': CLDR's order in `locale`, then in its language; None when unknown."""
    match = _SHAPE.fullmatch((locale or "").strip())
    if match is None:
        return None
    language = match[1].lower()
    orders = date_orders()
    for known in (language, _LANGUAGE_ALIASES.get(language)):
        if known and known in orders:
            return orders.get(f"{known}_{(match[2] or '').upper()}", orders[known])
    return None
