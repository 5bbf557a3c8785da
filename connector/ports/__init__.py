"""What the pipelines need from outside and from state, as Protocols; composition joins them."""

from connector.ports.outside import (
    Clock,
    Counters,
    CrmGateway,
    DriveHome,
    FacebookConsent,
    GoogleConsent,
    LeadSource,
    Raw,
    Wakeups,
    WebhookDoor,
)
from connector.ports.state import (
    Alerts,
    ApiTokens,
    Connections,
    Consents,
    Deliveries,
    Feed,
    Forms,
    Inbox,
    LeadQueue,
    Resolver,
)

__all__ = [
    "Alerts",
    "ApiTokens",
    "Clock",
    "Connections",
    "Consents",
    "Counters",
    "CrmGateway",
    "Deliveries",
    "DriveHome",
    "FacebookConsent",
    "Feed",
    "Forms",
    "GoogleConsent",
    "Inbox",
    "LeadQueue",
    "LeadSource",
    "Raw",
    "Resolver",
    "Wakeups",
    "WebhookDoor",
]
