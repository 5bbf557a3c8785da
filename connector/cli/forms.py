"""`connector forms`."""

import getpass
import json
from collections.abc import Awaitable, Callable
from typing import Any, TextIO, TypeVar

import click

from connector.cli.session import (
    BAD_INPUT,
    TRY_LATER,
    Failure,
    Session,
    as_json,
    at_most,
    dry_run,
    rate,
    show,
)
from connector.composition import Chance, opened_state
from connector.composition.mapping import form_mappings
from connector.domain.audit import Actor
from connector.domain.errors import BadInputError
from connector.domain.lead import FormId, WorkspaceId
from connector.domain.mapping.forms import KnownForm, Outdated, RemapCount
from connector.pipelines.mapping import FormMappings, MistakenMapping
from connector.runtime.clock import SystemClock
from connector.wire.form import count_value, form_value, preview_value, progress_value, version_value

T = TypeVar("T")

LIST_COLUMNS = ("form_id", "name", "page_name", "status", "questions", "version", "successor_of")
QUESTION_COLUMNS = ("question", "type", "label", "goes_to", "as", "on_problem")
CHANGE_COLUMNS = ("lead_id", "field", "before", "after")
VERSIONS = 20

_workspace = click.option(
    "--workspace", "workspace_id", default="main", show_default=True, help="Whose forms."
)
_form = click.argument("form_id")


@click.group()
def forms() -> None:
    """Forms: what each asks, and which field of the CRM each answer goes to."""


@forms.command("list")
@_workspace
@at_most
@as_json
@click.pass_obj
def forms_list(session: Session, workspace_id: str, *, limit: int, in_json: bool) -> None:
    """List forms with the version of the mapping in force, 0 where there is none."""

    async def find(mappings: FormMappings) -> list[KnownForm]:
        return list(await mappings.store.forms(WorkspaceId(workspace_id), limit=limit))

    rows = [form_value(form) for form in _run(session, find)]
    if not in_json:
        rows = [{**row, "questions": len(row["questions"] or ())} for row in rows]
    show(rows, LIST_COLUMNS, in_json=in_json, empty="No forms yet: they are listed once a Page is connected.")


@forms.command("show")
@_form
@_workspace
@as_json
@click.pass_obj
def forms_show(session: Session, form_id: str, workspace_id: str, *, in_json: bool) -> None:
    """Show what a form asks and where each answer goes; with --json the mapping, its versions and all."""

    async def look(mappings: FormMappings) -> tuple[KnownForm, dict[str, Any]]:
        workspace = WorkspaceId(workspace_id)
        form = await _known(mappings, workspace, form_id)
        versions = await mappings.store.versions(workspace, form.id, limit=VERSIONS)
        progress = await mappings.progress(workspace, form.id)
        more = {
            "versions": [version_value(one) for one in versions],
            "application": progress_value(progress) if progress else None,
        }
        return form, more

    form, more = _run(session, look)
    if in_json:
        click.echo(json.dumps({**form_value(form), **more}, ensure_ascii=False))
        return
    click.echo(f"{form.name or form.id} of {form.page_name}: mapping version {form.version}")
    show(_questions(form), QUESTION_COLUMNS, in_json=False, empty="What it asks is not known yet.")


