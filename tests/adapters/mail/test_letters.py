"""What a mail says: counts, what happens meanwhile, one link; nothing that it is told becomes markup or a header."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.letters import FACTS, LETTER, LOST, NOW, letter

from adapters.mail.letters import one_line, written
from connector.domain.alerts_catalogue import KINDS
from connector.domain.mail import ConnectionFacts


def test_a_lost_account_tells_how_many_wait_since_when_and_until_when() -> None:
    parts = written(LETTER)
    assert parts.subject == "A Facebook account must be connected again: 25 leads wait (Bakery & Sons)"
    for text in (parts.text, parts.html):
        assert "25 leads, the first since 20 Nov 2026, 15:30 IST" in text
        assert "Nothing is lost" in text
        assert "90 days after" in text
        assert "88 days" in text
        assert "Hello Zoë," in text
        assert LETTER.action_url in text
    assert "Ada &lt;Admin&gt;" in parts.html
    assert "Bakery &amp; Sons" in parts.html
    assert "Ada <Admin>" in parts.text


def test_one_lead_waits_and_none_is_no_lead() -> None:
    one = letter(connection=replace(LOST, waiting_leads=1))
    assert written(one).subject.startswith("A Facebook account must be connected again: 1 lead waits")
    none = replace(letter(connection=replace(LOST, waiting_leads=0, waiting_since=None)), days_left=None)
    assert written(none).subject == "A Facebook account must be connected again (Bakery & Sons)"
    assert "no lead yet" in written(none).text


def test_a_lost_google_account_speaks_of_no_leads() -> None:
    google = replace(LOST, provider="google", waiting_leads=0, waiting_since=None)
    text = written(replace(letter(connection=google), days_left=None)).text
    assert "what is to be saved waits here" in text
    assert "lead " not in text


def test_the_end_of_an_episode_is_told_plainly() -> None:
    over = written(letter(kind="resolved", resolved_at=NOW))
    assert over.subject.startswith("Resolved: A Facebook account")
    assert "There is nothing to do." in over.text


def test_an_unknown_zone_and_no_name_do_no_harm() -> None:
    text = written(letter(timezone="Mars/Olympus", name="")).text
    assert "20 Nov 2026, 10:00 UTC" in text
    assert text.startswith("Hello,\n")


@pytest.mark.parametrize("name", [*KINDS, "unknown.kind"])
@pytest.mark.parametrize("connection", [None, LOST])
@pytest.mark.parametrize("kind", ["raised", "resolved"])
def test_every_kind_of_alert_can_be_written(name: str, connection: ConnectionFacts | None, kind: str) -> None:
    parts = written(
        letter(key=f"{name}:x", kind=kind, connection=connection, resolved_at=NOW, workspace_name=None)
    )
    assert FACTS.title in parts.text
    assert "The password was changed." in parts.html
    assert "undefined" not in parts.text.lower()
    assert "\n\n\n\n" not in parts.text


@given(st.text(), st.text())
def test_what_others_said_is_neither_markup_nor_a_header(title: str, name: str) -> None:
    parts = written(letter(title=f"<img src=x>{title}", name=f"<b>{name}", key="crm.outage", connection=None))
    assert "<img" not in parts.html
    assert "<b>" not in parts.html
    assert parts.subject.isprintable() or parts.subject == one_line(parts.subject)
    assert not set(parts.subject) & {"\r", "\n", "\0", "\u2028"}
    assert len(parts.subject) < 200
