"""Connected accounts as one sees them in a terminal: how each stands, what was checked, what waits since when."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from connector.cli.session import Session, as_json
from connector.composition import Chance, opened_connect
from connector.domain.mail import META_KEEPS_DAYS
from connector.runtime.clock import SystemClock

DAY_MS = 86_400_000
NOTHING = "Nothing is connected: run `connector connect facebook`."

Row = Mapping[str, Any]


@click.command()
@as_json
@click.pass_obj
def connections(session: Session, /, *, in_json: bool) -> None:
    """List connected accounts: health, what the checks found, what waits and since when, what to do."""
    settings = session.settings()
    clock = SystemClock()

    async def find() -> Mapping[str, Sequence[Row]]:
        async with opened_connect(settings, clock, Chance.of_system()) as (_, stored, _rooms):
            return await stored.everything()

    found = session.run(find())
    accounts = [account_view(account, found, now_ms=clock.now_ms()) for account in found["connections"]]
    if in_json:
        for account in accounts:
            click.echo(json.dumps(account, ensure_ascii=False))
        return
    _print(accounts)


def account_view(account: Row, found: Mapping[str, Sequence[Row]], *, now_ms: int) -> dict[str, Any]:
    """Return an account with its checks, the Pages it reads, those it stands by for, and what waits.

    `drops_in_days`: when Meta deletes the first of the waiting leads; None when none waits.
    """
    own = [one for one in found["pages"] if one["connection_id"] == account["id"]]
    pages = [
        {**page, "drops_in_days": drops_in_days(page["waiting_since_ms"], now_ms=now_ms)} for page in own
    ]
    read = {page["page_id"] for page in pages}
    since = min((page["waiting_since_ms"] for page in pages if page["waiting"]), default=None)
    return {
        **account,
        "scopes": json.loads(account["scopes"]),
        "waiting": sum(page["waiting"] for page in pages),
        "waiting_since_ms": since,
        "drops_in_days": drops_in_days(since, now_ms=now_ms),
        "checks": _of(account, found["checks"]),
        "pages": pages,
        "stands_by_for": [one for one in _of(account, found["grants"]) if one["page_id"] not in read],
    }


def drops_in_days(since_ms: int | None, *, now_ms: int) -> int | None:
    """Return in how many whole days Meta deletes a lead that came at `since_ms`; 0: today, or it did."""
    if since_ms is None:
        return None
    return max(META_KEEPS_DAYS - (now_ms - since_ms) // DAY_MS, 0)


def _of(account: Row, rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name != "connection_id"}
        for row in rows
        if row["connection_id"] == account["id"]
    ]


def _print(accounts: Sequence[Row]) -> None:
    if not accounts:
        click.echo(NOTHING)
    for account in accounts:
        for line in _lines(account):
            click.echo(line)
        click.echo()


def _lines(account: Row) -> Iterator[str]:
    """Yield an account as a person reads it: what is wrong and what to do before everything else."""
    name = f" {account['account_name']}" if account["account_name"] else ""
    yield f"{account['id']}  {account['provider']}{name}, workspace {account['workspace_id']}"
    yield f"  {account['state']} since {_at(account['state_since_ms'])}{_why(account)}"
    if account["waiting"]:
        yield (
            f"  {account['waiting']} leads wait, the first since {_at(account['waiting_since_ms'])};"
            f" Meta drops it in {account['drops_in_days']} days"
        )
    looked = _at(account["probed_at_ms"]) if account["probed_at_ms"] is not None else "not yet"
    ends = f", ends {_at(account['expires_at_ms'])}" if account["expires_at_ms"] is not None else ""
    yield f"  looked at {looked}{ends}"
    for page in account["pages"]:
        yield f"  Page {page['page_id']} {page['name']}: {page['state']}, {page['waiting']} wait{_why(page)}"
    for page in account["stands_by_for"]:
        yield f"  Page {page['page_id']} {page['name']}: stands by ({page['state']}){_why(page)}"
    for check in account["checks"]:
        of_page = f" of Page {check['page_id']}" if check["page_id"] else ""
        why = _why({"reason": check["detail"], "remedy": check["remedy"]}) if check["outcome"] != "ok" else ""
        yield f"  check {check['name']}{of_page}: {check['outcome']} ({_at(check['checked_at_ms'])}){why}"


def _why(row: Row) -> str:
    said = " ".join(text for text in (row["reason"], row["remedy"]) if text)
    return f": {said}" if said else ""


def _at(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
