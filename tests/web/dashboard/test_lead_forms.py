"""Forms and their mappings in the whole daemon: seen, tried, saved, used by the next lead, applied to past ones."""

import json
import re
from html import unescape
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from support.dashboard_site import SESSION_COOKIE, DashboardSite, Shown, Visitor
from support.mapped import QUESTIONS
from support.traffic import Received

from adapters.sandbox.objects import Checkbox, Form

ANSWERS = {"who": "Zoë O'Neill", "reach_me": "+14155552671", "budget": "12500", "course": "b1"}


def fields_of(page: Shown) -> dict[str, str]:
    """Return the editor's fields as a browser would send them untouched."""
    form = re.search(r'<form class="mapping".*?</form>', page.text, re.DOTALL)
    assert form is not None, page.said
    found = {
        unescape(name): unescape(value)
        for name, value in re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', form[0])
        if name != "csrf"
    }
    for name, options in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', form[0], re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[unescape(name)] = unescape(chosen[1]) if chosen else ""
    if "checked>" not in form[0]:
        found.pop("split_full_name", None)
    return found


def row_of(fields: dict[str, str], question: str) -> str:
    return next(name for name, value in fields.items() if value == question and "." not in name)


async def opened(dashboard: DashboardSite, name: str = "Courses") -> tuple[Visitor, Form]:
    """Connect the account, and wait until the form is listed."""
    owner = await dashboard.visitor()
    world = dashboard.sandbox.world
    form = published(dashboard, name)
    dashboard.forms.append(form)
    await dashboard.connect_facebook(owner)
    known = f"SELECT form_id FROM page_forms WHERE form_id = '{form.id}'"  # noqa: S608 - ours
    await dashboard.flow.pass_by(120.0, step_s=1.0, until=lambda: dashboard.ids(known) != [])
    assert world.forms[form.id] is form
    return owner, form


def published(dashboard: DashboardSite, name: str) -> Form:
    world = dashboard.sandbox.world
    page = next(iter(world.pages.values()))
    box = Checkbox(key="news", text="Send me news")
    return world.add_form(page, name, questions=QUESTIONS, checkboxes=(box,))


async def lead_comes(dashboard: DashboardSite, form: Form, email: str, **answers: str) -> dict[str, Any]:
    """Have somebody fill the form in; return the contact that the CRM is sent."""
    lead_id = dashboard.sandbox.world.add_lead(form, answers={**ANSWERS, "email": email, **answers})
    lead = dashboard.sandbox.world.leads[lead_id]
    (sent,) = await dashboard.sandbox.sender.announce([lead])
    assert sent.statuses == [200]
    received = Received(dashboard.sandbox.crm)
    await dashboard.flow.pass_by(60.0, step_s=1.0, until=lambda: received.has({lead_id}))
    return newest(dashboard, email)


def newest(dashboard: DashboardSite, email: str) -> dict[str, Any]:
    """Return the contact with this address as the CRM was told last."""
    bodies = [json.loads(attempt.body) for attempt in dashboard.sandbox.crm.record.attempts]
    contacts = [body["data"]["contact"] for body in bodies if "contact" in body["data"]]
    found: dict[str, Any] = [one for one in contacts if one["emails"][0]["value"] == email][-1]
    return found


def custom(contact: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: one.get("typed_values", one["values"]) for one in contact["custom_fields"]}


