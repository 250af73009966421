"""Encoding: poison costs its own record at most, and marks are written at the last moment."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanContext, Status, StatusCode

from otel_kit import semconv
from otel_kit.pipeline.encoder import Encoder
from otel_kit.pipeline.redaction_counts import RedactionCounts
from otel_kit.policy.model import Policy
from otel_kit.redaction.redactor import compile_policy, default_redactor
from tests.otlp_sink import attributes_of, plain
from tests.unit.pipeline.records import collected, encoder, logs, spans

SURROGATE = "broken \ud800 text"


def _nested(depth: int) -> Any:
    value: Any = "bottom"
    for _ in range(depth):
        value = {"k": value}
    return value


def _cyclic() -> Any:
    value: dict[str, Any] = {"name": "snake"}
    value["tail"] = [value]
    return value


def _log_protos(kit: Encoder, records: list[Any]) -> list[Any]:
    encoded, failed = kit.logs([kit.log_copy(record, owned=True) for record in records])
    assert failed == 0
    request = ExportLogsServiceRequest.FromString(b"".join(part.request() for part in encoded))
    return [record for entry in request.resource_logs for scope in entry.scope_logs for record in scope.log_records]


def _span_protos(kit: Encoder, records: list[Any]) -> list[Any]:
    encoded, failed = kit.spans([kit.span_copy(record, owned=True) for record in records])
    assert failed == 0
    request = ExportTraceServiceRequest.FromString(b"".join(part.request() for part in encoded))
    return [span for entry in request.resource_spans for scope in entry.scope_spans for span in scope.spans]


POISON: dict[str, Any] = {
    "surrogate": SURROGATE,
    "surrogate key": {"\ud800": 1},
    "huge integer": {"n": 2**70},
    "32 deep": _nested(32),
    "33 deep": _nested(33),
    "2000 deep": _nested(2000),
    "10 MB": "x" * 10_000_000,
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_poisoned_body_is_repaired_and_takes_no_honest_record_with_it(poison: Any) -> None:
    """Stock: one such body erases its whole batch."""
    records = logs("honest 1", "to be poisoned", "honest 2")
    records[1].log_record.body = poison

    protos = _log_protos(encoder(), records)

    assert [protos[0].body.string_value, protos[2].body.string_value] == ["honest 1", "honest 2"]
    marks = [attributes_of(proto.attributes).get(semconv.REPAIRED, False) for proto in protos]
    assert marks == [False, True, False]
    assert protos[1].ByteSize() < 100_000


def test_cyclic_body_is_repaired() -> None:
    """What holds itself is cut where it begins again."""
    records = logs("to be poisoned")
    records[0].log_record.body = _cyclic()

    (proto,) = _log_protos(encoder(), records)

    assert "snake" in str(plain(proto.body))
    assert attributes_of(proto.attributes)[semconv.REPAIRED] is True


def test_poison_in_every_text_of_a_span_is_repaired() -> None:
    """Name, keys, values, events, links' attributes, status, scope."""

    def poison(span: Any) -> None:
        span.update_name(SURROGATE)
        span.set_attribute("value", SURROGATE)
        span.set_attribute("\ud800 key", 1)
        span.set_attribute("number", 2**70)
        span.add_event(SURROGATE, {"\ud800": SURROGATE})
        span.add_link(SpanContext(1, 2, is_remote=True), {"l": SURROGATE})
        span.set_status(Status(StatusCode.ERROR, SURROGATE))

    honest, poisoned = spans(lambda span: None, poison, scope=SURROGATE)

    protos = _span_protos(encoder(), [honest, poisoned])

    assert protos[0].name == "span 0"
    assert protos[1].name.startswith("broken")
    assert protos[1].status.message.startswith("broken")
    assert protos[1].events[0].name.startswith("broken")
    attributes = attributes_of(protos[1].attributes)
    assert attributes[semconv.REPAIRED] is True
    assert str(2**70) == attributes["number"]


def test_poison_in_the_resource_is_repaired() -> None:
    """A resource is shared by all records: it must not cost them all."""
    resource = Resource({"service.name": SURROGATE, "\ud800": "x"}, SURROGATE)
    kit = Encoder(default_redactor(), RedactionCounts(), lambda: "i", resource)

    protos = _span_protos(kit, spans(lambda span: None))

    assert len(protos) == 1


def test_first_attributes_are_kept_and_the_others_counted() -> None:
    """The first are the route, the user and the ids; stock drops those."""

    def many(span: Any) -> None:
        for number in range(1000):
            span.set_attribute(f"a{number}", number)

    (proto,) = _span_protos(encoder(), spans(many))

    assert [f"a{number}" for number in range(128)] == [item.key for item in proto.attributes]
    assert proto.dropped_attributes_count == 1000 - 128


def test_repaired_record_keeps_its_mark_when_attributes_are_dropped() -> None:
    """Who reads it later must see that it is not what was sent."""

    def many(span: Any) -> None:
        for number in range(200):
            span.set_attribute(f"a{number}", SURROGATE)

    (proto,) = _span_protos(encoder(), spans(many))

    assert attributes_of(proto.attributes)[semconv.REPAIRED] is True


def _with_value(data: MetricsData, name: str, value: Any) -> MetricsData:
    """Put a value into the only point of a gauge that the SDK itself would refuse."""
    for scope in data.resource_metrics[0].scope_metrics:
        for metric in scope.metrics:
            if metric.name == name:
                metric.data.data_points[:] = [replace(metric.data.data_points[0], value=value)]  # type: ignore[index]
    return data


