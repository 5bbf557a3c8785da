"""`kill -9`, and the copy of the state put back on another machine: the feed goes on and the proof is clean."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import psycopg
import pytest
from support.daemon import ROOT, Config, Home
from support.traffic import Received, plain_forms, submit

from adapters.sandbox.world import Lead

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


async def command(config: Config, *args: str) -> str:
    """Run a command to its end; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "connector", "--config", str(config.path), *args),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


def told_anew(received: Received, before: set[str]) -> set[str]:
    """Return the leads of events that the CRM did not have before."""
    received.look()
    return {lead for lead, ids in received.events_of_lead.items() if ids - before}


@contextlib.asynccontextmanager
async def another_machine(home: Home) -> AsyncIterator[str]:
    """Lend the address of a state that is not there yet."""
    if home.state_url.startswith("sqlite"):
        folder = home.folder / "another"
        folder.mkdir()
        yield f"sqlite:///{folder / 'state.db'}"
        return
    with psycopg.connect(home.state_url, autocommit=True) as conn:
        name = f"{conn.info.dbname}_another"
        conn.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield home.state_url.replace(f"/{conn.info.dbname}", f"/{name}")
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


async def test_a_copy_put_back_elsewhere_goes_on_and_doubles_nothing(home: Home) -> None:
    sandbox, received = home.sandbox, Received(home.sandbox.crm)
    crm, forms = sandbox.crm, plain_forms(sandbox)
    config = home.configure()
    await home.connect(config)
    daemon = await home.start(config)

    async def told(*people: int) -> list[Lead]:
        leads = [submit(sandbox, forms[number % len(forms)], number) for number in people]
        await sandbox.sender.announce(leads)
        await crm.wait_for(lambda: received.has({lead.id for lead in leads}), 30.0)
        return leads

    await told(1, 2, 3)
    folder = home.folder / "copies"
    await command(config, "state", "backup", str(folder))
    # one of before tells more, three are new, and one of them comes back: the copy knows nothing of it
    after = [*await told(2, 4, 5), *await told(4, 6)]
    ids_before = {attempt.event_id for attempt in crm.record.attempts}
    contacts_before = {name: contact.crm_id for name, contact in crm.record.contacts.items()}
    highest = max(received.sequences)
    await daemon.kill()
    lost = [submit(sandbox, forms[0], 7)]  # while nobody is there

    async with another_machine(home) as url:
        config = home.configure("another", state={"url": url, "encryption_keys": [home.encryption_key]})
        (copy,) = (path for path in sorted(folder.iterdir()) if path.suffix in {".db", ".dump"})
        await command(config, "state", "restore", str(copy))
        daemon = await home.start(config)
        # what the copy does not know is read and told again, under numbers of its own
        unknown = {lead.id for lead in (*after, *lost)}
        await crm.wait_for(lambda: told_anew(received, ids_before) >= unknown, 60.0)
        await told(8)  # and new leads go on as ever
        await command(config, "proof")  # would end with 1 if any were missing
        daemon.terminate()
        assert await daemon.exit_code() == 0, daemon.log.tail()

    assert [(one.kind, one.detail) for one in crm.record.violations] == []
    assert {number: ids for number, ids in received.sequences.items() if len(ids) != 1} == {}
    fresh = {number for number, ids in received.sequences.items() if not ids & ids_before}
    assert min(fresh) > highest + 1_000_000
    assert {name: contact.crm_id for name, contact in crm.record.contacts.items()}.items() >= (
        contacts_before.items()
    )
    assert len(crm.record.contacts) == len(contacts_before) + 2, "persons 7 and 8, and nobody twice"
