"""Views become pages: templates compiled once, everything escaped, an unknown name is an error."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from connector.domain.times import rfc3339_seconds
from connector.web.dashboard.views import CSRF_FIELD, Shell, View, words

PRODUCT = "Leads Connector"
MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
_STEPS = ((DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute"))
_OLD_DAYS = 60
"""Days after which "n days ago" says less than the date."""


class Renderer:
    """Makes HTML of a view inside the shell. `asset` returns the address of a static file by its name."""

    def __init__(self, asset: Callable[[str], str]) -> None:
        self._environment = _environment(asset)

    def render(self, shell: Shell, view: View, *, now: datetime) -> str:
        """Return the whole page. `now` (aware) is what relative times are counted from."""
        template = self._environment.get_template(view.template)
        return template.render(shell=shell, view=view, now=now)

    def template_names(self) -> frozenset[str]:
        """Return the pages' templates; those that begin with `_` or lie in a folder are parts of them."""
        names = self._environment.list_templates(extensions=["html"])
        return frozenset(name for name in names if not name.startswith("_") and "/" not in name)


@cache
def _environment(asset: Callable[[str], str]) -> Environment:
    """Return the templates, which are compiled once in a process, however many servers show them."""
    environment = Environment(
        loader=PackageLoader("connector.web.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        ago=ago, stamp=stamp, until=until, day=day, number=number, counted=counted, seconds=seconds
    )
    environment.globals.update(asset=asset, product=PRODUCT, csrf_field=CSRF_FIELD, words=words)
    return environment


def distance(at: datetime, now: datetime) -> str:
    """Return how far `at` lies from `now`, in the largest whole unit: "just now", "3 hours ago", "in 12 days"."""
    apart_s = round((at - now).total_seconds())
    for step_s, unit in _STEPS:
        if abs(apart_s) >= step_s:
            amount = counted(abs(apart_s) // step_s, unit)
            return f"in {amount}" if apart_s > 0 else f"{amount} ago"
    return "in a moment" if apart_s > 0 else "just now"


def absolute(at: datetime) -> str:
    """Return the instant for people, in UTC: 10 Mar 2026, 09:15 UTC."""
    moment = at.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _time(at: datetime, text: str, *, title: str, relative: bool) -> Markup:
    live = Markup(" data-relative") if relative else ""
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(rfc3339_seconds(at), title, live, text)


@pass_context
def ago(context: Context, at: datetime) -> Markup:
    """Return the relative time, with the absolute one as its title; an old instant as its date."""
    now: datetime = context["now"]
    if (now - at).days >= _OLD_DAYS:
        return _time(at, absolute(at).partition(",")[0], title=absolute(at), relative=False)
    return _time(at, distance(at, now), title=absolute(at), relative=True)


@pass_context
def stamp(context: Context, at: datetime) -> Markup:
    """Return the absolute time, with the relative one as its title."""
    now: datetime = context["now"]
    return _time(at, absolute(at), title=distance(at, now), relative=False)


@pass_context
def until(context: Context, at: datetime) -> str:
    """Return the whole days left, rounded up: "in 12 days", "within a day", "now"."""
    now: datetime = context["now"]
    left_s = (at - now).total_seconds()
    if left_s <= 0:
        return "now"
    return "within a day" if left_s <= DAY_S else f"in {counted(-int(-left_s // DAY_S), 'day')}"


def day(on: date) -> str:
    """Return a day for people: 10 Mar."""
    return f"{on.day} {on:%b}"


def number(value: int) -> str:
    """Return a count with separated thousands: 12,345."""
    return f"{value:,}"


def counted(count: int, noun: str, many: str | None = None) -> str:
    """Return a count with its noun: 1 lead, 2 leads, 0 entries."""
    return f"{number(count)} {noun if count == 1 else many or noun + 's'}"


def seconds(value: float) -> str:
    """Return a duration for people: 0.8 s, 42 s, 3 min."""
    if value < 10:  # noqa: PLR2004 - below it a tenth is worth showing
        return f"{value:.1f} s"
    return f"{value:.0f} s" if value < 2 * MINUTE_S else f"{value / MINUTE_S:.0f} min"