def test_number_of_a_metric_beyond_64_bits_becomes_a_float() -> None:
    """Stock: one such point erases the whole collection, and every one after it."""
    data = collected(
        lambda meter: meter.create_counter("honest").add(1),
        lambda meter: meter.create_counter("poisoned").add(2**70),
        lambda meter: meter.create_gauge("absurd").set(7),
    )
    kit = encoder()
    data = _with_value(data, "absurd", 10**400)

    encoded, failed = kit.metrics(kit.metrics_copy(data, owned=True))

    request = ExportMetricsServiceRequest.FromString(b"".join(part.request() for part in encoded))
    metrics = {
        metric.name: metric
        for entry in request.resource_metrics
        for scope in entry.scope_metrics
        for metric in scope.metrics
    }
    assert failed == 0
    assert metrics["honest"].sum.data_points[0].as_int == 1
    assert float(2**70) == metrics["poisoned"].sum.data_points[0].as_double
    assert float("inf") == metrics["absurd"].gauge.data_points[0].as_double


def test_point_that_cannot_be_encoded_takes_no_other_with_it() -> None:
    """Whatever an SDK hands over: what OTLP cannot carry is counted."""
    data = collected(
        lambda meter: meter.create_counter("honest").add(1),
        lambda meter: meter.create_gauge("poisoned").set(1),
    )
    kit = encoder()
    data = _with_value(data, "poisoned", "text")

    encoded, failed = kit.metrics(kit.metrics_copy(data, owned=True))

    assert failed == 1
    assert sum(part.count for part in encoded) == 1


def test_span_that_cannot_be_encoded_takes_no_other_with_it() -> None:
    """Found by halving the batch; it is counted."""
    kit = encoder()
    copies: list[Any] = [kit.span_copy(span, owned=True) for span in spans(*([lambda span: None] * 9))]
    copies[4]._start_time = "no time"

    encoded, failed = kit.spans(copies)

    request = ExportTraceServiceRequest.FromString(b"".join(part.request() for part in encoded))
    names = [span.name for entry in request.resource_spans for scope in entry.scope_spans for span in scope.spans]
    assert 1 == failed
    assert [f"span {number}" for number in range(9) if number != 4] == names


def test_marks_are_written_at_the_encoder() -> None:
    """Policy and instance id are the encoder's, whatever the SDK's resource says; a foreign resource keeps the rest."""
    stale = Resource({"service.name": "theirs", semconv.SERVICE_INSTANCE_ID: "stale", semconv.REDACTION_POLICY: "old"})
    kit = encoder()
    record = spans(lambda span: None, resource=stale)[0]

    (own,), _ = kit.spans([kit.span_copy(record, owned=True)])
    (foreign,), _ = kit.spans([kit.span_copy(record, owned=False)])

    def resource(part: Any) -> dict[str, Any]:
        return attributes_of(ExportTraceServiceRequest.FromString(part.request()).resource_spans[0].resource.attributes)

    for part, service in ((own, "orders"), (foreign, "theirs")):
        assert service == resource(part)["service.name"]
        assert resource(part)[semconv.SERVICE_INSTANCE_ID] == "instance-1"
        assert default_redactor().policy_id == resource(part)[semconv.REDACTION_POLICY] == part.policy


def test_after_fork_writes_the_childs_instance_id() -> None:
    """The parent's resource, made once, is not the child's."""
    ids = iter(["parent", "child"])
    kit = Encoder(default_redactor(), RedactionCounts(), lambda: next(ids), Resource({"service.name": "s"}))
    record = spans(lambda span: None)[0]
    kit.span_copy(record, owned=True)

    kit.after_fork()

    assert kit.span_copy(record, owned=True).resource.attributes[semconv.SERVICE_INSTANCE_ID] == "child"


def test_resources_of_ever_new_providers_do_not_pile_up() -> None:
    """Two hundred providers cost the memory of some dozens."""
    kit = encoder()

    for number in range(200):
        kit.span_copy(spans(lambda span: None, resource=Resource({"n": number}))[0], owned=False)

    assert len(kit._in_force.resources) <= 64


def test_copy_counts_what_was_found_once() -> None:
    """The numbers behind ``otel_kit.redaction.hits``."""
    counts = RedactionCounts()
    kit = encoder(counts)

    copy = kit.span_copy(spans(lambda span: span.set_attribute("note", "mail ada@example.com"))[0], owned=True)
    kit.spans([copy])

    assert counts.totals().hits == {"email": 1}
    assert "ada@" not in json.dumps(dict(copy.attributes or {}))


def test_copies_of_two_policies_are_encoded_apart() -> None:
    """A batch may begin before a reload and end behind it: each part names the policy that redacted it."""
    kit = encoder()
    records = spans(*[lambda span: span.set_attribute("note", "mail ada@example.com")] * 2)
    before = kit.span_copy(records[0], owned=True)
    kit.use(compile_policy(Policy(rules=())))
    after = kit.span_copy(records[1], owned=True)

    encoded, failed = kit.spans([before, after])

    assert failed == 0
    assert [part.policy for part in encoded] == [default_redactor().policy_id, kit.redactor.policy_id]
    for part, note in zip(encoded, ("mail a***@example.com", "mail ada@example.com"), strict=True):
        (entry,) = ExportTraceServiceRequest.FromString(part.request()).resource_spans
        assert attributes_of(entry.resource.attributes)[semconv.REDACTION_POLICY] == part.policy
        assert attributes_of(entry.scope_spans[0].spans[0].attributes)["note"] == note
