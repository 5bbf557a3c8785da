"""`connector admin`: who may sign in to the dashboard."""

import os
import pwd
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict
from datetime import UTC, datetime

import click

from adapters.passwords import Argon2Passwords
from connector.cli.session import BAD_INPUT, Failure, Session, as_json, dry_run, show
from connector.composition import Chance, opened_state
from connector.composition.signing_in import invite_pipeline
from connector.domain.audit import Actor
from connector.domain.lead import WorkspaceId
from connector.domain.people import Member, Role, password_problem
from connector.pipelines.invite import LINK_LIFE_MAX_S, LINK_LIFE_S, Invitation
from connector.runtime.clock import SystemClock

ROLES = ("owner", "admin", "viewer")
COLUMNS = ("workspace_id", "email", "name", "role", "has_password", "seen_at_ms")


@click.group()
def admin() -> None:
    """Say who may sign in to the dashboard, and with which role."""


@admin.command("add")
@click.argument("email")
@click.option("--workspace", "workspace_id", default="main", show_default=True, help="In which workspace.")
@click.option(
    "--role", type=click.Choice(ROLES), default="admin", show_default=True, help="What they may do."
)
@click.option("--name", help="What people call them.")
@click.option("--password-stdin", is_flag=True, help="Read a password, one line, from standard input.")
@click.pass_obj
def admin_add(
    session: Session, email: str, workspace_id: str, role: Role, name: str | None, *, password_stdin: bool
) -> None:
    """Add somebody, or change role, name or password of who is there. A changed password signs them out."""
    password = _password(email) if password_stdin else None
    settings = session.settings()

    async def put() -> bool:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            _, is_new = await rooms.people.put(
                email,
                WorkspaceId(workspace_id),
                role,
                actor=_operator(),
                name=name,
                password_hash=await _hashed(password) if password is not None else None,
            )
            return is_new

    is_new = session.run(put())
    click.echo(f"{'Added' if is_new else 'Changed'} {email}: {role} of {workspace_id}.")
    if is_new and password is None:
        click.echo("They have no password: `connector admin link` lets them in to set one.", err=True)


async def _hashed(password: str) -> str:
    async with aclosing(Argon2Passwords()) as passwords:
        return await passwords.hash(password)


@admin.command("list")
@click.option("--workspace", "workspace_id", help="Only this workspace.")
@as_json
@click.pass_obj
def admin_list(session: Session, /, workspace_id: str | None, *, in_json: bool) -> None:
    """List who may sign in, by workspace."""
    settings = session.settings()

    async def find() -> Sequence[Member]:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            return await rooms.people.members(WorkspaceId(workspace_id) if workspace_id else None)

    rows = [asdict(member) for member in session.run(find())]
    show(rows, COLUMNS, in_json=in_json, empty="Nobody yet: `connector admin add` lets somebody in.")


@admin.command("remove")
@click.argument("email")
@click.option("--workspace", "workspace_id", help="Only from this workspace; without it from all.")
@dry_run
@click.pass_obj
def admin_remove(session: Session, email: str, workspace_id: str | None, *, dry_run: bool) -> None:
    """Take somebody out. Who belongs to no workspace any more is signed out everywhere."""
    settings = session.settings()
    only = WorkspaceId(workspace_id) if workspace_id else None

    async def remove() -> tuple[list[Member], list[str]]:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            person = await rooms.people.by_email(email)
            members = await rooms.people.members()
            theirs = [one for one in members if person and one.person_id == person.id]
            leaving = [one for one in theirs if only in (None, one.workspace_id)]
            if person is not None and leaving and not dry_run:
                await rooms.people.remove(person.id, only, actor=_operator())
            return leaving, _without_owner(members, leaving)

    leaving, ownerless = session.run(remove())
    if not leaving:
        raise Failure(f"{email} is nobody there: see `connector admin list`.", code=BAD_INPUT)
    for one in leaving:
        done = "Would remove" if dry_run else "Removed"
        click.echo(f"{done} {email}, {one.role} of {one.workspace_id}.")
    for workspace in ownerless:
        click.echo(f"Nobody owns {workspace} then: add an owner with `connector admin add`.", err=True)


@admin.command("link")
@click.argument("email")
@click.option(
    "--minutes",
    type=click.IntRange(1, LINK_LIFE_MAX_S // 60),
    default=LINK_LIFE_S // 60,
    show_default=True,
    help="How long it works.",
)
@as_json
@click.pass_obj
def admin_link(session: Session, email: str, minutes: int, *, in_json: bool) -> None:
    """Print a one-time address that signs somebody in, who may then set a password. Hand it to nobody else."""
    settings = session.settings()

    async def make() -> Invitation:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            invite = invite_pipeline(settings, rooms)
            return await invite.link(email, actor=_operator(), life_s=minutes * 60)

    made = session.run(make())
    if in_json:
        row = {"email": email, "url": made.url, "expires_at_ms": made.expires_at_ms}
        show([row], (), in_json=True, empty="")
        return
    until = datetime.fromtimestamp(made.expires_at_ms / 1000, UTC)
    click.echo(made.url)
    click.echo(f"It works once, until {until:%Y-%m-%d %H:%M} UTC.", err=True)


def _password(email: str) -> str:
    """Return the line on standard input. Raises Failure when it is no good password."""
    password = sys.stdin.readline().rstrip("\r\n")
    problem = password_problem(password, email=email)
    if problem is not None:
        raise Failure(problem, code=BAD_INPUT)
    return password


def _operator() -> Actor:
    """Return the account on the server that runs the command."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # an account without an entry, as in containers
        name = str(os.getuid())
    return Actor(kind="cli", name=name)


def _without_owner(members: Sequence[Member], leaving: Sequence[Member]) -> list[str]:
    gone = {(one.person_id, one.workspace_id) for one in leaving}
    owned = {
        one.workspace_id
        for one in members
        if one.role == "owner" and (one.person_id, one.workspace_id) not in gone
    }
    return sorted({one.workspace_id for one in leaving if one.role == "owner"} - owned)
