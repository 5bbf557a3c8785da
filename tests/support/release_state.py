"""Writes the state that a release leaves behind, made by the release's own code: what an upgrade is tested with.

    python tests/support/release_state.py COMMIT FOLDER

The commit is unpacked into a temporary folder and its daemon is run there, on both engines, against its own sandbox,
with a clock that stands still and chance from a seed: leads delivered, waiting for the CRM, refused by it, waiting
for Facebook; an account with sealed tokens; a person, an API token, calls. FOLDER gets a `.sql` for each engine and
`world.json`, what Facebook and the CRM knew. Only nonces, salts and what the command line dates are new each time.

The second half of this module runs in the release's tree and uses nothing of this one.
"""

import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_clock import FakeClock

ROOT = Path(__file__).resolve().parents[2]
KEY = "11" * 32
DELIVERED, REFUSED, FOR_THE_CRM, FOR_FACEBOOK = 6, 1, 4, 3
"""Leads by what became of them."""
CALLS = "number,start,direction,duration\n+4915223000001,2026-11-20T09:00:00+00:00,incoming,61\n"


def main(commit: str, folder: Path) -> None:
    """Unpack the commit and have it write its state, once an engine."""
    with tempfile.TemporaryDirectory() as tree:
        archive = Path(tree) / "release.tar"
        with archive.open("wb") as file:
            subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, stdout=file)  # noqa: S603, S607 - a tool of who develops
        with tarfile.open(archive) as packed:
            packed.extractall(tree, filter="data")
        folder.mkdir(parents=True, exist_ok=True)
        for engine in ("sqlite", "postgres"):
            subprocess.run(  # noqa: S603 - ourselves
                [sys.executable, "-P", __file__, "--inside", engine, str(folder.resolve())],
                cwd=tree,
                check=True,
                env={**os.environ, "PYTHONPATH": f"{tree}:{tree}/tests"},
            )


async def lived(folder: Path, url: str) -> dict[str, Any]:
    """Let the release's daemon live through it all on this state; return its world."""
    from fake_clock import FakeClock  # noqa: PLC0415 - of the release

    from adapters.sandbox.crm import CrmAnswer  # noqa: PLC0415 - the same
    from adapters.sandbox.faults import Fault  # noqa: PLC0415 - the same
    from adapters.sandbox.running import Sandbox  # noqa: PLC0415 - the same
    from support.daemon import Home, running_inside  # noqa: PLC0415 - the same
    from support.leaks import Leaks  # noqa: PLC0415 - the same
    from support.traffic import submit  # noqa: PLC0415 - the same

    clock = FakeClock()

    def now() -> float:
        return clock.now().timestamp()

    sandbox = Sandbox(seed=1, now=now, sleep=clock.sleep, crm_now=now)
    sandbox.world.forms.clear()
    for page in sandbox.world.pages.values():
        page.form_ids.clear()
    form = sandbox.world.add_form(next(iter(sandbox.world.pages.values())), "Call me")
    home = Home(folder=folder, state_url=url, sandbox=sandbox, leaks=Leaks(folder), encryption_key=KEY)
    async with sandbox:
        config = home.configure(fixed_ports=False)
        await home.connect(config, clock)
        async with running_inside(home, config, clock) as inside:
            people = iter(range(100))

            async def arrive(leads: int, event: str) -> None:
                goal = inside.log.seen[event] + leads
                for _ in range(leads):
                    await sandbox.sender.announce([submit(sandbox, form, next(people))])
                await inside.log.wait_for(lambda: inside.log.seen[event] >= goal)

            await arrive(DELIVERED, "delivery.attempted")
            sandbox.crm.answer_next(CrmAnswer(status=422))
            await arrive(REFUSED, "delivery.attempted")
            sandbox.crm.down = True
            people = iter([0, 1, *range(20, 100)])  # two of them are known
            await arrive(FOR_THE_CRM, "lead.resolved")
            sandbox.graph.faults.rate("*", Fault.status(503), 1.0)
            await arrive(FOR_FACEBOOK, "webhook.accepted")
            stopping = asyncio.create_task(_tick(clock))  # calls that wait to try again hold the stop up
        stopping.cancel()
        _command_line(config.path, folder)
    world = sandbox.world
    return {
        "app": [world.app_id, world.app_secret, world.verify_token],
        "signing_secret": sandbox.signing_secret,
        "people": [asdict(person) for person in world.people.values()],
        "pages": [asdict(page) for page in world.pages.values()],
        "forms": [{**asdict(form), "leads": []} for form in world.forms.values()],
        "leads": [asdict(lead) for lead in world.leads.values()],
        "tokens": [asdict(token) for token in world.tokens.values()],
    }


async def _tick(clock: "FakeClock") -> None:
    while True:
        await clock.advance(0.1)
        await asyncio.sleep(0.01)


def _command_line(config: Path, folder: Path) -> None:
    """Do by the release's commands what its daemon does not do alone."""
    calls = folder / "calls.csv"
    calls.write_text(CALLS, encoding="utf-8")
    for arguments, stdin in (
        ("workspace set main --name Bakery --call-tracking on", ""),
        ("admin add ada@example.com --role owner --name Ada --password-stdin", "correct horse battery\n"),
        ("token create --name crm --all-workspaces", ""),
        (f"calls import {calls} --owner ada@example.com", ""),
    ):
        command = [sys.executable, "-m", "connector", "--config", str(config), *arguments.split()]
        subprocess.run(command, input=stdin, text=True, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - the release


def inside(engine: str, target: Path) -> None:
    """Run in the release's tree: live, then write the state down as SQL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if engine == "sqlite":
            path = folder / "state.db"
            world = asyncio.run(lived(folder, f"sqlite:///{path}"))
            with contextlib.closing(sqlite3.connect(path)) as db:
                text = "\n".join(db.iterdump())
        else:
            world, text = _on_postgres(folder)
    (target / f"{engine}.sql").write_text(f"{text}\n", encoding="utf-8")
    if engine == "sqlite":  # the same on both: chance is from one seed
        (target / "world.json").write_text(f"{json.dumps(world, default=sorted)}\n", encoding="utf-8")


def _on_postgres(folder: Path) -> tuple[dict[str, Any], str]:
    from connector.bench.cluster import Cluster, find_programs  # noqa: PLC0415 - of the release

    programs = find_programs()
    assert programs is not None
    with Cluster.started(programs) as cluster, cluster.database() as url:
        world = asyncio.run(lived(folder, url))
        dump = [str(programs / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", f"--dbname={url}"]
        text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own words
    kept = (line for line in text.splitlines() if not line.startswith(("--", "\\", "SET ")) and line)
    return world, "\n".join(kept)


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside(sys.argv[2], Path(sys.argv[3]))
    else:
        main(sys.argv[1], Path(sys.argv[2]))
