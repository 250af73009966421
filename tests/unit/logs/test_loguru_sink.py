"""loguru's messages become records, once each, and what its sinks write is redacted."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import loguru
import pytest
from loguru import logger

from otel_kit.logs import loguru_sink
from otel_kit.logs.library_bridge import Bridge
from otel_kit.logs.records import is_exported_elsewhere
from otel_kit.redaction.redactor import default_redactor


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """What was exported while loguru is connected."""
    exported: list[logging.LogRecord] = []
    logger.remove()
    loguru_sink.connect(Bridge(exported.append, default_redactor, _fail))
    yield exported
    loguru_sink.disconnect()
    logger.remove()


def _fail(place: str, error: BaseException) -> None:
    raise AssertionError(place) from error


def test_a_message_is_a_record(records: list[logging.LogRecord]) -> None:
    """With level, name, place, time and what is bound."""
    logger.bind(order=17).warning("paid {}", 12.5)

    (record,) = records
    assert (record.levelno, record.name, record.getMessage()) == (30, __name__, "paid 12.5")
    assert (record.__dict__["order"], record.funcName) == (17, "test_a_message_is_a_record")


def test_the_sink_comes_back_after_the_application_removed_all(records: list[logging.LogRecord]) -> None:
    """Most set-ups begin with ``logger.remove()``, or call ``configure``."""
    logger.remove()
    logger.info("one")
    logger.configure(handlers=[{"sink": io.StringIO()}])
    logger.info("two")

    assert [record.getMessage() for record in records] == ["one", "two"]


def test_an_exception_is_the_record_s(records: list[logging.LogRecord]) -> None:
    """As an object."""
    try:
        raise ValueError("bad")
    except ValueError:
        logger.exception("failed")

    assert records[0].exc_info is not None
    assert isinstance(records[0].exc_info[1], ValueError)


@pytest.mark.parametrize("options", [{}, {"serialize": True}, {"colorize": True}, {"enqueue": True}])
def test_what_sinks_write_is_redacted(
    records: list[logging.LogRecord], tmp_path: Path, options: dict[str, Any]
) -> None:
    """Files and streams, the text of exceptions with the values of variables too."""
    file, stream = tmp_path / "app.log", io.StringIO()
    logger.add(file, diagnose=True, **options)
    logger.add(stream, diagnose=True, **options)
    email = "jane@example.com"

    try:
        int(email)
    except ValueError:
        logger.bind(card="4111 1111 1111 1111").exception("paid by {}", email)
    logger.complete()
    logger.remove()

    for written in (file.read_text(), stream.getvalue()):
        assert "paid by j***@example.com" in written
        assert "jane@" not in written
        assert "4111 1111" not in written


def test_a_function_as_sink_gets_redacted_values(records: list[logging.LogRecord]) -> None:
    """The text and what it may read from the record; a line stays a line."""
    got: list[Any] = []
    logger.add(got.append, format="{message}")

    logger.bind(card="4111 1111 1111 1111").info("paid by jane@example.com")

    assert (str(got[0]), got[0].record["message"]) == ("paid by j***@example.com\n", "paid by j***@example.com")
    assert got[0].record["extra"] == {"card": "4111-****-****-1111"}


def test_serialised_lines_are_json_still(records: list[logging.LogRecord], tmp_path: Path) -> None:
    """Redaction does not break the form."""
    file = tmp_path / "app.log"
    logger.add(file, serialize=True)

    logger.info('paid by "jane@example.com"')
    logger.remove()

    assert json.loads(file.read_text())["record"]["message"] == 'paid by "j***@example.com"'


def test_records_of_logging_that_come_by_way_of_loguru_are_exported_once(records: list[logging.LogRecord]) -> None:
    """The usual InterceptHandler: logging's own record is exported, by the other bridge."""

    class InterceptHandler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logger.opt(depth=6, exception=record.exc_info).log(record.levelname, record.getMessage())

    own = logging.Logger("shop")  # noqa: LOG001 - one that no other test has
    own.addHandler(InterceptHandler())

    own.warning("of logging")
    logger.info("of loguru")

    assert [record.getMessage() for record in records] == ["of loguru"]


def test_messages_that_loguru_gives_to_logging_are_exported_once(records: list[logging.LogRecord]) -> None:
    """Here it is this bridge that exports, and the other is told."""
    told: list[bool] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(is_exported_elsewhere())

    logger.add(Handler(), format="{message}")

    logger.info("once")

    assert ([record.getMessage() for record in records], told) == (["once"], [True])
    assert not is_exported_elsewhere()


def test_a_sink_that_fails_shows_no_record(
    records: list[logging.LogRecord], capsys: pytest.CaptureFixture[str]
) -> None:
    """Loguru would print it raw to standard error."""

    def sink(_message: Any) -> None:
        raise OSError("disk")

    logger.add(sink)

    logger.info("paid by jane@example.com")

    shown = capsys.readouterr().err
    assert "OSError: disk" in shown
    assert "jane@" not in shown


def test_below_the_level_loguru_makes_no_message(records: list[logging.LogRecord]) -> None:
    """A lazy argument is not even computed."""
    loguru_sink.connect(Bridge(records.append, default_redactor, _fail, level=logging.INFO))

    logger.opt(lazy=True).debug("{}", lambda: pytest.fail("computed"))
    logger.info("x")

    assert [record.getMessage() for record in records] == ["x"]


def test_disconnected_loguru_is_as_it_was() -> None:
    """No sink of the kit is left, and nothing is redacted."""
    logger.remove()
    loguru_sink.connect(Bridge(lambda _record: None, default_redactor, _fail))
    loguru_sink.disconnect()
    stream = io.StringIO()
    logger.add(stream, format="{message}")

    logger.info("jane@example.com")
    logger.remove()

    assert stream.getvalue() == "jane@example.com\n"
    assert sys.modules["loguru"] is loguru
