"""Logging configured at any time, in any way: each record is exported once, handlers print as without the kit."""

from __future__ import annotations

import json
import logging
import logging.handlers
import queue
import subprocess
import sys
import threading
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from otel_kit.kit import Kit
from otel_kit.logs import dispatch
from tests.conftest import StartKit
from tests.otlp_sink import Log, OtlpSink
from tests.subprocesses import child_environ, run_python

# What an application does to logging between two records, and what of "one", "two" it prints then on standard output.
_STEPS: dict[str, tuple[str, str]] = {
    "nothing": ("", "two"),
    "basicConfig": ("logging.basicConfig(stream=sys.stdout, format='%(message)s')", "two"),
    "basicConfig, level": ("logging.basicConfig(stream=sys.stdout, format='%(message)s', level=10)", "low two"),
    "basicConfig, forced": ("logging.basicConfig(stream=sys.stdout, format='%(message)s', force=True)", "two"),
    "dictConfig": ("configure(disable_existing_loggers=False)", "two"),
    "dictConfig, incremental": (
        "configure(disable_existing_loggers=False); logging.config.dictConfig({'version': 1, 'incremental': True, "
        "'root': {'level': 'ERROR'}, 'loggers': {'app': {'level': 'DEBUG'}}})",
        "low two",
    ),
    "fileConfig": (
        "logging.config.fileConfig(io.StringIO(ini), disable_existing_loggers=False)",
        "two",
    ),
    "handler added": ("logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))", "two"),
    "handlers cleared": (
        "logging.basicConfig(stream=sys.stdout); logging.getLogger().handlers.clear(); "
        "logging.getLogger('app').addHandler(logging.StreamHandler(sys.stdout))",
        "two",
    ),
    "another list": ("logging.getLogger().handlers = [logging.StreamHandler(sys.stdout)]", "two"),
    "a handler that prints itself": (
        "class Own(logging.Handler):\n    def emit(self, record): print(record.getMessage())\n"
        "logging.getLogger().addHandler(Own())",
        "two",
    ),
    "no propagation": (
        "logging.getLogger('app').propagate = False; "
        "logging.getLogger('app').addHandler(logging.StreamHandler(sys.stdout))",
        "two",
    ),
    "null handlers": ("logging.getLogger('app').addHandler(logging.NullHandler())", ""),
    "null handler and a configuration": (
        "logging.getLogger('app').addHandler(logging.NullHandler()); "
        "logging.basicConfig(stream=sys.stdout, format='%(message)s')",
        "two",
    ),
    "own factory": (
        "logging.setLogRecordFactory(lambda *a, **k: logging.LogRecord(*a, **k)); "
        "logging.basicConfig(stream=sys.stdout, format='%(message)s')",
        "two",
    ),
    "own class of loggers": (
        "class Own(logging.Logger):\n    def makeRecord(self, *a, **k): return logging.LogRecord(*a[:7])\n"
        "logging.setLoggerClass(Own); logging.basicConfig(stream=sys.stdout, format='%(message)s')",
        "two",
    ),
    "logging shut down": ("logging.basicConfig(stream=sys.stdout, format='%(message)s'); logging.shutdown()", "two"),
    "no last resort": ("logging.lastResort = None", ""),
    "warnings captured": ("logging.captureWarnings(True)", "two"),
}
_BEFORE = ("basicConfig", "dictConfig", "no propagation", "null handlers", "own factory", "warnings captured")
# Each in a process of its own, forked from one that has imported everything.
_RUNNER = """
import io, json, logging, logging.config, os, sys, tempfile
import otel_kit
import otel_kit.lifecycle
ini = "[loggers]\\nkeys=root\\n[handlers]\\nkeys=out\\n[formatters]\\nkeys=\\n[logger_root]\\nlevel=WARNING\\n" \\
      "handlers=out\\n[handler_out]\\nclass=StreamHandler\\nargs=(sys.stdout,)\\n"

def configure(**more):
    logging.config.dictConfig({"version": 1, "handlers": {"out": {"class": "logging.StreamHandler",
        "stream": "ext://sys.stdout"}}, "root": {"handlers": ["out"], "level": "WARNING"}, **more})

def run(name, step, when):
    global kit
    if when == "before init":
        exec(step, globals())
        kit = otel_kit.init("before init")
    else:
        exec(step, globals())
    logging.getLogger("app").info("low %s", name)
    logging.getLogger("app.part").warning("two %s", name)
    if kit is not None:
        print(kit.shutdown(10).faults or "", end="")

def in_child(name, step, when):
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            try:
                run(name, step, when)
            except BaseException as error:
                print(repr(error))
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        output.seek(0)
        return output.read()

kit = None
steps = json.loads(sys.stdin.read())
told = {f"{name} without kit": in_child(name, step, "without kit") for name, step in steps.items()}
told |= {f"{name} before init": in_child(name, steps[name], "before init") for name in sys.argv[1:]}
kit = otel_kit.init("after init")
told |= {f"{name} after init": in_child(name, step, "after init") for name, step in steps.items()}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], list[Log]]]:
    """What every step printed in its process, and all that was exported."""
    sink = OtlpSink()
    env = child_environ(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": sink.endpoint, "OTEL_KIT_LOGS_LEVEL": "info", "OTEL_KIT_LOGS_CONSOLE": "off",
            "OTEL_KIT_INSTRUMENT_CLIENTS": "",
            "OTEL_KIT_METRICS_MACHINE": "false", "OTEL_KIT_STATE_DIR": str(tmp_path_factory.mktemp("state")),
        }
    )  # fmt: skip
    steps = json.dumps({name: step for name, (step, _) in _STEPS.items()})
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER, *_BEFORE],
        input=steps,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout), sink.logs()
    sink.stop()


@pytest.mark.parametrize(
    ("name", "when"), [*((name, "after init") for name in _STEPS), *((name, "before init") for name in _BEFORE)]
)
def test_configuration_at_any_time(told: tuple[dict[str, str], list[Log]], name: str, when: str) -> None:
    """Exported once each, also what the application's own level hides; printed exactly as without the kit."""
    printed, exported = told
    output = printed[f"{name} {when}"]

    assert output == printed[f"{name} without kit"]
    assert {word for word in ("low", "two") if f"{word} {name}" in output} == set(_STEPS[name][1].split())
    bodies = [record.body for record in exported if record.resource["service.name"] == when]
    assert [body for body in bodies if str(body).endswith(f" {name}")] == [f"low {name}", f"two {name}"]


