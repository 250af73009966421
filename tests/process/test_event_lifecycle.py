"""Start and stop of a process as events that nobody has to emit, whichever way it ends and forks."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.otlp_sink import Log, OtlpSink
from tests.process.programs import Program

# A busy machine is no failure: these tests are not about how long an end may take.
_ON = {"OTEL_KIT_EVENTS_LIFECYCLE": "true", "OTEL_KIT_SERVICE_VERSION": "1.2.3", "OTEL_KIT_EXIT_TIMEOUT": "30s"}
_INIT = "kit = otel_kit.init('script')\n"


def _told(otlp: OtlpSink) -> list[tuple[str, Any]]:
    """Return name and reason of the events about the process, in order of their times."""
    logs = sorted(_events(otlp), key=lambda log: log.proto.time_unix_nano)
    return [
        (log.event_name.removeprefix("otel_kit.system."), log.attributes.get("otel_kit.system.reason")) for log in logs
    ]


def _events(otlp: OtlpSink) -> list[Log]:
    return [log for log in otlp.logs() if log.event_name.startswith("otel_kit.system.")]


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("", "exit"),
        ("sys.exit(3)", "exit"),
        ("raise ValueError('unhandled')", "exit"),
        ("kit.shutdown(30)", "shutdown"),
        ("os.kill(os.getpid(), signal.SIGTERM); threading.Event().wait()", "sigterm"),
    ],
    ids=["normal", "sys.exit", "exception", "shutdown", "sigterm"],
)
def test_start_and_stop(otlp: OtlpSink, ending: str, reason: str) -> None:
    """One each, with what says which process it was, and outside of any trace."""
    code = f"{_INIT}with trace.get_tracer('app').start_as_current_span('work'): emit(1)\n{ending}"
    program = Program(code, otlp.endpoint, _ON)
    end = program.end()

    assert _told(otlp) == [("start", None), ("stop", reason)], end.stderr
    for log in _events(otlp):
        about = log.attributes
        assert (about["event.category"], about["service.version"], about["process.pid"]) == (
            "system",
            "1.2.3",
            program.pid,
        )
        assert (about["otel_kit.system.slot"], log.trace_id) == (0, "")
        assert about["process.runtime.version"].startswith("3.")
    assert _events(otlp)[-1].attributes["otel_kit.system.uptime"] >= 0
    assert _events(otlp)[-1].body.startswith("script 1.2.3 stops (")


def test_a_process_that_sends_nothing_else_tells_of_itself_at_its_end(otlp: OtlpSink) -> None:
    """The start has the time at which it was."""
    end = Program(_INIT, otlp.endpoint, _ON).end()

    assert _told(otlp) == [("start", None), ("stop", "exit")], end.stderr


def test_a_master_that_only_forks_starts_no_thread_for_it(otlp: OtlpSink) -> None:
    """Nor opens a connection; each child that sends something tells of itself, one that does not is silent."""
    code = """
kit = otel_kit.init('forking', settings={'metrics.exporter': ['none']})
print(sorted(thread.name for thread in threading.enumerate()), flush=True)
for count in (1, 0):
    child = os.fork()
    if child == 0:
        emit(count)
        kit.shutdown(30)
        os._exit(0)
    os.waitpid(child, 0)
os._exit(0)
"""
    end = Program(code, otlp.endpoint, {**_ON, "OTEL_KIT_REDACTION_ENGINE": "stdlib"}).end()

    assert end.stdout.strip() == "['MainThread']", end.stderr
    assert _told(otlp) == [("start", None), ("stop", "shutdown")]
    (start, stop) = _events(otlp)
    assert start.attributes["process.pid"] == stop.attributes["process.pid"]
    assert len(otlp.logs("work")) == 1


def test_children_count_and_alert_for_themselves(otlp: OtlpSink) -> None:
    """A parent's alert is not the child's, nor are its counts; each sends its own."""
    code = """
kit = otel_kit.init('forking')
from otel_kit.events.alerts import active_alerts
from otel_kit.events.statistics import event_counts
otel_kit.event.system("in the parent")
raised = otel_kit.alert("of-the-parent")
child = os.fork()
if child == 0:
    otel_kit.event.system("in the child")
    print(event_counts()["otel_kit.system"], [one.name for one in active_alerts()], raised.resolve(), flush=True)
    assert otel_kit.event.audit("x", actor=None)
    kit.shutdown(30)
    os._exit(0)
_, status = os.waitpid(child, 0)
print(status, [one.name for one in active_alerts()])
"""
    end = Program(code, otlp.endpoint, _ON).end()

    assert end.stdout.splitlines() == ["1 [] False", "0 ['of-the-parent']"], end.stderr
    names = [log.attributes["otel_kit.system.name"] for log in otlp.logs() if log.event_name == "otel_kit.system"]
    assert sorted(names) == ["in the child", "in the parent"]
    assert [log.event_name for log in otlp.logs() if "otel_kit.alert.name" in log.attributes] == [
        "otel_kit.alert.raised"
    ]


@pytest.mark.parametrize(
    "work",
    ["otel_kit.event.system('busy')", "otel_kit.alert('busy').resolve()", "otel_kit.event.audit('busy', actor=None)"],
    ids=["events", "alerts", "audit"],
)
def test_sigterm_in_the_middle_of_events(otlp: OtlpSink, work: str) -> None:
    """Whatever is held, the program ends, and tells of it, or says what it has lost."""
    env = {
        **_ON,
        "OTEL_KIT_EXIT_TIMEOUT": "2s",
        "OTEL_KIT_PIPELINE_QUEUE_ITEMS": "1000000",
        "OTEL_KIT_PIPELINE_QUEUE_BYTES": "1GiB",
    }
    programs = [Program(f"{_INIT}emit(1)\nmarker()\nwhile True: {work}", otlp.endpoint, env) for _ in range(2)]
    for program in programs:
        program.wait_for_marker()

    ends = [program.send(signal.SIGTERM).end() for program in programs]

    assert [end.code for end in ends] == [-signal.SIGTERM] * 2
    stopped = {log.attributes["process.pid"] for log in _events(otlp) if log.event_name == "otel_kit.system.stop"}
    assert [program.pid in stopped or "lost" in end.stderr for program, end in zip(programs, ends, strict=True)] == [
        True,
        True,
    ]


def test_a_server_tells_when_its_application_ends(otlp: OtlpSink) -> None:
    """Once, although the signal comes again to whatever the server has left in charge."""
    code = """
import contextlib, uvicorn
from starlette.applications import Starlette

@contextlib.asynccontextmanager
async def lifespan(app):
    marker()
    yield

app = Starlette(lifespan=lifespan)
otel_kit.init("served", app=app)
uvicorn.run(app, port=0, log_level="warning")
"""
    program = Program(code, otlp.endpoint, _ON).wait_for_marker()
    end = program.send(signal.SIGTERM).end()

    assert _told(otlp) == [("start", None), ("stop", "lifespan")], end.stderr


def test_switched_off(otlp: OtlpSink) -> None:
    """By ``events.lifecycle``."""
    Program(f"{_INIT}emit(1)", otlp.endpoint, {"OTEL_KIT_EVENTS_LIFECYCLE": "false"}).end()

    assert _told(otlp) == []
    assert len(otlp.logs("work")) == 1
