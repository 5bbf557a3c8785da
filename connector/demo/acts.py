"""What happens in the demo, act by act. Each act is a function of the stage; `ACTS` is their order."""

from collections.abc import Awaitable, Callable
from itertools import cycle

from adapters.sandbox.crm import CrmAnswer
from adapters.sandbox.faults import Fault
from adapters.sandbox.objects import Lead
from connector.demo.accounts import (
    LOOK_S,
    facebook_connected,
    google_connected,
    lost,
    mended,
    signed_in,
    told_dashboard,
)
from connector.demo.call_log import backed_up, calls_imported, verified
from connector.demo.stage import CALLBACKS, WEBHOOK, Stage

Act = Callable[[Stage], Awaitable[None]]

CALM_SHARE = 0.6
CALM_POSTS = (1, 1, 2, 5, 1, 3, 8)
"""How many leads the POSTs of the calm part tell of, in turn."""
TROUBLED_POST = 25
RETURNING = 6
UNREADABLE = 2
REFUSALS = 8
QUIET = frozenset({"fetch", "resolve", "deliver"})


async def subscribed(stage: Stage) -> None:
    """Subscribe the app's webhook; Meta verifies it with a challenge over HTTP. The callbacks are set by hand."""
    stage.sandbox.webhooks_go_to(stage.daemon.public_url, **CALLBACKS)
    world, graph_url = stage.sandbox.world, stage.sandbox.graph.url
    form = {
        "access_token": f"{world.app_id}|{world.app_secret}",
        "object": "page",
        "fields": "leadgen",
        "callback_url": f"{stage.daemon.public_url}{WEBHOOK}",
        "verify_token": world.verify_token,
    }
    async with stage.http.post(f"{graph_url}/v26.0/{world.app_id}/subscriptions", data=form) as answer:
        stage.expect("subscribing the webhook was answered", found=answer.status, wanted=200)
    stage.screen.say("Meta verified the webhook's challenge.")


async def calm(stage: Stage) -> None:
    """Send leads of every Page in small signed POSTs; some people fill a second form in."""
    left = stage.sandbox.submit(max(1, round(stage.plan.leads * CALM_SHARE)))
    sizes = cycle(CALM_POSTS)
    posts = 0
    while left:
        size = next(sizes)
        batch, left = left[:size], left[size:]
        await stage.announce(batch)
        posts += 1
    returning = min(RETURNING, stage.plan.leads // 10)
    again = [_second_form(stage, lead) for lead in stage.announced[:returning]]
    await stage.announce(again)
    said = f"{len(stage.announced)} leads in {posts + bool(again)} signed webhooks"
    stage.screen.say(f"{said}, {len(again)} of them from people who had filled a form in before.")


async def strange(stage: Stage) -> None:
    """Send what else comes to a public address: a repeated POST, a forged one, a test lead, an unknown field."""
    sender = stage.sandbox.sender
    again = sender.sent[-1].body
    stage.expect("the repeated webhook was answered", found=await sender.send_raw(again), wanted=200)
    forged = await sender.send_raw(again, "sha256=" + "0" * 64)
    stage.expect("the forged webhook was answered", found=forged, wanted=401)
    page = next(iter(stage.sandbox.world.pages))
    change = {"field": "feed", "value": {"item": "post", "verb": "add"}}
    unknown = {"object": "page", "entry": [{"id": page, "time": 1, "changes": [change]}]}
    status = await sender.send_raw(sender.encode(unknown))
    stage.expect("the webhook with an unknown field was answered", found=status, wanted=200)
    await _test_lead(stage)
    stage.screen.say("Also: one webhook twice, a forged one (401), one of an unknown kind, Meta's test lead.")


async def troubled(stage: Stage) -> None:
    """Send leads that cannot be read at first, while the CRM answers 503 for a moment."""
    leads = stage.sandbox.submit(max(0, stage.plan.leads - len(stage.announced)))
    if not leads:
        return
    unreadable = leads[:UNREADABLE]
    for lead in unreadable:
        stage.sandbox.graph.faults.add(lead.id, Fault.error("service_unavailable"))
    refusal = CrmAnswer(status=503, body={"error": "down"}, headers={"Retry-After": "1"})
    stage.sandbox.crm.answer_next(*[refusal] * min(REFUSALS, len(leads)))
    for start in range(0, len(leads), TROUBLED_POST):
        await stage.announce(leads[start : start + TROUBLED_POST])
    stage.screen.say(
        f"{len(leads)} more leads while the CRM answers 503; {len(unreadable)} of them unreadable at Meta at first."
    )


async def settled(stage: Stage) -> None:
    """Wait until everything that Meta announced is in the CRM and nothing waits any more."""
    while stage.missing() or QUIET & set(await stage.daemon.rooms.records.queues()):
        await stage.clock.sleep(LOOK_S)
    stage.screen.say(f"All {len(stage.announced)} leads are in the CRM; nothing waits.")


ACTS: tuple[Act, ...] = (
    *(signed_in, facebook_connected, google_connected, told_dashboard),
    *(subscribed, calm, strange, troubled, settled),
    *(lost, mended),
    *(calls_imported, backed_up, verified),
)


def _second_form(stage: Stage, lead: Lead) -> Lead:
    """Let the same person answer the same form once more."""
    world = stage.sandbox.world
    lead_id = world.add_lead(world.forms[lead.form_id], platform=lead.platform, is_organic=True)
    again = world.leads[lead_id]
    again.field_data = [dict(answer) for answer in lead.field_data]
    return again


async def _test_lead(stage: Stage) -> None:
    """Ask for a test lead as Meta's testing tool does; its webhook comes by itself."""
    sandbox = stage.sandbox
    person = next(iter(sandbox.world.people.values()))
    form = next(iter(sandbox.world.forms.values()))
    token = sandbox.graph.page_token(sandbox.graph.log_in(person), sandbox.world.pages[form.page_id])
    url = f"{sandbox.graph.url}/v26.0/{form.id}/test_leads"
    async with stage.http.post(url, data={"access_token": token}) as answer:
        stage.expect("asking for a test lead was answered", found=answer.status, wanted=200)
    await sandbox.graph.settled()
