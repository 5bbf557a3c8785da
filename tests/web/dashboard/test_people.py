"""People of a workspace: added, changed, removed, invited; and no way from one workspace into another."""

import asyncio
import re

from support.dashboard_site import MAIN, OPERATOR, OTHER, DashboardSite, Shown, Visitor

PEOPLE = "/w/main/people"


async def added(owner: Visitor, email: str, role: str = "admin", *, at: str = "main") -> Shown:
    return await owner.post(f"/w/{at}/people", {"name": "Nora New", "email": email, "role": role})


def link_on(page: Shown) -> str:
    found = re.search(r'value="(http[^"]*/sign-in/link/[^"]+)"', page.text)
    assert found is not None, page.said
    return found[1]


async def entered(dashboard: DashboardSite, link: str) -> Visitor:
    """Open a link and press its button."""
    visitor = await dashboard.stranger()
    opened = await visitor.get(link)
    (csrf,) = {*re.findall(r'name="csrf" value="([^"]+)"', opened.text)}
    signed_in = await visitor.post("/sign-in/link", {"token": link.rpartition("/")[2]}, csrf=csrf)
    assert signed_in.status == 303, signed_in.said
    (token,) = (morsel.value for morsel in visitor.http.cookie_jar if morsel.key == "connector_session")
    return Visitor(url=visitor.url, http=visitor.http, token=token, shown=visitor.shown)


async def members(dashboard: DashboardSite, workspace: str = "main") -> dict[str, str]:
    found = await dashboard.inside.daemon.rooms.people.members(OTHER if workspace == "other" else None)
    return {one.email: one.role for one in found if one.workspace_id == workspace}


