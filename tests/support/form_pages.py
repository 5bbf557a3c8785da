"""Sample pages of forms and their mappings."""

from datetime import timedelta

from connector.domain.lead import ConsentCheckbox, FormId, PageId, Question, QuestionOption
from connector.domain.mapping.forms import KnownForm
from connector.domain.mapping.rules import FormMapping, OptInRule, Rule
from connector.web.dashboard.mapping_form import opt_in_rows, rule_rows
from connector.web.dashboard.views import (
    ChangeLine,
    FormPage,
    FormRow,
    Forms,
    PastCount,
    PastProgress,
    PreviewRow,
    VersionRow,
)
from support.times import NOW

ROOT = "/w/main/forms"
FORM = KnownForm(
    id=FormId("300"),
    page_id=PageId("100"),
    page_name="Harbour Homes",
    name="Book a viewing",
    status="ACTIVE",
    is_connected=True,
    is_live=True,
    created_ms=None,
    successor_of=None,
    questions=(
        Question(key="full_name", type="FULL_NAME", label="Full name"),
        Question(key="email", type="EMAIL", label="E-mail"),
        Question(key="best_number", type="CUSTOM", label="The best number to reach you on"),
        Question(key="what_is_your_budget", type="CUSTOM", label="What is your budget?"),
        Question(
            key="when_do_you_want_to_move",
            type="CUSTOM",
            label="When do you want to move?",
            options=(
                QuestionOption(key="now", label="As soon as possible"),
                QuestionOption(key="three_months", label="Within three months"),
                QuestionOption(key="looking", label="Only looking"),
            ),
        ),
    ),
    checkboxes=(ConsentCheckbox(key="news", text="Send me new homes by e-mail"),),
    hidden=("partner_code",),
    is_asked_known=True,
    current=None,
)
MAPPING = FormMapping(
    rules=(
        Rule(question="best_number", to="phone", on_problem="park"),
        Rule(question="what_is_your_budget", to="custom", key="deal_amount", type="number"),
        Rule(
            question="when_do_you_want_to_move",
            to="custom",
            key="urgency",
            type="choice",
            options=(("now", "HOT"), ("three_months", "WARM")),
            on_problem="drop",
        ),
    ),
    opt_ins=(OptInRule(checkbox="news", opt_in="newsletter"),),
)
ROWS = rule_rows(FORM, MAPPING, {})
OPT_INS = opt_in_rows(FORM, MAPPING, {})
VERSIONS = (
    VersionRow(version=2, rules=3, saved_at=NOW - timedelta(hours=4), saved_by="Asha Rao"),
    VersionRow(
        version=1,
        rules=2,
        saved_at=NOW - timedelta(days=3),
        saved_by="this connector",
        origin="299",
        origin_href=f"{ROOT}/299",
    ),
)
FORMS = Forms(
    rows=(
        FormRow(
            id="300",
            name="Book a viewing",
            page_name="Harbour Homes",
            state="live",
            questions=5,
            version=2,
            rules=3,
        ),
        FormRow(
            id="301",
            name="Book a viewing, autumn",
            page_name="Harbour Homes",
            state="live",
            questions=5,
            version=1,
            rules=3,
            origin="300",
        ),
        FormRow(id="302", name="Value my home", page_name="Harbour Rentals", state="live", questions=None),
        FormRow(id="290", name="Open day", page_name="Harbour Homes", state="resting", questions=12),
        FormRow(id="280", name="Value my boat", page_name="Harbour Boats", state="left", questions=4),
    )
)
EDITED = FormPage(
    id="300",
    name="Book a viewing",
    page_name="Harbour Homes",
    state="live",
    version=2,
    rules=ROWS,
    opt_ins=OPT_INS,
    versions=VERSIONS,
    progress=PastProgress(
        state="waiting",
        total=500,
        seen=120,
        changed=97,
        left_alone=2,
        failed=0,
        began_at=NOW - timedelta(minutes=1),
    ),
)
PREVIEWED = FormPage(
    id="301",
    name="Book a viewing, autumn",
    page_name="Harbour Homes",
    state="live",
    version=1,
    rules=rule_rows(FORM, MAPPING, {"q3": ("The field's name must be a text, of one line and not empty.",)}),
    opt_ins=OPT_INS,
    splits=True,
    mistakes=("/extra is not known here; known are opt_ins, rules, split_full_name.",),
    preview=(
        PreviewRow(
            lead_id="44003",
            received_at=NOW - timedelta(minutes=20),
            changes=(
                ChangeLine(name="Phones", before=None, after="+351 912 345 678"),
                ChangeLine(name="what_is_your_budget", before="450.000 €", after=None),
                ChangeLine(name="deal_amount", before=None, after="450000"),
            ),
        ),
        PreviewRow(
            lead_id="44002",
            received_at=NOW - timedelta(hours=2),
            parked="The answer to “best_number” cannot go to phone: it is no phone number that can be called.",
        ),
        PreviewRow(lead_id="44001", received_at=NOW - timedelta(days=1)),
    ),
    preview_count=PastCount(leads=2400, looked_at=1000, changed=730, left_alone=3, failed=2, is_whole=False),
    versions=VERSIONS[1:],
    origin="300",
    origin_href=f"{ROOT}/300",
)
COUNTED = FormPage(
    id="300",
    name="Book a viewing",
    page_name="Harbour Homes",
    state="live",
    version=2,
    rules=ROWS,
    opt_ins=OPT_INS,
    versions=VERSIONS,
    count=PastCount(leads=1, looked_at=1, changed=1, left_alone=1, failed=0, is_whole=True),
    progress=PastProgress(
        state="done", total=5, seen=5, changed=1, left_alone=1, failed=1, began_at=NOW - timedelta(days=1)
    ),
)
UNKNOWN = FormPage(
    id="302",
    name="Value my home",
    page_name="Harbour Rentals",
    state="resting",
    version=0,
    is_asked_known=False,
)
