"""SIGTERM in the middle of work: whatever the main thread holds, the program ends, and its records are delivered."""

from __future__ import annotations

import signal

import pytest

from tests.otlp_sink import Answer, OtlpSink
from tests.process.programs import Program

_BUSY = {
    # Locks of the SDK: a collection needs those that the interrupted code holds.
    "metrics": "counter = metrics.get_meter('b').create_counter('busy')\nwhile True: counter.add(1, {'k': 'v'})",
    # Locks of the kit's own lanes.
    "spans": "tracer = trace.get_tracer('b')\nwhile True: tracer.start_span('busy').end()",
    "logs": "logger = logging.getLogger('b')\nwhile True: logger.info('busy')",
    # The lock of a stream.
    "printing": "while True: print('x' * 100, file=sys.stderr)",
    "threads": "while True: threading.Thread(target=int).start()",
    "flushing": "kit = otel_kit.init()\nwhile True: kit.flush()",
}


@pytest.mark.parametrize("work", _BUSY.values(), ids=_BUSY.keys())
def test_busy_program_is_delivered_and_ends(otlp: OtlpSink, work: str) -> None:
    """Three at a time, each interrupted somewhere else."""
    code = f"otel_kit.init('script')\nemit(20)\nmarker()\n{work}"
    env = {"OTEL_KIT_PIPELINE_QUEUE_ITEMS": "1000000", "OTEL_KIT_PIPELINE_QUEUE_BYTES": "1GiB"}
    programs = [Program(code, otlp.endpoint, env) for _ in range(3)]
    for program in programs:
        program.wait_for_marker()

    ends = [program.send(signal.SIGTERM).end() for program in programs]

    assert [end.code for end in ends] == [-signal.SIGTERM] * 3
    assert all(end.seconds < 10.0 for end in ends)  # a dead-lock would end in the time-out
    assert 60 == len(otlp.logs("work")) == len(otlp.spans("work"))


def test_work_goes_on_while_a_slow_delivery_runs_and_then_ends(otlp: OtlpSink) -> None:
    """The interrupted code is not frozen for longer than a blink: what it holds may be needed."""
    otlp.default = Answer(delay_s=1.0)
    code = (
        "otel_kit.init('script')\nemit(5)\nmarker()\nwhile True:\n    print('still', flush=True)\n    time.sleep(0.05)"
    )
    program = Program(code, otlp.endpoint).wait_for_marker()

    end = program.send(signal.SIGTERM).end()

    assert end.code == -signal.SIGTERM
    assert len(otlp.spans("work")) == 5
    assert "still" in end.stdout
