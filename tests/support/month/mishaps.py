"""What goes wrong in a month, each with its end: at Meta, on the way, in our process, at the CRM."""

from collections.abc import Callable, Mapping
from functools import partial

from adapters.sandbox.crm import CrmAnswer
from adapters.sandbox.faults import Fault, What
from adapters.sandbox.objects import AppSubscription, LeadAccess, Page
from support.month.story import Story

Mishap = Callable[[Story], None]

THROTTLES = ("app_limit", "user_limit", "page_limit_user_token", "custom_limit", "page_limit_page_token")
OUTAGES: tuple[What, ...] = (
    Fault.status(502),
    Fault.status(503, "Service Unavailable", "text/plain"),
    Fault.status(500, "{}", "application/json"),
    Fault.status(200, "<html>Maintenance</html>"),
    Fault.error("service_unavailable"),
    Fault.error("unknown"),
    Fault.bare("true"),
    Fault.drop_connection(),
)
ROUTES = ("*", "lead", "leads", "forms", "subscribed_apps", "batch")


def proxy_dead(story: Story) -> None:
    """Let nothing of Meta's reach us, for an hour or for days; we reach Meta."""

    async def mend() -> None:
        story.post.is_reachable = True

    story.post.is_reachable = False
    story.later(story.rng.choice((1, 5, 20, 60, 120)), mend)


def machine_off(story: Story) -> None:
    """Have the daemon gone for hours or days: stopped or killed."""
    end = story.kill if story.rng.random() < 0.5 else story.stop
    story.later(0, end)
    story.later(story.rng.choice((2, 8, 30, 72)), story.start)


def killed_at_work(story: Story) -> None:
    """Kill the process in the middle of work: at a unit of work's commit, before or after it."""
    if story.life is not None:
        kept = story.rng.random() < 0.5
        story.life.thread.fray(story.rng.randint(1, 80), is_last_kept=kept)


def restarted(story: Story) -> None:
    """Stop and start, as for an upgrade."""
    story.later(0, story.stop)
    story.later(0, story.start)


def graph_ill(story: Story) -> None:
    """Have Graph answer nonsense, or nothing at all, to a share of calls."""
    route, fault = story.rng.choice(ROUTES), story.rng.choice(OUTAGES)
    faults = story.sandbox.graph.faults

    async def mend() -> None:
        faults.rate(route, fault, 0)

    faults.rate(route, fault, story.rng.choice((0.2, 0.6, 1.0)))
    story.later(story.rng.uniform(0.5, 12), mend)


def graph_hangs(story: Story) -> None:
    """Leave one call without an answer."""
    story.sandbox.graph.faults.add(story.rng.choice(("lead", "leads")), Fault.hang)


def members_missing(story: Story) -> None:
    """Bring some members of a batch back as null."""
    story.sandbox.graph.faults.add("lead", Fault.null_member, times=3)


def throttled(story: Story) -> None:
    """Refuse a Page's lead calls until Meta's minutes are over, or some calls with any other limit."""
    if story.rng.random() < 0.5:
        page, minutes = story.rng.choice(story.pages), story.rng.choice((5, 60, 600))
        story.sandbox.world.throttle(page, minutes=minutes)
        story.later(minutes / 60, partial(_unused, page))
    else:
        fault = Fault.error(story.rng.choice(THROTTLES))
        story.sandbox.graph.faults.add(story.rng.choice(ROUTES), fault, times=story.rng.randint(1, 5))


async def _unused(page: Page) -> None:
    """Have nothing of the Page's budget used any more, as when Meta's window has moved on."""
    page.throttled_until, page.usage = 0.0, None


def odd_lists(story: Story) -> None:
    """Put empty pages into lists, ignore the filter, or find a long page too much."""
    switches = story.sandbox.graph.switches
    usual = switches.max_limit

    async def mend() -> None:
        switches.empty_pages = switches.filter_ignored = False
        switches.max_limit = usual

    match story.rng.randrange(3):
        case 0:
            switches.empty_pages = True
        case 1:
            switches.filter_ignored = True
        case _:
            switches.max_limit = 25
    story.later(story.rng.uniform(5, 40), mend)


def false_death(story: Story) -> None:
    """Say once that the token is dead, which is not true."""
    story.sandbox.graph.faults.add("lead", Fault.error("session_expired"))


def token_dead(story: Story) -> None:
    """Have the admin's tokens die; the person connects again hours or days later."""
    story.sandbox.world.invalidate(story.admin, story.rng.choice((458, 459, 460, 463, 467, None)))
    story.later(story.rng.choice((2, 12, 50)), story.connect)


def unsubscribed(story: Story) -> None:
    """Take the app off a Page silently, as its admins can."""
    story.sandbox.world.drop_subscription(story.rng.choice(story.pages))


def app_unsubscribed(story: Story) -> None:
    """Lose the app's own subscription, and with it every webhook."""
    world = story.sandbox.world
    world.app_subscription = None


def access_taken(story: Story) -> None:
    """Take the app off a Page's Leads Access Manager, and put it back."""
    page = story.rng.choice(story.pages)
    error = story.rng.choice(("leads_access_revoked_103", "leads_access_revoked_200", "object_not_visible"))
    story.sandbox.world.revoke_lead_access(page, error=error)
    story.later(story.rng.choice((1, 10, 30)), partial(_give_access, page))


