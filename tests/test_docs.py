"""The documents name everything that the code has, link to what exists, and name no make target that does not."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import click
import pytest
from aiohttp import web
from prometheus_client.metrics import MetricWrapperBase

from connector.cli import init, session
from connector.cli.main import COMMANDS, main
from connector.composition.daemon import SERVER_DRAIN_S
from connector.config import RUN_NEEDS, commented_toml
from connector.config_live import LIVE
from connector.config_models import is_secret, sections
from connector.domain.alerts_catalogue import KINDS
from connector.domain.connection import Health, PageState, Provider
from connector.domain.contact import Contact, Flag, PhoneReason, RegionSource
from connector.pipelines import connect, page_checks
from connector.runtime.metrics import Metrics
from connector.web import api, callbacks, health, webhooks
from connector.web.api_backups import BackupsPart
from connector.web.api_call_log import CallLogPart
from connector.web.api_connections import ConnectionsPart
from connector.web.api_forms import FormsPart
from connector.wire.event import ConnectionPageView, ConnectionView, EventData, EventType, LeadView
from connector.wire.openapi import OPERATIONS
from state.migrations import LONGEST_S

ENDING_S = 10.0
"""Seconds for closing the state and the interpreter."""

ROOT = Path(__file__).parent.parent
DOCUMENTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
OPERATORS = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
ADMINS = (ROOT / "docs/admins.md").read_text(encoding="utf-8")
ENGINEERS = (ROOT / "docs/crm-engineers.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
UNIT = (ROOT / "systemd/connector.service").read_text(encoding="utf-8")

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r'<(?:img|source)[^>]*? (?:src|srcset)="([^"]+)"')
PICTURE_BYTES_MAX = 150_000
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LOG_EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)+")
METHODS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


def named(text: str, document: str) -> bool:
    """Tell whether the document has `text` in code style, alone or as a word of it."""
    return re.search(rf"`[^`\n]*(?<![\w.-]){re.escape(text)}(?![\w-])[^`\n]*`", document) is not None


def commands() -> Iterator[tuple[str, click.Command]]:
    """Walk the group; a group itself is not a command."""
    context = click.Context(main)
    for name in sorted(COMMANDS):
        command = main.get_command(context, name)
        assert isinstance(command, click.Command)
        yield from leaves(name, command)


def leaves(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for sub, found in command.commands.items():
            yield from leaves(f"{name} {sub}", found)
    else:
        yield name, command


def section(document: str, heading: str) -> str:
    """Return the text under a heading up to the next one of its rank or a higher one."""
    rank = heading.partition(" ")[0]
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(rank)}}} |\Z)",
        FENCE.sub("", document),
        re.DOTALL | re.MULTILINE,
    )
    assert found is not None, f"no heading {heading!r}"
    return found[1]


def test_the_operators_table_names_every_command_and_its_options() -> None:
    rows = [line for line in section(OPERATORS, "## Commands").splitlines() if line.startswith("| `")]
    found = list(commands())
    assert len(found) > 15
    for name, command in found:
        row = next((row for row in rows if row.startswith(f"| `{name}` |")), None)
        assert row is not None, f"{name} has no row"
        same_as_above = rows[rows.index(row) - 1] if "the same" in row else ""
        for option in (p for p in command.params if isinstance(p, click.Option)):
            flag = max(option.opts, key=len)
            assert named(flag, row + same_as_above), f"{name} {flag} is not in its row"


def test_no_command_is_documented_that_does_not_exist() -> None:
    table = section(OPERATORS, "## Commands")
    rows = re.findall(r"^\| `([a-z -]+)` \|", table, re.MULTILINE)
    assert set(rows) == {name for name, _ in commands()}


def test_every_exit_code_is_in_the_table() -> None:
    codes = {
        value
        for module in (session, init)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int)
    }
    assert len(codes) > 7
    table = section(OPERATORS, "## Commands")
    for code in {0, click.UsageError.exit_code, *codes}:
        assert f"\n| {code} | " in table, f"exit code {code} is not in the table"


@pytest.mark.parametrize("name", sections())
def test_every_setting_has_a_row_with_its_default(name: str) -> None:
    text = section(OPERATORS, f"### `[{name}]`")
    for key, field in sections()[name].model_fields.items():
        row = next((line for line in text.splitlines() if line.startswith(f"| `{key}` |")), None)
        assert row is not None, f"{name}.{key} has no row"
        assert ("secret" in row) == is_secret(name, key) or key.endswith("secret"), f"{name}.{key}: secret?"
        assert ("**needed**" in row) == (f"{name}.{key}" in RUN_NEEDS), f"{name}.{key}: needed?"
        default = field.default
        if isinstance(default, float) and default.is_integer():
            default = int(default)
        if isinstance(default, str | int) and default:
            assert f"| `{default}` |" in row, f"{name}.{key}: the default is {default!r}"
    rows = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert rows == set(sections()[name].model_fields)


def test_the_template_says_what_the_table_says_is_needed() -> None:
    settings = tomllib.loads(commented_toml(bytes))
    empty = {f"{name}.{key}" for name, keys in settings.items() for key, value in keys.items() if not value}
    for place in empty:
        assert named(place, section(OPERATORS, "## Install")), (
            f"{place} is left to fill in, the text does not say so"
        )


def routes() -> Iterator[tuple[str, str]]:
    """Walk the routers of both applications, assembled with parts that are never called."""

    class Never:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    public = web.Application()
    never = Never()
    webhooks.add_webhooks(public, never, never, body_timeout_s=1.0)  # type: ignore[arg-type] # only mounted
    part = ConnectionsPart(never, never, never, [])  # type: ignore[arg-type] # the same
    calls = CallLogPart(never, never, never)  # type: ignore[arg-type] # the same
    forms = FormsPart(never)  # type: ignore[arg-type] # the same
    backups = BackupsPart(never, never, never)  # type: ignore[arg-type] # the same
    api.add_api(public, never, never, never, never, never, never, [part, calls, forms, backups])  # type: ignore[arg-type] # the same
    callbacks.add_callbacks(public, never, public_url="", page=str, body_timeout_s=1.0)  # type: ignore[arg-type] # the same

    async def nothing() -> bytes:
        return b""

    for app in (public, health.ops_app([], nothing)):
        for route in app.router.routes():
            assert route.resource is not None
            if route.method != "*":  # what answers that there is nothing
                yield route.method, route.resource.canonical


def test_every_endpoint_is_documented() -> None:
    found = list(routes())
    assert len(found) >= 7
    for method, path in found:
        assert named(f"{method} {path}", section(OPERATORS, "## Endpoints")), f"{method} {path}"
        if path.startswith(api.PREFIX):
            assert f"`{method} {path}`" in ENGINEERS, f"{method} {path}"


def test_every_endpoint_of_the_api_is_in_the_openapi_document_and_no_other() -> None:
    found = {
        f"{method} {path.removeprefix(api.PREFIX)}"
        for method, path in routes()
        if path.startswith(api.PREFIX)
    }
    assert set(OPERATIONS) == found


def test_every_event_type_and_part_is_documented() -> None:
    text = section(ENGINEERS, "## An event")
    for name in (*get_args(EventType), *EventData.__dataclass_fields__):
        assert named(name, text), name


def test_every_field_and_state_of_a_connection_is_documented() -> None:
    text = section(ENGINEERS, "### A connection")
    for name in (*ConnectionView.__dataclass_fields__, *ConnectionPageView.__dataclass_fields__):
        assert named(name, text), name
    for word in (*get_args(Health), *get_args(PageState), *get_args(Provider)):
        assert named(word, text), word


def test_every_field_of_contact_and_lead_is_documented() -> None:
    contact = section(ENGINEERS, "## Contact 1.0")
    for name, hint in get_type_hints(Contact).items():
        assert named(name, contact), name
        for kind in (hint, *get_args(hint)):
            for part in fields(kind) if isinstance(kind, type) and is_dataclass(kind) else ():
                assert named(part.name, contact), f"{name}.{part.name}"
    for word in (*get_args(PhoneReason), *get_args(RegionSource)):
        assert named(word, contact), word
    lead = section(ENGINEERS, "## The lead beside it")
    for name in LeadView.__dataclass_fields__:
        assert named(name, lead), name


def test_every_flag_has_a_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section(ENGINEERS, "## Flags"), re.MULTILINE)
    assert rows == list(get_args(Flag))


def test_every_metric_has_a_row() -> None:
    rows = section(OPERATORS, "## Metrics")
    metrics = Metrics()
    names = [f"{one.name}_total" if one.type == "counter" else one.name for one in metrics.registry.collect()]
    labels = {
        one._name: ",".join(one._labelnames)  # noqa: SLF001 - nothing else tells the labels of an empty metric
        for one in vars(metrics).values()
        if isinstance(one, MetricWrapperBase)
    }
    assert len(names) > 20
    for name in names:
        given = labels.get(name.removesuffix("_total"), "")
        assert f"`{name}{{{given}}}`" in rows if given else f"`{name}`" in rows, name


def test_every_alert_has_a_place_in_the_runbook() -> None:
    text = section(OPERATORS, "## Alerts and runbook")
    keys = [kind.pattern for kind in KINDS.values()]
    for key in keys:
        assert f"### `{key}`" in text, key
    assert len(keys) == text.count("\n### `") + text.startswith("### `")
    made = [node for source in sources() for node in calls(source) if ast.unparse(node.func) == "Alert"]
    assert len(made) == 1, "an alert is raised that is not of the catalogue"


def test_admins_are_told_what_every_alert_asks_of_them() -> None:
    text = section(ADMINS, "## What each alert asks of you")
    for name in KINDS:
        assert named(name, text), name


def sources() -> Iterator[str]:
    for package in ("connector", "adapters", "state"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if not {"sandbox", "bench", "demo"} & set(path.relative_to(ROOT).parts):
                yield path.read_text(encoding="utf-8")


def calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def log_events() -> set[str]:
    """Return the first argument of every call of a logger: names with a dot."""
    firsts = (
        node.args[0]
        for source in sources()
        for node in calls(source)
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS and node.args
    )
    names = (str(first.value) for first in firsts if isinstance(first, ast.Constant))
    return {name for name in names if LOG_EVENT.fullmatch(name)}


def test_every_log_event_has_a_row_and_every_row_an_event() -> None:
    found = log_events()
    assert len(found) > 20
    first = [
        line.split("|")[1] for line in section(OPERATORS, "## Logs").splitlines() if line.startswith("| `")
    ]
    shown = [name for cell in first for name in re.findall(r"`([^`]+)`", cell)]
    assert set(shown) == found
    assert len(shown) == len(found), "an event is told twice"


def test_the_contents_of_a_document_are_all_its_parts() -> None:
    for document in DOCUMENTS:
        text = FENCE.sub("", document.read_text(encoding="utf-8"))
        contents = re.findall(r"^- \[([^\]]+)\]\(#[^)]+\)", text.partition("\n## ")[0], re.MULTILINE)
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert not contents or sorted(contents) == sorted(parts), (
            f"{document.name}: {set(contents) ^ set(parts)}"
        )


def test_connect_problems_are_in_the_admins_table() -> None:
    table = section(ADMINS, "## What connect says, and how to mend it")
    for said in (page_checks.NO_TASK, page_checks.NO_ACCESS, page_checks.GRANTED):
        assert said in table, said
    errors = (ROOT / "adapters/facebook/errors.py").read_text(encoding="utf-8")
    for said in (
        "the person removed the app",
        "access to the Page's leads was revoked",
        "the password was changed",
    ):
        assert said in errors
        assert said[:1].upper() + said[1:] in table
    for scope in connect.NEEDED_SCOPES:
        assert named(scope, ADMINS), scope


def test_health_and_checks_are_explained_to_admins() -> None:
    text = section(ADMINS, "## How an account stands, and what is checked")
    for word in (*get_args(Health), *("token", "permissions", "page_task", "leads_access", "subscription")):
        assert named(word, text), word


def test_every_secret_can_be_given_to_the_unit() -> None:
    for name, kind in sections().items():
        for key in (key for key in kind.model_fields if is_secret(name, key)):
            credential = f"{name}_{key}"
            line = f"LoadCredential={credential}:/etc/connector/credentials/{credential}"
            active = re.search(rf"^{re.escape(line)}$", UNIT, re.MULTILINE) is not None
            assert line in UNIT, f"{credential} is not in the unit"
            if f"{name}.{key}" in RUN_NEEDS:
                assert active, f"{credential} is needed"


def test_what_a_reload_takes_over_has_a_row() -> None:
    rows = re.findall(r"^\| (`\w+\.\w+`.*?) \|", section(OPERATORS, "## The service"), re.MULTILINE)
    assert {place for row in rows for place in re.findall(r"`(\w+\.\w+)`", row)} == LIVE


def _unit_s(name: str) -> int:
    (seconds,) = re.findall(rf"^{name}=(\d+)$", UNIT, re.MULTILINE)
    return int(seconds)


def test_the_unit_fits_the_daemon() -> None:
    run = (ROOT / "connector/cli/run.py").read_text(encoding="utf-8")
    assert ("\nWatchdogSec=" in UNIT) == ("feed_watchdog" in run), (
        "a watchdog that nobody feeds kills the daemon"
    )
    assert _unit_s("TimeoutStartSec") > LONGEST_S, "a migration is cut off by its own unit"
    drain_s = float(sections()["server"].model_fields["drain_seconds"].default)
    assert _unit_s("TimeoutStopSec") > drain_s + 2 * SERVER_DRAIN_S + ENDING_S


def slug(heading: str) -> str:
    """Return the anchor that a heading gets on the common forges."""
    text = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return text.replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), f"{document.name}: {target}"
        if anchor:
            text = FENCE.sub("", path.read_text(encoding="utf-8"))
            assert anchor in map(slug, re.findall(r"^#+ (.+)$", text, re.MULTILINE)), (
                f"{document.name}: {target}"
            )


def test_pictures_are_there_small_and_told_in_words() -> None:
    shown = set[Path]()
    for document in DOCUMENTS:
        text = FENCE.sub("", document.read_text(encoding="utf-8"))
        for name in PICTURE.findall(text):
            picture = document.parent / name
            assert 0 < picture.stat().st_size < PICTURE_BYTES_MAX, name
            shown.add(picture)
        for tag in re.findall(r"<img[^>]*>", text):
            assert re.search(r' alt="[^"]{20,}"', tag), f"{document.name}: {tag}"
    assert shown == {*(ROOT / "docs/images").iterdir()}, "a picture that nobody sees"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_make_targets_and_commands_exist(document: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE):
        assert target in targets, f"{document.name}: make {target}"
    known = {name for name, _ in commands()}
    groups = {name.partition(" ")[0] for name in known}
    known |= {" ".join(name.split()[:2]) for name in known}  # groups inside of groups
    for first, second in re.findall(
        r"(?:`|^|bin/)connector ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+)\b(?!\.))?", text, re.MULTILINE
    ):
        assert first in groups, f"{document.name}: connector {first}"
        if second and first not in known:
            assert f"{first} {second}" in known, f"{document.name}: connector {first} {second}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_exist(document: Path) -> None:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for path in re.findall(r"`((?:connector|adapters|state|tests|systemd|docs)/[\w./*-]*)`", text):
        assert any(ROOT.glob(path.rstrip("/"))), f"{document.name}: {path}"


def test_the_tree_of_the_readme_is_the_tree() -> None:
    tree = README.partition("## The tree")[2].split("```")[1]
    shown, top = set[str](), ""
    for line in tree.splitlines():
        for name in re.findall(r"([\w*.]+/|\w+\*\.py)", line[:16]):
            top = top if line.startswith(" ") else name
            path = f"{top}{name}" if line.startswith(" ") else name
            assert any(ROOT.glob(path.rstrip("/"))), path
            shown.add(path.rstrip("/"))
    packages = (path for name in ("connector", "adapters") for path in (ROOT / name).glob("*/__init__.py"))
    assert {str(path.parent.relative_to(ROOT)) for path in packages} <= shown


def test_examples_in_python_and_json_can_be_parsed() -> None:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for example in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            ast.parse(example)
        for example in re.findall(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            json.loads(example)


def test_the_readme_links_every_document_and_shows_both_commands_first() -> None:
    for document in DOCUMENTS[1:]:
        assert f"]({document.relative_to(ROOT).as_posix()})" in README, document.name
    first_screen = "\n".join(README.splitlines()[:20])
    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_documents_tell_nothing_of_where_they_were_written() -> None:
    for document in DOCUMENTS:
        assert "/work/" not in document.read_text(encoding="utf-8"), document.name
