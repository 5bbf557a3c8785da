"""The mapping as a person fills it in: rows of a page, and the fields that a browser sends back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from connector.domain.lead import Question
from connector.domain.mapping.forms import KnownForm
from connector.domain.mapping.reading import Mistake
from connector.domain.mapping.rules import FieldType, FormMapping, OptInRule, Policy, Rule, Target
from connector.domain.normalise.answers import comparable, is_hidden, usual_target
from connector.web.dashboard.views import ChoiceRow, OptInRow, Option, RuleRow

ROWS_MAX = 400
_HIDDEN = "HIDDEN"
"""The kind of a field that no person sees, as rows of the page have it."""

TARGETS: Mapping[Target, str] = {
    "full_name": "Full name",
    "given_name": "First name",
    "family_name": "Last name",
    "email": "E-mail",
    "work_email": "Work e-mail",
    "phone": "Phone",
    "work_phone": "Work phone",
    "whatsapp": "WhatsApp number",
    "street_address": "Street",
    "locality": "City",
    "region": "State or province",
    "postal_code": "Postal code",
    "country": "Country",
    "birthday": "Birthday",
    "gender": "Gender",
    "organization": "Organisation",
    "job_title": "Job title",
}
_TYPES: Mapping[FieldType, str] = {
    "text": "Text",
    "number": "Number",
    "date": "Date",
    "boolean": "Yes or no",
    "choice": "Choice",
}
_POLICIES: Mapping[Policy, str] = {
    "keep": "Keep it, with a flag",
    "drop": "Leave the field empty",
    "park": "Park the lead for a person",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was sent: `raw` is the mapping as JSON values, `rows` the input row of each of its rules."""

    raw: Mapping[str, Any] = field(repr=False)
    rows: tuple[str, ...]
    boxes: tuple[str, ...]


def typed_in(fields: Mapping[str, str]) -> Typed:
    """Return the mapping that the fields describe; whether it is one is decided by whoever reads it. Total."""
    rules: list[dict[str, Any]] = []
    rows: list[str] = []
    for row in _named(fields, "q"):
        to = fields.get(f"{row}.to", "")
        if to:
            rules.append(_rule(fields, row, to))
            rows.append(row)
    boxes = [row for row in _named(fields, "c") if fields.get(f"{row}.opt_in", "").strip()]
    opt_ins = [{"checkbox": fields[row], "opt_in": fields[f"{row}.opt_in"]} for row in boxes]
    raw = {"rules": rules, "opt_ins": opt_ins, "split_full_name": fields.get("split_full_name") == "yes"}
    return Typed(raw=raw, rows=tuple(rows), boxes=tuple(boxes))


def _named(fields: Mapping[str, str], letter: str) -> list[str]:
    return [row for n in range(ROWS_MAX) if (row := f"{letter}{n}") in fields]


def _rule(fields: Mapping[str, str], row: str, to: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "question": fields[row],
        "to": to,
        "on_problem": fields.get(f"{row}.on_problem", "keep"),
    }
    if to == "custom":
        kind = fields.get(f"{row}.type", "text")
        rule |= {"key": fields.get(f"{row}.key", ""), "type": kind}
        if kind == "choice":
            options = {
                fields[option]: value
                for option in _named_under(fields, row)
                if (value := fields.get(f"{option}.value", "").strip())
            }
            rule["options"] = options
    return rule


def _named_under(fields: Mapping[str, str], row: str) -> list[str]:
    return [name for n in range(ROWS_MAX) if (name := f"{row}.o{n}") in fields]


def rule_rows(
    form: KnownForm, mapping: FormMapping, errors: Mapping[str, Sequence[str]]
) -> tuple[RuleRow, ...]:
    """Return a row for each question and hidden field, with its rule. `errors` by row."""
    rules = {comparable(rule.question): rule for rule in mapping.rules}
    asked = {comparable(one.key): one for one in reversed(form.questions)}
    hidden = [Question(key=key, type=_HIDDEN) for key in form.hidden if comparable(key) not in asked]
    questions = [*reversed(asked.values()), *hidden]
    return tuple(
        _row(f"q{n}", question, rules.get(comparable(question.key)), errors.get(f"q{n}", ()))
        for n, question in enumerate(questions[:ROWS_MAX])
    )


