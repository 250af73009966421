"""Warnings and unhandled exceptions: recorded, and printed as without the kit."""

from __future__ import annotations

import sys
import threading
import warnings
from typing import Any

import pytest

from tests.conftest import StartKit
from tests.otlp_sink import Log, OtlpSink
from tests.subprocesses import run_python


def _run(code: str, otlp: OtlpSink, **env: str) -> tuple[str, str, list[Log]]:
    """Run code with a kit and without; both print the same, but for the mail address. Return that and the records."""
    outputs = []
    for start in ("kit = None", "import otel_kit; kit = otel_kit.init('test')"):
        whole = code.replace("START", start) if "START" in code else f"{start}\n{code}"
        done = run_python(whole, {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, "PYTHONWARNINGS": "", **env})
        outputs.append((done.returncode, done.stdout, done.stderr))
    without, with_kit = outputs
    masked = "bob@example.com" if env.get("OTEL_KIT_LOGS_FOREIGN_HANDLERS") == "leave" else "b***@example.com"
    assert with_kit == (*without[:2], without[2].replace("bob@example.com", masked))
    return with_kit[1], with_kit[2], otlp.logs()


_WARN = "import warnings, logging\nwarnings.warn('old way of bob@example.com', FutureWarning)\n"


@pytest.mark.parametrize(
    ("setting", "output", "printed", "recorded"),
    [
        ("", "", True, True),
        ("START\nimport warnings; warnings.simplefilter('ignore')", "", False, False),
        ("import logging; logging.captureWarnings(True)\nSTART", "", False, True),
        ("START\nimport logging; logging.captureWarnings(True)", "", False, True),
        (
            "import warnings\ndef own(*args): print('own', args[1].__name__)\nwarnings.showwarning = own\nSTART",
            "own FutureWarning\n",
            False,
            True,
        ),
    ],
    ids=["plain", "ignored", "captured before", "captured after", "somebody's own function"],
)
def test_a_warning_is_recorded_once_and_printed_as_ever(
    otlp: OtlpSink, setting: str, output: str, printed: bool, recorded: bool
) -> None:
    """With its category and place; the application's filters and functions decide what is shown."""
    shown, error, records = _run(f"{setting}\n{_WARN}", otlp)

    assert (shown, "FutureWarning" in error, len(records)) == (output, printed, int(recorded))
    for record in records:
        assert "old way of b***@example.com" in record.body
        assert (record.severity, record.attributes["otel_kit.logger.name"]) == ("WARN", "py.warnings")
        assert record.attributes["otel_kit.warning.category"] == "FutureWarning"
        assert record.attributes["code.file.path"] == "<string>"
        assert record.attributes["code.line.number"] > 1


def test_warnings_are_left_alone_after_shutdown(kit: StartKit, otlp: OtlpSink) -> None:
    """The function that shows them is the one from before, or passes on where somebody has chained it."""
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        before = warnings.showwarning
        running = kit()
        chained = warnings.showwarning
        assert chained is not before
        warnings.warn("one", UserWarning, stacklevel=1)
        running.shutdown()
        assert warnings.showwarning is before
        warnings.showwarning = chained  # as catch_warnings does when a block ends later
        warnings.warn("two", UserWarning, stacklevel=1)
        warnings.showwarning = before

    assert [str(item.message) for item in shown] == ["one", "two"]
    assert [record.body for record in otlp.logs()] == ["one"]


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("raw@example.com")

    __repr__ = __str__


@pytest.mark.parametrize("odd", [Hostile(), None, 7, "\ud800", "x" * 1_000_000], ids=range(5))
def test_any_warning_is_recorded(kit: StartKit, otlp: OtlpSink, odd: Any) -> None:
    """Whatever is given as its text, category and place."""
    running = kit()
    shown: list[Any] = []
    hook = warnings.showwarning
    owner = hook.__self__  # type: ignore[attr-defined]
    before, owner._before = owner._before, lambda *args: shown.append(args)
    try:
        hook(odd, odd, odd, odd)
    finally:
        owner._before = before

    assert running.flush()
    assert len(shown) == len(otlp.logs()) == 1
    assert running.status().faults == {}


