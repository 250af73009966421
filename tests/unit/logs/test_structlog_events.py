"""structlog's events become records, with their fields, and what it prints is redacted."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from otel_kit.logs import structlog_events
from otel_kit.logs.library_bridge import Bridge
from otel_kit.logs.records import Event, handed_over
from otel_kit.redaction.redactor import default_redactor

PARAMETERS = frozenset(vars(logging.makeLogRecord({})))


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """What was exported while structlog is connected."""
    exported: list[logging.LogRecord] = []
    structlog_events.connect(Bridge(exported.append, default_redactor, _fail))
    yield exported
    structlog_events.disconnect()
    structlog.reset_defaults()


def _fail(place: str, error: BaseException) -> None:
    raise AssertionError(place) from error


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record has beside logging's own attributes."""
    return {key: value for key, value in vars(record).items() if key not in PARAMETERS}


def printing_to(stream: io.StringIO, *processors: Any) -> Any:
    """Return a logger that prints to ``stream``."""
    chain = [*processors, structlog.processors.JSONRenderer()]
    return structlog.wrap_logger(structlog.PrintLogger(stream), processors=chain)


def test_an_event_is_a_record_with_its_fields(records: list[logging.LogRecord]) -> None:
    """The message is the event, what is bound and passed are fields; the place is the caller's."""
    log = printing_to(io.StringIO(), structlog.processors.add_log_level)

    log.bind(order=17).warning("paid", amount=12.5)

    (record,) = records
    assert (record.levelno, record.getMessage(), fields(record)) == (30, "paid", {"order": 17, "amount": 12.5})
    assert (record.filename, record.funcName) == (
        "test_structlog_events.py",
        "test_an_event_is_a_record_with_its_fields",
    )


def test_what_is_printed_is_redacted_and_the_record_is_not_yet(records: list[logging.LogRecord]) -> None:
    """The record is redacted on its way out, as every record is."""
    stream = io.StringIO()

    printing_to(stream).info("paid by jane@example.com", card="4111 1111 1111 1111")

    assert "jane@" not in stream.getvalue()
    assert "4111 1111" not in stream.getvalue()
    assert records[0].getMessage() == "paid by jane@example.com"


@pytest.mark.parametrize(
    ("method", "level"),
    [("debug", 10), ("info", 20), ("msg", 20), ("warning", 30), ("error", 40), ("exception", 40), ("critical", 50)],
)
def test_levels(records: list[logging.LogRecord], method: str, level: int) -> None:
    """By the method, without any processor that adds a level."""
    getattr(printing_to(io.StringIO()), method)("x")

    assert records[0].levelno == level


@pytest.mark.parametrize(
    "processors",
    [
        [],
        [structlog.processors.format_exc_info],
        [structlog.processors.dict_tracebacks],  # has the values of variables
        [structlog.dev.set_exc_info, structlog.processors.ExceptionRenderer()],
    ],
    ids=["none", "as text", "as structure", "set by a processor"],
)
def test_an_exception_is_the_record_s_exception(records: list[logging.LogRecord], processors: list[Any]) -> None:
    """Itself, whatever a processor makes of it for printing."""
    log = structlog.wrap_logger(
        structlog.PrintLogger(io.StringIO()), processors=[*processors, structlog.processors.KeyValueRenderer()]
    )
    try:
        raise ValueError("bad card")
    except ValueError:
        log.exception("failed")

    (record,) = records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)
    assert fields(record) == {}


def test_a_stack_trace_without_its_exception_is_the_record_s_text(records: list[logging.LogRecord]) -> None:
    """As an event that was handed on from elsewhere has it."""
    printing_to(io.StringIO()).error("failed", exception="Traceback ...\nValueError: bad card")

    assert records[0].exc_text == "Traceback ...\nValueError: bad card"
    assert fields(records[0]) == {}


def test_fields_with_names_of_logging_are_kept(records: list[logging.LogRecord]) -> None:
    """With an underscore, as they would change the record."""
    printing_to(io.StringIO()).info("x", message="m", name="n", args=1)

    assert fields(records[0]) == {"message_": "m", "name_": "n", "args_": 1}


def test_what_cannot_be_rendered_arrives_nevertheless(records: list[logging.LogRecord]) -> None:
    """The application sees what structlog raises, as without the kit."""

    class Bad:
        def __repr__(self) -> str:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        printing_to(io.StringIO()).info("x", value=Bad())

    assert [record.getMessage() for record in records] == ["x"]


def test_a_logger_that_was_made_and_used_before_is_seen(records: list[logging.LogRecord]) -> None:
    """Also one that structlog has cached."""
    structlog_events.disconnect()
    structlog.configure(cache_logger_on_first_use=True, logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
    log = structlog.get_logger()
    log.info("before")
    structlog_events.connect(Bridge(records.append, default_redactor, _fail))

    log.info("after")

    assert [record.getMessage() for record in records] == ["after"]


def test_what_structlog_drops_is_not_exported(records: list[logging.LogRecord]) -> None:
    """A processor's DropEvent, and levels below a filtering logger's."""

    def drop(_logger: Any, _method: str, _event: Any) -> Any:
        raise structlog.DropEvent

    printing_to(io.StringIO(), drop).info("x")
    quiet = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.wrap_logger(structlog.PrintLogger(io.StringIO()), wrapper_class=quiet).info("y")

    assert records == []


def test_through_logging_the_fields_are_handed_over(records: list[logging.LogRecord]) -> None:
    """The record is logging's, one and no more; whoever exports it finds the fields behind the rendered message."""
    seen: list[Any] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append((record.msg, handed_over(record.msg)))

    logger = logging.Logger("shop")  # noqa: LOG001 - one that no other test has
    logger.addHandler(Handler())
    log = structlog.wrap_logger(
        logger, processors=[structlog.processors.JSONRenderer()], wrapper_class=structlog.stdlib.BoundLogger
    )

    log.warning("paid", order=17)
    logger.warning("plain")

    assert seen == [('{"order": 17, "event": "paid"}', Event("paid", {"order": 17}, None)), ("plain", None)]
    assert records == []


@pytest.mark.parametrize("value", [object(), {"self": ...}, "\ud800", b"\xff", 10**400])
def test_odd_values_raise_nothing(records: list[logging.LogRecord], value: Any) -> None:
    """Whatever is a field: the application sees what structlog alone would raise."""
    stream = io.StringIO()
    log = structlog.wrap_logger(structlog.PrintLogger(stream), processors=[structlog.processors.KeyValueRenderer()])

    log.info("odd", value=value)

    assert records[0].getMessage() == "odd"


def test_a_redactor_that_fails_prints_nothing_raw() -> None:
    """It fails closed, and is counted."""
    counted: list[str] = []

    def broken() -> Any:
        raise RuntimeError

    stream = io.StringIO()
    structlog_events.connect(Bridge(lambda _record: None, broken, lambda place, _error: counted.append(place)))
    try:
        printing_to(stream).info("paid by jane@example.com")
    finally:
        structlog_events.disconnect()

    assert stream.getvalue() == "[not printed: RuntimeError]\n"
    assert counted == ["structlog"]


def test_disconnected_structlog_is_as_it_was() -> None:
    """Nothing is exported or changed."""
    stream = io.StringIO()

    printing_to(stream).info("paid by jane@example.com")

    assert "jane@example.com" in stream.getvalue()