def _row(name: str, question: Question, rule: Rule | None, errors: Sequence[str]) -> RuleRow:
    told = _usual(question)
    chosen = rule.to if rule else ""
    goes_to = told if rule is None else rule.key if rule.to == "custom" else TARGETS[rule.to]
    return RuleRow(
        name=name,
        question=question.key,
        label=question.label or question.key,
        kind=_kind(question),
        targets=_options({"": f"As usual: {told}", "custom": "A field of your CRM…", **TARGETS}, chosen),
        types=_options(_TYPES, rule.type if rule else "choice" if question.options else "text"),
        policies=_options(_POLICIES, rule.on_problem if rule else "keep"),
        key=rule.key if rule and rule.key else question.key,
        choices=_choices(name, question, rule),
        errors=tuple(errors),
        goes_to=goes_to,
    )


def _choices(name: str, question: Question, rule: Rule | None) -> tuple[ChoiceRow, ...]:
    """Return the question's options, and those that only the rule knows."""
    values = {comparable(option): value for option, value in rule.options} if rule else {}
    rows: list[tuple[str, str, str]] = []
    for option in question.options:
        value = values.pop(comparable(option.key), None) or values.pop(comparable(option.label), None) or ""
        rows.append((option.key, option.label or option.key, value))
    rest = (
        [(option, option, value) for option, value in rule.options if comparable(option) in values]
        if rule
        else []
    )
    return tuple(
        ChoiceRow(name=f"{name}.o{n}", option=key, label=label, value=value)
        for n, (key, label, value) in enumerate([*rows, *rest])
    )


def opt_in_rows(
    form: KnownForm, mapping: FormMapping, errors: Mapping[str, Sequence[str]]
) -> tuple[OptInRow, ...]:
    """Return a row for each checkbox of the form's disclaimer."""
    known = {comparable(one.checkbox): one.opt_in for one in mapping.opt_ins}
    return tuple(
        OptInRow(
            name=f"c{n}",
            checkbox=box.key,
            text=box.text or box.key,
            opt_in=known.get(comparable(box.key), ""),
            errors=tuple(errors.get(f"c{n}", ())),
        )
        for n, box in enumerate(form.checkboxes)
    )


def errors_by_row(mistakes: Sequence[Mistake], typed: Typed) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Return what is wrong by input row, and what is about no row."""
    found: dict[str, list[str]] = {}
    others: list[str] = []
    for mistake in mistakes:
        _, part, *rest = mistake.place.split("/")
        rows = typed.rows if part == "rules" else typed.boxes if part == "opt_ins" else ()
        at = int(rest[0]) if rest and rest[0].isdigit() else len(rows)
        if at >= len(rows):
            others.append(f"{mistake.place} {mistake.message}")
            continue
        what = _WHAT.get(rest[1] if len(rest) > 1 else "", "It")
        found.setdefault(rows[at], []).append(f"{what} {mistake.message}")
    return found, tuple(others)


_WHAT: Mapping[str, str] = {
    "key": "The field's name",
    "type": "The field's type",
    "options": "The options' values",
    "question": "The question",
    "to": "The target",
    "on_problem": "What to do with a misfit",
    "opt_in": "The opt-in's name",
}


def shown_raw(typed: Typed) -> FormMapping:
    """Return what was typed as far as it can be shown again, right or wrong. Total."""
    rules = []
    for given in typed.raw["rules"]:
        kind = given.get("type", "text")
        rules.append(
            Rule(
                question=given["question"],
                to=given["to"] if given["to"] in TARGETS else "custom",
                key=given.get("key", "").strip(),
                type=kind if kind in get_args(FieldType) else "text",
                options=tuple(given.get("options", {}).items()),
                on_problem=given["on_problem"] if given["on_problem"] in get_args(Policy) else "keep",
            )
        )
    opt_ins = tuple(OptInRule(**given) for given in typed.raw["opt_ins"])
    return FormMapping(rules=tuple(rules), opt_ins=opt_ins, split_full_name=typed.raw["split_full_name"])


def _usual(question: Question) -> str:
    """Return where an answer goes without a rule, as said to a person."""
    if question.type == _HIDDEN:
        if is_hidden(comparable(question.key)):
            return "where the lead came from"
        question = replace(question, type="")
    usual = usual_target(question)
    return TARGETS[usual] if usual else f"custom field {question.key}"


def _kind(question: Question) -> str:
    if question.type == _HIDDEN:
        return "Hidden field"
    if question.options:
        return f"{len(question.options)} options"
    return "Free text" if question.type in {"CUSTOM", ""} else question.type.replace("_", " ").capitalize()


def _options(labels: Mapping[Any, str], chosen: str) -> tuple[Option, ...]:
    return tuple(
        Option(value=value, label=label, is_chosen=value == chosen) for value, label in labels.items()
    )
