"""Writing a mail: subject, plain text and HTML from templates. The first line of a text template is the subject."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from connector.domain.alerts_catalogue import PROVIDERS, kind_of
from connector.domain.mail import META_KEEPS_DAYS, Letter

SUBJECT_CHARS = 160
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A mail's parts. `subject` is one line."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def written(letter: Letter) -> Written:
    """Return the mail's parts. Texts of providers and names of people are escaped in the HTML."""
    name = _template(letter)
    facts, connection = letter.facts, letter.facts.connection
    words = {
        "letter": letter,
        "facts": facts,
        "connection": connection,
        "provider": PROVIDERS.get(connection.provider, connection.provider) if connection else "",
        "waiting": connection.waiting_leads if connection else 0,
        "keeps_days": META_KEEPS_DAYS,
        "name": one_line(facts.name),
    }
    subject, _, text = _templates().get_template(f"{name}.txt").render(words).partition("\n")
    return Written(
        subject=_subject(subject, facts.workspace_name),
        text=text.strip() + "\n",
        html=_templates().get_template(f"{name}.html").render(words, subject=subject),
    )


def one_line(text: str) -> str:
    """Return the text without line breaks and control characters: nothing of it can begin a header."""
    return _CONTROLS.sub(" ", text).strip()


def _template(letter: Letter) -> str:
    if letter.facts.kind == "resolved":
        return "resolved"
    kind = kind_of(letter.facts.key)
    return kind.body if kind is not None and letter.facts.connection is not None else "plain"


def _subject(text: str, workspace_name: str | None) -> str:
    line = one_line(text)
    short = line if len(line) <= SUBJECT_CHARS else f"{line[: SUBJECT_CHARS - 1]}…"
    return f"{short} ({one_line(workspace_name)})" if workspace_name else short


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("adapters.mail"),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["local"] = _local
    environment.filters["counted"] = _counted
    environment.filters["headline"] = _headline
    environment.filters["reason"] = _reason
    return environment


@pass_context
def _local(context: Context, at: datetime) -> str:
    """Return an instant as the workspace's people write it: 22 Nov 2026, 15:30 IST."""
    try:
        zone = ZoneInfo(context["facts"].timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"
    return f"{at.astimezone(zone):%-d %b %Y, %H:%M %Z}"


def _headline(title: str) -> str:
    """Return the first sentence of a title, without its full stop."""
    return title.partition(". ")[0].rstrip(".")


def _reason(title: str) -> str:
    """Return what follows the first sentence; empty when it stands alone."""
    return title.partition(". ")[2]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
