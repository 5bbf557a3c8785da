"""Links into the dashboard for a CRM that embeds it."""

import json
from typing import Any

import pytest
from fake_clock import START
from support.doors import PUBLIC_URL
from support.rooms import MAIN

from connector.domain.times import rfc3339

from .conftest import Site

LINKS = "/api/v1/sign-in-links"
ADA: dict[str, object] = {"email": "ada@example.com", "name": "Ada", "role": "admin"}


async def post(site: Site, token: str | None, body: object, query: str = "") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with site.http.post(f"{site.url}{LINKS}{query}", data=data, headers=headers) as answer:
        return answer.status, json.loads(await answer.read())


@pytest.fixture
async def token(site: Site) -> str:
    return (await site.rooms.tokens.create("crm", MAIN))[1]


async def members(site: Site) -> list[tuple[str, str, str]]:
    rows = await site.rooms.rows(
        "SELECT p.email, m.workspace_id, m.role FROM memberships m JOIN people p ON p.id = m.person_id"
    )
    return [(row["email"], row["workspace_id"], row["role"]) for row in rows]


async def test_a_link_is_made_for_somebody_new(site: Site, token: str) -> None:
    status, made = await post(site, token, {**ADA, "return_to": "/w/main/leads?state=held"})
    assert status == 201
    assert made["url"].startswith(f"{PUBLIC_URL}/sign-in/link/")
    assert made["expires_at"] == rfc3339(START.replace(minute=15))
    assert await members(site) == [("ada@example.com", "main", "admin")]
    (link,) = await site.rooms.rows("SELECT workspace_id, return_to FROM sign_in_links")
    assert (link["workspace_id"], link["return_to"]) == ("main", "/w/main/leads?state=held")
    deeds = await site.rooms.rows("SELECT actor_kind, actor, action FROM audit ORDER BY id")
    assert [deed["action"] for deed in deeds] == ["person.added", "sign_in_link.made"]
    assert {deed["actor_kind"] for deed in deeds} == {"api"}
    assert all(deed["actor"].startswith("tok_") for deed in deeds)


async def test_without_a_role_one_only_reads(site: Site, token: str) -> None:
    assert (await post(site, token, {"email": "ada@example.com"}))[0] == 201
    assert (await post(site, token, ADA))[0] == 201
    assert await members(site) == [("ada@example.com", "main", "viewer")], "who is there keeps the role"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**ADA, "role": "owner"}, 403),
        ({**ADA, "role": "root"}, 400),
        ({**ADA, "email": "no address"}, 400),
        ({}, 400),
        ({**ADA, "return_to": "https://evil.example"}, 400),
        ({**ADA, "return_to": "//evil.example"}, 400),
        ({**ADA, "rights": "all"}, 400),
        ({**ADA, "name": 7}, 400),
        ([], 400),
        (b"\xff", 400),
        (b"[" * 10_000, 400),
        (b" " * 20_000, 413),
    ],
)
async def test_nonsense_is_refused_and_makes_nobody(
    site: Site, token: str, body: object, status: int
) -> None:
    answered, problem = await post(site, token, body)
    assert answered == status
    assert problem["status"] == status
    assert await members(site) == []


async def test_strangers_and_other_workspaces_get_none(site: Site, token: str) -> None:
    await site.rooms.workspaces.add("second")
    assert (await post(site, None, ADA))[0] == 401
    assert (await post(site, token, ADA, "?workspace=second"))[0] == 403
    everywhere = (await site.rooms.tokens.create("ops", None))[1]
    assert (await post(site, everywhere, ADA))[0] == 400
    assert (await post(site, everywhere, ADA, "?workspace=second"))[0] == 201
    assert await members(site) == [("ada@example.com", "second", "admin")]