async def test_a_mapping_is_tried_saved_and_used_by_the_next_lead(dashboard: DashboardSite) -> None:
    owner, form = await opened(dashboard)
    assert "budget" in custom(await lead_comes(dashboard, form, "a@example.com"))
    listed = await owner.get("/w/main/forms")
    assert "Courses" in listed.said
    assert "As usual" in listed.said
    page = await owner.get(f"/w/main/forms/{form.id}")
    fields = fields_of(page)
    budget, course = row_of(fields, "budget"), row_of(fields, "course")
    fields |= {f"{budget}.to": "custom", f"{budget}.key": "deal_amount", f"{budget}.type": "number"}
    fields |= {f"{course}.to": "custom", f"{course}.key": "code", f"{course}.type": "choice"}
    fields |= {f"{course}.o1.value": "ADV", row_of(fields, "news") + ".opt_in": "letter"}
    place = f"/w/main/forms/{form.id}/mapping"
    tried = await owner.post(place, {**fields, "do": "preview"})
    assert tried.status == 200
    assert "What this would make of the newest leads" in tried.said
    assert "deal_amount nothing becomes 12500" in tried.said
    assert "1 contact of 1 past lead changes" in tried.said
    assert fields_of(tried) == fields, "what was typed stands there again"
    assert dashboard.ids("SELECT version FROM form_mappings") == []
    saved = await owner.land(await owner.post(place, {**fields, "do": "save"}))
    assert "Saved as version 1" in saved.said
    contact = await lead_comes(dashboard, form, "b@example.com")
    assert (custom(contact)["deal_amount"], custom(contact)["code"]) == ([12500], ["ADV"])
    assert "budget" not in custom(contact)
    trace = await owner.get(f"/w/main/leads/{contact['leads'][0]['lead_id']}")
    assert re.search("Mapping of the form:? version 1", trace.said)
    late = await owner.land(await owner.post(place, {**fields, f"{budget}.key": "x", "do": "save"}))
    assert "Somebody saved version 1 meanwhile" in late.said
    audit = await owner.get("/w/main/audit")
    assert "mapping saved" in audit.said


async def test_what_cannot_be_is_said_beside_its_row_and_nothing_typed_is_lost(
    dashboard: DashboardSite,
) -> None:
    owner, form = await opened(dashboard)
    fields = fields_of(await owner.get(f"/w/main/forms/{form.id}"))
    budget, course = row_of(fields, "budget"), row_of(fields, "course")
    fields |= {f"{budget}.to": "custom", f"{budget}.key": "course"}
    fields |= {f"{budget}.on_problem": "park", "split_full_name": "yes"}
    refused = await owner.post(f"/w/main/forms/{form.id}/mapping", {**fields, "do": "save"})
    assert refused.status == 422
    assert "The field&#39;s name is the key of another question" in refused.text
    again = fields_of(refused)
    assert (again[f"{budget}.key"], again[f"{budget}.on_problem"]) == ("course", "park")
    assert again["split_full_name"] == "yes"
    fields |= {
        f"{budget}.to": "",
        f"{course}.to": "custom",
        f"{course}.type": "choice",
        f"{course}.key": "code",
    }
    refused = await owner.post(f"/w/main/forms/{form.id}/mapping", {**fields, "do": "preview"})
    assert "The options&#39; values must say which value each option becomes." in refused.text
    assert dashboard.ids("SELECT version FROM form_mappings") == []


async def test_past_leads_follow_after_they_were_counted(dashboard: DashboardSite) -> None:
    owner, form = await opened(dashboard)
    for n in range(3):
        await lead_comes(dashboard, form, f"p{n}@example.com", budget=str(n))
    fields = fields_of(await owner.get(f"/w/main/forms/{form.id}"))
    budget = row_of(fields, "budget")
    fields |= {f"{budget}.to": "custom", f"{budget}.key": "deal_amount", f"{budget}.type": "number"}
    await owner.post(f"/w/main/forms/{form.id}/mapping", {**fields, "do": "save"})
    counted = await owner.get(f"/w/main/forms/{form.id}?past=1")
    assert "3 contacts of 3 past leads change" in counted.said
    asked = await owner.land(await owner.post(f"/w/main/forms/{form.id}/apply"))
    assert "3 past leads are read again" in asked.said
    done = "SELECT id FROM remappings WHERE state = 'done'"
    await dashboard.flow.pass_by(60.0, step_s=1.0, until=lambda: dashboard.ids(done) != [])
    sent = Received(dashboard.sandbox.crm)
    await dashboard.flow.pass_by(
        60.0, step_s=1.0, until=lambda: len(dashboard.sandbox.crm.record.attempts) >= 6
    )
    assert sent.look()
    for n in range(3):
        assert custom(newest(dashboard, f"p{n}@example.com"))["deal_amount"] == [n]
    assert dashboard.sandbox.crm.record.violations == []
    shown = await owner.get(f"/w/main/forms/{form.id}?past=1")
    assert "Done: 3 leads read again" in shown.said
    assert "0 contacts of 3 past leads change" in shown.said
    assert "It was over already" in (await owner.land(await owner.post(f"/w/main/forms/{form.id}/stop"))).said