@pytest.fixture
def running(kit: StartKit, logging_state: None) -> Iterator[Kit]:
    """A running kit."""
    return kit()


def _bodies(otlp: OtlpSink, running: Kit) -> list[Any]:
    assert running.flush()
    assert running.status().faults == {}
    return [record.body for record in otlp.logs()]


def test_disabled_loggers_stay_silent(running: Kit, otlp: OtlpSink) -> None:
    """``disable_existing_loggers`` and ``logging.disable``: the application said so."""
    logger = logging.getLogger("app.disabled")
    logger.disabled = True
    logger.error("disabled")
    logger.disabled = False
    logging.disable(logging.ERROR)
    logger.error("below")
    logging.disable(logging.NOTSET)
    logger.error("shown")

    assert _bodies(otlp, running) == ["shown"]


def test_records_made_elsewhere_are_exported_once(running: Kit, otlp: OtlpSink) -> None:
    """From a socket, a queue, another process: ``makeLogRecord`` and ``Logger.handle``, on a logger seen first now."""
    record = logging.makeLogRecord({"name": "far.away", "msg": "from %s", "args": ("afar",), "levelno": 30})
    logging.getLogger("far.away").handle(record)

    assert _bodies(otlp, running) == ["from afar"]


def test_queues_of_logging_export_once(running: Kit, otlp: OtlpSink) -> None:
    """A QueueHandler prepares the record for a listener, whose handlers are no loggers."""
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    logging.getLogger("app").addHandler(logging.handlers.QueueHandler(waiting))  # type: ignore[arg-type]
    listener = logging.handlers.QueueListener(waiting, logging.NullHandler())  # type: ignore[arg-type]
    listener.start()
    logging.getLogger("app").warning("queued")
    listener.stop()

    assert _bodies(otlp, running) == ["queued"]


def test_records_of_worker_processes_are_exported_once(otlp: OtlpSink) -> None:
    """The logging cookbook's way: workers put them on a queue, the parent gives them to loggers again.

    A worker that has a kit, as by a fork, exports its own; of one without, the parent does.
    """
    done = run_python(
        """
        import logging, logging.handlers, multiprocessing, threading, otel_kit

        def worker(queue):
            root = logging.getLogger()
            root.handlers[:] = [logging.handlers.QueueHandler(queue)]
            root.setLevel(logging.INFO)
            logging.getLogger("worker").warning("of %s", multiprocessing.current_process().name)

        def listen(queue):
            while (record := queue.get()) is not None:
                logging.getLogger(record.name).handle(record)

        if __name__ == "__main__":
            fork = multiprocessing.get_context("fork")
            queue = fork.Queue()
            without = fork.Process(target=worker, args=(queue,), name="one without")
            without.start()
            without.join()
            kit = otel_kit.init("test")
            listener = threading.Thread(target=listen, args=(queue,))
            listener.start()
            forked = fork.Process(target=lambda: (worker(queue), kit.flush()), name="one with")
            forked.start()
            forked.join()
            queue.put(None)
            listener.join()
            kit.shutdown()
        """,
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, "OTEL_KIT_LOGS_CONSOLE": "off"},
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.split("\n") == ["of one without", "of one with", ""]
    assert sorted(record.body for record in otlp.logs()) == ["of one with", "of one without"]


