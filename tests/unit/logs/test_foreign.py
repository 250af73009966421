"""Handlers that are not the kit's: redacted, replaced or left alone."""

from __future__ import annotations

import io
import logging
import logging.config
import logging.handlers
import pickle
import queue
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartKit
from tests.otlp_sink import OtlpSink
from tests.subprocesses import run_python

log = logging.getLogger("app")
RAW, MASKED = "mail bob@example.com", "mail b***@example.com"


def handler_on(logger: logging.Logger, formatter: logging.Formatter | None = None) -> io.StringIO:
    """Put a stream handler on a logger and return its stream."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    return stream


@pytest.mark.parametrize(("mode", "wanted"), [("redact", f"{MASKED}\n"), ("replace", ""), ("leave", f"{RAW}\n")])
def test_the_three_modes(kit: StartKit, otlp: OtlpSink, logging_state: None, mode: str, wanted: str) -> None:
    """The exported record is redacted in each of them."""
    stream = handler_on(logging.getLogger())
    running = kit(settings={"logs.foreign_handlers": mode})

    log.warning(RAW)

    assert running.flush()
    assert stream.getvalue() == wanted
    assert [record.body for record in otlp.logs()] == [MASKED]


def test_the_handlers_own_format_is_kept(kit: StartKit, logging_state: None) -> None:
    """Only its text is redacted: message, exception, whatever the format shows."""
    stream = handler_on(logging.getLogger(), logging.Formatter("%(levelname)s|%(user)s|%(message)s"))
    kit()

    try:
        raise ValueError(RAW)
    except ValueError:
        log.exception("to %s", "al@example.com", extra={"user": "eve@example.com"})

    first, *rest = stream.getvalue().splitlines()
    assert first == "ERROR|e***@example.com|to a***@example.com"
    assert rest[-1] == f"ValueError: {MASKED}"


class Brief(logging.Formatter):
    """Shows exceptions in a way of its own."""

    def formatException(self, ei: Any) -> str:
        """Return the class only."""
        return f"<{ei[0]}>"


@pytest.mark.parametrize("formatter", [None, logging.Formatter("%(message)s"), Brief()], ids=["none", "stock", "own"])
def test_exceptions_are_printed_as_the_formatter_does(
    kit: StartKit, logging_state: None, formatter: logging.Formatter | None
) -> None:
    """The stock one's text is the exported one: made once. Traces that are not the exception's own are left to it."""
    apart = logging.getLogger(f"apart.{type(formatter).__name__}")  # the first handler's text is kept
    apart.propagate = False
    plain, wrapped = logging.StreamHandler(io.StringIO()), handler_on(apart, formatter)
    plain.setFormatter(formatter)

    def fail() -> None:
        raise ValueError("x")

    try:
        try:
            fail()
        except ValueError as error:
            raise LookupError("y") from error
    except LookupError as error:
        records = [
            logging.makeLogRecord({"msg": "a", "levelno": 40, "exc_info": (LookupError, error, error.__traceback__)}),
            logging.makeLogRecord({"msg": "b", "levelno": 40, "exc_info": (LookupError, error, None)}),
            logging.makeLogRecord({"msg": "c", "levelno": 40, "exc_info": (None, None, None)}),
        ]
    wanted = [plain.format(logging.makeLogRecord(vars(record))) for record in records]
    kit()
    for record in records:
        apart.handle(record)

    assert wrapped.getvalue() == "".join(f"{text}\n" for text in wanted)


def test_colours_hide_nothing_and_stay_where_nothing_is_to_hide(
    kit: StartKit, otlp: OtlpSink, logging_state: None
) -> None:
    """What structlog and rich write for terminals: the key and the value stand apart by control sequences."""
    stream = handler_on(logging.getLogger())
    running = kit()

    log.warning("\x1b[36mpassword\x1b[0m=\x1b[35mhunter2\x1b[0m for \x1b[1;38;5;3mbob@example.com\x1b[0m")
    log.warning("\x1b[36mcolour\x1b[0m=\x1b[35mred\x1b[0m")

    assert running.flush()
    masked = "password=[REDACTED:password] for b***@example.com"
    assert stream.getvalue().splitlines() == [masked, "\x1b[36mcolour\x1b[0m=\x1b[35mred\x1b[0m"]
    assert [record.body for record in otlp.logs()] == [masked, "colour=red"]


def test_standard_output_shows_redacted_text(
    kit: StartKit, logging_state: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What containers collect."""
    logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
    kit()

    log.warning(RAW)

    assert capsys.readouterr().out == f"{MASKED}\n"


def _added_later(logger: logging.Logger) -> io.StringIO:
    return handler_on(logger)


def _formatter_later(logger: logging.Logger) -> io.StringIO:
    stream = handler_on(logger)
    log.warning(RAW)  # wraps what is there
    logger.handlers[-1].setFormatter(logging.Formatter("%(message)s"))
    return stream


