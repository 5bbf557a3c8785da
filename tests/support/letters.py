"""A letter about a lost Facebook account that 25 leads wait for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.domain.connection import ConnectionId
from connector.domain.lead import WorkspaceId
from connector.domain.mail import ConnectionFacts, Letter, MailFacts

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LOST = ConnectionFacts(
    id=ConnectionId("con_1"),
    provider="facebook",
    account_name="Ada <Admin>",
    waiting_leads=25,
    waiting_since=NOW - timedelta(days=2),
)
FACTS = MailFacts(
    mail_id="mail_1",
    alert_id=7,
    kind="raised",
    key="connection.lost:con_1",
    severity="critical",
    title="A Facebook account must be connected again. The password was changed.",
    remedy="Connect the account again.",
    raised_at=NOW,
    resolved_at=None,
    workspace_id=WorkspaceId("bakery"),
    workspace_name="Bakery & Sons",
    timezone="Asia/Kolkata",
    name="Zoë",
    address="zoe@example.com",
    told="never",
    connection=LOST,
)
LETTER = Letter(
    facts=FACTS,
    address="zoe@example.com",
    at=NOW,
    action_url="https://connect.example.com/connect/facebook/start?connection=con_1",
    days_left=88,
)


def letter(address: str = "zoe@example.com", **changed: object) -> Letter:
    """Return the letter with other facts."""
    return replace(LETTER, address=address, facts=replace(FACTS, address=address, **changed))  # type: ignore[arg-type] # each of its own type
