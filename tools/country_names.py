"""Build connector/domain/normalise/country_names.json and date_orders.json from CLDR and ISO 3166.

Run at release time, in an environment of its own, because Babel's data is 30 MiB and slow to read:

    pip install babel pycountry && python tools/country_names.py
"""
# ruff: noqa: INP001 - a script, no package

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pycountry  # noqa: E402 - the path comes first
from babel import Locale, localedata  # type: ignore[import-not-found,unused-ignore]  # noqa: E402 - only this script needs it

from connector.domain.normalise.text import fold  # noqa: E402 - the path comes first

TARGET = ROOT / "connector/domain/normalise"
LANGUAGES = (
    *("af", "am", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et"),
    *("eu", "fa", "fi", "fil", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja"),
    *("ka", "kk", "km", "kn", "ko", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "my", "nb", "ne", "nl"),
    *("nn", "pa", "pl", "ps", "pt", "pt_PT", "ro", "ru", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta"),
    *("te", "th", "tr", "uk", "ur", "uz", "vi", "zh_Hans", "zh_Hant", "zu"),
)
_PARENTHESIS = re.compile(r"^(.+?)\s*[(\uff08](.+?)[)\uff09]\s*$")


def country_names() -> dict[str, object]:
    """Return the ISO codes and, by country, the folded names that name no other country."""
    codes = {c.alpha_2: c.alpha_3 for c in pycountry.countries}
    codes["XK"] = "XKX"  # Kosovo: not in ISO 3166-1, but everywhere in CLDR and phone metadata
    cldr: dict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            for spelling in _spellings(name) if code in codes else ():
                cldr[spelling].add(code)
    iso: dict[str, set[str]] = defaultdict(set)
    for country in pycountry.countries:
        for attribute in ("name", "official_name", "common_name"):
            if name := getattr(country, attribute, None):
                iso[fold(name)].add(country.alpha_2)
    names = {name: found for name, found in iso.items() if name not in cldr} | cldr
    by_code: dict[str, list[str]] = {code: [] for code in sorted(codes)}
    for name, found in sorted(names.items()):
        if len(found) == 1:
            by_code[min(found)].append(name)
        else:
            sys.stderr.write(f"ambiguous, left out: {name!r} {sorted(found)}\n")
    return {"alpha_3": {three: two for two, three in sorted(codes.items())}, "names": by_code}


def _spellings(name: str) -> set[str]:
    """Return the folded name and, of 'Myanmar (Burma)', also the first part."""
    found = {fold(name)}
    if match := _PARENTHESIS.match(name):
        found.add(fold(match[1]))
    return found


def date_orders() -> dict[str, str]:
    """Return the order of day, month and year in short dates, by language and where a territory differs."""
    orders: dict[str, str] = {}
    for name in sorted(localedata.locale_identifiers(), key=lambda n: (n.count("_"), n)):
        locale = Locale.parse(name)
        if locale.variant or (locale.script and locale.language != "zh"):
            continue  # the language itself stands for its usual script; CLDR always names the Chinese one
        pattern = re.sub("'[^']*'", "", locale.date_formats["short"].pattern)
        order = "".join(dict.fromkeys(c.lower() for c in pattern if c in "dMy"))
        key = "_".join(part for part in (locale.language, locale.territory) if part)
        if orders.get(locale.language) != order:
            orders.setdefault(key, order)
    return dict(sorted(orders.items()))


def main() -> None:
    """Write both tables."""
    for file, table in (("country_names.json", country_names()), ("date_orders.json", date_orders())):
        text = json.dumps(table, ensure_ascii=False, indent=0, separators=(",", ":"))
        (TARGET / file).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
