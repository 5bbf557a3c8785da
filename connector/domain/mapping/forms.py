"""A form as an admin maps it: what it asks, its mapping with its history, and what a new one would change."""

from dataclasses import dataclass, field

from connector.domain.audit import ActorKind
from connector.domain.lead import ConsentCheckbox, FormId, LeadId, PageId, Question
from connector.domain.mapping.differences import Difference
from connector.domain.mapping.reading import Asked
from connector.domain.mapping.rules import NO_MAPPING, FormMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMapping:
    """One version: who saved it and when. `origin`: the form and version that it was carried over from."""

    version: int
    mapping: FormMapping
    actor_kind: ActorKind
    actor: str
    actor_name: str | None = field(default=None, repr=False)
    saved_at_ms: int
    origin: FormId | None = None
    origin_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownForm:
    """A form of a workspace. `is_asked_known`: its questions were told; without that there are none here.

    `is_connected` False: its Page was disconnected, so that it brings no leads; its mapping waits for the Page.
    """

    id: FormId
    page_id: PageId
    page_name: str
    name: str | None
    status: str | None
    is_connected: bool
    is_live: bool
    created_ms: int | None
    successor_of: FormId | None
    questions: tuple[Question, ...]
    checkboxes: tuple[ConsentCheckbox, ...]
    hidden: tuple[str, ...]
    is_asked_known: bool
    current: StoredMapping | None

    @property
    def version(self) -> int:
        """Return the version in force, 0 without a mapping."""
        return self.current.version if self.current else 0

    @property
    def mapping(self) -> FormMapping:
        """Return the mapping in force."""
        return self.current.mapping if self.current else NO_MAPPING

    @property
    def asked(self) -> Asked | None:
        """Return what a mapping may name, None when that is not known."""
        if not self.is_asked_known:
            return None
        return Asked(
            questions=[one.key for one in self.questions],
            hidden=self.hidden,
            checkboxes=[one.key for one in self.checkboxes],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """Somebody saved another version meanwhile: nothing was written. `version` is the one in force."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A mapping is in force. `retried`: leads that the former one had parked go on under it."""

    stored: StoredMapping
    is_new: bool
    retried: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedLead:
    """One real lead under a draft. `parked`: why it would wait for a person; None: it becomes a contact.

    `is_faulty`: our own code broke on it, so nothing can be shown.
    """

    lead_id: LeadId
    received_at_ms: int
    changes: tuple[Difference, ...] = field(repr=False)
    parked: str | None = None
    is_faulty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemapCount:
    """What reading past leads again would do. `is_whole`: every lead was looked at, not only the newest ones.

    `left_alone`: leads that the mapping would park, or that cannot be read again: their contacts stay as they are.
    `failed`: leads that our own code broke on, whose contacts stay too.
    """

    leads: int
    looked_at: int
    contacts_changed: int
    left_alone: int
    failed: int
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RemapProgress:
    """How far reading past leads again is."""

    id: str
    state: str  # waiting, done, stopped
    total: int
    seen: int
    changed: int
    left_alone: int
    failed: int
    created_at_ms: int
    settled_at_ms: int | None
