"""Sample pages of the dashboard: a busy workspace, an empty one, and one whose texts are hostile."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from connector.web.dashboard.views import (
    AlertLine,
    AlertRow,
    Alerts,
    AuditLog,
    AuditRow,
    Backups,
    Check,
    ChoosePages,
    ConnectChoice,
    Connected,
    ConnectionCard,
    Connections,
    ConnectStart,
    DataUse,
    DayCount,
    Deliveries,
    DeliveryRow,
    Destination,
    DisconnectPreview,
    Fact,
    Flash,
    Forms,
    ImportGroup,
    ImportLine,
    ImportPlan,
    LeadRow,
    Leads,
    LeadTrace,
    LinkSignIn,
    Message,
    NewLink,
    Option,
    Overview,
    PageChoice,
    PageFate,
    PageLine,
    PageProof,
    Paging,
    ParkedRow,
    PastConnection,
    People,
    PersonRow,
    PrivacyRequest,
    ProofDifference,
    ProofPage,
    ProofRow,
    Quarantine,
    QuarantineRow,
    Reading,
    ReadPage,
    RepairCard,
    RepairInput,
    Repairs,
    Section,
    SessionLine,
    Settings,
    SetupStep,
    SharedUse,
    Shell,
    SignIn,
    Speed,
    TestLead,
    TraceStep,
    TrialHop,
    TrialRun,
    View,
    Waiting,
    Withheld,
    WorkspaceLink,
    navigation,
)
from support import backup_pages
from support.call_pages import CALLS, NO_CALLS
from support.form_pages import COUNTED, EDITED, FORMS, PREVIEWED, UNKNOWN
from support.times import NOW

ROOT = "/w/main"
HOSTILE = '<script>alert("x")</script>\'"&{{ 7*7 }} \u202e\u05d0\u05d1\u05d2 👩‍👩‍👧‍👦 ' + "Unbreakable" * 14


def ago(**apart: float) -> datetime:
    return NOW - timedelta(**apart)


def ahead(**apart: float) -> datetime:
    return NOW + timedelta(**apart)


def shell(section: Section | None = "overview", **given: Any) -> Shell:  # noqa: ANN401 - a shell's own fields
    filled: dict[str, Any] = {
        "csrf_token": "csrf-f00d",
        "path": f"{ROOT}/{section or ''}",
        "viewer_name": "Asha Rao",
        "viewer_email": "asha@harbour.example",
        "role": "owner",
        "workspace": "Harbour Homes",
        "workspaces": (
            WorkspaceLink(name="Harbour Homes", href="/w/main", is_current=True),
            WorkspaceLink(name="Harbour Rentals", href="/w/rentals"),
        ),
        "root": ROOT,
        "section": section,
        "nav": navigation(
            ROOT, {"alerts": 2, "connections": 1, "quarantine": 1}, frozenset(("alerts", "connections"))
        ),
    }
    return Shell(**{**filled, **given})


SIGNED_OUT = Shell(csrf_token="csrf-f00d", path="/sign-in")
LOST = AlertLine(
    title="Facebook account Marta Lind must be reconnected: 25 leads wait.",
    severity="critical",
    raised_at=ago(hours=3),
    action_href="/connect/facebook/start?connection=c2",
    action_label="Reconnect",
)
EXPIRING = replace(LOST, title="Consent of Asha Rao ends in 7 days.", severity="warning")
ALERTED = shell(alerts=(LOST, EXPIRING))

CHECKS = (
    Check(name="token", outcome="ok", detail="Valid, no end date.", checked_at=ago(minutes=42)),
    Check(name="permissions", outcome="ok", detail="All 7 given.", checked_at=ago(minutes=42)),
    Check(name="page_task", outcome="ok", detail="Advertise on 4 of 4 Pages.", checked_at=ago(minutes=42)),
    Check(name="leads_access", outcome="ok", detail="Readable on 4 of 4.", checked_at=ago(minutes=41)),
    Check(name="subscription", outcome="ok", detail="leadgen on 4 of 4.", checked_at=ago(minutes=41)),
)
LOST_CHECKS = (
    Check(
        name="token",
        outcome="failed",
        detail="Facebook: the password was changed (190/460).",
        remedy="Reconnect the account.",
        checked_at=ago(hours=3),
    ),
    *(replace(check, outcome="unknown", detail=None, checked_at=ago(hours=27)) for check in CHECKS[1:]),
)
GOOGLE_CHECKS = (
    Check(name="token", outcome="ok", detail="Refreshed, good for 52 minutes.", checked_at=ago(minutes=8)),
    Check(name="scope", outcome="ok", detail="drive.file given.", checked_at=ago(minutes=8)),
    Check(name="folder", outcome="ok", detail="“Call logs” is writable.", checked_at=ago(minutes=8)),
    Check(
        name="quota",
        outcome="failed",
        detail="14.9 of 15 GB used.",
        remedy="Free space or choose another account.",
        remedy_href="https://one.google.com/storage",
        checked_at=ago(minutes=8),
    ),
    Check(name="account", outcome="ok", detail="backups@harbour.example", checked_at=ago(minutes=8)),
)
NO_ACCESS = PageLine(
    id="p4",
    name="Harbour Homes Lisbon",
    state="no_lead_access",
    reason="This app is not an assigned CRM in Leads Access Manager.",
    remedy="In Business settings, Leads access, CRMs: assign Leads Connector to this Page.",
    waiting=3,
    checks=(
        Check(
            name="leads_access",
            outcome="failed",
            detail="App has no leads permission.",
            remedy="Assign the CRM.",
            remedy_href="https://business.facebook.com/settings/leads-accesses",
            checked_at=ago(minutes=41),
        ),
        *CHECKS[4:],
    ),
)
PAGES_OF_ASHA = (
    PageLine(id="p1", name="Harbour Homes", state="ok", last_lead_at=ago(minutes=4), standby="Marta Lind"),
    PageLine(id="p2", name="Harbour Homes Porto", state="ok", last_lead_at=ago(hours=5)),
    PageLine(id="p3", name="Harbour Homes Faro", state="ok"),
    NO_ACCESS,
)
ASHA = ConnectionCard(
    id="c1",
    provider="facebook",
    account_name="Asha Rao",
    health="degraded",
    health_since=ago(days=2),
    reason="1 of 4 Pages cannot be read: leads access is missing.",
    remedy="Assign this app as CRM for Harbour Homes Lisbon; the Page below says where.",
    checks=(
        *CHECKS[:3],
        replace(CHECKS[3], outcome="failed", detail="Missing on 1 of 4.", remedy="See the Page below."),
        CHECKS[4],
    ),
    pages=PAGES_OF_ASHA,
    ends_at=ahead(days=41),
    connected_by="Asha Rao",
    connected_at=ago(days=19),
    reconnect_href="/connect/facebook/start?connection=c1",
    disconnect_href=f"{ROOT}/connections/c1/disconnect",
)
MARTA = ConnectionCard(
    id="c2",
    provider="facebook",
    account_name="Marta Lind",
    health="reconnect",
    health_since=ago(hours=3),
    reason="The token died: the password was changed.",
    remedy="Reconnect as Marta Lind. Mapping, history and queue stay as they are.",
    checks=LOST_CHECKS,
    pages=(
        PageLine(id="p5", name="Harbour Rentals", state="auth_lost", reason="Token dead.", waiting=25),
        replace(PAGES_OF_ASHA[0], standby=None, read_through="Asha Rao"),
    ),
    waiting=Waiting(count=25, since=ago(hours=3), drops_at=ahead(days=89, hours=21)),
    connected_by="Marta Lind",
    connected_at=ago(days=80),
    reconnect_href="/connect/facebook/start?connection=c2",
    disconnect_href=f"{ROOT}/connections/c2/disconnect",
)
BACKUPS = ConnectionCard(
    id="c3",
    provider="google",
    account_name="backups@harbour.example",
    health="healthy",
    health_since=ago(days=12),
    checks=GOOGLE_CHECKS,
    connected_by="Asha Rao",
    connected_at=ago(days=12),
    reconnect_href="/connect/google/start?connection=c3",
    disconnect_href=f"{ROOT}/connections/c3/disconnect",
)
LEAVING = replace(
    BACKUPS,
    id="c4",
    account_name="old@harbour.example",
    health="disconnecting",
    health_since=ago(minutes=2),
    checks=(),
    undoing="Google does not answer; taking the grant back is tried again in 4 minutes.",
    reconnect_href=None,
    disconnect_href=None,
)
NAMES = ("Ines Duarte", "Tomás Ferreira", "Yuki Tanaka", "Olu Adeyemi", None, "Chloé Martin", "Dev Patel")
LEADS = tuple(
    LeadRow(
        id=f"4400{number}",
        received_at=ago(minutes=4 + 37 * number),
        name=NAMES[number % 7],
        form_name=("Book a viewing", "Price list", "Free valuation")[number % 3],
        page_name=("Harbour Homes", "Harbour Rentals", "Harbour Homes Porto")[number % 3],
        state=("delivered", "sending", "delivered", "parked", "held", "delivered", "test", "delivered")[
            number % 8
        ],
        drops_at=ahead(days=87) if number % 8 == 4 else None,
        reason={3: "The CRM refused the contact: phone is not valid.", 4: "Waits for Marta Lind."}.get(
            number % 8
        ),
    )
    for number in range(16)
)
OPEN_ALERT = AlertRow(
    id="a1",
    severity="critical",
    title="Facebook account Marta Lind must be reconnected",
    remedy="25 leads wait since 06:30 UTC. They go on by themselves after consent.",
    raised_at=ago(hours=3),
    mailed_at=ago(hours=2.9),
    action_href="/connect/facebook/start?connection=c2",
    action_label="Reconnect",
)
PAGE_ALERT = AlertRow(
    id="a2",
    severity="warning",
    title="Harbour Homes Lisbon cannot be read",
    remedy="Assign this app as CRM in Leads Access Manager.",
    raised_at=ago(days=2),
    action_href=f"{ROOT}/connections",
    action_label="See the Page",
)
PAST_ALERT = replace(OPEN_ALERT, id="a3", raised_at=ago(days=9), resolved_at=ago(days=8.9))
COUNTS = (12, 18, 9, 4, 2, 21, 26, 19, 22, 17, 5, 3, 31, 14)
DAYS = tuple(
    DayCount(day=date(2026, 11, 11) + timedelta(days=place), count=count)
    for place, count in enumerate(COUNTS)
)
SETUP = (
    SetupStep(
        label="Connect Facebook",
        text="Choose the Pages whose leads you want.",
        href=f"{ROOT}/connect",
        action="Connect",
    ),
    SetupStep(
        label="Tell us where your CRM is",
        text="An operator sets crm.url; contacts go there, signed.",
        href=f"{ROOT}/deliveries",
        action="See deliveries",
    ),
    SetupStep(
        label="Send a test lead",
        text="Meta's Lead Ads Testing Tool makes one for you.",
        href=f"{ROOT}/leads",
        action="See leads",
    ),
)
OVERVIEW = Overview(
    leads_today=14,
    leads_7_days=131,
    waiting=28,
    waiting_since=ago(hours=3),
    held=25,
    parked=2,
    delivered_7_days=1_127,
    speed_day=Speed(p50_s=0.84, p95_s=2.31, within_percent=99.2, is_kept=True),
    speed_week=Speed(p50_s=0.91, p95_s=14.2, within_percent=93.4, is_kept=False),
    connections=(MARTA, ASHA, BACKUPS),
    alerts=(OPEN_ALERT, PAGE_ALERT),
    latest=LEADS[:6],
    per_day=DAYS,
    backups=(backup_pages.LOST, backup_pages.NIGHTLY),
    has_google=True,
)
FACEBOOK_CHOICE = ConnectChoice(
    provider="facebook",
    start_href="/connect/facebook/start?workspace=main",
    asks="Harbour Homes Ltd, through its app “Leads Connector”.",
    data=(
        DataUse(what="Your Pages", why="to let you choose whose leads come in."),
        DataUse(what="Leads of the forms", why="to make each a contact in your CRM."),
        DataUse(what="Ads and campaigns", why="to say which ad brought a lead. Nothing is ever changed."),
    ),
    goes_to="To this server and on to your CRM at crm.harbour.example. Nobody else sees it.",
)
GOOGLE_CHOICE = ConnectChoice(
    provider="google",
    start_href="/connect/google/start?workspace=main",
    asks="Harbour Homes Ltd, through its app “Leads Connector”.",
    data=(
        DataUse(what="Your e-mail address", why="to show which account this is."),
        DataUse(
            what="Files that this app makes in Drive",
            why="to keep backups of your call logs. It sees none of your other files.",
        ),
    ),
    goes_to="Call logs go from this server to a folder in your own Drive.",
)
MANY_PAGES = tuple(
    PageChoice(
        id=f"{1000 + number}",
        name=f"{('Harbour Homes', 'Quay Rentals', 'Seaside Stays', 'Old Town Lofts')[number % 4]} {number:03}",
        missing="You lack the task “Advertise” on this Page: ask its admin." if number % 41 == 7 else None,
        note="Already connected by Marta Lind." if number % 29 == 3 else None,
        is_chosen=number % 9 == 0,
    )
    for number in range(260)
)
WITHHELD = (
    Withheld(name="leads_retrieval", consequence="Leads cannot be read without it."),
    Withheld(name="pages_manage_ads", consequence="Earlier leads cannot be listed.", is_blocking=False),
)
TRACE = LeadTrace(
    lead=replace(LEADS[3], name="Olu Adeyemi"),
    steps=(
        TraceStep(
            at=ago(minutes=115),
            title="Facebook told us",
            text="Signed notice, stored before it was answered.",
            icon="bell",
            facts=(Fact(name="via", value="webhook"), Fact(name="answered in", value="9 ms")),
        ),
        TraceStep(
            at=ago(minutes=114.9), title="Read from Facebook", icon="download", tone="good", text="1 attempt."
        ),
        TraceStep(
            at=ago(minutes=114.9), title="Form “Book a viewing”", icon="form", text="4 questions mapped."
        ),
        TraceStep(
            at=ago(minutes=114.9),
            title="New contact",
            icon="person",
            text="No contact had this phone or e-mail.",
        ),
        TraceStep(
            at=ago(minutes=114.8),
            title="Sent to the CRM",
            icon="send",
            tone="warning",
            text="No answer in time; tried again.",
            facts=(Fact(name="attempt", value="1"), Fact(name="took", value="10.0 s")),
        ),
        TraceStep(
            at=ago(minutes=114.6),
            title="The CRM refused it",
            icon="cross",
            tone="bad",
            text="phone: is not a valid number.",
            facts=(Fact(name="attempt", value="2"), Fact(name="status", value="422")),
        ),
        TraceStep(at=None, title="Waits for a person"),
    ),
    answers=(
        Fact(name="Full name", value="Olu Adeyemi"),
        Fact(name="E-mail", value="olu@post.example"),
        Fact(name="Phone", value="12"),
        Fact(name="Which homes interest you?", value="Two bedrooms, Sea view"),
        Fact(name="Anything else?", value=""),
    ),
    contact=(Fact(name="Contact", value="ct_01HZX"), Fact(name="E-mail", value="olu@post.example")),
    ids=(Fact(name="Campaign", value="Autumn viewings"), Fact(name="Ad", value="Sea view, video")),
    next_step="Correct the number in your CRM's rules or the form, then replay this lead.",
    may_replay=True,
)
STATES = (
    Option(value="", label="All", is_chosen=True),
    Option(value="parked", label="Parked"),
    Option(value="held", label="Held for account"),
)
DELIVERIES = tuple(
    DeliveryRow(
        event_id=f"e{number}",
        sequence=4_120 - number,
        type="contact.created" if number % 3 else "contact.updated",
        lead_id=f"4400{number}" if number != 5 else None,
        state=("delivered", "waiting", "delivered", "parked", "delivered")[number % 5],
        attempts=(1, 3, 1, 2, 1)[number % 5],
        last_status=(201, 503, 200, 422, 200)[number % 5],
        reason={1: "The CRM asked to wait.", 3: "phone: is not a valid number."}.get(number % 5),
        due_at=ahead(minutes=2) if number % 5 == 1 else None,
        settled_at=None if number % 5 == 1 else ago(minutes=4 + 9 * number),
        is_replay=number == 2,
    )
    for number in range(12)
)
PREVIEW = DisconnectPreview(
    connection_id="c1",
    provider="facebook",
    account_name="Asha Rao",
    health="degraded",
    stops=("Leads of 3 Pages stop coming in.", "Reading ads and campaigns through Asha Rao stops."),
    queued=("3 leads of Harbour Homes Lisbon wait for this account. They stay held, 87 days at most.",),
    kept=("All 1,204 leads and contacts stay.", "Form mappings and history stay, for a later reconnect."),
    at_provider=(
        "The app is removed from 3 Pages; it stays on Harbour Homes, which Marta Lind reads.",
        "The permissions that Asha Rao gave are taken back.",
    ),
    pages=(
        PageFate(name="Harbour Homes", goes_on=True, text="Marta Lind takes over."),
        PageFate(name="Harbour Homes Porto", goes_on=False, text="No other account covers it."),
        PageFate(name="Harbour Homes Faro", goes_on=False, text="No other account covers it."),
    ),
    shared=(
        SharedUse(
            workspace="Harbour Rentals", text="Uses the same person's consent: the grant stays for it."
        ),
    ),
)
REPAIRS = Repairs(
    cards=(
        RepairCard(
            event_id="evt_7",
            lead_id="44003",
            revision=2,
            name="Olu Adeyemi",
            form_name="Book a viewing",
            page_name="Harbour Homes",
            reason="the CRM refused the contact",
            refused_at=ago(minutes=7),
            named=(
                RepairInput(
                    name="phones.0",
                    label="Phone",
                    value="12",
                    messages=("is not a valid number",),
                    error="This is no phone number that can be called.",
                ),
            ),
            rest=(
                RepairInput(name="full_name", label="Name", value="Olu Adeyemi"),
                RepairInput(
                    name="custom_fields.homes", label="Which homes?", value="Two\nThree", has_lines=True
                ),
            ),
            complaints=("address: is required",),
        ),
        RepairCard(
            event_id="evt_8",
            lead_id=None,
            revision=1,
            refused_at=ago(days=2),
            reason="retries exhausted",
            rest=(RepairInput(name="emails.0", label="E-mail", value=""),),
            newer_accepted=True,
        ),
    ),
    parked=(
        ParkedRow(
            lead_id="44009",
            reason="Facebook does not know this lead any more.",
            next_step="Mend what it names; try again.",
            form_name="Book a viewing",
            page_name="Harbour Homes",
            received_at=ago(hours=5),
        ),
        ParkedRow(
            lead_id="44010",
            reason="The lead is of a child under 13.",
            next_step="Ask for age first in the form, and erase this lead.",
            page_name="Harbour Homes",
            received_at=ago(days=1),
            may_replay=False,
        ),
    ),
)
QUARANTINED = (
    QuarantineRow(
        id="q1",
        reason="The Page is not connected.",
        remedy="Connect an account that manages it; what waits goes on by itself.",
        page_id="104221877451",
        lead_id="4400777120",
        seen=4,
        first_seen_at=ago(hours=9),
        last_seen_at=ago(hours=1),
    ),
    QuarantineRow(
        id="q2",
        reason="A field we do not know.",
        field_name="leadgen_update",
        page_id="104221877452",
        first_seen_at=ago(days=3),
        last_seen_at=ago(days=3),
    ),
)
AUDIT = (
    AuditRow(
        at=ago(hours=1), actor="Asha Rao", actor_kind="person", action="exported the audit log", detail="CSV"
    ),
    AuditRow(
        at=ago(hours=3), actor="Facebook", actor_kind="provider", action="ended access", subject="Marta Lind"
    ),
    AuditRow(
        at=ago(days=12),
        actor="Asha Rao",
        actor_kind="person",
        action="connected",
        subject="backups@harbour.example",
        detail="Google, drive.file",
    ),
)
ROWS = (
    PersonRow(
        id="1", name="Asha Rao", email="asha@harbour.example", role="owner", seen_at=NOW, is_viewer=True
    ),
    PersonRow(id="2", name="Marta Lind", email="marta@harbour.example", role="admin", seen_at=ago(days=6)),
    PersonRow(id="3", name="Jo Silva", email="jo@agency.example", role="viewer", has_joined=False),
)
SESSIONS = (
    SessionLine(id="s1", label="Chrome on Linux", created_at=ago(days=2), seen_at=NOW, is_current=True),
    SessionLine(id="s2", label="Safari on iPhone", created_at=ago(days=9), seen_at=ago(hours=20)),
)

TRIAL = TestLead(
    forms=(Option(value="300", label="Book a viewing (Harbour Homes)", is_chosen=True),),
    run=TrialRun(
        form_name="Book a viewing",
        page_name="Harbour Homes",
        asked_at=ago(seconds=20),
        is_running=False,
        is_good=False,
        hops=(
            TrialHop(title="Made at Facebook", state="done", at=ago(seconds=19), after_s=1.0),
            TrialHop(title="Facebook told us of it", state="failed", text="Check the Page's subscription."),
            TrialHop(title="Read from Facebook", state="skipped"),
        ),
        contact=(Fact(name="E-mail", value="test@meta.com"),),
    ),
)
READ_PAGES = (
    ReadPage(
        id="p1",
        name="Harbour Homes",
        forms=7,
        live_forms=4,
        why="as_set",
        every_s=900,
        spent=388,
        allowed=62_880,
        hearing="flowing",
        last_lead_at=ago(minutes=4),
        used_percent=12.4,
        used_at=ago(minutes=9),
        read_at=ago(minutes=9),
        next_at=ahead(minutes=6),
    ),
    ReadPage(
        id="p2",
        name="Harbour Homes Porto",
        forms=3,
        live_forms=3,
        why="few_leads",
        every_s=7200,
        spent=20,
        allowed=48,
        hearing="no_ads",
        last_lead_at=ago(days=9),
        overdue_at=ago(days=6),
        read_at=ago(hours=1),
        next_at=ahead(hours=1),
    ),
    ReadPage(
        id="p3",
        name="Harbour Homes Faro",
        forms=2,
        live_forms=2,
        why="almost_used",
        every_s=3600,
        spent=48,
        allowed=480,
        hearing="unheard",
        last_lead_at=ago(hours=2),
        used_percent=86.0,
        used_at=ago(minutes=20),
        read_at=ago(minutes=50),
        waits_until=ahead(minutes=40),
    ),
    ReadPage(
        id="p5",
        name="Harbour Rentals",
        forms=1,
        live_forms=1,
        why="as_set",
        every_s=900,
        spent=0,
        allowed=480,
        is_readable=False,
    ),
)
IMPORTING = ImportGroup(
    page_id="p1",
    page_name="Harbour Homes",
    asked_by="When the Page was connected",
    asked_at=ago(minutes=12),
    since=date(2026, 8, 26),
    until=None,
    lines=(
        ImportLine(form_id="f1", form_name="Book a viewing", state="done", found=412, total=430),
        ImportLine(form_id="f2", form_name="Price list", state="waiting", found=1_500, total=3_120),
        ImportLine(form_id="f3", form_name="Free valuation", state="waiting", found=0, total=88),
    ),
    forms_done=1,
    found=1_912,
    new=1_730,
    calls=5,
    is_running=True,
    percent=53.1,
    per_minute=160.4,
)
IMPORTED = replace(
    IMPORTING,
    page_name="Harbour Homes Porto",
    asked_by="Asha Rao",
    asked_at=ago(days=2),
    until=date(2026, 10, 31),
    lines=(ImportLine(form_id="f9", form_name="Old campaign", state="stopped", found=20, total=60),),
    forms_done=0,
    found=20,
    new=3,
    calls=1,
    is_running=False,
    percent=33.3,
    per_minute=None,
    ended_at=ago(days=2),
)
HALTED = replace(
    IMPORTING,
    page_id="p3",
    page_name="Harbour Homes Faro",
    lines=IMPORTING.lines[1:2],
    percent=None,
    per_minute=None,
    reason="Too many calls: Facebook asked us to wait.",
)
READING = Reading(
    pages=READ_PAGES,
    running=(IMPORTING, HALTED),
    ended=(IMPORTED,),
    choices=(
        Option(value="all", label="Every form of every Page"),
        Option(value="page:p1", label="All forms of Harbour Homes", is_chosen=True),
        Option(value="form:f1", label="Book a viewing"),
    ),
    oldest=date(2026, 8, 26),
    today=date(2026, 11, 24),
)
READING_PLAN = replace(
    READING,
    running=(),
    since=date(2026, 9, 1),
    until=date(2026, 9, 30),
    plan=ImportPlan(
        what="page:p1",
        label="All forms of Harbour Homes",
        since=date(2026, 9, 1),
        until=date(2026, 9, 30),
        forms=7,
        leads=3_638,
        known=3_120,
        calls=526,
    ),
)
PROOF = ProofPage(
    rows=(
        ProofRow(
            day=date(2026, 11, 23),
            form_name="Book a viewing",
            page_name="Harbour Homes",
            at_meta=1_204,
            pushed=1_190,
            pulled=13,
            delivered=1_195,
            waiting=2,
            parked=3,
            test=1,
            erased=1,
            refused=1,
            missing=1,
        ),
    ),
    differences=(
        ProofDifference(
            day=date(2026, 11, 23),
            lead_id="4400777",
            form_name="Book a viewing",
            fate="healed",
            reason="No webhook told of it in time: it was found by reading the form.",
        ),
        ProofDifference(
            day=date(2026, 11, 23),
            lead_id="4400778",
            form_name="Book a viewing",
            fate="missing",
            reason="Facebook has it and it is not here yet.",
            is_here=False,
        ),
    ),
    at_meta=1_204,
    delivered=1_195,
    missing=1,
    csv_href="/w/main/proof.csv",
)
RICH: Mapping[str, tuple[Shell, View]] = {
    "forms": (shell("forms"), FORMS),
    "form": (shell("forms"), EDITED),
    "form-preview": (shell("forms"), PREVIEWED),
    "proof": (shell("proof"), PROOF),
    "test-lead": (shell("test-lead"), TRIAL),
    "repairs": (shell("repairs"), REPAIRS),
    "sign-in": (SIGNED_OUT, SignIn(email="asha@harbour.example", error="E-mail or password is wrong.")),
    "link-sign-in": (SIGNED_OUT, LinkSignIn(token="t0ken", name="Jo Silva", expires_at=ahead(minutes=15))),
    "message": (
        SIGNED_OUT,
        Message(
            status=404,
            title="This page does not exist",
            text="The address is wrong, or what it named is gone.",
            next_label="To the overview",
            next_href="/",
            reference="req_7f3a",
        ),
    ),
    "privacy-request": (
        SIGNED_OUT,
        PrivacyRequest(
            code="del-7QK2",
            state="done",
            received_at=ago(days=1),
            settled_at=ago(hours=23),
            outcome="Your account's tokens and name were erased here. Nothing of it is left.",
            contact="privacy@harbour.example",
        ),
    ),
    "overview": (replace(ALERTED, live_href="/live"), OVERVIEW),
    "connections": (
        shell("connections", alerts=(LOST,)),
        Connections(
            cards=(MARTA, ASHA, BACKUPS, LEAVING),
            past=(
                PastConnection(
                    provider="facebook",
                    account_name="Rui Costa",
                    disconnected_at=ago(days=70),
                    disconnected_by="Asha Rao",
                ),
            ),
        ),
    ),
    "connect-start": (shell("connections"), ConnectStart(choices=(FACEBOOK_CHOICE, GOOGLE_CHOICE))),
    "connect-start-google": (
        shell("connections"),
        ConnectStart(choices=(replace(GOOGLE_CHOICE, account_name="backups@harbour.example"),)),
    ),
    "choose-pages": (
        shell("connections"),
        ChoosePages(account_name="Asha Rao", attempt="at1", pages=MANY_PAGES, submit_href="/connect/pages"),
    ),
    "choose-pages-withheld": (
        shell("connections"),
        ChoosePages(
            account_name="Asha Rao",
            attempt="at1",
            pages=MANY_PAGES[:9],
            withheld=WITHHELD,
            reconsent_href="/connect/facebook/start?again=at1",
            submit_href="/connect/pages",
        ),
    ),
    "connected": (
        shell("connections", flash=Flash(text="Facebook is connected.")),
        Connected(
            provider="facebook",
            account_name="Marta Lind",
            check_href="/w/main/connections/c2/check",
            proofs=(
                PageProof(name="Account", checks=CHECKS[:2]),
                PageProof(name="Harbour Rentals", page_id="p5", checks=CHECKS[2:]),
                PageProof(name="Harbour Homes Lisbon", page_id="p4", checks=(CHECKS[2], *NO_ACCESS.checks)),
            ),
        ),
    ),
    "disconnect-preview": (shell("connections"), PREVIEW),
    "leads": (
        shell("leads"),
        Leads(
            rows=LEADS, states=STATES, pages=STATES[:1], forms=STATES[:1], paging=Paging(older_href="/older")
        ),
    ),
    "lead-trace": (shell("leads"), TRACE),
    "deliveries": (
        shell("deliveries"),
        Deliveries(
            rows=DELIVERIES,
            states=STATES[:2],
            destination=Destination(label="crm.harbour.example", text="answers, half within 0.2 s."),
            paging=Paging(older_href="/older", newest_href="/newest"),
        ),
    ),
    "alerts": (shell("alerts"), Alerts(open=(OPEN_ALERT, PAGE_ALERT), past=(PAST_ALERT,))),
    "quarantine": (shell("quarantine"), Quarantine(rows=QUARANTINED)),
    "reading": (shell("reading"), READING),
    "calls": (shell("calls"), CALLS),
    "backups": (shell("backups"), backup_pages.BACKUPS),
    "backup-schedule": (shell("backups"), backup_pages.SCHEDULE),
    "backup-editor": (shell("backups"), backup_pages.EDITOR),
    "backup-mistaken": (shell("backups"), backup_pages.MISTAKEN),
    "backup-key-sheet": (shell("backups"), backup_pages.SHEET),
    "backup-run": (shell("backups"), backup_pages.RUN),
    "backup-run-held": (shell("backups"), backup_pages.RUN_HELD),
    "backup-run-good": (shell("backups"), backup_pages.RUN_GOOD),
    "backup-run-failed": (shell("backups"), backup_pages.RUN_FAILED),
    "reading-plan": (shell("reading"), READING_PLAN),
    "audit-log": (shell("audit"), AuditLog(rows=AUDIT, csv_href="/audit.csv")),
    "people": (
        shell("people"),
        People(
            rows=ROWS,
            new_link=NewLink(
                name="Jo Silva", address="https://leads.example/sign-in/link/abc", expires_at=ahead(days=1)
            ),
        ),
    ),
    "settings": (
        shell("settings"),
        Settings(
            name="Asha Rao",
            email="asha@harbour.example",
            errors={"current": "This is not your password."},
            sessions=SESSIONS,
        ),
    ),
}
"""By the name of the screenshot."""

EMPTY: Mapping[str, tuple[Shell, View]] = {
    "forms-empty": (shell("forms"), Forms()),
    "forms-cut": (shell("forms"), replace(FORMS, is_cut=True)),
    "form-counted": (shell("forms"), COUNTED),
    "form-viewer": (shell("forms", role="viewer"), EDITED),
    "form-unknown": (shell("forms"), UNKNOWN),
    "proof-empty": (shell("proof"), ProofPage()),
    "backups-empty": (shell("backups"), Backups(paging=Paging())),
    "backups-no-account": (shell("backups"), Backups(paging=Paging(), connect_href=f"{ROOT}/connect")),
    "backups-viewer": (shell("backups", role="viewer"), backup_pages.BACKUPS),
    "backup-schedule-off": (
        shell("backups"),
        replace(backup_pages.SCHEDULE, coming=(), asks=(), drills=(), runs=(), next_drill_at=None),
    ),
    "backup-run-viewer": (shell("backups", role="viewer"), backup_pages.RUN_GOOD),
    "backup-run-gone": (shell("backups"), backup_pages.RUN_GONE),
    "calls-empty": (shell("calls"), NO_CALLS),
    "reading-empty": (shell("reading"), Reading()),
    "reading-viewer": (shell("reading", role="viewer"), READING),
    "test-lead-empty": (shell("test-lead"), TestLead()),
    "repairs-empty": (shell("repairs"), Repairs()),
    "sign-in-empty": (SIGNED_OUT, SignIn()),
    "message-plain": (SIGNED_OUT, Message(title="Signed out", text="See you soon.")),
    "message-inside": (
        shell("connections"),
        Message(
            status=403,
            title="Nothing was connected",
            text="The consent was declined.",
            next_label="Try again",
            next_href="/again",
        ),
    ),
    "message-broken": (SIGNED_OUT, Message(status=500, title="That went wrong", text="Nothing was changed.")),
    "privacy-request-new": (SIGNED_OUT, PrivacyRequest(code="del-1", state="received", received_at=NOW)),
    "overview-empty": (shell(nav=navigation(ROOT, {})), Overview(setup=SETUP)),
    "connections-empty": (shell("connections", workspaces=()), Connections()),
    "connections-viewer": (shell("connections", role="viewer"), Connections()),
    "connect-start-unavailable": (
        shell("connections"),
        ConnectStart(
            choices=(replace(GOOGLE_CHOICE, unavailable="Set google.client_id first."), FACEBOOK_CHOICE)
        ),
    ),
    "choose-pages-empty": (shell("connections"), ChoosePages(account_name="A", reconsent_href="/again")),
    "choose-google-withheld": (
        shell("connections"),
        ChoosePages(provider="google", account_name="A", withheld=WITHHELD[:1], reconsent_href="/again"),
    ),
    "connected-google": (
        shell("connections"),
        Connected(provider="google", account_name="A", proofs=(PageProof(name="A", checks=CHECKS),)),
    ),
    "disconnect-preview-empty": (
        shell(),
        DisconnectPreview(connection_id="c", provider="google", account_name="A", health="healthy"),
    ),
    "leads-empty": (shell("leads"), Leads()),
    "leads-no-match": (shell("leads"), Leads(states=STATES, is_filtered=True)),
    "lead-trace-empty": (shell("leads"), LeadTrace(lead=replace(LEADS[0], name=None, form_name=None))),
    "deliveries-empty": (shell("deliveries"), Deliveries()),
    "deliveries-no-match": (shell("deliveries"), Deliveries(is_filtered=True)),
    "alerts-empty": (shell("alerts"), Alerts()),
    "quarantine-empty": (shell("quarantine"), Quarantine()),
    "audit-log-empty": (shell("audit"), AuditLog()),
    "people-empty": (shell("people", role="viewer"), People()),
    "settings-empty": (shell("settings"), Settings(name="A", email="a@b.example", has_password=False)),
    "settings-confined": (shell("settings"), Settings(name="A", email="a@b.example", is_confined=True)),
    "link-sign-in-far": (SIGNED_OUT, LinkSignIn(token="t", name="N", expires_at=ahead(days=90))),
    "link-join": (
        SIGNED_OUT,
        LinkSignIn(
            token="t", name="a@b.example", expires_at=ahead(days=1), workspace="harbour", is_joining=True
        ),
    ),
    "sign-in-blocked": (SIGNED_OUT, SignIn(blocked_until=ahead(minutes=5))),
}
"""Nothing there yet, and the other branches."""

_KEPT = frozenset(
    (
        "id",
        "root",
        "provider",
        "health",
        "state",
        "name",
        "outcome",
        "severity",
        "icon",
        "tone",
        "role",
        "theme",
        "section",
        "why",
        "hearing",
        "standing",
        "mode",
        "place",
        "until",
    )
)
"""Not texts but words of a fixed choice; `name` is both, see below."""


def hostile(value: Any, kept: str = "") -> Any:  # noqa: ANN401 - any part of a view
    """Return the value with every free text in it replaced by one that means harm."""
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            one.name: hostile(getattr(value, one.name), _choice(value, one.name)) for one in fields(value)
        }
        return replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(hostile(one, kept) for one in value)
    return HOSTILE if isinstance(value, str) and not kept else value


def _choice(owner: object, name: str) -> str:
    if name == "name" and not isinstance(owner, Check):
        return ""
    return name if name in _KEPT or name.endswith("href") else ""


HOSTILE_PAGES: Mapping[str, tuple[Shell, View]] = {
    f"{name}-hostile": (hostile(around), hostile(view)) for name, (around, view) in RICH.items()
}
