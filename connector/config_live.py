"""Which settings may change while the daemon runs, and what a reload therefore takes over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connector.config_models import Settings, sections

LIVE = frozenset(
    {
        "facebook.app_secret",
        "facebook.previous_app_secrets",
        "facebook.verify_token",
        "crm.signing_secret",
        "crm.previous_signing_secrets",
        "log.level",
    }
)
"""What changes without a restart: every secret that an outsider changes together with us, and how much is logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reloaded:
    """What came of reading the settings anew: in force now, changed by it, and waiting for a restart."""

    settings: Settings
    changed: Sequence[str]
    waiting: Sequence[str]


def reloaded(running: Settings, fresh: Settings) -> Reloaded:
    """Return `running` with the live ones of `fresh`. Keys are `section.key`; no value is told."""
    differing = list(_differing(running, fresh))
    changed = [place for place in differing if place in LIVE]
    settings = running
    for place in changed:
        section, _, key = place.partition(".")
        value = getattr(getattr(fresh, section), key)
        updated = getattr(settings, section).model_copy(update={key: value})
        settings = settings.model_copy(update={section: updated})
    return Reloaded(
        settings=settings, changed=changed, waiting=[place for place in differing if place not in LIVE]
    )


def _differing(running: Settings, fresh: Settings) -> Iterator[str]:
    for section, kind in sections().items():
        before, after = getattr(running, section), getattr(fresh, section)
        for key in kind.model_fields:
            if getattr(before, key) != getattr(after, key):
                yield f"{section}.{key}"
