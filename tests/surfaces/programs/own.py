"""Plants where the kit itself speaks: settings that cannot be used, faults, and backends that refuse."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
from opentelemetry import metrics, trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

import otel_kit
from tests.conditions import eventually
from tests.otlp_sink import Answer, OtlpSink
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.matrix.own import WAY
from tests.unit.pipeline.grpc_backend import GrpcBackend

TEXTS = plants(WAY)
added: list[object] = []


class Failing(SpanProcessor):
    """Raises with a value in its text."""

    def on_end(self, span: ReadableSpan) -> None:
        raise ValueError(TEXTS["fault of a processor"])


def failing_callback(_options: object) -> Any:
    """Raise with a value in its text."""
    raise ValueError(TEXTS["fault of a callback, in the log of OpenTelemetry"])


def say(run: str, endpoint: str, refusal: Any) -> Mapping[str, Any]:
    """Have the kit speak of everything, and return its status; ``refusal(text)`` makes the backend refuse with it."""
    common = {"redaction.enabled": run != "off", "metrics.machine": False, "metrics.interval": "1h"}
    protocol = "grpc" if run == "grpc" else "http/protobuf"
    policy = Path("redaction.yaml")
    example = TEXTS["bad policy: example"]
    rule = {"pattern": "never", "examples": {f"to {example}": "x"}, "counter_examples": ["x"]}
    policy.write_text(json.dumps({"version": 1, "rules": {"own": rule}}))
    bad = {
        "redaction.policy": str(policy),
        "export.endpoint": f"http://ada:{TEXTS['bad setting: endpoint']}@127.0.0.1:port",
        "export.endpont": f"http://ada:{TEXTS['bad setting: unknown key']}@127.0.0.1",
        "pipeline.batch_items": TEXTS["bad setting: value"],
    }
    otel_kit.init("own", settings={**common, **bad, "traces.exporter": "none", "logs.exporter": "none"}).shutdown()
    host = endpoint.removeprefix("http://")
    url = f"http://ada:{TEXTS['endpoint: user and password']}@{host}"
    settings = {**common, "export.headers": {"api-key": TEXTS["endpoint: header"]}, "pipeline.traces_delay": "10ms"}
    kit = otel_kit.init("own", endpoint=url, protocol=protocol, settings=settings)
    other = f"http://ada:{TEXTS['conflicting setting: endpoint']}@{host}/?key={TEXTS['endpoint: query']}"
    headers = {"export.headers": {"api-key": TEXTS["conflicting setting: header"]}}
    otel_kit.init("own", endpoint=other, protocol=protocol, settings=headers)
    if not added:
        provider: Any = trace.get_tracer_provider()
        added.append(provider.add_span_processor(Failing()))
        metrics.get_meter("app").create_observable_gauge("failing", [failing_callback])
    refusal(f"{TEXTS['refusal by the backend, in the log']} {TEXTS['refusal by the backend, in kit.status()']}", False)
    trace.get_tracer("app").start_span("refused").end()
    eventually(lambda: kit.flush(5) and kit.status().signals["traces"].last_error, "a refusal")
    told = kit.status().as_dict()
    refusal(TEXTS["backend that is not ready"], True)
    trace.get_tracer("app").start_span("lost").end()
    kit.shutdown(0.5)
    return {"status": told}


def main() -> None:
    """Speak in each run: over HTTP, over gRPC, and raw."""
    for argument in sys.argv[1:]:
        run = argument.split("=")[0]
        print(f"--- run {run}", file=sys.stderr, flush=True)
        if run == "grpc":
            backend = GrpcBackend()

            def refuse(text: str, for_now: bool, backend: GrpcBackend = backend) -> None:
                partial = ExportTracePartialSuccess(rejected_spans=1, error_message=text)
                reply = ExportTraceServiceResponse(partial_success=partial).SerializeToString()
                unavailable = grpc.StatusCode.UNAVAILABLE
                backend.behave = lambda _, context: context.abort(unavailable, text) if for_now else reply

            told = say(run, f"http://127.0.0.1:{backend.port}", refuse)
            backend.stop()
        else:
            sink = OtlpSink()

            def answer(text: str, for_now: bool, sink: OtlpSink = sink) -> None:
                sink.default = Answer(503, body=text.encode()) if for_now else Answer(rejected=1, message=text)

            told = say(run, sink.endpoint, answer)
            sink.stop()
        Path(f"{run}.json").write_text(json.dumps(told, default=str))


if __name__ == "__main__":
    main()
