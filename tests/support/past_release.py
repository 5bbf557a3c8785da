"""The state that a past release left behind (`release_state.py` wrote it), and the Facebook that goes with it."""

import contextlib
import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from adapters.sandbox.objects import Form, Lead, LeadAccess, Page, Person, Question, Token
from adapters.sandbox.world import World
from support.release_state import KEY

FOLDER = Path(__file__).resolve().parents[1] / "data" / "releases"

Rows = list[dict[str, Any]]

__all__ = ["KEY", "PastRelease"]


class PastRelease:
    """One release's state, by the name of its folder."""

    def __init__(self, name: str) -> None:
        self._folder = FOLDER / name
        self.known: dict[str, Any] = json.loads((self._folder / "world.json").read_text(encoding="utf-8"))

    def restore(self, state_url: str) -> None:
        """Put its rows into an empty database."""
        if state_url.startswith("sqlite"):
            with contextlib.closing(sqlite3.connect(state_url.removeprefix("sqlite:///"))) as db:
                db.executescript((self._folder / "sqlite.sql").read_text(encoding="utf-8"))
            return
        with psycopg.connect(state_url, autocommit=True) as conn:
            conn.execute((self._folder / "postgres.sql").read_bytes())

    def world(self, now: Callable[[], float]) -> World:
        """Return what Facebook knew then."""
        app_id, app_secret, verify_token = self.known["app"]
        world = World(
            app_id=app_id,
            app_secret=app_secret,
            verify_token=verify_token,
            rng=random.Random(2),  # noqa: S311 - repeatable
            now=now,
        )
        for one in self.known["people"]:
            tasks = {page: tuple(names) for page, names in one["tasks"].items()}
            person = Person(**{**one, "granted": set(one["granted"]), "tasks": tasks})
            world.people[person.id] = person
        for one in self.known["pages"]:
            world.pages[one["id"]] = Page(
                **{**one, "lead_access": LeadAccess(**one["lead_access"]), "usage": None}
            )
        for one in self.known["forms"]:
            questions = tuple(Question(**{**question, "options": ()}) for question in one["questions"])
            world.forms[one["id"]] = Form(**{**one, "questions": questions, "checkboxes": ()})
        for one in self.known["leads"]:
            world.leads[one["id"]] = Lead(**one)
            world.forms[one["form_id"]].leads.append(world.leads[one["id"]])
        world.tokens = {one["value"]: Token(**one) for one in self.known["tokens"]}
        return world


def rows_of(state_url: str) -> dict[str, Rows]:
    """Return every row of every table, by table."""
    if state_url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(state_url.removeprefix("sqlite:///"))) as db:
            db.row_factory = sqlite3.Row
            names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: [dict(row) for row in db.execute(f'SELECT * FROM "{name}"')] for name in names}  # noqa: S608 - names of our own tables
    with psycopg.connect(state_url, row_factory=psycopg.rows.dict_row) as conn:
        tables = conn.execute(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return {
            table["name"]: conn.execute(f'SELECT * FROM "{table["name"]}"'.encode()).fetchall()  # noqa: S608 - the same
            for table in tables
        }
