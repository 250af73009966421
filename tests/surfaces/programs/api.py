"""Plants through the API of OpenTelemetry: spans, log records and metric points with every field they have."""

from __future__ import annotations

import itertools
import json
import linecache
from collections.abc import Iterator
from typing import Any

from opentelemetry import _logs, metrics, trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.metrics import Observation
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags, TraceState

import otel_kit
from otel_kit.kit import Kit
from tests.surfaces.cell import key
from tests.surfaces.matrix.all_cells import plants
from tests.surfaces.matrix.api import RESOURCE
from tests.surfaces.programs.runs import runs

numbers = itertools.count(1)


def attributes(way: str) -> Iterator[dict[str, Any]]:
    """Yield what the cells about attributes plant, one mapping each."""
    texts = plants(way)
    yield {"note": texts["attribute: text"]}
    yield _by_key("attribute: the key says it", way)
    yield {"note": ["a", texts["attribute: in a list"]]}
    yield {"note": {"a": [{"b": texts["attribute: nested map"]}]}}
    yield {"note": {"a": _by_key("attribute: nested, the key says it", way)}}
    yield {"note": texts["attribute: bytes"].encode()}
    yield {"note": int(texts["attribute: whole number"])}
    yield {texts["attribute: the key itself"]: 1}
    yield {"note": json.dumps(_by_key("attribute: JSON in a string", way))}
    for part in ("path", "query", "query, percent-encoded", "query, percent-encoded twice", "fragment"):
        yield {"url.full": texts[f"URL: {part}"]}
    yield {"url.full": f"https://ada:{texts['URL: user and password']}@shop.example/"}
    yield {"db.query.text": texts["SQL literal"]}
    yield {"http.request.header.authorization": [f"Bearer {texts['header']}"]}
    yield {"http.request.header.cookie": [f"basket={texts['cookie']}; colour=red"]}


def scopes(way: str, get: Any) -> Iterator[Any]:
    """Yield one tracer, meter or logger for each cell about a scope."""
    texts = plants(way)
    yield get(texts["scope: name"])
    yield get("app", texts["scope: version"])
    yield get("app", schema_url=texts["scope: schema URL"])
    yield get("app", attributes={"owner": texts["scope: attribute"]})


def failures(way: str) -> Iterator[Exception]:
    """Yield exceptions that carry their cells' texts, raised and caught: one with a cause and a note, and a group."""
    texts = plants(way)
    source = f"def fail(): raise ValueError('no')  # {texts['exception: source line']}\n"
    name = f"<{way}>"
    linecache.cache[name] = (len(source), None, [source], name)
    module: dict[str, Any] = {}
    exec(compile(source, name, "exec"), module)
    try:
        secret = texts["exception: local variables"]
        try:
            module["fail"]()
        except ValueError as cause:
            cause.args = (texts["exception: cause"],)
            error = RuntimeError(texts["exception: message"])
            error.add_note(texts["exception: note"])
            raise error from cause
    except RuntimeError as error:
        assert secret
        yield error
    yield ExceptionGroup("some", [LookupError(texts["exception: in a group"])])


def plant_traces() -> None:
    """Make spans."""
    texts = plants("traces")
    tracer = trace.get_tracer("app")
    tracer.start_span(texts["span name"]).end()
    for chosen in attributes("traces"):
        tracer.start_span("carrier", attributes=chosen).end()
    with tracer.start_as_current_span("events") as span:
        span.add_event(texts["event: name"])
        span.add_event("event", {"note": texts["event: attribute"]})
        span.add_event("event", _by_key("event: the key says it", "traces"))
        span.add_event("event", {"note": {"a": [texts["event: nested map"]]}})
        span.add_event("event", {texts["event: the key itself"]: 1})
        span.set_status(Status(StatusCode.ERROR, texts["status text"]))
    links = [
        Link(_context(), {"note": texts["link: attribute"]}),
        Link(_context(), _by_key("link: the key says it", "traces")),
        Link(_context(), {texts["link: the key itself"]: 1}),
        Link(_context(vendor=texts["link: trace state"], kept="1")),
    ]
    tracer.start_span("links", links=links).end()
    for state in (
        {"vendor": texts["trace state"]},
        {"password": texts["trace state, the key says it"]},
        {f"{texts['trace state, its key']}@vendor": "1"},
    ):
        parent = trace.set_span_in_context(trace.NonRecordingSpan(_context(**state)))
        tracer.start_span("child", parent).end()
    span = tracer.start_span("failed")
    for error in failures("traces"):
        span.record_exception(error)
    span.end()
    with otel_kit.bind(note=texts["bound context"]):
        tracer.start_span("bound").end()
    for one in scopes("traces", trace.get_tracer):
        one.start_span("scoped").end()


