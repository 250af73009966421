"""The end of a plain program: everything is delivered, or it takes no longer than promised and says what is lost."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator

import pytest

from tests.conditions import eventually
from tests.otlp_sink import Answer, OtlpSink
from tests.process.programs import Program

COUNT = 50
LIMIT_S = 2.5
NOISE_S = 1.0  # of a busy machine; the budgets of two last moments in a row would be 2 s more

INIT_AND_EMIT = f"otel_kit.init('script')\nemit({COUNT})\n"


def _all_arrived(otlp: OtlpSink, count: int = COUNT) -> None:
    assert count == len(otlp.spans("work"))
    assert count == len(otlp.logs("work"))
    assert [count] == [point.value for point in otlp.latest("done")]


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise ValueError('unhandled')", 1),
        ("threading.Thread(target=lambda: emit(0)).start()", 0),
    ],
    ids=["normal", "sys.exit", "exception", "thread"],
)
def test_ordinary_end_delivers_everything(otlp: OtlpSink, ending: str, code: int) -> None:
    """Spans, logs and the last metrics; the exit status stays the program's own."""
    end = Program(INIT_AND_EMIT + ending, otlp.endpoint).end()

    assert (code, []) == (end.code, end.lines), end.stderr
    _all_arrived(otlp)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_delivers_everything_and_ends_the_program_as_ever(otlp: OtlpSink, number: signal.Signals) -> None:
    """The parent sees the same status as without the kit."""
    waiting = Program(INIT_AND_EMIT + "marker()\nthreading.Event().wait()", otlp.endpoint).wait_for_marker()

    end = waiting.send(number).end()

    assert end.code == -number, end.stderr
    _all_arrived(otlp)


def test_program_with_an_own_sigterm_handler_keeps_it(otlp: OtlpSink) -> None:
    """Set before or after init: the kit takes the signal only where nobody has."""
    own = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
    before = Program(own + INIT_AND_EMIT + "marker()\nthreading.Event().wait()", otlp.endpoint).wait_for_marker()
    after = Program(INIT_AND_EMIT + own + "marker()\nthreading.Event().wait()", otlp.endpoint).wait_for_marker()

    ends = [program.send(signal.SIGTERM).end() for program in (before, after)]

    assert [end.code for end in ends] == [7, 7]
    assert len(otlp.spans("work")) == 2 * COUNT


def test_logs_of_hooks_that_were_registered_before_the_kit_are_delivered(otlp: OtlpSink) -> None:
    """They run after the kit's own hook: stock loses them without a word."""
    code = "atexit.register(lambda: emit(5, 'late'))\n" + INIT_AND_EMIT

    end = Program(code, otlp.endpoint).end()

    assert end.lines == []
    assert 5 == len(otlp.logs("late")) == len(otlp.spans("late"))
    assert len(otlp.logs("work")) == COUNT


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port on which nothing listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


BACKENDS = {
    "hang": Answer(hang=True),
    "503": Answer(status=503),
    "slow": Answer(delay_s=9.0),
    "throttled": Answer(status=429, headers={"Retry-After": "30"}),
    "drip": Answer(drip_s=0.5),
}


def _ends_in_time(endpoint: str, env: dict[str, str] | None = None) -> None:
    """Three signals, a backend in trouble: measured beside the same program with the kit switched off."""
    code = INIT_AND_EMIT + "marker()"
    program = Program(code, endpoint, env)
    reference = Program(code, endpoint, {"OTEL_SDK_DISABLED": "true"})

    end, usual = program.wait_for_marker().end(), reference.wait_for_marker().end()

    assert (end.code, usual.code) == (0, 0)
    assert end.seconds <= LIMIT_S + usual.seconds + NOISE_S
    (line,) = end.lines
    assert re.search(rf"{COUNT} traces, \d+ metrics, {COUNT} logs", line), line
    assert endpoint.removeprefix("http://") in line


@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS.keys())
def test_backend_in_trouble_costs_the_exit_two_seconds_and_one_line(otlp: OtlpSink, backend: Answer) -> None:
    """Stock takes 37 to 49 s here."""
    otlp.default = backend

    _ends_in_time(otlp.endpoint)


def test_dead_backend_costs_the_exit_two_seconds_and_one_line(free_port: int) -> None:
    """Nothing listens."""
    _ends_in_time(f"http://127.0.0.1:{free_port}")


@pytest.mark.parametrize("state", ["dead", "hang"])
def test_grpc_backend_in_trouble_costs_the_exit_no_more(free_port: int, otlp: OtlpSink, state: str) -> None:
    """The library's own threads and retries included."""
    otlp.default = Answer(hang=True)
    endpoint = f"http://127.0.0.1:{free_port}" if state == "dead" else otlp.endpoint

    _ends_in_time(endpoint, {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})


def test_sigterm_with_a_hanging_backend_ends_in_time(otlp: OtlpSink) -> None:
    """An orchestrator's patience is not tried."""
    otlp.default = Answer(hang=True)
    waiting = Program(INIT_AND_EMIT + "marker()\nthreading.Event().wait()", otlp.endpoint).wait_for_marker()

    end = waiting.send(signal.SIGTERM).end()

    assert end.code == -signal.SIGTERM
    assert end.seconds <= LIMIT_S + NOISE_S
    assert len(end.lines) == 1


def test_second_sigterm_ends_at_once(otlp: OtlpSink) -> None:
    """Who is impatient gets the default action."""
    otlp.default = Answer(hang=True)
    env = {"OTEL_KIT_EXIT_TIMEOUT": "30s"}
    waiting = Program(INIT_AND_EMIT + "marker()\nthreading.Event().wait()", otlp.endpoint, env).wait_for_marker()

    # Signals of one kind that are not handled yet become one: it is sent until it shows.
    eventually(lambda: waiting.send(signal.SIGTERM).has_ended, "the end")

    assert waiting.end().code == -signal.SIGTERM


def test_metric_callback_that_hangs_does_not_hold_the_exit_up(otlp: OtlpSink) -> None:
    """The spans and logs are delivered all the same."""
    code = "metrics.get_meter('x').create_observable_gauge('g', [lambda _: threading.Event().wait()])\nmarker()"

    end = Program(INIT_AND_EMIT + code, otlp.endpoint).wait_for_marker().end()

    assert end.code == 0
    assert end.seconds <= LIMIT_S + NOISE_S
    assert COUNT == len(otlp.spans("work")) == len(otlp.logs("work"))


def test_late_hooks_with_a_dead_backend_share_one_budget(free_port: int) -> None:
    """A hundred late lines do not cost a hundred time-outs."""
    code = "atexit.register(lambda: emit(100, 'late'))\n" + INIT_AND_EMIT + "marker()"

    end = Program(code, f"http://127.0.0.1:{free_port}").wait_for_marker().end()

    assert end.code == 0
    assert end.seconds <= LIMIT_S + NOISE_S + 1.0


def test_explicit_shutdown_leaves_nothing_for_the_exit(otlp: OtlpSink) -> None:
    """What comes after it does nothing, and nothing is said."""
    end = Program(INIT_AND_EMIT + "otel_kit.init().shutdown()\nemit(3)", otlp.endpoint).end()

    assert (end.code, end.lines) == (0, [])
    _all_arrived(otlp)
