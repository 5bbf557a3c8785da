"""Forms of a workspace's Pages, and where the answers of one go."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from connector.web.dashboard.views.leads import Option
from connector.web.dashboard.views.words import FormState


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRow:
    """One form in the list. `rules` None: no mapping was ever saved; `origin`: the form that it was taken from.

    `state` is `live`, `resting`, or `left` when its Page was disconnected.
    """

    id: str
    name: str
    page_name: str
    state: FormState
    questions: int | None
    version: int = 0
    rules: int | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """Every form, live ones first. `is_cut`: there are more than a page holds."""

    template: ClassVar[str] = "forms.html"
    rows: tuple[FormRow, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRow:
    """One option of a question and the CRM's value for it: `<name>` carries the option, `<name>.value` the value."""

    name: str
    option: str
    label: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One question with its rule. `name` begins the names of its inputs (`q0`, `q0.to`, `q0.key`).

    `goes_to` says where its answers go, for who only reads; `errors` what is wrong with what was typed.
    """

    name: str
    question: str
    label: str
    kind: str
    targets: tuple[Option, ...]
    types: tuple[Option, ...]
    policies: tuple[Option, ...]
    key: str
    choices: tuple[ChoiceRow, ...] = ()
    errors: tuple[str, ...] = ()
    goes_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptInRow:
    """One checkbox and the opt-in that it sets: `<name>` carries the checkbox, `<name>.opt_in` the opt-in."""

    name: str
    checkbox: str
    text: str
    opt_in: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One field of a real lead before and after; None: it has no such value."""

    name: str
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One real lead under what was typed. `parked`: why it would wait for a person; `is_faulty`: our code broke."""

    lead_id: str
    received_at: datetime
    changes: tuple[ChangeLine, ...] = ()
    parked: str | None = None
    is_faulty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCount:
    """What applying a mapping to past leads would do. `is_whole` False: only the newest were looked at."""

    leads: int
    looked_at: int
    changed: int
    left_alone: int
    failed: int
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PastProgress:
    """How far past leads are read again."""

    state: str  # waiting, done, stopped
    total: int
    seen: int
    changed: int
    left_alone: int
    failed: int
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One saved version. `origin`: the form and version that it was taken over from."""

    version: int
    rules: int
    saved_at: datetime
    saved_by: str
    origin: str | None = None
    origin_href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """One form: POST `{root}/forms/<id>/mapping` with `version`, the inputs and `do` (`preview` or `save`).

    `preview` None: nothing was tried. `count`: asked for with `?past=1`; POST `…/apply` then applies, `…/stop` ends
    it. `origin`: the form that this one continues, while nobody has saved the mapping that it took over.
    """

    template: ClassVar[str] = "form.html"
    id: str
    name: str
    page_name: str
    state: FormState
    version: int
    is_asked_known: bool = True
    rules: tuple[RuleRow, ...] = ()
    opt_ins: tuple[OptInRow, ...] = ()
    splits: bool = False
    mistakes: tuple[str, ...] = ()
    preview: tuple[PreviewRow, ...] | None = None
    preview_count: PastCount | None = None
    count: PastCount | None = None
    progress: PastProgress | None = None
    versions: tuple[VersionRow, ...] = ()
    origin: str | None = None
    origin_href: str | None = None
