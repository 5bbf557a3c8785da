"""Every call to the Graph API is counted by its outcome; how much of a Page's lead reads is used up is told."""

import json
from collections import Counter

import pytest

from adapters.facebook.client import GraphClient
from adapters.facebook.leads import FacebookLeads
from adapters.facebook.outcome import outcome_of
from adapters.facebook.reply import GraphReply
from connector.domain.connection import PageAccess
from connector.domain.errors import (
    AuthLostError,
    ConnectorError,
    GoneError,
    LeadAccessError,
    MisconfiguredError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from connector.domain.lead import LeadId

from .conftest import TOKEN, FakeClock, Script, connected, refusal


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (GraphReply(json={}, headers={}), "ok"),
        (None, "transient"),
        (TransientError("x"), "transient"),
        (RateLimitedError("x", retry_after_s=1), "rate_limited"),
        (AuthLostError("x"), "auth_lost"),
        (LeadAccessError("x"), "lead_access"),
        (MisconfiguredError("x"), "misconfigured"),
        (GoneError("x"), "gone"),
        (PermanentError("x"), "permanent"),
    ],
)
def test_every_answer_has_a_word(answer: GraphReply | ConnectorError | None, word: str) -> None:
    assert outcome_of(answer) == word


async def test_each_attempt_and_each_member_of_a_batch_counts(graph: Script, clock: FakeClock) -> None:
    seen: Counter[str] = Counter()
    async with connected(graph.url, clock, observe=lambda word: seen.update([word])) as client:
        graph.then("<html>", 502)
        graph.then({"id": "7"})
        await client.get(TOKEN, "7")
        assert seen == {"transient": 1, "ok": 1}
        graph.then([{"code": 200, "body": "{}"}, {"code": 400, "body": json.dumps(refusal(190))}, None])
        await client.batch(TOKEN, ["1", "2", "3"])
        assert seen == {"transient": 2, "ok": 2, "auth_lost": 1}
        graph.refuse(190)
        with pytest.raises(AuthLostError):
            await client.batch(TOKEN, ["1", "2"])
        assert seen["auth_lost"] == 2
        with pytest.raises(PermanentError):
            await client.get(TOKEN, "no/such path")  # no call was made
    assert sum(seen.values()) == 6


def used(percent: int, kind: str = "leadgen") -> dict[str, str]:
    return {"X-Business-Use-Case-Usage": json.dumps({"1": [{"type": kind, "total_time": percent}]})}


async def test_the_budget_is_told_by_answers_and_by_refusals(
    graph: Script, client: GraphClient, access: PageAccess
) -> None:
    told: list[tuple[str, float]] = []
    leads = FacebookLeads(client, lambda page, ratio: told.append((page, ratio)))
    graph.then({"id": "7"}, headers=used(40))
    await leads.fetch(access, [LeadId("7")])
    assert told == [("100", 0.4)]
    graph.then({"id": "7"}, headers=used(90, "pages"))
    graph.then({"id": "7"})
    for _ in range(2):
        await leads.fetch(access, [LeadId("7")])
    assert told == [("100", 0.4)]  # nothing was said of lead reads
    graph.then(refusal(80005), 400, headers=used(100))
    with pytest.raises(RateLimitedError):
        await leads.fetch(access, [LeadId("7")])
    assert told[-1] == ("100", 1.0)
    head = [{"name": name, "value": value} for name, value in used(61).items()]
    members = [{"code": 200, "headers": head, "body": json.dumps({"id": i})} for i in "89"]
    graph.then(members, headers=used(60))
    await leads.fetch(access, [LeadId("8"), LeadId("9")])
    assert told[-1] == ("100", 0.61)
