"""Work that is handed to other processes goes on with the trace and with what is bound, by every start method."""

from __future__ import annotations

import json

import pytest

from tests.otlp_sink import OtlpSink
from tests.process.programs import Program

pytestmark = pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
_TOGETHER = "    otel_kit.bind(tenant='acme', request_id='r-1')\n    from tests.process import handed_over\n"


def test_spans_and_records_of_other_processes_belong_to_the_callers(otlp: OtlpSink, method: str) -> None:
    """Processes, pools and executors: children of the caller's span, with what it has bound."""
    code = f"""
if __name__ == "__main__":
    otel_kit.init("handing")
{_TOGETHER}
    import json
    with trace.get_tracer("app").start_as_current_span("caller"):
        names = handed_over.hand_over("{method}")
    marker(json.dumps(names))
"""

    end = Program(code, otlp.endpoint).end(55)

    assert end.code == 0, end.stderr
    names = json.loads(end.stdout)
    (caller,) = otlp.spans("caller")
    spans, records = {span.name: span for span in otlp.spans()}, {str(record.body): record for record in otlp.logs()}
    assert len(names) == 10
    for name in names:
        span, record = spans[name], records[name]
        assert (span.trace_id, span.parent_span_id) == (caller.trace_id, caller.span_id), name
        assert (record.trace_id, record.span_id) == (span.trace_id, span.span_id), name
        for item in (span, record):
            bound = {"otel_kit.tenant": "acme", "otel_kit.request_id": "r-1"}
            assert {key: item.attributes.get(key) for key in bound} == bound, name


def test_a_child_without_a_kit_has_the_ids_and_is_not_harmed(otlp: OtlpSink, method: str) -> None:
    """It never calls ``init``; the parent's object stays what it was."""
    code = f"""
if __name__ == "__main__":
    otel_kit.init("handing")
{_TOGETHER}
    context = multiprocessing.get_context("{method}")
    queue = context.SimpleQueue()
    with trace.get_tracer("app").start_as_current_span("caller"):
        process = context.Process(target=handed_over.put_ids, args=(queue,))
        process.start()
        here = handed_over.ids()
    assert "run" not in vars(process)
    print(queue.get() == here)
    process.join()
    sys.exit(process.exitcode)
"""

    end = Program(code, otlp.endpoint).end()

    assert (end.code, end.stdout.strip()) == (0, "True"), end.stderr


def test_workers_of_pools_keep_nobodys_context(otlp: OtlpSink, method: str) -> None:
    """Neither that of who made the pool nor that of who asked before."""
    code = f"""
if __name__ == "__main__":
    otel_kit.init("handing")
    from tests.process import handed_over
    import json
    marker(json.dumps(handed_over.pools_between_requests("{method}")))
"""

    end = Program(code, otlp.endpoint).end()

    assert end.code == 0, end.stderr
    seen = [json.loads(told)[2].get("user.id") for told in json.loads(end.stdout)]
    assert seen == ["first", "first", None, None, "second", "second"]
