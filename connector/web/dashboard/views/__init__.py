"""What each page shows, as values: plain texts, instants and states, filled by the handlers.

Instants are aware. Texts are shown as they are, escaped; every sentence ends with a full stop. Addresses
(`*_href`) are of this site and begin with a slash, except the remedies that lead to a provider.
"""

from connector.web.dashboard.views.backups import (
    Backups,
    DrillRow,
    KeySheet,
    Moment,
    RestoreCard,
    RunFileRow,
    RunPage,
    RunProgress,
    RunRow,
    RunStage,
    ScheduleCard,
    ScheduleEditor,
    ScheduleFact,
    ScheduleFields,
    SchedulePage,
)
from connector.web.dashboard.views.calls import CallCounts, CallDay, CallRow, Calls
from connector.web.dashboard.views.connecting import (
    ChoosePages,
    ConnectChoice,
    Connected,
    ConnectStart,
    DataUse,
    PageChoice,
    PageProof,
    Withheld,
)
from connector.web.dashboard.views.connections import (
    Check,
    ConnectionCard,
    Connections,
    DisconnectPreview,
    PageFate,
    PageLine,
    PastConnection,
    SharedUse,
    Waiting,
)
from connector.web.dashboard.views.lead_forms import (
    ChangeLine,
    ChoiceRow,
    FormPage,
    FormRow,
    Forms,
    OptInRow,
    PastCount,
    PastProgress,
    PreviewRow,
    RuleRow,
    VersionRow,
)
from connector.web.dashboard.views.leads import (
    Deliveries,
    DeliveryRow,
    Destination,
    Fact,
    LeadRow,
    Leads,
    LeadTrace,
    Option,
    Paging,
    TraceStep,
)
from connector.web.dashboard.views.overview import DayCount, Overview, SetupStep, Speed
from connector.web.dashboard.views.proof import ProofDifference, ProofPage, ProofRow
from connector.web.dashboard.views.reading import ImportGroup, ImportLine, ImportPlan, Reading, ReadPage
from connector.web.dashboard.views.records import (
    AlertRow,
    Alerts,
    AuditLog,
    AuditRow,
    NewLink,
    People,
    PersonRow,
    Quarantine,
    QuarantineRow,
)
from connector.web.dashboard.views.repairs import ParkedRow, RepairCard, RepairInput, Repairs
from connector.web.dashboard.views.shell import (
    CSRF_FIELD,
    AlertLine,
    Flash,
    NavItem,
    Section,
    Shell,
    Theme,
    WorkspaceLink,
    navigation,
)
from connector.web.dashboard.views.sign_in import (
    LinkSignIn,
    Message,
    PrivacyRequest,
    SessionLine,
    Settings,
    SignIn,
)
from connector.web.dashboard.views.trial import TestLead, TrialHop, TrialRun

__all__ = [
    "CSRF_FIELD",
    "PAGES",
    "AlertLine",
    "AlertRow",
    "Alerts",
    "AuditLog",
    "AuditRow",
    "Backups",
    "CallCounts",
    "CallDay",
    "CallRow",
    "Calls",
    "ChangeLine",
    "Check",
    "ChoiceRow",
    "ChoosePages",
    "ConnectChoice",
    "ConnectStart",
    "Connected",
    "ConnectionCard",
    "Connections",
    "DataUse",
    "DayCount",
    "Deliveries",
    "DeliveryRow",
    "Destination",
    "DisconnectPreview",
    "DrillRow",
    "Fact",
    "Flash",
    "FormPage",
    "FormRow",
    "Forms",
    "ImportGroup",
    "ImportLine",
    "ImportPlan",
    "KeySheet",
    "LeadRow",
    "LeadTrace",
    "Leads",
    "LinkSignIn",
    "Message",
    "Moment",
    "NavItem",
    "NewLink",
    "OptInRow",
    "Option",
    "Overview",
    "PageChoice",
    "PageFate",
    "PageLine",
    "PageProof",
    "Paging",
    "ParkedRow",
    "PastConnection",
    "PastCount",
    "PastProgress",
    "People",
    "PersonRow",
    "PreviewRow",
    "PrivacyRequest",
    "ProofDifference",
    "ProofPage",
    "ProofRow",
    "Quarantine",
    "QuarantineRow",
    "ReadPage",
    "Reading",
    "RepairCard",
    "RepairInput",
    "Repairs",
    "RestoreCard",
    "RuleRow",
    "RunFileRow",
    "RunPage",
    "RunProgress",
    "RunRow",
    "RunStage",
    "ScheduleCard",
    "ScheduleEditor",
    "ScheduleFact",
    "ScheduleFields",
    "SchedulePage",
    "Section",
    "SessionLine",
    "Settings",
    "SetupStep",
    "SharedUse",
    "Shell",
    "SignIn",
    "Speed",
    "TestLead",
    "Theme",
    "TraceStep",
    "TrialHop",
    "TrialRun",
    "VersionRow",
    "View",
    "Waiting",
    "Withheld",
    "WorkspaceLink",
    "navigation",
]

View = (
    SignIn
    | LinkSignIn
    | Message
    | PrivacyRequest
    | Overview
    | Connections
    | ConnectStart
    | ChoosePages
    | Connected
    | DisconnectPreview
    | Leads
    | LeadTrace
    | Forms
    | FormPage
    | Deliveries
    | Alerts
    | Quarantine
    | Repairs
    | TestLead
    | ProofPage
    | Reading
    | Calls
    | Backups
    | SchedulePage
    | ScheduleEditor
    | KeySheet
    | RunPage
    | AuditLog
    | People
    | Settings
)
"""Every page. Each class names its own template."""

PAGES: tuple[type, ...] = View.__args__
"""The classes of `View`."""
