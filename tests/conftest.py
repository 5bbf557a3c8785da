"""What every test may ask for: both engines, a clock to move, counters, ids without chance."""

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import structlog
from fake_clock import FakeClock
from hypothesis import settings
from playwright.async_api import Browser
from support.browser import CHROMIUM, opened_browser
from support.counters import SeenCounters
from support.databases import Lending
from support.engines import open_engine
from support.memory import memory_folder

from connector.bench.cluster import Cluster, find_programs
from state.engine import Engine
from state.sqlite_file import open_migrated

ENGINES = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))

# a busy machine is no failure: speed is measured by `make bench`
settings.register_profile("connector", deadline=None, print_blob=True)
settings.load_profile("connector")


def required(what: str, *, present: bool, how: str) -> None:
    """Skip a test that lacks a real component, or fail it where none may be skipped (CI)."""
    if present:
        return
    message = f"needs {what}: {how}"
    if os.environ.get("CONNECTOR_TEST_REQUIRE") == "all":
        pytest.fail(message)
    pytest.skip(message)


def pytest_configure() -> None:
    """Have `tmp_path` in memory where that is possible; whoever sets the variable decides otherwise.

    Logs are written plainly: a failed test shows them, and a coloured traceback costs more than what it tells of.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["level", "event"], drop_missing=True),
        ]
    )
    folder = memory_folder()
    if folder is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests on a contained host: one worker has them all, and they take longest."""
    items.sort(key=lambda item: item.get_closest_marker("systemd") is None)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a private PostgreSQL server on a socket of its own."""
    programs = find_programs()
    required("PostgreSQL's programs", present=programs is not None, how="apt-get install postgresql")
    assert programs is not None
    with Cluster.started(programs) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def lending(postgres_cluster: Cluster) -> Iterator[Lending]:
    with closing(Lending(postgres_cluster)) as opened:
        yield opened


@pytest.fixture
def postgres_url(lending: Lending) -> Iterator[str]:
    """Lend the address of a state without a row."""
    with lending.database() as url:
        yield url


@pytest.fixture
def bare_postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """Lend the address of a database without a table."""
    with postgres_cluster.database() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a SQLite state without a row: a copy of it is there ten times sooner than a migrated one."""
    path = tmp_path_factory.mktemp("model") / "state.db"
    open_migrated(path).close()
    return path.read_bytes()


@pytest.fixture(params=ENGINES)
def bare_state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database without a table, once an engine."""
    return _address(request, tmp_path / "state.db", postgres="bare_postgres_url")


@pytest.fixture(params=ENGINES)
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a state without a row, once an engine."""
    if request.param == "sqlite":
        (tmp_path / "state.db").write_bytes(request.getfixturevalue("migrated_file"))
    return _address(request, tmp_path / "state.db", postgres="postgres_url")


def _address(request: pytest.FixtureRequest, file: Path, *, postgres: str) -> str:
    """Return where the engine that is asked for keeps its state; `postgres` is the fixture that lends a database."""
    url: str = f"sqlite:///{file}" if request.param == "sqlite" else request.getfixturevalue(postgres)
    return url


@pytest.fixture
async def engine(state_url: str) -> AsyncIterator[Engine]:
    opened = open_engine(state_url)
    yield opened
    await opened.aclose()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start a real Chromium for one test."""
    required("Chromium", present=CHROMIUM.exists(), how="apt-get install chromium")
    async with opened_browser() as opened:
        yield opened


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def counters() -> SeenCounters:
    return SeenCounters()


@pytest.fixture
def new_id() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):032x}"
