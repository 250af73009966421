"""Providers that exist already are never swapped: the kit's own lane stands beside what is there, fully redacted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.otlp_sink import OtlpSink
from tests.subprocesses import child_environ, run_python

SECRET = "ada.lovelace@example.com"
MASKED = "a***@example.com"

_THEIRS = """
import json, logging, sys
logging.basicConfig(stream=sys.stderr, format="%(name)s %(message)s")
from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import LogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

spans, logs, reader = InMemorySpanExporter(), InMemoryLogRecordExporter(), InMemoryMetricReader()
mine = Resource({"service.name": "theirs", "owner": "SECRET"})
theirs = TracerProvider(resource=mine), LoggerProvider(resource=mine), MeterProvider([reader], resource=mine)
theirs[0].add_span_processor(SimpleSpanProcessor(spans))
theirs[1].add_log_record_processor(SimpleLogRecordProcessor(logs))

def set_theirs():
    trace.set_tracer_provider(theirs[0])
    _logs.set_logger_provider(theirs[1])
    metrics.set_meter_provider(theirs[2])

def emit():
    with trace.get_tracer("app").start_as_current_span("work for SECRET", attributes={"to": "SECRET"}):
        _logs.get_logger("app").emit(LogRecord(body="mail to SECRET"))
        logging.getLogger("app").warning("line for SECRET")
    metrics.get_meter("app").create_counter("mails").add(1, {"to": "SECRET"})

def report(kit):
    kit.flush()
    print(json.dumps({
        "guarantee": kit.status().guarantee, "foreign": kit.status().foreign,
        "theirs": [span.name for span in spans.get_finished_spans()],
        "their logs": len(logs.get_finished_logs()),
        "signals": kit.status().as_dict()["signals"],
    }))
""".replace("SECRET", SECRET)


def _run(code: str, otlp: OtlpSink) -> tuple[dict[str, Any], str]:
    done = run_python(textwrap.dedent(_THEIRS) + textwrap.dedent(code), {"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.endpoint})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_providers_set_before_are_joined_and_what_the_kit_sends_is_redacted(otlp: OtlpSink) -> None:
    """All three signals arrive once, with their resource, redacted; their own exporter is as it was."""
    told, said = _run(
        """
        set_theirs()
        import otel_kit
        kit = otel_kit.init("orders")
        emit()
        report(kit)
        """,
        otlp,
    )

    assert "own lane" == told["guarantee"]
    assert [f"work for {SECRET}"] == told["theirs"]
    assert [f"work for {MASKED}"] == [span.name for span in otlp.spans()]
    assert {f"mail to {MASKED}", f"line for {MASKED}"} == {log.body for log in otlp.logs()}
    assert [(1, MASKED)] == [(point.value, point.attributes["to"]) for point in otlp.latest("mails")]
    resource = otlp.spans()[0].resource
    assert ("theirs", MASKED) == (resource["service.name"], resource["owner"])
    assert resource["otel_kit.redaction.policy"]
    assert SECRET.encode() not in otlp.bodies()
    warnings = [line for line in said.splitlines() if line.startswith("otel_kit")]
    assert 1 == len(warnings)
    for name in ("sdk.trace.TracerProvider", "MeterProvider", "LoggerProvider"):
        assert name in warnings[0]


def test_one_foreign_provider_leaves_the_other_signals_in_full(otlp: OtlpSink) -> None:
    """Only a TracerProvider was set: logs and metrics are the kit's own."""
    told, _ = _run(
        """
        trace.set_tracer_provider(theirs[0])
        import otel_kit
        kit = otel_kit.init("orders")
        emit()
        report(kit)
        """,
        otlp,
    )

    assert ("own lane", 0) == (told["guarantee"], told["their logs"])
    assert "theirs" == otlp.spans()[0].resource["service.name"]
    assert {"orders"} == {log.resource["service.name"] for log in otlp.logs()}


def test_strict_refuses_to_share(otlp: OtlpSink) -> None:
    """With the names of who was there first; nothing is left running."""
    told, _ = _run(
        """
        set_theirs()
        import otel_kit
        try:
            otel_kit.init("orders", strict=True)
        except otel_kit.ForeignProviders as error:
            print(json.dumps({"said": str(error)}))
        emit()
        """,
        otlp,
    )

    assert "TracerProvider" in told["said"]
    assert () == otlp.requests()


