"""A mapping as somebody sent it: read completely, every mistake named with its place. Total."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

from connector.domain.mapping.rules import FieldType, FormMapping, OptInRule, Policy, Rule, Target
from connector.domain.normalise.answers import comparable

_T = TypeVar("_T", Rule, OptInRule)

RULES_MAX = 300
OPTIONS_MAX = 500
NAME_CHARS_MAX = 200
VALUE_CHARS_MAX = 500
_NAMED_MAX = 20
"""Names of questions that a sentence lists."""

_TOP = frozenset({"rules", "opt_ins", "split_full_name"})
_RULE = frozenset({"question", "to", "key", "type", "options", "on_problem"})
_OPT_IN = frozenset({"checkbox", "opt_in"})
_TARGETS: tuple[Target, ...] = get_args(Target)
_TYPES: tuple[FieldType, ...] = get_args(FieldType)
_POLICIES: tuple[Policy, ...] = get_args(Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong. `place` is a JSON pointer (RFC 6901) into what was sent: `/rules/2/key`."""

    place: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form asks. `hidden` are fields that no person sees and whose answers come all the same."""

    questions: Collection[str] = ()
    hidden: Collection[str] = ()
    checkboxes: Collection[str] = ()


@dataclass(slots=True)
class _Reader:
    mistakes: list[Mistake] = field(default_factory=list)

    def wrong(self, place: str, message: str) -> None:
        self.mistakes.append(Mistake(place=place, message=message))

    def text(self, place: str, value: object, *, longest: int = NAME_CHARS_MAX) -> str:
        """Return a name without outer spaces; "" when it is none, and that is a mistake."""
        given = value.strip() if isinstance(value, str) else ""
        if not given or not given.isprintable():
            self.wrong(place, "must be a text, of one line and not empty.")
            return ""
        if len(given) > longest:
            self.wrong(place, f"must have at most {longest} characters.")
            return ""
        return given

    def one_of(self, place: str, value: object, known: tuple[Any, ...], default: Any) -> Any:  # noqa: ANN401 - one of `known`
        """Return the value when it is known; else the default, and that is a mistake."""
        if isinstance(value, str) and value in known:
            return value
        self.wrong(place, f"must be one of {', '.join(known)}.")
        return default

    def objects(
        self, place: str, value: object, names: frozenset[str]
    ) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield the objects of a list, each with its place; names that we do not know are mistakes."""
        if not isinstance(value, list):
            self.wrong(place, "must be a list.")
            return
        if len(value) > RULES_MAX:
            self.wrong(place, f"must have at most {RULES_MAX} members.")
            return
        for number, one in enumerate(value):
            at = f"{place}/{number}"
            if not isinstance(one, dict):
                self.wrong(at, "must be an object.")
                continue
            self.unknown(at, one, names)
            yield at, one

    def unknown(self, place: str, given: Mapping[str, object], names: frozenset[str]) -> None:
        for name in given:
            if name not in names:
                told = ", ".join(sorted(names))
                self.wrong(f"{place}/{_escaped(str(name))}", f"is not known here; known are {told}.")


def read_mapping(raw: object, asked: Asked | None = None) -> FormMapping | tuple[Mistake, ...]:
    """Return the mapping, or everything that is wrong with it.

    `asked` None: what the form asks is not known, so names are taken as they are.
    """
    reader = _Reader()
    if not isinstance(raw, dict):
        return (Mistake(place="", message="must be an object with `rules`."),)
    reader.unknown("", raw, _TOP)
    rules = _unique(
        reader,
        [(at, _rule(reader, at, one)) for at, one in reader.objects("/rules", raw.get("rules", []), _RULE)],
        "/question",
        lambda rule: rule.question,
    )
    opt_ins = _unique(
        reader,
        [
            (at, _opt_in(reader, at, one))
            for at, one in reader.objects("/opt_ins", raw.get("opt_ins", []), _OPT_IN)
        ],
        "/checkbox",
        lambda rule: rule.checkbox,
    )
    split = raw.get("split_full_name", False)
    if not isinstance(split, bool):
        reader.wrong("/split_full_name", "must be true or false.")
    _one_type_a_key(reader, rules)
    if asked is not None:
        _on_the_form(reader, rules, opt_ins, asked)
    if reader.mistakes:
        return tuple(reader.mistakes)
    return FormMapping(
        rules=tuple(rule for _, rule in rules),
        opt_ins=tuple(rule for _, rule in opt_ins),
        split_full_name=split is True,
    )