async def _give_access(page: Page) -> None:
    page.lead_access = LeadAccess()


def fields_refused(story: Story) -> None:
    """Refuse ad-level fields, and perhaps the questions of forms, for a while."""
    page = story.rng.choice(story.pages)

    async def mend() -> None:
        page.ads_fields_refused, page.questions_refused = None, False

    page.ads_fields_refused = story.rng.choice(("ads_fields_refused_100", "ads_fields_refused_200"))
    page.questions_refused = story.rng.random() < 0.5
    story.later(story.rng.uniform(2, 30), mend)


def crm_down(story: Story) -> None:
    """Have the CRM answer 503, with a wish or without."""
    crm = story.sandbox.crm
    crm.down, crm.retry_after_s = True, story.rng.choice((None, 30, 3600))

    async def mend() -> None:
        crm.down = False

    story.later(story.rng.choice((1, 6, 40, 70)), mend)


def crm_busy(story: Story) -> None:
    """Have the CRM ask to slow down, break, or hang, for some requests."""
    slow = CrmAnswer(status=429, headers={"Retry-After": str(story.rng.choice((1, 60, 900)))})
    broken = CrmAnswer(status=story.rng.choice((400, 404, 500, 502, 504)))
    silent = CrmAnswer(fate=story.rng.choice(("drop", "hang")))
    answer, times = story.rng.choice(((slow, 20), (broken, 12), (silent, 1)))
    story.sandbox.crm.answer_next(*[answer] * times)


def crm_refuses(story: Story) -> None:
    """Have the CRM refuse a contact: an admin will have to look."""
    answer = CrmAnswer(status=422, body={"errors": [{"field": "phone", "message": "is on our black list"}]})
    story.sandbox.crm.fail(
        answer, event_type=story.rng.choice(("contact.created", "contact.updated")), times=1
    )


def crm_gone(story: Story) -> None:
    """Have the CRM ask to send nothing more; an operator lets it go on."""
    story.sandbox.crm.fail(CrmAnswer(status=410), times=1)
    story.later(story.rng.choice((6, 30)), partial(resume, story))


async def resume(story: Story) -> None:
    """`connector deliveries resume`; later, if the daemon is off just now."""
    if story.life is None:
        story.later(1, partial(resume, story))
        return
    await story.life.daemon.rooms.deliveries.resume()


def new_form(story: Story) -> None:
    """Publish a copy of a form; where there are many, the old one goes to the archive."""
    world, old = story.sandbox.world, story.rng.choice(story.live_forms())
    page = world.pages[old.page_id]
    fresh = world.add_form(page, f"{old.name} again", questions=old.questions, locale=old.locale)
    story.post.announce([story.submit(form=fresh), story.submit(form=old)])
    if len(story.live_forms([page])) > 2:
        old.status = "ARCHIVED"


def a_child(story: Story) -> None:
    """Let a child of seven register."""
    forms = [form for form in story.live_forms() if any(one.type == "DOB" for one in form.questions)]
    if forms:
        story.post.announce([story.submit(form=story.rng.choice(forms), is_child=True)])


def a_trial(story: Story) -> None:
    """Use Meta's testing tool on a form."""
    world, form = story.sandbox.world, story.rng.choice(story.live_forms())
    answers = {one.key: f"<test lead: dummy data for {one.key}>" for one in form.questions}
    lead_id = world.add_lead(form, answers=answers, platform="", is_organic=True, is_test=True)
    story.trials.add(lead_id)
    story.post.announce_surely([world.leads[lead_id]])


def told_again(story: Story) -> None:
    """Tell once more of what was acknowledged long ago."""
    story.post.repeat_old(5)


def shown_late(story: Story) -> None:
    """Show leads some minutes after they were submitted, all in the same second."""
    leads = [story.submit(age_s=200.0) for _ in range(3)]
    story.post.announce(leads[:1])


MISHAPS: Mapping[Mishap, int] = {
    proxy_dead: 3,
    machine_off: 2,
    killed_at_work: 10,
    restarted: 1,
    graph_ill: 8,
    graph_hangs: 1,
    members_missing: 2,
    throttled: 4,
    odd_lists: 4,
    false_death: 2,
    token_dead: 2,
    unsubscribed: 3,
    app_unsubscribed: 1,
    access_taken: 2,
    fields_refused: 2,
    crm_down: 3,
    crm_busy: 4,
    crm_refuses: 3,
    crm_gone: 1,
    new_form: 2,
    a_child: 2,
    a_trial: 2,
    told_again: 4,
    shown_late: 4,
}
"""How often each happens, beside the others."""


def befall(story: Story) -> None:
    """Let one of them happen."""
    mishap = story.rng.choices(list(MISHAPS), weights=list(MISHAPS.values()))[0]
    story.note(mishap.__name__)
    mishap(story)


async def heal(story: Story) -> None:
    """Let all be well: what would have ended by itself has ended, what takes a person was done."""
    story.is_calm = True
    await story.do_what_is_due(everything=True)
    sandbox = story.sandbox
    sandbox.graph.faults.clear()
    sandbox.crm.heal()
    if sandbox.world.app_subscription is None:
        sandbox.world.app_subscription = AppSubscription(
            callback_url=story.config.webhook_url, fields=["leadgen"]
        )
    await story.start()
    await resume(story)
    await story.connect()
