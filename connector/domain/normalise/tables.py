"""The generated tables beside this module, read on first use: country names and date orders."""

import json
from functools import cache
from importlib.resources import files


@cache
def _table(name: str) -> dict[str, object]:
    loaded = json.loads(files(__package__ or "").joinpath(name).read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):  # pragma: no cover - the build's own file
        msg = f"{name} is no table"
        raise TypeError(msg)
    return loaded


@cache
def alpha_3() -> dict[str, str]:
    """Return ISO 3166-1 alpha-3 → alpha-2."""
    table = _table("country_names.json")["alpha_3"]
    return {str(three): str(two) for three, two in table.items()} if isinstance(table, dict) else {}


@cache
def alpha_2() -> frozenset[str]:
    """Return every ISO 3166-1 alpha-2 code, and XK (Kosovo), which CLDR and phone metadata use."""
    return frozenset(alpha_3().values())


@cache
def country_names() -> dict[str, str]:
    """Return folded name → alpha-2, CLDR's in some eighty languages and ISO's; none names two countries."""
    table = _table("country_names.json")["names"]
    names = table.items() if isinstance(table, dict) else ()
    return {str(name): str(code) for code, folded in names for name in folded}


@cache
def date_orders() -> dict[str, str]:
    """Return CLDR's order of short dates ('dmy', 'mdy', 'ymd') by language, and by language_TERRITORY."""
    return {locale: str(order) for locale, order in _table("date_orders.json").items()}