def _added_and_then_formatted(logger: logging.Logger) -> io.StringIO:
    return handler_on(logger, logging.Formatter("%(message)s"))


@pytest.mark.parametrize("add", [_added_later, _formatter_later, _added_and_then_formatted])
def test_handlers_and_formatters_that_come_after_init_are_redacted_too(
    kit: StartKit, logging_state: None, add: Any
) -> None:
    """Whoever configures logging, and when."""
    kit()
    stream = add(logging.getLogger())

    log.warning(RAW)

    assert set(stream.getvalue().splitlines()) == {MASKED}


def test_files_and_queues_get_redacted_text(kit: StartKit, logging_state: None, tmp_path: Path) -> None:
    """A rotating file, a queue for another thread, a memory buffer before a file."""
    waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    file = logging.handlers.RotatingFileHandler(tmp_path / "a.log")
    target = logging.FileHandler(tmp_path / "b.log")
    buffer = logging.handlers.MemoryHandler(10, target=target)
    for handler in (file, buffer, logging.handlers.QueueHandler(waiting)):  # type: ignore[arg-type]
        logging.getLogger().addHandler(handler)
    kit()

    log.warning("mail %s", "bob@example.com")

    for closing in (file, buffer, target):
        closing.close()
    assert [(tmp_path / name).read_text() for name in ("a.log", "b.log")] == [f"{MASKED}\n"] * 2
    assert waiting.get_nowait().getMessage() == MASKED


def test_handlers_that_send_the_record_itself_send_a_redacted_copy(kit: StartKit, logging_state: None) -> None:
    """They use no formatter: message, extras and exception go as they are; the application's record stays as it is."""
    sent: list[dict[str, Any]] = []

    class ToSocket(logging.handlers.SocketHandler):
        def send(self, s: bytes) -> None:
            sent.append(pickle.loads(s[4:]))

    class ToServer(logging.handlers.HTTPHandler):
        def mapLogRecord(self, record: logging.LogRecord) -> dict[str, Any]:
            sent.append(super().mapLogRecord(record))
            raise OSError("nobody is there")

        def handleError(self, record: logging.LogRecord) -> None:
            """Stay silent."""

    kept = _Keeping()
    for handler in (ToSocket("127.0.0.1", 1), ToServer("127.0.0.1:1", "/"), kept):
        logging.getLogger().addHandler(handler)
    kit()

    try:
        raise ValueError(RAW)
    except ValueError:
        log.exception("to %s", "al@example.com", extra={"user": "eve@example.com", "login": {"password": "hunter2"}})

    assert len(sent) == 2
    for record in sent:
        assert (record["msg"], record["args"], record["user"]) == ("to a***@example.com", None, "e***@example.com")
        assert record["login"] == {"password": "[REDACTED:password]"}
        assert record["exc_text"].splitlines()[-1] == f"ValueError: {MASKED}"
        assert "bob@" not in repr(record)
    assert kept.record is not None
    assert kept.record.args == ("al@example.com",)


class _Keeping(logging.Handler):
    record: logging.LogRecord | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self.record = record


def test_handler_that_logging_forgot_gets_its_formatter_back(kit: StartKit, logging_state: None) -> None:
    """``dictConfig`` empties logging's list of handlers; those that are in use still print."""
    stream = handler_on(logging.getLogger("own"))
    logging.getLogger("own").propagate = False
    running = kit()
    before = list(logging._handlerList)  # type: ignore[attr-defined]
    logging._handlerList.clear()  # type: ignore[attr-defined]  # what dictConfig does
    logging.getLogger("own").warning(RAW)

    running.shutdown()
    logging.getLogger("own").warning(RAW)
    logging._handlerList[:] = before  # type: ignore[attr-defined]

    assert stream.getvalue().splitlines() == [MASKED, RAW]


def test_shutdown_gives_the_formatters_back(kit: StartKit, logging_state: None) -> None:
    """The handler is as it was, and a second start wraps it again."""
    formatter = logging.Formatter("%(message)s")
    stream = handler_on(logging.getLogger(), formatter)
    handler = logging.getLogger().handlers[-1]

    kit().shutdown()
    assert handler.formatter is formatter
    log.warning(RAW)
    kit()
    log.warning(RAW)

    assert stream.getvalue().splitlines() == [RAW, MASKED]