_RAISE = """
def deep():
    raise LookupError("no order of bob@example.com")
"""


def test_an_unhandled_exception_is_the_last_record(otlp: OtlpSink) -> None:
    """FATAL, with the exception; the traceback on standard error is Python's, redacted."""
    _, error, (record,) = _run(f"{_RAISE}\ndeep()\n", otlp)

    assert error.startswith("Traceback (most recent call last):\n")
    assert error.endswith("LookupError: no order of b***@example.com\n")
    assert (record.severity, record.body) == ("FATAL", "unhandled LookupError")
    assert record.attributes["exception.type"] == "LookupError"
    assert record.attributes["exception.message"] == "no order of b***@example.com"
    assert "in deep" in record.attributes["exception.stacktrace"]
    assert record.attributes["code.function.name"] == "deep"


@pytest.mark.parametrize("how", ["raise SystemExit(3)", "raise KeyboardInterrupt", "import sys; sys.exit('no')"])
def test_ends_that_are_no_fault_are_not_recorded(otlp: OtlpSink, how: str) -> None:
    """The user wanted it."""
    _, _, records = _run(how, otlp)

    assert records == []


def test_exceptions_of_threads_and_of_the_loop_are_errors(otlp: OtlpSink) -> None:
    """A thread's by its hook, a task's by asyncio, which logs; both printed as ever."""
    _, error, records = _run(
        f"""{_RAISE}
import asyncio, gc, threading
thread = threading.Thread(target=deep, name="worker 1")
thread.start()
thread.join()

async def main():
    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()

async def fail():
    deep()

asyncio.run(main())
""",
        otlp,
        PYTHONHASHSEED="0",
        OTEL_KIT_LOGS_FOREIGN_HANDLERS="leave",
    )

    assert error.count("LookupError: no order") == 2
    thread, task = records
    assert (thread.severity, thread.body) == ("ERROR", "unhandled LookupError in thread worker 1")
    assert task.attributes["otel_kit.logger.name"] == "asyncio"
    assert {record.attributes["exception.type"] for record in records} == {"LookupError"}


def test_hooks_are_chained_and_given_back(kit: StartKit, otlp: OtlpSink) -> None:
    """To whoever was there before; somebody who came later keeps theirs."""
    seen: list[Any] = []
    before = (sys.excepthook, threading.excepthook)
    sys.excepthook, threading.excepthook = lambda *args: seen.append(args[1]), lambda args: seen.append(args.exc_value)
    mine = (sys.excepthook, threading.excepthook)
    try:
        running = kit()
        error = ValueError("x")
        sys.excepthook(ValueError, error, None)
        thread = threading.Thread(target=lambda: [][1])
        thread.start()
        thread.join()
        later = sys.excepthook = lambda *_args: None
        running.shutdown()
        assert (sys.excepthook, threading.excepthook) == (later, mine[1])
    finally:
        sys.excepthook, threading.excepthook = before

    assert [type(item) for item in seen] == [ValueError, IndexError]
    assert [record.body.partition(" in ")[0] for record in otlp.logs()] == [
        "unhandled ValueError",
        "unhandled IndexError",
    ]


def test_an_exception_of_a_request_keeps_its_trace(otlp: OtlpSink) -> None:
    """What leaves a span unhandled belongs to its trace as far as anybody noted it."""
    done = run_python(
        """
        import otel_kit
        from opentelemetry import trace, context
        from otel_kit.logs.origins import remember
        kit = otel_kit.init("test")
        with trace.get_tracer("t").start_as_current_span("work", record_exception=False):
            error = RuntimeError("x")
            remember(error, context.get_current())
        raise error
        """,
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint},
    )

    assert done.returncode == 1
    (span,), (record,) = otlp.spans(), otlp.logs()
    assert record.trace_id == span.trace_id