async def test_somebody_new_is_added_and_signs_in_with_the_link_shown_once(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    page = await added(owner, "nora@example.com", "viewer")
    link = link_on(page)
    assert "Sign-in link for Nora New" in page.said
    assert link not in (await owner.get(PEOPLE)).text
    nora = await entered(dashboard, link)
    assert (await nora.get("/w/main")).status == 200
    assert (await nora.get(PEOPLE)).status == 403
    again = await added(owner, "NORA@example.com", "owner")
    assert (again.status, "belong to this workspace already" in again.said) == (400, True)
    assert (await members(dashboard))["nora@example.com"] == "viewer"
    audit = (await owner.get("/w/main/audit")).said
    assert "person added" in audit
    assert "link" in audit


async def test_what_is_wrong_with_a_form_is_said_and_it_comes_back(dashboard: DashboardSite) -> None:
    owner = await dashboard.visitor()
    for email in ("", "nora", "a@b\x00c.example", "x" * 300 + "@example.com", "ü@@example.com"):
        page = await added(owner, email)
        assert (page.status, "That is no e-mail address." in page.said) == (400, True), email
        assert 'value="Nora New"' in page.text
    for role in ("", "root", "Owner", "owner\x00"):
        assert (await added(owner, "nora@example.com", role)).status == 400
    named = await owner.post(
        PEOPLE, {"name": "N\x00ora\u202e " * 90, "email": "n@example.com", "role": "viewer"}
    )
    assert named.status == 200
    assert len(await members(dashboard)) == 2


async def test_roles_change_and_the_last_owner_stays(dashboard: DashboardSite) -> None:
    owner, anna = await dashboard.visitor(), await dashboard.visitor("anna", main="admin")
    own, hers = f"{PEOPLE}/{owner.person_id}", f"{PEOPLE}/{anna.person_id}"
    for act, fields in (("role", {"role": "viewer"}), ("role", {"role": "admin"}), ("remove", {})):
        page = await owner.post(f"{own}/{act}", fields)
        assert (page.status, "A workspace needs an owner" in page.said) == (400, True)
    assert (await owner.post(f"{hers}/role", {"role": "owner"})).status == 303
    assert (await anna.get(PEOPLE)).status == 200
    assert (await owner.post(f"{own}/role", {"role": "viewer"})).status == 303
    assert (await owner.get(PEOPLE)).status == 403
    assert "A workspace needs an owner" in (await anna.post(f"{hers}/remove")).said


async def test_two_owners_who_leave_at_once_do_not_both(dashboard: DashboardSite) -> None:
    owner, petra = await dashboard.visitor(), await dashboard.visitor("petra", main="owner")
    left = await asyncio.gather(*(one.post(f"{PEOPLE}/{one.person_id}/remove") for one in (owner, petra)))
    assert sorted(one.status for one in left) == [303, 400]
    assert list((await members(dashboard)).values()) == ["owner"]


async def test_who_is_removed_is_signed_out_and_may_be_added_again(dashboard: DashboardSite) -> None:
    owner, vera = await dashboard.visitor(), await dashboard.visitor("vera", main="viewer")
    link = link_on(await owner.post(f"{PEOPLE}/{vera.person_id}/link"))
    page = await owner.land(await owner.post(f"{PEOPLE}/{vera.person_id}/remove"))
    assert "They are removed" in page.said
    assert (await vera.get("/w/main")).location.startswith("/sign-in")
    assert (await (await dashboard.stranger()).get(link)).status == 410
    assert (await owner.post(f"{PEOPLE}/{vera.person_id}/link")).status == 404
    back = await entered(dashboard, link_on(await added(owner, "vera@example.com")))
    assert (await back.get("/w/main")).status == 200


async def test_who_is_removed_here_keeps_what_is_theirs_elsewhere(dashboard: DashboardSite) -> None:
    owner, bea = await dashboard.visitor(), await dashboard.visitor("bea", main="admin", other="viewer")
    await owner.post(f"{PEOPLE}/{bea.person_id}/remove")
    assert (await bea.get("/w/main")).status == 404
    assert (await bea.get("/w/other")).status == 200


async def shut(dashboard: DashboardSite, page: Shown) -> None:
    """See that no link on this page leads into the workspace `other`."""
    for link in re.findall(r'value="(http[^"]*/sign-in/link/[^"]+)"', page.text):
        visitor = await entered(dashboard, link)
        assert (await visitor.get("/w/other")).status == 404


async def test_no_owner_gets_into_a_workspace_of_others(dashboard: DashboardSite) -> None:
    """Mallory owns `main` and wants to see `other`, where Vic is at home."""
    mallory = await dashboard.visitor("mallory")
    vic = await dashboard.visitor("vic", other="owner")
    for act in ("link", "role", "remove"):
        fields = {"role": "viewer"}
        assert (await mallory.post(f"{PEOPLE}/{vic.person_id}/{act}", fields)).status == 404
        assert (await mallory.post(f"/w/other/people/{vic.person_id}/{act}", fields)).status == 404
    await shut(dashboard, await added(mallory, "vic@example.com", "viewer"))
    await shut(dashboard, await mallory.post(f"{PEOPLE}/{vic.person_id}/link"))

    # they share somebody: whom the operator added to both
    shared = await dashboard.visitor("shay", main="viewer", other="owner")
    await shut(dashboard, await mallory.post(f"{PEOPLE}/{shared.person_id}/link"))

    # the other way round: an account that Mallory made, and has the password of, opens nothing that Vic gives it
    trap = await entered(dashboard, link_on(await added(mallory, "cleo@example.com", "viewer")))
    secret = {"password": "mallory knows these words", "again": "mallory knows these words"}
    await trap.post("/w/main/settings/password", secret)
    await added(vic, "cleo@example.com", "admin", at="other")
    assert (await trap.get("/w/other")).status in {303, 404}
    door = await dashboard.stranger()
    (csrf,) = {*re.findall(r'name="csrf" value="([^"]+)"', (await door.get("/sign-in")).text)}
    await door.post("/sign-in", {"email": "cleo@example.com", "password": secret["password"]}, csrf=csrf)
    assert (await door.get("/w/other")).status in {303, 404}


async def test_a_session_made_by_the_crm_manages_nobody(dashboard: DashboardSite) -> None:
    """Even an owner is an admin of that one workspace there, so that a CRM's token makes no owners."""
    owner = await dashboard.visitor("olga", main="owner", other="owner")
    token, _ = await dashboard.inside.daemon.rooms.links.make(
        owner.person_id, life_s=60, actor=OPERATOR, workspace_id=MAIN, return_to="/"
    )
    embedded = await entered(dashboard, f"{owner.url}/sign-in/link/{token}")
    assert (await embedded.get("/w/main/audit")).status == 200
    assert (await embedded.get(PEOPLE)).status == 403
    assert (await added(embedded, "nora@example.com")).status == 403
    assert (await embedded.get("/w/other")).status == 404
