import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from connector.runtime.logs import Format, configure_logs, set_level

HUSH = "hush12345"  # by name: a traceback shows its lines as written


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("aiohttp.access").disabled = False
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def configured(log_format: Format = "json", level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure_logs(log_format=log_format, level=level, stream=stream, cached=False)
    return stream


def fails(token: str) -> None:
    hidden = f"local {token}"
    raise ValueError(f"refused ann@example.com, access_token={token}", len(hidden))


def test_an_event_is_one_json_line_with_its_context() -> None:
    stream = configured()
    structlog.contextvars.bind_contextvars(connection_id="123456789012")
    structlog.get_logger().info("webhook.accepted", notices=2)
    entry = json.loads(stream.getvalue())
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "webhook.accepted",
        "level": "info",
        "notices": 2,
        "connection_id": "123456789012",
    }


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_nothing_personal_or_secret_gets_out(log_format: Format) -> None:
    stream = configured(log_format)
    try:
        fails(HUSH)
    except ValueError:
        structlog.get_logger().exception("fetch.failed", email="bob@example.com", path="/x?code=AQBx1")
    text = stream.getvalue()
    assert "fetch.failed" in text
    assert "ValueError" in text
    for hidden in ("ann@", "bob@", HUSH, "AQBx1"):
        assert hidden not in text


def test_exceptions_come_without_locals() -> None:
    stream = configured()
    try:
        fails("t")
    except ValueError:
        structlog.get_logger().exception("fetch.failed")
    frames = json.loads(stream.getvalue())["exception"][0]["frames"]
    assert frames
    assert all("locals" not in frame for frame in frames)


def test_levels_are_filtered() -> None:
    stream = configured(level="warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert json.loads(stream.getvalue())["event"] == "loud"


def test_libraries_are_heard_from_warning_on_and_redacted() -> None:
    stream = configured()
    logging.getLogger("urllib3.connectionpool").info("quiet")
    logging.getLogger("urllib3.connectionpool").warning("retry %s", "https://h/?access_token=hush1")
    logging.getLogger("aiohttp.access").error("GET /connect/facebook/callback?code=AQ")
    entry = json.loads(stream.getvalue())
    assert (entry["logger"], entry["level"]) == ("urllib3.connectionpool", "warning")
    assert entry["event"] == "retry https://h/?access_token=[redacted]"


def test_a_library_s_exception_is_rendered_too() -> None:
    stream = configured()
    try:
        fails("hush12345")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request")
    entry = json.loads(stream.getvalue())
    assert entry["exception"][0]["exc_type"] == "ValueError"
    assert "hush12345" not in stream.getvalue()


def test_auto_is_json_away_from_a_terminal() -> None:
    stream = configured("auto")
    structlog.get_logger().info("webhook.accepted")
    assert json.loads(stream.getvalue())["event"] == "webhook.accepted"


def test_a_logger_in_use_follows_the_level() -> None:
    stream = io.StringIO()
    configure_logs(log_format="json", stream=stream)  # loggers are kept as first used
    log = structlog.get_logger().bind(part="door")
    log.debug("too.quiet")
    for level in ("debug", "warning", "info"):
        set_level(level)
        log.debug("was.debug", at=level)
        log.info("was.info", at=level)
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["event"], one["at"]) for one in entries] == [
        ("was.debug", "debug"),
        ("was.info", "debug"),
        ("was.info", "info"),
    ]