def test_replaced_handlers_do_not_come_back(
    kit: StartKit, logging_state: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not by a later basicConfig, and not as Python's last resort."""
    for handler in list(logging.getLogger().handlers):
        logging.getLogger().removeHandler(handler)
    kit(settings={"logs.foreign_handlers": "replace"})

    logging.basicConfig()
    log.error(RAW)

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "configure",
    [
        lambda config: logging.basicConfig(force=True),
        lambda config: logging.config.dictConfig({**config, "disable_existing_loggers": False}),
    ],
    ids=["basicConfig, forced", "dictConfig"],
)
def test_replaced_handlers_do_not_come_back_by_configuration(
    kit: StartKit, otlp: OtlpSink, logging_state: None, capsys: pytest.CaptureFixture[str], configure: Any
) -> None:
    """Not for one record, and not those of servers."""
    running = kit(settings={"logs.foreign_handlers": "replace"})
    handlers = {"out": {"class": "logging.StreamHandler"}}
    loggers = {"uvicorn": {"handlers": ["out"], "propagate": False, "level": "INFO"}}
    configure({"version": 1, "handlers": handlers, "root": {"handlers": ["out"]}, "loggers": loggers})

    logging.getLogger("uvicorn").error("server")
    logging.getLogger("app.new").error("app")

    assert running.flush()
    assert capsys.readouterr() == ("", "")
    assert [record.body for record in otlp.logs()] == ["server", "app"]
    running.shutdown()
    assert logging.getLogger().handlers == []


def test_handler_that_comes_after_the_others_were_replaced_is_redacted(kit: StartKit, logging_state: None) -> None:
    """Somebody wants it; raw it must not print."""
    kit(settings={"logs.foreign_handlers": "replace"})
    stream = handler_on(logging.getLogger())

    log.warning(RAW)

    assert stream.getvalue() == f"{MASKED}\n"


def test_with_redaction_switched_off_handlers_are_left_alone(kit: StartKit, logging_state: None) -> None:
    """One switch for all of it."""
    stream = handler_on(logging.getLogger())
    kit(settings={"redaction.enabled": False})

    log.warning(RAW)

    assert stream.getvalue().endswith(f"{RAW}\n")


class Raising(logging.Formatter):
    """Cannot format."""

    def format(self, record: logging.LogRecord) -> str:
        """Raise."""
        raise KeyError(RAW)


class Hostile:
    """Cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError(RAW)

    __repr__ = __str__


@pytest.mark.parametrize(
    ("formatter", "message", "args"),
    [
        (None, "%d", (RAW,)),
        (None, "%s %s", (RAW,)),
        (Raising(), "x", ()),
        (Raising(), "%s", (RAW,)),
        (logging.Formatter("%(message)s %(missing)s"), "%s", (RAW,)),
        (None, Hostile(), ()),
        (None, "%s", (Hostile(),)),
        (Raising(), Hostile(), (RAW,)),
        (None, RAW + " %d", ("x",)),
    ],
    ids=range(9),
)
def test_a_failing_format_prints_no_raw_arguments(
    kit: StartKit,
    logging_state: None,
    capsys: pytest.CaptureFixture[str],
    formatter: logging.Formatter | None,
    message: Any,
    args: tuple[Any, ...],
) -> None:
    """Logging itself would print message and arguments to standard error."""
    stream = handler_on(logging.getLogger(), formatter)
    kit()

    log.warning(message, *args)

    printed = stream.getvalue() + "".join(capsys.readouterr())
    assert "bob@" not in printed
    assert "not formatted" in stream.getvalue()


class BrokenStream(io.StringIO):
    """Its disk is full."""

    def write(self, text: str) -> int:
        """Fail."""
        raise OSError(28, "No space left on device")


def test_a_failing_stream_prints_no_raw_arguments(
    kit: StartKit, logging_state: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What went wrong and where, without the record's message and arguments."""
    logging.getLogger().addHandler(logging.StreamHandler(BrokenStream()))
    kit()

    log.warning("mail %s", "bob@example.com")

    error = capsys.readouterr().err
    assert "--- Logging error" in error
    assert "No space left on device" in error
    assert "test_foreign.py" in error
    assert "bob@" not in error


def test_logging_reports_its_errors_as_ever_after_shutdown(
    kit: StartKit, logging_state: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """The kit's care ends with the kit."""
    logging.getLogger().addHandler(logging.StreamHandler(BrokenStream()))
    kit().shutdown()

    log.warning("x")

    assert "Message: 'x'" in capsys.readouterr().err


def test_handlers_of_a_fresh_process_that_configures_first_and_last(otlp: OtlpSink) -> None:
    """DictConfig before init, a file handler after it."""
    done = run_python(
        f"""
        import logging, logging.config, sys, otel_kit
        logging.config.dictConfig({{"version": 1, "handlers": {{"out": {{"class": "logging.StreamHandler",
            "stream": "ext://sys.stdout"}}}}, "root": {{"handlers": ["out"], "level": "INFO"}}}})
        kit = otel_kit.init("test")
        logging.info({RAW!r})
        logging.getLogger().addHandler(logging.StreamHandler(sys.stderr))
        logging.info({RAW!r})
        kit.shutdown()
        """,
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, f"{MASKED}\n{MASKED}\n", f"{MASKED}\n")
    assert [record.body for record in otlp.logs()] == [MASKED, MASKED]
