"""Real Celery workers: tasks go on with the trace and what is bound, worker processes deliver at their end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.conditions import eventually
from tests.otlp_sink import OtlpSink, Span
from tests.process.programs import PATIENT
from tests.subprocesses import child_environ, run_python

pytestmark = pytest.mark.skipif(
    find_spec("opentelemetry.instrumentation.celery") is None,
    reason="not run: the newest set of OpenTelemetry has no Celery instrumentation yet; make test runs it",
)
TASKS = """
import logging, os
import otel_kit
from celery import Celery
from opentelemetry import trace

otel_kit.init("worker" if os.environ.get("IS_WORKER") else "caller")
app = Celery("tasks", broker="filesystem://", backend="file://results")
app.conf.update(
    broker_transport_options={
        "data_folder_in": "queue", "data_folder_out": "queue", "processed_folder": "done", "store_processed": True,
        "polling_interval": 0.1,
    },
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=True,
)
log = logging.getLogger("shop")

@app.task
def work(name):
    log.info("working on %s", name)
    otel_kit.bind(inside=name)
    now = otel_kit.current()
    return [now.trace_id, now.request_id, dict(now.bound), os.getpid()]

@app.task(bind=True, max_retries=2)
def flaky(self):
    log.info("try %d", self.request.retries)
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    return dict(otel_kit.current().bound)

@app.task
def fails():
    raise ValueError("card 4111 1111 1111 1111")
"""
CALLER = """
import json, sys
import tasks, otel_kit
from opentelemetry import trace

with trace.get_tracer("app").start_as_current_span("caller"):
    with otel_kit.bind(tenant="acme", user_id="ada@example.com", request_id="r-1"):
        first = tasks.work.delay("one").get(timeout=30)
        flaky = tasks.flaky.delay().get(timeout=30)
        tasks.fails.delay().get(timeout=30, propagate=False)
second = tasks.work.delay("two").get(timeout=30)
print(json.dumps([first, second, flaky]))
"""


@pytest.fixture(params=["solo", "prefork"])
def worker(request: pytest.FixtureRequest, tmp_path: Path, otlp: OtlpSink) -> Iterator[subprocess.Popen[bytes]]:
    """A worker on a broker of files, with one process for tasks."""
    for folder in ("queue", "done", "results"):
        (tmp_path / folder).mkdir()
    (tmp_path / "tasks.py").write_text(TASKS)
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, **PATIENT, "IS_WORKER": "1", "PYTHONWARNINGS": "default"}
    options = ["-c", "1", "-l", "info", "--without-mingle", "--without-gossip", "--without-heartbeat"]
    with (tmp_path / "worker.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-P", request.param, *options],
            cwd=tmp_path, env=child_environ(env), stdout=out, stderr=out,
        )  # fmt: skip
    eventually(lambda: "ready." in (tmp_path / "worker.log").read_text(), "the worker is ready", 30)
    yield process
    process.kill()
    process.wait()


def parents(spans: dict[str, Span], span: Span) -> list[str]:
    """Return the names of a span's parents, the nearest first."""
    names = []
    while (parent := spans.get(span.parent_span_id)) is not None:
        names.append(parent.name)
        span = parent
    return names


def test_tasks_of_a_real_worker_belong_to_their_caller(
    worker: subprocess.Popen[bytes], otlp: OtlpSink, tmp_path: Path
) -> None:
    """Spans and lines of tasks and of their retries; nothing stays for the next task; the broker sees masked values."""
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint,
        "OTEL_KIT_METRICS_MACHINE": "false",
        "PYTHONWARNINGS": "default",
    }
    done = run_python(CALLER, env, cwd=tmp_path)
    worker.send_signal(signal.SIGTERM)
    worker.wait(20)
    said = (tmp_path / "worker.log").read_text()

    assert done.returncode == 0, done.stderr + said
    (trace_id, request_id, bound, pid), second, flaky = json.loads(done.stdout)
    spans = {span.span_id: span for span in otlp.spans()}
    caller = next(span for span in spans.values() if span.name == "caller")
    wanted = {"otel_kit.tenant": "acme", "user.id": "a***@example.com", "otel_kit.request_id": "r-1"}
    assert (trace_id, request_id, bound) == (caller.trace_id, "r-1", {**wanted, "inside": "one"})
    assert (second[0] != trace_id, second[1], second[2], second[3]) == (True, None, {"inside": "two"}, pid)
    assert flaky == wanted

    runs = [span for span in spans.values() if span.name.startswith("run/") and span.trace_id == trace_id]
    assert sorted(span.name for span in runs) == [
        "run/tasks.fails",
        "run/tasks.flaky",
        "run/tasks.flaky",
        "run/tasks.work",
    ]
    for run in runs:
        assert run.resource["service.name"] == "worker"
        assert parents(spans, run)[-1] == "caller", said
        assert {name: run.attributes.get(name) for name in wanted} == wanted
    by_body = {str(record.body): record for record in otlp.logs()}
    for body, bound_there in (("working on one", wanted), ("try 0", wanted), ("try 1", wanted), ("working on two", {})):
        record = by_body[body]
        assert spans[record.span_id].name.startswith("run/")
        assert {name: record.attributes[name] for name in wanted if name in record.attributes} == bound_there
    messages = b"".join(file.read_bytes() for folder in ("queue", "done") for file in (tmp_path / folder).iterdir())
    assert b"acme" in messages
    assert b"ada@" not in messages
    assert b"1111 1111" not in otlp.bodies()
    assert "Failed to detach" not in said


