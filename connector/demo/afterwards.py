"""What goes on once the acts are over: leads come, and whoever watches may lose the account and mend it."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from connector.demo.accounts import end_facebook, held, told_dashboard
from connector.demo.stage import Stage

TELL_EVERY = 30
"""Leads between two lines."""
STDIN = 0


async def go_on(stage: Stage) -> None:
    """Let a lead come every few seconds until the end. The dialogs ask from now on: a person may answer them."""
    stage.sandbox.world.interactive = stage.sandbox.google.world.interactive = True
    await told_dashboard(stage)
    with on_enter(partial(_lose, stage)) as can_press:
        key = " Enter loses the Facebook account, for you to mend in the dashboard." if can_press else ""
        stage.screen.say(f"From now on a lead every {stage.plan.every_s:g} s.{key} Ctrl-C ends the demo.")
        were_held = 0
        while not await stage.clock.wait(stage.stopping, stage.plan.every_s):
            await stage.announce(stage.sandbox.submit(1))
            were_held = await _tell(stage, were_held)


async def _tell(stage: Stage, were_held: int) -> int:
    """Say what is worth a line; return how many leads wait for an account."""
    waiting = await held(stage)
    if were_held and not waiting:
        stage.screen.say("The account is mended: the leads that waited go on.")
    if len(stage.announced) % TELL_EVERY == 0:
        on_their_way = len(stage.missing())
        stage.screen.say(f"{len(stage.announced)} leads so far, {on_their_way} on their way.")
    return waiting


def _lose(stage: Stage) -> None:
    end_facebook(stage)
    stage.screen.say("Facebook ended the account's tokens: leads wait. Mend it: Connections, Reconnect.")


@contextmanager
def on_enter(press: Callable[[], None], source: int = STDIN) -> Iterator[bool]:
    """Call `press` for every line typed while inside; False where nobody can type, such as under cron."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        # a job in the background is stopped when it reads the terminal
        if _is_elsewhere(source) or not os.read(source, 4096):
            loop.remove_reader(source)
        else:
            press()

    try:
        loop.add_reader(source, read)
    except OSError:  # a file or nothing: neither can be waited for
        yield False
        return
    try:
        yield True
    finally:
        loop.remove_reader(source)


def _is_elsewhere(source: int) -> bool:
    return os.isatty(source) and os.tcgetpgrp(source) != os.getpgrp()