def _rule(reader: _Reader, at: str, given: Mapping[str, object]) -> Rule:
    question = reader.text(f"{at}/question", given.get("question"))
    to = reader.one_of(f"{at}/to", given.get("to"), (*_TARGETS, "custom"), "")
    on_problem = reader.one_of(f"{at}/on_problem", given.get("on_problem", "keep"), _POLICIES, "keep")
    if not to:
        return Rule(question=question, to="custom")
    if to != "custom":
        for name in ("key", "type", "options"):
            if given.get(name):
                reader.wrong(f"{at}/{name}", f"is of custom fields only; {to} has its own.")
        return Rule(question=question, to=to, on_problem=on_problem)
    kind = reader.one_of(f"{at}/type", given.get("type", "text"), _TYPES, "text")
    options = _options(reader, f"{at}/options", given.get("options") or {})
    if kind == "choice" and not options:
        reader.wrong(f"{at}/options", "must say which value each option becomes.")
    if kind != "choice" and options:
        reader.wrong(f"{at}/options", "is of the type choice only.")
    key = reader.text(f"{at}/key", given.get("key"))
    return Rule(question=question, to=to, key=key, type=kind, options=options, on_problem=on_problem)


def _options(reader: _Reader, place: str, given: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, dict) or len(given) > OPTIONS_MAX:
        reader.wrong(place, f"must be an object, option to value, of at most {OPTIONS_MAX}.")
        return ()
    found: dict[str, tuple[str, str]] = {}
    for option, value in given.items():
        at = f"{place}/{_escaped(str(option))}"
        name = reader.text(at, option, longest=VALUE_CHARS_MAX)
        if comparable(name) in found:
            reader.wrong(at, "is there twice.")
        found[comparable(name)] = name, reader.text(at, value, longest=VALUE_CHARS_MAX)
    return tuple(found.values())


def _opt_in(reader: _Reader, at: str, given: Mapping[str, object]) -> OptInRule:
    return OptInRule(
        checkbox=reader.text(f"{at}/checkbox", given.get("checkbox")),
        opt_in=reader.text(f"{at}/opt_in", given.get("opt_in")),
    )


def _unique(
    reader: _Reader, entries: list[tuple[str, _T]], member: str, name: Callable[[_T], str]
) -> list[tuple[str, _T]]:
    seen: set[str] = set()
    for at, one in entries:
        key = comparable(name(one))
        if key and key in seen:
            reader.wrong(f"{at}{member}", "has a rule already.")
        seen.add(key)
    return entries


def _one_type_a_key(reader: _Reader, rules: list[tuple[str, Rule]]) -> None:
    types: dict[str, FieldType] = {}
    for at, rule in rules:
        if rule.to == "custom" and types.setdefault(rule.key, rule.type) != rule.type:
            reader.wrong(f"{at}/type", f"differs from that of another rule for the field {rule.key}.")


def _on_the_form(
    reader: _Reader, rules: list[tuple[str, Rule]], opt_ins: list[tuple[str, OptInRule]], asked: Asked
) -> None:
    questions = {comparable(one) for one in asked.questions}
    known = questions | {comparable(one) for one in asked.hidden}
    ruled = {comparable(rule.question) for _, rule in rules}
    for at, rule in rules:
        if rule.question and comparable(rule.question) not in known:
            reader.wrong(
                f"{at}/question", f"is no question of this form. It asks: {_listed(asked.questions)}."
            )
        own = comparable(rule.question)
        if rule.to == "custom" and comparable(rule.key) in questions - ruled - {own}:
            reader.wrong(
                f"{at}/key", "is the key of another question, whose answers keep that name: map that one too."
            )
    boxes = {comparable(one) for one in asked.checkboxes}
    for at, one in opt_ins:
        if one.checkbox and comparable(one.checkbox) not in boxes:
            reader.wrong(
                f"{at}/checkbox", f"is no checkbox of this form. It has: {_listed(asked.checkboxes)}."
            )


def _listed(names: Collection[str]) -> str:
    shown = [*names][:_NAMED_MAX]
    more = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