HOSTILE: list[Any] = [
    None, 5, [], {}, "", "{", "[]", '"x"', "null", "{" * 20_000, "[" * 10_000, '{"a": ' * 2000, b"\xff",
    json.dumps({"a": "x" * 20_000}), json.dumps({"": 1, "x" * 300: 1}), json.dumps({f"k{n}": n for n in range(500)}),
    json.dumps({"otel_kit.request_id": "a b"}), json.dumps({"otel_kit.request_id": {}}),
]  # fmt: skip


def test_no_message_breaks_a_task() -> None:
    """Whatever its headers are; with Celery's own signals and requests, with and without its instrumentation."""
    done = run_python(
        f"""
        import json
        import otel_kit
        from opentelemetry import context as c
        kit = otel_kit.init("x", settings={{"traces.exporter": "none", "logs.exporter": "none",
                                            "metrics.exporter": "none"}})
        from celery import Celery, signals
        app = Celery("x")

        @app.task
        def task(): pass

        most = 0
        for value in {HOSTILE!r}:
            for parent in (value, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
                task.push_request(id="1", otel_kit_bound=value, traceparent=parent, tracestate=value, baggage=value)
                signals.task_prerun.send(sender=task, task=task, task_id="1", args=[], kwargs={{}})
                bound = otel_kit.current().bound
                most = max(most, len(bound))
                assert "otel_kit.request_id" not in bound and "" not in bound, bound
                signals.task_postrun.send(sender=task, task=task, task_id="1", args=[], kwargs={{}}, state="", retval=1)
                task.pop_request()
                assert dict(c.get_current()) == {{}}, (value, dict(c.get_current()))
        for headers in (None, 5, [], "text"):
            signals.before_task_publish.send(sender="x", headers=headers, body=None)
        print(most, dict(kit.status().faults))
        """,
        {"OTEL_KIT_INSTRUMENT_CLIENTS": "celery"},
    )

    assert (done.returncode, done.stdout) == (0, "64 {}\n"), done.stderr


def test_without_its_instrumentation_the_trace_goes_over_all_the_same(otlp: OtlpSink, tmp_path: Path) -> None:
    """Through the same headers, without a span of its own; after the kit nothing goes, as nobody would redact it."""
    done = run_python(
        textwrap.dedent(
            """
            import json, sys
            sys.modules["opentelemetry.instrumentation.celery"] = None
            import importlib.util
            import otel_kit
            find = importlib.util.find_spec
            importlib.util.find_spec = lambda name: None if name.endswith("instrumentation.celery") else find(name)
            kit = otel_kit.init("x")
            from celery import Celery, signals
            from opentelemetry import trace
            app = Celery("x", broker="memory://")

            @app.task
            def task(): pass

            headers = {}
            with trace.get_tracer("t").start_as_current_span("caller"), otel_kit.bind(tenant="acme"):
                caller = otel_kit.current()
                signals.before_task_publish.send(sender="x", headers=headers, body=None)
            task.push_request(id="1", **headers)
            signals.task_prerun.send(sender=task, task=task, task_id="1", args=[], kwargs={})
            print(otel_kit.current() == caller)
            signals.task_postrun.send(sender=task, task=task, task_id="1", args=[], kwargs={}, state="", retval=1)
            print(otel_kit.current().trace_id, dict(otel_kit.current().bound), kit.status().clients)
            kit.shutdown()
            headers.clear()
            with otel_kit.bind(tenant="ada@example.com"):
                signals.before_task_publish.send(sender="x", headers=headers, body=None)
            print(headers)
            """
        ),
        {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint, "OTEL_KIT_INSTRUMENT_CLIENTS": "celery"},
        cwd=tmp_path,
    )

    assert done.stdout.splitlines() == ["True", "None {} ()", "{}"], done.stderr
