"""What must hold for every mapping and every lead: nothing is lost, nothing is decided twice differently."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.contact import Contact, MappedField
from connector.domain.lead import Answer, Form, FormId, Lead, LeadId, Question, QuestionOption
from connector.domain.mapping.differences import shown_fields
from connector.domain.mapping.reading import Asked, read_mapping
from connector.domain.mapping.remapping import remapped
from connector.domain.mapping.rules import NO_MAPPING, FormMapping, OptInRule, Rule, Target
from connector.domain.merging import merge
from connector.domain.normalise import normalise, normalised
from connector.domain.normalise.answers import comparable
from connector.domain.normalise.text import clean, said
from connector.domain.normalise.typed_values import plain_value
from connector.wire.contact import contact_from_json, contact_json
from connector.wire.mapping import mapping_from_json, mapping_json

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 9, 2, 12, tzinfo=UTC)
QUESTIONS = [
    "full_name",
    "email",
    "phone_number",
    "city",
    "date_of_birth",
    "utm_source",
    "which_course",
    "budget",
]
"""Few, so that rules and answers meet."""
ANSWERS = [
    *("Asha Rao", "RAVI", "王小明", "98765 43210", "+91 98765 43210", "022 2778 1234 ext. 12", "N/A", "."),
    *("asha@example.com", "Asha <ASHA@example.com>", "asha@gmial.com", "India", "Deutschland", "Maharashtra"),
    *("411001.0", "sw1a 1aa", "1990-03-04", "03/04/1990", "19 avril 1987", "male", "masculino", "Engineer"),
    *("1.200,50", "12,00,000", "yes", "no", "gold", "Gold plan", "2026-12-24", "twelve", " ", ""),
]
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FORM = Form(
    id=FormId("7"),
    locale="de_DE",
    questions=(
        Question(
            key="which_course",
            type="CUSTOM",
            label="Which?",
            options=(QuestionOption(key="gold", label="Gold plan"),),
        ),
        Question(key="budget", type="CUSTOM", label="Budget"),
        Question(key="full_name", type="FULL_NAME", label="Name"),
        Question(key="email", type="EMAIL", label="Mail"),
    ),
)

names = st.sampled_from(QUESTIONS) | st.sampled_from(QUESTIONS).map(str.upper)
targets = st.sampled_from(get_args(Target))
policies = st.sampled_from(["keep", "drop", "park"])
standard = st.builds(Rule, question=names, to=targets, on_problem=policies)
custom = st.builds(
    Rule,
    question=names,
    to=st.just("custom"),
    key=st.sampled_from(["crm_a", "crm_b"]),
    type=st.just("text"),
    on_problem=policies,
) | st.builds(
    Rule,
    question=names,
    to=st.just("custom"),
    key=st.sampled_from(["crm_number", "crm_date", "crm_boolean", "crm_choice"]),
    on_problem=policies,
)


def typed(rule: Rule) -> Rule:
    """Give a custom rule the type that its key names."""
    kind: Any = rule.key.removeprefix("crm_")
    if kind not in {"number", "date", "boolean", "choice"}:
        return rule
    options = (("gold", "GOLD"),) if kind == "choice" else ()
    return Rule(
        question=rule.question,
        to="custom",
        key=rule.key,
        type=kind,
        options=options,
        on_problem=rule.on_problem,
    )


mappings = st.builds(
    FormMapping,
    rules=st.lists(
        standard | custom.map(typed), max_size=6, unique_by=lambda rule: comparable(rule.question)
    ).map(tuple),
    opt_ins=st.lists(
        st.builds(OptInRule, checkbox=names, opt_in=names),
        max_size=2,
        unique_by=lambda one: comparable(one.checkbox),
    ).map(tuple),
    split_full_name=st.booleans(),
)
leads = st.builds(
    Lead,
    id=st.just(LeadId("1")),
    created_at=st.just(NOW),
    answers=st.lists(
        st.builds(
            Answer,
            name=st.sampled_from(QUESTIONS),
            values=st.lists(st.sampled_from(ANSWERS), max_size=3).map(tuple),
        ),
        max_size=8,
    ).map(tuple),
)


def under(lead: Lead, mapping: FormMapping, contact_id: str = "c1") -> Contact:
    made = normalised(lead, FORM, country_hint="IN", contact_id=contact_id, now=NOW, mapping=mapping)
    return made.contact


def told(contact: Contact) -> str:
    """Return every text of the contact, folded: what an answer may be found in."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for one in value.values():
                walk(one)
        elif isinstance(value, list | tuple):
            for one in value:
                walk(one)
        elif value is not None:
            found.append(clean(str(value)).casefold())

    walk(asdict(contact))
    return "\n".join(found)


@given(leads, mappings)
@settings(max_examples=300, deadline=None)
def test_no_mapping_loses_an_answer(lead: Lead, mapping: FormMapping) -> None:
    contact = under(lead, mapping)
    rules = {comparable(rule.question): rule for rule in mapping.rules}
    for answer in lead.answers:  # those without a rule are as without a mapping, which has its own properties
        rule = rules.get(comparable(answer.name))
        for value in filter(said, answer.values if rule else ()):
            assert rule is not None
            assert is_told(value, rule, contact), (answer, contact_json(contact))


