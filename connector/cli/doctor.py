"""`connector doctor`."""

from collections.abc import Sequence

import click

from connector.cli.doctor_checks import examine
from connector.cli.session import FINDINGS, UNAVAILABLE, Failure, Session, as_json, show
from connector.pipelines.doctor import Check

COLUMNS = ("state", "name", "detail", "remedy")


@click.command()
@as_json
@click.pass_obj
def doctor(session: Session, *, in_json: bool) -> None:
    """Check settings, database, keys, Facebook, every connected Page, CRM, clock and disk; name each remedy.

    \b
    Exit codes: 0 all fine, 1 findings, 69 an outside service did not answer, 78 bad settings.
    It migrates nothing and sends no event.
    """
    checks = session.run(examine(session.settings()))
    rows = [{column: getattr(check, column) for column in COLUMNS} for check in checks]
    show(rows, COLUMNS, in_json=in_json, empty="")
    code = exit_code(checks)
    if code:
        count = sum(check.state != "ok" for check in checks)
        raise Failure(f"{count} of {len(checks)} checks have findings.", code=code)


def exit_code(checks: Sequence[Check]) -> int:
    """Return the code of a run: an outside service that is away weighs most, then anything that is not ok."""
    if any(check.is_away for check in checks):
        return UNAVAILABLE
    return FINDINGS if any(check.state != "ok" for check in checks) else 0