def plant_logs() -> None:
    """Emit log records."""
    texts = plants("logs")
    logger = _logs.get_logger("app")
    bodies: list[Any] = [
        texts["body: text"],
        {"a": [{"b": texts["body: map"]}]},
        {"a": _by_key("body: map, the key says it", "logs")},
        {"a": {texts["body: map, the key itself"]: 1}},
        ["a", [int(texts["body: list"])]],
        texts["body: bytes"].encode(),
    ]
    for body in bodies:
        logger.emit(LogRecord(body=body, severity_number=SeverityNumber.INFO))
    for chosen in attributes("logs"):
        logger.emit(LogRecord(body="carrier", attributes=chosen))
    logger.emit(LogRecord(body="x", event_name=texts["event: name"]))
    logger.emit(LogRecord(body="x", severity_text=texts["severity text"]))
    for error in failures("logs"):
        logger.emit(LogRecord(body="x", exception=error))
    with otel_kit.bind(note=texts["bound context"]):
        logger.emit(LogRecord(body="bound"))
    for one in scopes("logs", _logs.get_logger):
        one.emit(LogRecord(body="scoped"))


def plant_metrics(observed: set[str]) -> None:
    """Record points; ``observed`` tells whether an earlier run has registered the callbacks."""
    texts = plants("metrics")
    meter = metrics.get_meter("app")
    for chosen in attributes("metrics"):
        meter.create_counter("carrier").add(1, chosen)
    both = {kind: texts[f"points that become one: {kind}"].split() for kind in KINDS}
    for to in both["counter"]:
        meter.create_counter("kind.counter").add(1, {"to": to})
    for to in both["up-down counter"]:
        meter.create_up_down_counter("kind.up_down").add(1, {"to": to})
    for to in both["gauge"]:
        meter.create_gauge("kind.gauge").set(1, {"to": to})
    for to in both["histogram"]:
        meter.create_histogram("kind.histogram").record(1, {"to": to})
    meter.create_counter("n." + texts["metric: name"].replace(" ", "/")).add(1)
    meter.create_counter("described", description=texts["metric: description"]).add(1)
    meter.create_counter("unit", unit=texts["metric: unit"]).add(1)
    for one in scopes("metrics", metrics.get_meter):
        one.create_counter("scoped").add(1)
    if observed:
        return  # instruments with callbacks stay registered
    observed.add("all")
    for kind in ("counter", "gauge"):
        points = [Observation(1, {"to": to}) for to in both[f"observable {kind}"]]
        getattr(meter, f"create_observable_{kind}")(f"kind.observable_{kind}", [lambda _, points=points: points])


KINDS = ("counter", "up-down counter", "gauge", "histogram", "observable counter", "observable gauge")


def _by_key(surface: str, way: str) -> dict[str, str]:
    return {key(surface, way): plants(way)[surface]}


def _context(**state: str) -> SpanContext:
    """Return another remote span's context."""
    return SpanContext(1 << 100, next(numbers), True, TraceFlags(1), TraceState(list(state.items())))


def main() -> None:
    """Plant for all three signals in each run."""
    observed: set[str] = set()

    def plant(_run: str, _kit: Kit) -> None:
        plant_traces()
        plant_logs()
        plant_metrics(observed)

    texts = plants("traces")
    resource = {
        "owner": texts["resource: attribute"],
        "service.instance.id": texts["resource: service.instance.id"],
        texts["resource: the key itself"]: "1",
        key("resource: the key says it", RESOURCE): texts["resource: the key says it"],
    }
    runs(plant, **{"service.name": texts["resource: service.name"], "resource.attributes": resource})


if __name__ == "__main__":
    main()