def test_caplog_and_assert_logs_see_what_they_would(
    running: Kit, otlp: OtlpSink, caplog: pytest.LogCaptureFixture
) -> None:
    """They put handlers on loggers for a while, and take the others away."""
    logging.getLogger("app").warning("caught")
    with unittest.TestCase().assertLogs("app", "INFO") as caught:
        logging.getLogger("app").info("asserted")

    assert [record.message for record in caplog.records if record.name == "app"] == ["caught"]
    assert caught.output == ["INFO:app:asserted"]
    assert _bodies(otlp, running) == ["caught", "asserted"]


def test_handlers_that_log_and_handlers_that_raise(running: Kit, otlp: OtlpSink) -> None:
    """What a handler logs is a record of its own; what it raises is the application's, after the export."""

    class Chatty(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name == "app":
                logging.getLogger("app.handler").warning("handling")
            elif record.name == "app.broken":
                raise LookupError("handler")

    logging.getLogger().addHandler(Chatty())

    logging.getLogger("app").warning("outer")
    with pytest.raises(LookupError):
        logging.getLogger("app.broken").warning("broken")

    assert _bodies(otlp, running) == ["outer", "handling", "broken"]


def test_threads_export_each_record_once_while_logging_is_configured(running: Kit, otlp: OtlpSink) -> None:
    """Handlers come and go in the meantime."""
    done = threading.Event()

    def configure() -> None:
        while not done.is_set():
            logging.basicConfig(handlers=[logging.NullHandler()], force=True)

    def log(number: int) -> None:
        for count in range(200):
            logging.getLogger(f"app.{number}").info("%d", number * 1000 + count)

    configuring = threading.Thread(target=configure)
    configuring.start()
    threads = [threading.Thread(target=log, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    configuring.join()

    assert sorted(map(int, _bodies(otlp, running))) == [n * 1000 + c for n in range(4) for c in range(200)]


def test_forked_children_export_their_own(otlp: OtlpSink) -> None:
    """And configure logging as they like."""
    done = run_python(
        """
        import logging, os, sys, otel_kit
        kit = otel_kit.init("test")
        log = logging.getLogger("app")
        log.info("parent")
        kit.flush()
        child = os.fork()
        if child == 0:
            logging.basicConfig(stream=sys.stdout, format="%(message)s")
            log.warning("child")
            kit.shutdown()
            os._exit(0)
        os.waitpid(child, 0)
        log.info("parent again")
        kit.shutdown()
        """,
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "child\n", "")
    assert [record.body for record in otlp.logs()] == ["parent", "child", "parent again"]


def test_shutdown_leaves_logging_as_it_was(kit: StartKit) -> None:
    """Nothing is wrapped any more, and levels are what they were."""
    before = (logging.Logger.callHandlers, logging.getLogger().level, list(logging.getLogger().handlers))
    running = kit(settings={"logs.levels": "app=debug"})
    assert logging.Logger.callHandlers is not before[0]
    running.shutdown()

    assert (logging.Logger.callHandlers, logging.getLogger().level, list(logging.getLogger().handlers)) == before
    assert logging.getLogger("app").level == logging.NOTSET


def test_whoever_wraps_later_stays_and_the_next_kit_works(kit: StartKit, otlp: OtlpSink) -> None:
    """Another tool wraps the same method while a kit runs, and stays when it ends."""
    seen: list[str] = []
    first = kit()
    inner: Callable[..., None] = logging.Logger.callHandlers

    def theirs(self: logging.Logger, record: logging.LogRecord) -> None:
        seen.append(record.getMessage())
        inner(self, record)

    logging.Logger.callHandlers = theirs  # type: ignore[method-assign]
    try:
        first.shutdown()
        logging.getLogger("app").warning("between")
        second = kit()
        logging.getLogger("app").warning("second")
        assert _bodies(otlp, second) == ["second"]
        second.shutdown()
    finally:
        logging.Logger.callHandlers = inner  # type: ignore[method-assign]
        dispatch.connect(take := lambda _logger, _record: True)
        dispatch.disconnect(take)  # now it can be taken off

    assert seen == ["between", "second"]
