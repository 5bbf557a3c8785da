"""The outside world as a process of its own, so that its CPU is not the daemon's. Driven over stdin and stdout.

One JSON object a line each way: `{"do": "leads", "count": 10}` answers with notifications, `{"do": "wait", "count":
10}` answers once the CRM has accepted that many events.
"""

import asyncio
import base64
import json
import resource
import sys
import time
from typing import Any

from adapters.sandbox.crm import CrmSandbox
from adapters.sandbox.graph_api import GraphSandbox
from adapters.sandbox.objects import Consent
from adapters.sandbox.running import Sandbox
from connector.bench.commands import command_lines

CHANGES_MAX = 1000


class Outside:
    """Graph and CRM sandbox with a remote control."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._graph: GraphSandbox = sandbox.graph
        self._crm: CrmSandbox = sandbox.crm
        for page in sandbox.world.pages.values():  # the bare handler is measured before anything is connected
            page.subscribed[sandbox.world.app_id] = ["leadgen"]

    async def answer(self, command: dict[str, Any]) -> object:
        """Do one command."""
        match str(command["do"]):
            case "settings":
                return self._sandbox.settings()
            case "consent":
                person = next(iter(self._sandbox.world.people.values()))
                self._sandbox.world.next_consent = Consent(person=person)
                return None
            case "leads":
                return self._notifications(command["count"], command.get("per_post", 1))
            case "latency":
                self._graph.latency_s = command["seconds"]
                return None
            case "wait":
                wanted = command["count"]
                await self._crm.wait_for(
                    lambda: len(self._crm.record.accepted) >= wanted, command["timeout_s"]
                )
                return time.time()
            case "accepted":
                return len(self._crm.record.accepted)
            case "cpu":
                used = resource.getrusage(resource.RUSAGE_SELF)
                return used.ru_utime + used.ru_stime
            case unknown:
                raise ValueError(unknown)

    def _notifications(self, count: int, per_post: int) -> list[dict[str, str]]:
        """Return signed bodies of new leads, `per_post` changes each."""
        leads = self._sandbox.submit(count)
        sender = self._sandbox.sender
        bodies = [
            body
            for start in range(0, count, per_post)
            for body in sender.bodies(leads[start : start + per_post])
        ]
        return [{"body": base64.b64encode(body).decode(), "signature": sender.sign(body)} for body in bodies]


async def serve() -> None:
    """Serve until standard input ends."""
    sandbox = Sandbox()
    sandbox.crm = CrmSandbox([sandbox.signing_secret], verify_signatures=False, keep_attempts=False)
    async with sandbox:
        outside = Outside(sandbox)
        async for command in command_lines():
            said = await outside.answer(command)
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