async def test_who_only_reads_sees_where_answers_go_and_changes_nothing(dashboard: DashboardSite) -> None:
    owner, form = await opened(dashboard)
    fields = fields_of(await owner.get(f"/w/main/forms/{form.id}"))
    viewer = await dashboard.visitor("vera", main="viewer")
    seen = await viewer.get(f"/w/main/forms/{form.id}")
    assert "custom field budget" in seen.said
    assert "<select" not in seen.text
    for path in ("mapping", "apply", "stop"):
        assert (await viewer.post(f"/w/main/forms/{form.id}/{path}", {**fields, "do": "save"})).status == 403
    outsider = await dashboard.visitor("otto", other="owner")
    assert (await outsider.get(f"/w/other/forms/{form.id}")).status == 404
    assert "No form yet" in (await outsider.get("/w/other/forms")).said
    assert (await owner.get("/w/main/forms/none")).status == 404
    assert dashboard.ids("SELECT version FROM form_mappings") == []


async def signed_in(dashboard: DashboardSite, browser: Browser, owner: Visitor) -> Page:
    """Return a page of a browser without script that the owner is signed in with."""
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    cookie = {"name": SESSION_COOKIE, "value": owner.token, "url": dashboard.url}
    await context.add_cookies([cookie])  # type: ignore[list-item] # playwright's own dict
    page = await context.new_page()
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    return page


@pytest.mark.timeout(120)
async def test_mapped_in_a_browser_carried_over_to_the_copy_and_confirmed(
    dashboard: DashboardSite, browser: Browser
) -> None:
    owner, form = await opened(dashboard)
    await lead_comes(dashboard, form, "a@example.com")
    page = await signed_in(dashboard, browser, owner)
    await page.goto(f"{dashboard.url}/w/main/forms")
    await page.get_by_role("link", name="Courses").click()
    rule = page.locator("li.rule", has_text="Budget")
    assert not await rule.get_by_label("Field of your CRM").is_visible()
    await rule.get_by_label("Goes to").select_option("custom")
    await rule.get_by_label("Field of your CRM").fill("deal_amount")
    await rule.get_by_label("Type").select_option("number")
    await page.get_by_role("button", name="Preview on real leads").click()
    await expect(page.locator(".changes").first).to_contain_text("deal_amount")
    await page.get_by_role("button", name="Save the mapping").click()
    await expect(page.get_by_role("status").first).to_contain_text("Saved as version 1")
    assert custom(await lead_comes(dashboard, form, "b@example.com"))["deal_amount"] == [12500]

    await dashboard.clock.advance(60.0)
    copy = published(dashboard, "Courses, new picture")
    contact = await lead_comes(dashboard, copy, "c@example.com", budget="7")
    assert custom(contact)["deal_amount"] == [7], "its very first lead"
    told = [json.loads(one.body) for one in dashboard.sandbox.crm.record.attempts]
    keys = [one["data"]["alert"]["key"] for one in told if one["type"] == "alert.raised"]
    assert f"form.mapping_carried:main:{form.id}:{copy.id}" in keys
    await page.goto(f"{dashboard.url}/w/main/alerts")
    await expect(page.get_by_role("main")).to_contain_text(f"Form {copy.id} of Page")
    await page.get_by_role("link", name="See the form").first.click()
    await expect(page.get_by_role("main")).to_contain_text(f"This form asks the same as form {form.id}")
    await page.get_by_role("button", name="Save the mapping").click()
    await expect(page.get_by_role("status").first).to_contain_text("Saved as version 2")
    await expect(page.get_by_role("main")).not_to_contain_text("asks the same as")
    await page.goto(f"{dashboard.url}/w/main/alerts")
    await expect(page.get_by_role("main")).to_contain_text("All is well")
    await page.context.close()
