"""An application with the SDK that logs, traces and counts numbers until its standard input ends.

    python -m tests.stack.numbered_app SENDER RATE

The exporter is set by the usual variables. At the end it prints one line of JSON: how many steps it made, the ids of
its traces, and what the SDK says has become of all of it.
"""

from __future__ import annotations

import json
import logging
import sys
import threading

from opentelemetry import metrics, trace

import otel_kit
from tests.stack.sequences import COUNTER, NUMBER, SENDER

_FLUSH_S = 30.0
_STEPS_OF_A_TRACE = 50


def main(sender: str, rate: float) -> None:
    """Make ``rate`` steps a second: each a span and a log record with its number, and one more on the counter."""
    kit = otel_kit.init("stack-test")
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    log, tracer = logging.getLogger("numbered"), trace.get_tracer("numbered")
    counter = metrics.get_meter("numbered").create_counter(COUNTER)
    trace_ids, number = [], 0
    while not ended.is_set():
        with tracer.start_as_current_span("steps") as span:
            trace_ids.append(f"{span.get_span_context().trace_id:032x}")
            while not ended.wait(1 / rate):
                with tracer.start_as_current_span("step", attributes={NUMBER: number}):
                    log.warning("step %d", number, extra={SENDER: sender, NUMBER: number})
                counter.add(1, {SENDER: sender})
                number += 1
                if not number % _STEPS_OF_A_TRACE:
                    break
    flushed = kit.flush(_FLUSH_S)
    signals = kit.status().as_dict()["signals"]
    print(json.dumps({"steps": number, "trace_ids": trace_ids, "flushed": flushed, "signals": signals}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
