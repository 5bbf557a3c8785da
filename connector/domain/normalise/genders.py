"""Words for a gender, in English; others stay as answered."""

from connector.domain.contact import Gender

_GENDERS: dict[str, Gender] = {
    **dict.fromkeys(("male", "m", "man"), "male"),
    **dict.fromkeys(("female", "f", "woman"), "female"),
    **dict.fromkeys(("other", "o", "non binary", "nonbinary", "custom"), "other"),
}


def gender_of(text: str) -> Gender | None:
    """Return what the word says. Answers come as text or as a slug. Accents stay: ò is no abbreviation of other."""
    return _GENDERS.get(text.casefold().replace("-", " ").replace("_", " ").strip(". "))
