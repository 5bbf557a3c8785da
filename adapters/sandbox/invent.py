"""Invented people: plausible, several scripts and countries, mail only at the reserved example domains."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

MAIL_DOMAINS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True, slots=True)
class Country:
    """Where an invented person lives. In `phones` every # becomes a digit."""

    code: str
    prefix: str
    phones: tuple[str, ...]  # national significant numbers
    given: tuple[str, ...]
    family: tuple[str, ...]
    latin: tuple[str, ...]  # stems of mail addresses
    cities: tuple[str, ...]
    family_first: bool = False


COUNTRIES = (
    Country(
        "US", "1", ("2025550###", "4155550###"), ("Maya", "Owen", "Priya"),
        ("Testwell", "Sample", "O'Example"), ("maya", "owen", "priya"), ("Springfield", "Riverton"),
    ),
    Country(
        "GB", "44", ("740012####",), ("Isla", "Callum", "Nia"), ("Fakeley", "Mockford", "Ap Sampl"),
        ("isla", "callum", "nia"), ("Leeds", "Cardiff"),
    ),
    Country(
        "DE", "49", ("1522343####", "1755#####99"), ("Jürgen", "Käthe", "Björn"),
        ("Mustermann", "Müller-Beispiel"), ("juergen", "kaethe", "bjoern"), ("Köln", "Würzburg"),
    ),
    Country(
        "FR", "33", ("61234####",), ("Zoé", "Anaïs", "François"), ("Exemple", "D'Essai"),
        ("zoe", "anais", "francois"), ("Orléans", "Nîmes"),
    ),
    Country(
        "BR", "55", ("119912#####", "219876#####"), ("João", "Luíza", "Thaís"), ("Exemplo da Silva", "Teste"),
        ("joao", "luiza", "thais"), ("São Paulo", "Niterói"),
    ),
    Country(
        "RU", "7", ("916001####",), ("Анна", "Пётр", "Ольга"), ("Примерова", "Образцов"),
        ("anna", "petr", "olga"), ("Тверь", "Псков"),
    ),
    Country(
        "AE", "971", ("50123####",), ("ليلى", "سامي", "نور"), ("المثال", "التجربة"),
        ("layla", "sami", "nour"), ("دبي", "الشارقة"),
    ),
    Country(
        "JP", "81", ("9012######",), ("花子", "太郎"), ("見本", "例田"), ("hanako", "taro"),
        ("京都市", "札幌市"), family_first=True,
    ),
    Country(
        "IN", "91", ("98765#####",), ("आशा", "रवि", "Meera"), ("नमूना", "Udaharan"), ("asha", "ravi", "meera"),
        ("पुणे", "Kochi"),
    ),
)  # fmt: skip


def invent_answers(rng: random.Random, *, country: Country | None = None) -> dict[str, str]:
    """Return one person's answers under the usual keys: full_name, email, phone_number, city, country."""
    home = country or rng.choice(COUNTRIES)
    given, family = rng.choice(home.given), rng.choice(home.family)
    return {
        "full_name": _spelled(rng, f"{family} {given}" if home.family_first else f"{given} {family}"),
        "email": f"{rng.choice(home.latin)}.{rng.randrange(10**6)}@{rng.choice(MAIL_DOMAINS)}",
        "phone_number": invent_phone(rng, home),
        "city": rng.choice(home.cities),
        "country": home.code,
    }


def invent_phone(rng: random.Random, country: Country) -> str:
    """Return a number: mostly E.164 as prefilled by Meta, now and then as a person types it."""
    digits = "".join(str(rng.randrange(10)) if c == "#" else c for c in rng.choice(country.phones))
    spaced = " ".join((digits[:3], digits[3:6], digits[6:]))
    return _weighted(
        rng,
        (
            f"+{country.prefix}{digits}",
            f"00{country.prefix} {spaced}",
            f"+{country.prefix} ({digits[:3]}) {digits[3:]}",
        ),
    )


def _spelled(rng: random.Random, name: str) -> str:
    """People shout, whisper and leave spaces behind."""
    return _weighted(rng, (name, name.upper(), f"{name} "))


def _weighted(rng: random.Random, choices: Sequence[str]) -> str:
    """Return the first choice eight times in ten."""
    return choices[0] if rng.random() < 0.8 else rng.choice(choices)  # noqa: PLR2004 - as said