def is_told(value: str, rule: Rule, contact: Contact) -> bool:
    """Whether the contact holds the answer, as written or in the spelling that its field gives it."""
    everything = told(contact)
    if clean(value).casefold() in everything:
        return True
    answer = Answer(name=rule.question, values=(value,))
    alone = shown_fields(
        under(Lead(id=LeadId("2"), created_at=NOW, answers=(answer,)), FormMapping(rules=(rule,)))
    )
    return bool(alone) and all(text.casefold() in everything for text in alone.values())


@given(leads, mappings)
@settings(deadline=None)
def test_applying_is_deterministic_and_survives_storing(lead: Lead, mapping: FormMapping) -> None:
    contact = under(lead, mapping)
    assert under(lead, mapping) == contact
    assert under(lead, mapping_from_json(mapping_json(mapping))) == contact
    assert contact_from_json(contact_json(contact)) == contact


@given(leads)
@settings(deadline=None)
def test_no_mapping_is_as_without(lead: Lead) -> None:
    contact = under(lead, NO_MAPPING)
    assert contact == normalise(lead, FORM, country_hint="IN", contact_id="c1", now=NOW)
    assert not any(isinstance(one, MappedField) for one in contact.custom_fields)


@given(leads, mappings, mappings)
@settings(max_examples=300, deadline=None)
def test_mapping_again_gives_what_mapping_at_first_gives(
    lead: Lead, old: FormMapping, new: FormMapping
) -> None:
    was, told_now = under(lead, old), under(lead, new)
    result = remapped(was, was, told_now, now=LATER)
    assert {one.key: set(one.values) for one in result.custom_fields} == {
        one.key: set(one.values) for one in told_now.custom_fields
    }
    for name in ("full_name", "organization", "job_title", "birthday", "gender"):
        assert getattr(result, name) == getattr(told_now, name)
    assert Counter(one.value or one.raw for one in result.emails) == Counter(
        one.value or one.raw for one in told_now.emails
    )
    assert set(result.flags) == set(told_now.flags)
    assert remapped(result, told_now, told_now, now=LATER) is result
    again = remapped(result, was, told_now, now=LATER)
    assert again == result, "twice is once"


@given(leads, leads, mappings, mappings)
@settings(max_examples=300, deadline=None)
def test_what_other_leads_told_and_people_edited_stays(
    lead: Lead, other: Lead, old: FormMapping, new: FormMapping
) -> None:
    was, told_now, foreign = under(lead, old), under(lead, new), under(other, NO_MAPPING, "c1")
    existing = merge(was, foreign, now=NOW)
    result = remapped(existing, was, told_now, others=[foreign], now=LATER)
    for email in foreign.emails:
        assert (email.value or email.raw) in {one.value or one.raw for one in result.emails}
    keys = {one.key for one in result.custom_fields}
    assert {one.key for one in foreign.custom_fields} <= keys
    edited = frozenset({"full_name", "organization", "custom_fields"})
    by_hand = merge(was, foreign, now=NOW, edited=edited)
    guarded = remapped(by_hand, was, told_now, others=[foreign], edited=edited, now=LATER)
    assert (guarded.full_name, guarded.organization) == (by_hand.full_name, by_hand.organization)
    before = {one.key: one for one in by_hand.custom_fields}
    assert all({one.key: one for one in guarded.custom_fields}[key] == before[key] for key in before)


@given(json_values, st.none() | st.just(Asked(questions=["budget"], checkboxes=["news"])))
def test_reading_is_total(raw: object, asked: Asked | None) -> None:
    read = read_mapping(raw, asked)
    if isinstance(read, FormMapping):
        assert read_mapping(json.loads(mapping_json(read)), asked) == read
    else:
        assert read
        assert all(one.message.endswith(".") for one in read)


rules_json = st.fixed_dictionaries(
    {},
    optional={
        name: json_values
        | st.sampled_from(["budget", "custom", "email", "choice", "text", "keep", "park", {"a": "b"}])
        for name in ("question", "to", "key", "type", "options", "on_problem", "more")
    },
)


@given(st.lists(rules_json, max_size=4), json_values)
def test_every_mistake_has_a_place_in_what_was_sent(rules: list[dict[str, Any]], rest: object) -> None:
    raw = {"rules": rules, "split_full_name": rest}
    read = read_mapping(raw)
    if isinstance(read, FormMapping):
        return
    for mistake in read:
        parts = mistake.place.split("/")[1:]
        assert parts[0] in raw
        assert len(parts) == 1 or int(parts[1]) < len(rules)


@given(
    st.sampled_from(["number", "date", "boolean"]), st.text(), st.sampled_from([None, "de_DE", "en_US", "??"])
)
def test_reading_a_value_is_total(kind: Any, text: str, locale: str | None) -> None:  # noqa: ANN401 - a Literal
    plain_value(kind, text, locale)
