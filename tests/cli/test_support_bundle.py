"""A support bundle from an installation that is full of marks: none of them gets out, and what helps is in it."""

import json
import os
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from cli.conftest import KEY, Call, write_settings
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import dict_row
from sqlite_utils import Database

from connector.domain.bundle import check_view, counted, event_view, setting_view
from state.copies.sqlite_copy import sqlite_tables
from state.engine import Tx
from state.postgres import PostgresTx
from state.sqlite import SqliteTx

MARK = "Zq7Marke"
COLUMNS = """
    SELECT column_name AS name, data_type AS type, is_identity AS id FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = :table ORDER BY ordinal_position"""
TABLES = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"


@pytest.fixture
def config(tmp_path: Path, state_url: str) -> Path:
    """Write settings in which every text that may be one is a mark."""
    sections: dict[str, dict[str, object]] = {
        "server": {"public_url": f"https://{MARK}.invalid"},
        "state": {"url": state_url, "encryption_keys": [KEY], "backup_dir": str(tmp_path / MARK)},
        "facebook": {
            "app_secret": MARK,
            "previous_app_secrets": [MARK],
            "verify_token": MARK,
            "login_config_id": MARK,
            "graph_url": f"http://127.0.0.1:9/{MARK}",
            "dialog_url": f"https://{MARK}.invalid",
        },
        "google": {"client_id": MARK, "client_secret": MARK, "risc_config_url": f"http://127.0.0.1:9/{MARK}"},
        "crm": {"url": f"http://127.0.0.1:9/{MARK}"},
        "mail": {"smtp_url": f"smtp://{MARK}:{MARK}@127.0.0.1:9", "sender": f"{MARK}@example.com"},
        "alerts": {"heartbeat_url": f"http://127.0.0.1:9/{MARK}"},
    }
    return write_settings(tmp_path / "settings.toml", tmp_path / "state.db", sections)


def marked(tx: Tx) -> int:
    """Put a row with a mark in every text into every table; return how many tables that were."""
    is_sqlite = isinstance(tx, SqliteTx)
    names = sqlite_tables(tx) if isinstance(tx, SqliteTx) else [row["name"] for row in tx.rows(TABLES)]
    done = 0
    for table in names:
        if "migrations" in table:
            continue
        if is_sqlite:
            columns = [
                (row["name"], row["type"], row["pk"]) for row in tx.rows(f"PRAGMA table_info({table})")
            ]
        else:
            columns = [(row["name"], row["type"], row["id"]) for row in tx.rows(COLUMNS, {"table": table})]
        values: dict[str, object] = {}
        for name, kind, key in columns:
            if kind.upper() in {"BLOB", "BYTEA"}:
                values[name] = f"{MARK} {table}".encode()
            elif kind.upper() == "TEXT":
                values[name] = f"{MARK} {table} {name}"
            elif not (key == "YES" or (kind.upper() == "INTEGER" and key)):
                values[name] = 7_000
        places = ", ".join(f":{name}" for name in values)
        done += tx.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", values)  # noqa: S608 - our own schema
    return done


def fill(url: str) -> int:
    """Fill either database, references or not; return in how many tables."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
            return marked(SqliteTx(Database(db)))
    with psycopg.connect(url, row_factory=dict_row) as conn:
        conn.execute("SET session_replication_role = replica")  # references are not looked at
        return marked(PostgresTx(conn))


def parts_of(path: Path) -> dict[str, object]:
    with zipfile.ZipFile(path) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_nothing_that_anybody_wrote_gets_out(
    call: Call, tmp_path: Path, state_url: str, configured: Callable[[], None]
) -> None:
    configured()
    log = tmp_path / "log.json"
    lines = [
        {"event": "lead.resolved", "level": "info", "person": MARK},
        {"event": f"{MARK} said hello", "level": "info"},
        {"event": "lead.resolved", "level": MARK},
    ]
    log.write_text("\n".join([*map(json.dumps, lines), MARK, "[1"]), encoding="utf-8")
    bundle = tmp_path / "bundle.zip"
    done = call("support-bundle", str(bundle), "--log", str(log))
    assert done.exit_code == 0, done.output
    parts = parts_of(bundle)
    texts = [bundle.read_bytes().decode("latin-1"), json.dumps(parts, ensure_ascii=False)]
    secret = [MARK, MARK.lower(), KEY, ".invalid", "127.0.0.1", os.uname().nodename, str(tmp_path)]
    assert [word for word in secret for text in texts if word in text] == []
    assert set(parts) == {"about.json", "settings.json", "state.json", "doctor.json", "log_events.json"}
    assert parts["log_events.json"] == {"lead.resolved info": 1}
    state = parts["state.json"]
    assert isinstance(state, dict)
    assert state["opens"]
    assert min(state["rows"].values()) >= 1, "a table without a mark"
    assert bundle.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def configured(call: Call, state_url: str) -> Callable[[], None]:
    """Return what fills the state with marks."""

    def run() -> None:
        assert call("migrate").exit_code == 0
        assert fill(state_url) > 40

    return run


def test_a_file_that_is_there_is_kept_and_nobody_need_be_asked(call: Call, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    assert call("support-bundle", str(bundle), "--no-doctor").exit_code == 0
    assert "doctor.json" not in parts_of(bundle)
    assert call("support-bundle", str(bundle), "--no-doctor").exit_code == 73


@given(st.text(), st.text())
def test_of_the_doctor_only_what_is_known_gets_out(name: str, detail: str) -> None:
    told = check_view(f"page {name}", "failed", detail, is_away=False)
    assert "detail" not in told
    assert set(str(told["name"])) <= set("abcdefghijklmnopqrstuvwxyz #0123456789_")


@given(st.text(), st.text(min_size=1))
def test_labels_events_and_settings_are_let_in_by_name(label: str, value: str) -> None:
    assert counted([[label, 1]], {"fetch"}) == [["fetch" if label == "fetch" else "other", 1]]
    assert event_view({"event": f"{label} ", "level": "info"}) is None
    assert setting_view(value, "", is_secret=False, is_word=False) == {"set": True, "is_default": False}
    assert setting_view((value,), (), is_secret=True, is_word=False) == {"set": True, "count": 1}
