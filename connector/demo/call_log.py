"""The acts around call logs: weeks of calls come in, go to the sandbox's Drive, are verified and restored."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from connector.demo.accounts import ACTOR, LOOK_S, WORKSPACE
from connector.demo.stage import BackedUp, Stage
from connector.domain.backup.drilling import DrillFailedError
from connector.domain.backup.runs import RunId
from connector.domain.backup.schedule import ScheduleId
from connector.domain.times import rfc3339
from connector.pipelines.backup.spool import size_said
from connector.pipelines.backup.verifying import Verifying

API = "/api/v1"
FORMATS = ("jsonl", "csv_excel", "xlsx", "xml")
USERS = ("asha", "bruno", "chen")
TYPES = ("incoming", "outgoing", "outgoing", "missed")
APART = timedelta(minutes=13)
OPEN = frozenset({"waiting", "spooling", "uploading"})


async def calls_imported(stage: Stage) -> None:
    """Let the CRM hand in a call log through the API, a part of it twice, as after a lost answer."""
    await stage.daemon.rooms.workspaces.change(WORKSPACE, {"call_tracking": 1})
    lines = list(call_log(stage.plan.calls, stage.clock.now()))
    taken = await _ask(stage, "POST", "/calls", b"".join(lines), ndjson=True)
    stage.expect("new calls", found=taken.get("new"), wanted=len(lines))
    again = await _ask(stage, "POST", "/calls", b"".join(lines[:100]), ndjson=True)
    stage.expect("calls that came again and were new", found=again.get("new"), wanted=0)
    stage.screen.say(f"The CRM handed in {len(lines)} calls of {len(USERS)} employees, some of them twice.")


def call_log(count: int, now: datetime) -> Iterator[bytes]:
    """Yield calls as NDJSON, the newest first: nobody's, but such as employees have."""
    rng = Random(count)  # noqa: S311 - the same log for the same count
    for number in range(count):
        kind = rng.choice(TYPES)
        call = {
            "id": f"demo-{number}",
            "user_id": USERS[number % len(USERS)],
            "number": f"+9190000{rng.randrange(500):05d}",
            "started_at": rfc3339(now - number * APART),
            "duration": 0 if kind == "missed" else rng.randrange(1, 900),
            "type": kind,
            "note": "asked for an offer" if number % 40 == 0 else None,
        }
        yield json.dumps(call).encode() + b"\n"


async def backed_up(stage: Stage) -> None:
    """Make a schedule through the API, begin its run and watch it into the Drive."""
    made = await _ask(stage, "PUT", "/backups/schedules", json.dumps({"schedules": [_schedule()]}).encode())
    schedule = next(iter(made.get("schedules", ())), {"id": "", "status": {}})
    asked = await _ask(stage, "POST", "/backups/runs", json.dumps({"schedule": schedule["id"]}).encode())
    run = asked
    while run.get("state") in OPEN and not run.get("hold"):
        stage.screen.backup(run["bytes_sent"], run["bytes_total"])
        await stage.clock.sleep(LOOK_S)
        run = await _ask(stage, "GET", f"/backups/runs/{asked['id']}")
    if run.get("hold"):
        stage.problems.append(f"the backup waits: {run.get('reason')}")
    stage.expect("the backup's state", found=run.get("state"), wanted="good")
    stage.expect("calls in the backup", found=run.get("calls"), wanted=stage.plan.calls)
    if run.get("state") != "good":
        return
    stage.screen.backup(run["bytes_sent"], run["bytes_total"])
    files = run["files"]
    stage.backup = BackedUp(
        run_id=run["id"], schedule_id=run["schedule_id"], files=len(files), size_bytes=run["bytes_total"]
    )
    said = f"{len(files)} files ({', '.join(FORMATS)} and the manifest), {size_said(run['bytes_total'])}"
    stage.screen.say(f"Backed up to {run['account_email']}: {said}; {_next(schedule)}.")


def _schedule() -> Mapping[str, Any]:
    return {"name": "nightly", "cron": "30 2 * * *", "formats": list(FORMATS)}


def _next(schedule: Mapping[str, Any]) -> str:
    times = schedule["status"].get("next_runs") or ["never"]
    return f"next {times[0][:16].replace('T', ' ')} UTC"


async def verified(stage: Stage) -> None:
    """Ask the Drive for each file's checksums and compare; then restore it all into a scratch place."""
    flows, done = stage.daemon.flows.backups, stage.backup
    if flows is None or done is None:
        return
    try:
        found = await Verifying(flows.rooms.runs, flows.fetching).verify(RunId(done.run_id))
    except DrillFailedError as error:
        stage.problems.append(f"the backup cannot be verified: {error}")
        return
    stage.expect("files that are not as they were sent", found=len(found.faults), wanted=0)
    drill_id = await flows.rooms.drills.ask(WORKSPACE, ScheduleId(done.schedule_id), by=ACTOR)
    drill = None
    while drill is None or drill.state == "waiting":
        await stage.clock.sleep(LOOK_S)
        drill = await flows.rooms.drills.drill(drill_id)
    stage.expect("the drill", found=(drill.state, drill.calls), wanted=("proved", stage.plan.calls))
    done.proved = drill.calls
    done.is_verified = not found.faults and drill.state == "proved"
    said = f"{len(found.files)} files have our checksums in the Drive"
    stage.screen.say(f"Verified: {said}; a drill restored {drill.calls} calls and found them as they were.")


async def _ask(
    stage: Stage, method: str, path: str, body: bytes | None = None, *, ndjson: bool = False
) -> dict[str, Any]:
    """Call the API as the CRM does; a refusal is a problem."""
    headers = {"Authorization": f"Bearer {stage.api_token}"}
    headers |= {"Content-Type": "application/x-ndjson"} if ndjson else {}
    url = f"{stage.daemon.public_url}{API}{path}"
    async with stage.http.request(method, url, headers=headers, data=body) as answer:
        value: dict[str, Any] = await answer.json(content_type=None)
        if not answer.ok:
            stage.problems.append(f"{method} {path} was answered {answer.status}: {value.get('detail')}")
        return value
