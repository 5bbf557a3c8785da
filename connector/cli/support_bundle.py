"""`connector support-bundle`: what somebody needs who helps from afar, without a person or a secret in it."""

import json
import os
import platform
import sqlite3
import sys
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import Literal, TextIO, get_args, get_origin

import click

from connector import __version__
from connector.cli.doctor_checks import examine
from connector.cli.init import CANNOT_CREATE
from connector.cli.session import Failure, Session
from connector.composition import Chance, opened_state
from connector.config import Settings
from connector.config_models import is_secret, sections
from connector.domain.alerts_catalogue import KINDS, kind_of
from connector.domain.bundle import OTHER, check_view, counted, event_view, setting_view, version_view
from connector.domain.connection import Health, Provider
from connector.domain.errors import ConnectorError
from connector.domain.lead import ReceivedVia
from connector.pipelines.doctor import Check
from connector.runtime.clock import SystemClock
from state.bundle import Counts, bundle_counts
from state.inspection import known_steps
from state.migrations import SET
from state.vault import Vault

STAGES = frozenset({"fetch", "held", "resolve", "contact", "test", "parked", "erased"})
DELIVERY_STATES = frozenset({"waiting", "delivered", "parked", "superseded"})
WORDS = frozenset({"graph_version"})
"""Settings that are texts and name nobody."""


@click.command("support-bundle")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option(
    "--log", type=click.File("r", encoding="utf-8", errors="replace"), help="Count the events of a JSON log."
)
@click.option("--no-doctor", is_flag=True, help="Ask nobody outside.")
@click.pass_obj
def support_bundle(session: Session, /, file: Path | None, *, log: TextIO | None, no_doctor: bool) -> None:
    """Write a ZIP file for whoever helps: versions, settings without values, the doctor's outcomes, counts.

    It holds no personal data, no secret, no address and no text that anybody wrote. Look into it: it is JSON.
    """
    settings, now = session.settings(), SystemClock().now()
    path = file or Path(f"connector-support-{now:%Y%m%dT%H%M%SZ}.zip")
    parts = {
        "about.json": _about(settings, now),
        "settings.json": _settings(settings),
        "state.json": session.run(_state(settings)),
        **({} if no_doctor else {"doctor.json": session.run(_doctor(settings))}),
        **({} if log is None else {"log_events.json": _log_events(log)}),
    }
    _write(path, parts)
    click.echo(f"Wrote {path}: {', '.join(parts)}.")


def _write(path: Path, parts: Mapping[str, object]) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Failure(f"{path} exists and is kept: name another file.", code=CANNOT_CREATE) from None
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.", code=CANNOT_CREATE) from None
    with os.fdopen(descriptor, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in parts.items():
            archive.writestr(name, json.dumps(value, indent=1, sort_keys=True))


def _about(settings: Settings, now: datetime) -> Mapping[str, object]:
    return {
        "connector": __version__,
        "made_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "python": platform.python_version(),
        "system": [platform.system(), platform.release(), platform.machine()],
        "libc": list(platform.libc_ver()),
        "sqlite": sqlite3.sqlite_version,
        "processors": os.cpu_count(),
        "engine": "sqlite" if settings.state.url.get_secret_value().startswith("sqlite:") else "postgresql",
        "is_venv": sys.prefix != sys.base_prefix,
        "packages": {one.name: version_view(one.version) for one in distributions()},
    }


def _settings(settings: Settings) -> Mapping[str, object]:
    told: dict[str, object] = {}
    for section, kind in sections().items():
        for key, field in kind.model_fields.items():
            value = getattr(getattr(settings, section), key)
            is_word = get_origin(field.annotation) is Literal or key in WORDS
            secret = is_secret(section, key)
            told[f"{section}.{key}"] = setting_view(value, field.default, is_secret=secret, is_word=is_word)
    return told


async def _state(settings: Settings) -> Mapping[str, object]:
    try:
        async with opened_state(settings, SystemClock(), Chance.of_system()) as rooms:
            counts = await bundle_counts(rooms.engine)
            queues = await rooms.records.queues()
    except ConnectorError as error:
        return {"opens": False, "kind": type(error).__name__}
    ring = Vault(settings.state.keys()).names if settings.state.encryption_keys else ()
    sealed = Counter[str]()
    for name, count in counts.sealed.items():
        sealed["first key" if name in ring[:1] else "another of the ring" if name in ring else OTHER] += count
    return {
        "opens": True,
        "migrations": [SET, *known_steps()],
        "rows": counts.tables,
        "groups": _groups(counts),
        "sealed": sealed,
        "queues": {
            name: {"depth": depth, "oldest_ms": since if isinstance(since, int) else None}
            for name, (depth, since) in queues.items()
            if name in STAGES or name.startswith("deliver")
        },
    }


def _groups(counts: Counts) -> Mapping[str, Sequence[Sequence[object]]]:
    groups = counts.groups
    kinds = [[kind.name if (kind := kind_of(key)) else OTHER, n] for key, n in groups["alerts"]]
    versions = [[version_view(version), n] for version, n in groups["daemons"]]
    return {
        "leads": counted(groups["leads"], STAGES, get_args(ReceivedVia)),
        "deliveries": counted(groups["deliveries"], DELIVERY_STATES),
        "connections": counted(groups["connections"], get_args(Provider), get_args(Health)),
        "open alerts": counted(kinds, KINDS),
        "copies and drills": counted(groups["runs"], {"copy", "drill"}, {"good", "failed"}),
        "daemons": versions,
    }


async def _doctor(settings: Settings) -> Sequence[Mapping[str, object]]:
    try:
        checks = await examine(settings)
    except ConnectorError as error:
        return [{"name": "doctor", "state": "failed", "kind": type(error).__name__}]
    return [_view(check) for check in checks]


def _view(check: Check) -> Mapping[str, object]:
    return check_view(check.name, check.state, check.detail, is_away=check.is_away)


def _log_events(log: TextIO) -> Mapping[str, int]:
    """Count the events of a log by name and level; what is no line of ours is left out."""
    counts: Counter[str] = Counter()
    for line in log:
        try:
            seen = event_view(json.loads(line))
        except (ValueError, RecursionError):
            continue
        if seen is not None:
            counts[" ".join(seen)] += 1
    return dict(counts)
