"""`connector calls settings`."""

import json
from collections.abc import Sequence

import click

from connector.cli.calls_options import workspace
from connector.cli.session import Session, as_json, show
from connector.composition import Chance, opened_state
from connector.domain.call import Peer
from connector.domain.calls.filters import CallSettings, number_print
from connector.domain.calls.identity import peer_key
from connector.domain.calls.numbers import read_number
from connector.domain.errors import BadInputError
from connector.domain.lead import WorkspaceId
from connector.runtime.clock import SystemClock


@click.command("settings")
@workspace
@click.option("--private", multiple=True, help="A number whose calls are never stored; repeatable.")
@click.option("--not-private", multiple=True, help="Take a number out again.")
@click.option(
    "--work-hours",
    help="`Mon-Fri 09:00-18:00` in the workspace's zone: only these are stored; `off` ends it.",
)
@click.option(
    "--user",
    "users",
    multiple=True,
    help="KEY=USER: an own number, SIM, device or name is this user's; KEY= forgets.",
)
@as_json
@click.pass_obj
def calls_settings(
    session: Session,
    /,
    workspace_id: str,
    *,
    private: tuple[str, ...],
    not_private: tuple[str, ...],
    work_hours: str | None,
    users: tuple[str, ...],
    in_json: bool,
) -> None:
    """Show or change what is kept out of the calls of a workspace, and whose phone is whose."""
    settings = session.settings()

    async def change() -> CallSettings:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            known = await rooms.calls.settings(WorkspaceId(workspace_id))
            return await rooms.call_settings.change(
                WorkspaceId(workspace_id),
                private=_prints(private, workspace_id, known.region),
                no_longer_private=_prints(not_private, workspace_id, known.region),
                owners=dict(_owner(pair) for pair in users),
                hours=work_hours,
            )

    changed = session.run(change())
    hours = changed.filters.work_hours
    row = {
        "call_tracking": "on" if changed.tracking else "off",
        "private_numbers": len(changed.filters.private),
        "work_hours": f"{hours.text} {hours.zone}" if hours else None,
        "users": json.dumps(dict(changed.owners), ensure_ascii=False) if changed.owners else None,
    }
    show([row], tuple(row), in_json=in_json, empty="")


def _prints(numbers: Sequence[str], workspace_id: str, region: str | None) -> list[str]:
    keys = (peer_key(Peer(number=read_number(one, region=region).e164, number_raw=one)) for one in numbers)
    return [number_print(workspace_id, key) for key in keys]


def _owner(pair: str) -> tuple[str, str | None]:
    key, equals, user = pair.partition("=")
    if not equals or not key.strip():
        raise BadInputError("--user takes KEY=USER, such as +919000000099=asha.")
    return key.strip(), user.strip() or None
