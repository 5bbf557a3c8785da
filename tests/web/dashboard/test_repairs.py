"""The repair inbox in the whole daemon: refused by the CRM, corrected by a person, delivered, taken back."""

import re

from support.dashboard_site import DashboardSite, Shown, Visitor

from adapters.sandbox.crm import CrmAnswer
from adapters.sandbox.crm_record import CrmRecord

NO_PHONE = CrmAnswer(
    status=422, body={"errors": [{"field": "contact.phones[0]", "message": "cannot be called"}]}
)
GOOD = "+14155550199"


async def refused(dashboard: DashboardSite) -> tuple[Visitor, str, Shown]:
    """Let the CRM refuse one lead; return who mends it, the lead, and the inbox."""
    owner = await dashboard.visitor()
    await dashboard.connect_facebook(owner)
    dashboard.sandbox.crm.answer_next(NO_PHONE)
    (lead_id,) = await dashboard.leads_come(1, wait=False)
    await dashboard.flow.pass_by(
        60.0,
        step_s=1.0,
        until=lambda: dashboard.ids("SELECT event_id FROM deliveries WHERE state = 'parked'") != [],
    )
    return owner, lead_id, await owner.get("/w/main/repairs")


def form_of(page: Shown) -> tuple[str, dict[str, str]]:
    """Return where the first card's form goes, and its fields as they are filled in."""
    form = re.search(
        r'<form class="repair" method="post" action="(/w/main/repairs/[^"]+)">(.*?)</form>',
        page.text,
        re.DOTALL,
    )
    assert form is not None, page.said
    fields = re.findall(r'<input(?: type="hidden")?(?: id="[^"]*")? name="([^"]+)" value="([^"]*)"', form[2])
    return form[1], {name: value for name, value in fields if name != "csrf"}


def told(record: CrmRecord) -> str:
    """Return the last body that the CRM was sent."""
    return record.attempts[-1].body.decode()


async def test_a_corrected_value_is_delivered(dashboard: DashboardSite) -> None:
    owner, lead_id, inbox = await refused(dashboard)
    assert "Your CRM says: cannot be called" in inbox.said
    place, fields = form_of(inbox)
    again = await owner.post(place, {**fields, "phones.0": "13"})
    assert again.status == 422
    assert "This is no phone number that can be called" in again.said
    assert 'value="13"' in again.text
    saved = await owner.post(place, {**fields, "phones.0": GOOD})
    assert "on its way to the CRM" in (await owner.land(saved)).said
    record = dashboard.sandbox.crm.record
    await dashboard.flow.pass_by(60.0, step_s=1.0, until=lambda: len(record.attempts) == 2)
    assert [attempt.status for attempt in record.attempts] == [422, 200]
    assert record.violations == []
    assert GOOD in told(record)
    assert "Nothing to repair" in (await owner.get("/w/main/repairs")).said
    trace = await owner.get(f"/w/main/leads/{lead_id}")
    assert "Corrected by hand" in trace.said
    assert "Olga changed the contact" in trace.said
    assert GOOD in trace.said
    audit = await owner.get("/w/main/audit")
    assert "contact corrected" in audit.said
    assert GOOD not in audit.said


async def test_a_correction_is_taken_back(dashboard: DashboardSite) -> None:
    owner, lead_id, inbox = await refused(dashboard)
    place, fields = form_of(inbox)
    await owner.post(place, {**fields, "phones.0": GOOD})
    record = dashboard.sandbox.crm.record
    await dashboard.flow.pass_by(60.0, step_s=1.0, until=lambda: len(record.attempts) == 2)
    (undo,) = (await owner.get(f"/w/main/leads/{lead_id}")).links(f"/w/main/leads/{lead_id}/corrections/")
    done = await owner.land(await owner.post(undo))
    assert "Taken back" in done.said
    await dashboard.flow.pass_by(60.0, step_s=1.0, until=lambda: len(record.attempts) == 3)
    assert GOOD not in told(record)
    assert "The correction was taken back" in (await owner.get(f"/w/main/leads/{lead_id}")).said
    assert "cannot be taken back" in (await owner.land(await owner.post(undo))).said


async def test_who_only_reads_corrects_nothing(dashboard: DashboardSite) -> None:
    owner, lead_id, inbox = await refused(dashboard)
    place, fields = form_of(inbox)
    viewer = await dashboard.visitor("vera", main="viewer")
    assert (await viewer.post(place, {**fields, "phones.0": GOOD})).status == 403
    assert (await viewer.post(f"/w/main/leads/{lead_id}/corrections/rep_1/undo")).status == 403
    outsider = await dashboard.visitor("otto", other="owner")
    assert (await outsider.post(place.replace("main", "other"), {**fields, "phones.0": GOOD})).status == 404
    assert dashboard.ids("SELECT id FROM repairs") == []
    assert (await owner.post("/w/main/repairs/none", fields)).status == 404
