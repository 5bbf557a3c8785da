"""Country answers to ISO 3166-1 alpha-2. Exact names only: fuzzy search takes Kosovo for Serbia."""

from functools import lru_cache

from connector.domain.normalise.tables import alpha_2, alpha_3, country_names
from connector.domain.normalise.text import fold

MAX_COUNTRY_CHARS = 100
"""The longest name in the tables has 78 characters; a longer answer is kept as text."""

_ALIASES = {
    "uk": "GB",
    "great britain": "GB",
    "britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "usa": "US",
    "us": "US",
    "united states of america": "US",
    "america": "US",
    "estados unidos de america": "US",
    "eeuu": "US",
    "ee uu": "US",
    "eua": "US",
    "etats unis d amerique": "US",
    "uae": "AE",
    "emirates": "AE",
    "eau": "AE",
    "ksa": "SA",
    "saudi": "SA",
    "turkey": "TR",
    "turkiye": "TR",
    "russia": "RU",
    "palestine": "PS",
    "ivory coast": "CI",
    "cote divoire": "CI",
    "cote d ivoire": "CI",
    "czech republic": "CZ",
    "holland": "NL",
    "burma": "MM",
    "swaziland": "SZ",
    "cape verde": "CV",
    "east timor": "TL",
    "vatican": "VA",
    "vatican city": "VA",
    "macedonia": "MK",
    "south korea": "KR",
    "north korea": "KP",
    "republic of korea": "KR",
    "rok": "KR",
    "viet nam": "VN",
    "prc": "CN",
    "peoples republic of china": "CN",
    "mainland china": "CN",
    "hong kong": "HK",
    "hongkong": "HK",
    "macau": "MO",
    "macao": "MO",
    "drc": "CD",
    "dr congo": "CD",
    "democratic republic of congo": "CD",
    "democratic republic of the congo": "CD",
    "republic of the congo": "CG",
    "congo brazzaville": "CG",
    "congo kinshasa": "CD",
    "republic of ireland": "IE",
    "eire": "IE",
    "brasil": "BR",
    "bharat": "IN",
    "hindustan": "IN",
    "bosnia": "BA",
    "rsa": "ZA",
    "trinidad": "TT",
    "st lucia": "LC",
    "st kitts and nevis": "KN",
    "st vincent and the grenadines": "VC",
    "sao tome": "ST",
}
"""Folded usage that no standard lists: what people and older lists of countries write."""


def country_code(text: str) -> str | None:
    """Return the alpha-2 code that `text` certainly means (a name in any language, a code), else None."""
    return _lookup(fold(text)) if len(text) <= MAX_COUNTRY_CHARS else None


@lru_cache(maxsize=1024)
def _lookup(name: str) -> str | None:
    upper = name.upper()
    for candidate in (name, name.removeprefix("the ")):
        if code := _ALIASES.get(candidate):
            return code
    if upper in alpha_2():
        return upper
    if code := alpha_3().get(upper):
        return code
    return country_names().get(name) or country_names().get(name.removeprefix("the "))