@forms.command("map")
@_form
@click.argument("file", type=click.File(encoding="utf-8"))
@_workspace
@dry_run
@as_json
@click.pass_obj
def forms_map(
    session: Session, form_id: str, file: TextIO, workspace_id: str, *, dry_run: bool, in_json: bool
) -> None:
    """Put the mapping in FILE (JSON, `-` reads standard input) in force for every lead from now on.

    It replaces the former one as a whole. With `version` in it, it is refused unless that version is in force.
    """
    try:
        given = json.load(file)
    except (ValueError, RecursionError) as error:
        raise Failure("The file is no JSON.", code=BAD_INPUT) from error
    version = given.pop("version", None) if isinstance(given, dict) else None
    if version is not None and (type(version) is not int or version < 0):
        raise Failure(
            "`version` must be a whole number, the version that this mapping replaces.", code=BAD_INPUT
        )

    async def put(mappings: FormMappings) -> tuple[dict[str, Any], str]:
        workspace = WorkspaceId(workspace_id)
        form = await _known(mappings, workspace, form_id)
        mapping = mappings.read(form, given)
        if isinstance(mapping, MistakenMapping):
            wrong = "\n".join(f"{one.place or 'It'} {one.message}" for one in mapping.mistakes)
            raise BadInputError(wrong)
        if dry_run:
            leads = await mappings.preview(workspace, form, mapping)
            count = await mappings.count(workspace, form.id, mapping)
            return preview_value(leads, count), f"On past leads: {_said(count)}"
        based_on = form.version if version is None else version
        done = await mappings.save(workspace, form.id, mapping, based_on=based_on, actor=_me())
        if isinstance(done, Outdated):
            raise Failure(f"Version {done.version} is in force: look at it first.", code=TRY_LATER)
        said = f"Version {done.stored.version} is in force. {done.retried} parked leads go on."
        return version_value(done.stored), said

    value, said = _run(session, put)
    if in_json:
        click.echo(json.dumps(value, ensure_ascii=False))
        return
    if dry_run:
        rows = [
            {"lead_id": lead["lead_id"], **change} for lead in value["leads"] for change in lead["changes"]
        ]
        show(rows, CHANGE_COLUMNS, in_json=False, empty="The newest leads would stay as they are.")
    click.echo(said)


@forms.command("apply")
@_form
@_workspace
@rate
@click.option("--stop", is_flag=True, help="Stop an application under way; what was changed stays.")
@dry_run
@as_json
@click.pass_obj
def forms_apply(
    session: Session,
    form_id: str,
    workspace_id: str,
    *,
    per_second: float,
    stop: bool,
    dry_run: bool,
    in_json: bool,
) -> None:
    """Have the daemon read a form's past leads again under the mapping in force, and tell the CRM what changed.

    What a person edited stays as it is.
    """

    async def ask(mappings: FormMappings) -> tuple[dict[str, Any], str]:
        workspace = WorkspaceId(workspace_id)
        form = await _known(mappings, workspace, form_id)
        if stop:
            stopped = await mappings.stop(workspace, form.id, actor=_me())
            return {"stopped": stopped}, "Stopped." if stopped else "None is under way."
        if dry_run:
            count = await mappings.count(workspace, form.id, form.mapping)
            return count_value(count), f"Would read again: {_said(count)}"
        progress = await mappings.apply(workspace, form.id, actor=_me(), per_second=per_second)
        return progress_value(progress), f"{progress.total} leads are in line; the daemon reads them again."

    value, said = _run(session, ask)
    click.echo(json.dumps(value) if in_json else said)


def _run(session: Session, work: Callable[[FormMappings], Awaitable[T]]) -> T:
    settings = session.settings()

    async def run() -> T:
        clock, chance = SystemClock(), Chance.of_system()
        async with opened_state(settings, clock, chance) as rooms:
            return await work(form_mappings(rooms, clock, chance))

    return session.run(run())


async def _known(mappings: FormMappings, workspace_id: WorkspaceId, form_id: str) -> KnownForm:
    form = await mappings.store.form(workspace_id, FormId(form_id))
    if form is None:
        raise BadInputError(f"there is no form {form_id!r} in {workspace_id}: see `connector forms list`")
    return form


def _questions(form: KnownForm) -> list[dict[str, Any]]:
    rules = {rule.question: rule for rule in form.mapping.rules}
    rows = []
    for question in form.questions:
        rule = rules.get(question.key)
        rows.append(
            {
                "question": question.key,
                "type": question.type,
                "label": question.label,
                "goes_to": (rule.key if rule.to == "custom" else rule.to) if rule else None,
                "as": rule.type if rule and rule.to == "custom" else None,
                "on_problem": rule.on_problem if rule else None,
            }
        )
    return rows


def _said(count: RemapCount) -> str:
    scope = "" if count.is_whole else f" (the newest {count.looked_at} were looked at)"
    left = f", {count.left_alone} leads left alone" if count.left_alone else ""
    broken = f", {count.failed} failed by a fault of ours: see the log" if count.failed else ""
    return f"{count.contacts_changed} contacts change of {count.leads} leads{scope}{left}{broken}."


def _me() -> Actor:
    return Actor(kind="cli", name=getpass.getuser())