def test_providers_set_afterwards_change_nothing(otlp: OtlpSink) -> None:
    """OpenTelemetry refuses the second one: the kit stays in force, its guarantee too."""
    told, _ = _run(
        """
        import otel_kit
        kit = otel_kit.init("orders")
        set_theirs()
        emit()
        report(kit)
        """,
        otlp,
    )

    assert ("all", []) == (told["guarantee"], told["theirs"])
    assert [f"work for {MASKED}"] == [span.name for span in otlp.spans()]


def test_tracers_made_before_init_work_after_it(otlp: OtlpSink) -> None:
    """Libraries take their tracer and their instruments when they are imported."""
    told, _ = _run(
        """
        tracer, logger = trace.get_tracer("early"), _logs.get_logger("early")
        counter = metrics.get_meter("early").create_counter("early")
        import otel_kit
        kit = otel_kit.init("orders")
        with tracer.start_as_current_span("early"):
            logger.emit(LogRecord(body="early"))
        counter.add(1)
        report(kit)
        """,
        otlp,
    )

    assert "all" == told["guarantee"]
    assert 1 == len(otlp.spans("early")) == len(otlp.logs("early")) == len(otlp.latest("early"))


def test_restart_beside_foreign_providers_doubles_nothing(otlp: OtlpSink) -> None:
    """A lane cannot be taken off somebody else's provider: the second start uses the one that is there."""
    _run(
        """
        set_theirs()
        import otel_kit
        otel_kit.init("orders").shutdown()
        otel_kit.init("orders").shutdown()
        kit = otel_kit.init("orders")
        emit()
        report(kit)
        """,
        otlp,
    )

    assert 1 == len(otlp.spans())
    assert 2 == len(otlp.logs())
    assert [1] == [point.value for point in otlp.latest("mails")]


def test_record_that_a_later_processor_changes_is_sent_as_it_was(otlp: OtlpSink) -> None:
    """Somebody else's provider may run processors after the kit's lane, on the live record."""
    _run(
        """
        set_theirs()
        import otel_kit
        kit = otel_kit.init("orders")
        from opentelemetry.sdk._logs import LogRecordProcessor
        class Changing(LogRecordProcessor):
            def on_emit(self, record):
                record.log_record.attributes["late"] = 1
                record.log_record.body = "changed"
            def shutdown(self): pass
            def force_flush(self, timeout_millis=0): return True
        theirs[1].add_log_record_processor(Changing())
        _logs.get_logger("app").emit(LogRecord(body="as it was"))
        report(kit)
        """,
        otlp,
    )

    (log,) = otlp.logs()
    assert ("as it was", {}) == (log.body, dict(log.attributes))


_APP = """
    import fastapi, logging, otel_kit
    from fastapi.testclient import TestClient
    app = fastapi.FastAPI()
    kit = otel_kit.init("orders", app=app)

    @app.get("/users/{name}")
    def user(name: str):
        return {}

    with TestClient(app) as client:
        client.get("/users/SECRET")
    from opentelemetry import trace
    print(kit.status().guarantee, type(trace.get_tracer_provider()).__module__)
""".replace("SECRET", SECRET)


@pytest.mark.timeout(120)
def test_opentelemetry_instrument_is_joined(otlp: OtlpSink, tmp_path: Path) -> None:
    """One SERVER span per request, redacted, on the kit's lane; who was there first measures."""
    app = tmp_path / "app.py"
    app.write_text(textwrap.dedent(_APP))
    command = Path(sys.executable).parent / "opentelemetry-instrument"
    env = child_environ(
        {
            "OTEL_TRACES_EXPORTER": "console",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_KIT_TRACES_EXPORTER": "otlp",
            "OTEL_KIT_LOGS_EXPORTER": "otlp",
            "OTEL_KIT_METRICS_EXPORTER": "otlp",
            "OTEL_KIT_EXPORT_ENDPOINT": otlp.endpoint,
            "OTEL_KIT_EXPORT_PROTOCOL": "http/protobuf",  # the distribution asks for grpc
            "PATH": f"{command.parent}{os.pathsep}{os.defpath}",
        }
    )

    done = subprocess.run(
        [command, sys.executable, app], env=env, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )

    assert done.returncode == 0, done.stderr
    assert "own lane opentelemetry.sdk.trace" in done.stdout
    (server,) = [span for span in otlp.spans() if span.kind == "SERVER"]
    assert "GET /users/{name}" == server.name
    assert SECRET.encode() not in otlp.bodies()
