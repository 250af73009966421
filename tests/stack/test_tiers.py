"""Labels in Loki: records of the plain OpenTelemetry SDK through the real gateway, and what hostile ones can do."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from otel_kit import semconv
from tests.conditions import eventually
from tests.stack.collector_process import BASE, LGTM, Collector
from tests.stack.loki_process import Line, Loki
from tests.stack.otlp_client import send_http
from tests.stack.payloads import Plain, any_value, key_values, log_request, new_record

pytestmark = pytest.mark.stack

LABELS = {"service_name", "service_namespace", "deployment_environment_name", "event_category", "retention_tier"}
TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0x00F067AA0BA902B7


@dataclass(frozen=True, slots=True)
class Stack:
    """A gateway and the Loki behind it."""

    collector: Collector
    loki: Loki

    def stored(self, service: str, count: int) -> list[Line]:
        """Return the records of a service as soon as there are so many."""
        query = f'{{service_name="{service}"}}'
        eventually(lambda: len(self.loki.lines(query, days=9)) >= count, f"{count} records are in Loki", 20)
        return self.loki.lines(query, days=9)


@pytest.fixture(scope="module")
def stack(loki: Path, otelcol: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Both of them running; each test has a service name of its own."""
    folder = tmp_path_factory.mktemp("tiers")
    server = Loki(loki, folder / "loki")
    nowhere = {"OTELCOL_PROMETHEUS_ENDPOINT": "http://127.0.0.1:9/otlp", "OTELCOL_TEMPO_ENDPOINT": "127.0.0.1:9"}
    collector = Collector(otelcol, folder, (*BASE, LGTM), {"OTELCOL_LOKI_ENDPOINT": server.otlp, **nowhere})
    server.start()
    collector.start()
    yield Stack(collector, server)
    collector.stop()
    server.stop()


class Exporter(LogRecordExporter):
    """OpenTelemetry's own encoder over HTTP: nothing of the kit."""

    def __init__(self, collector: Collector) -> None:
        """Send to this Collector."""
        self._collector = collector

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Send one request, which has to be accepted."""
        assert send_http(self._collector.http_port, encode_logs(batch), self._collector.token) == 200
        return LogRecordExportResult.SUCCESS

    def force_flush(self, timeout_millis: int = 0) -> bool:
        """Nothing is held."""
        return True

    def shutdown(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, and the labels and the further structured metadata that it has to have in Loki."""

    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    severity: SeverityNumber = SeverityNumber.INFO
    category: str = "log"
    tier: str = "default"
    beside: Mapping[str, str] = field(default_factory=dict)


def _event(category: str, tier: str | None = None) -> dict[str, str]:
    return {semconv.EVENT_CATEGORY: category} | ({} if tier is None else {semconv.RETENTION_TIER: tier})


CASES = [
    Case("plain"),
    Case("below INFO", severity=SeverityNumber.DEBUG4, tier="debug"),
    Case("without a severity", severity=SeverityNumber.UNSPECIFIED),
    Case("debug that is to stay", {semconv.RETENTION_TIER: "default"}, SeverityNumber.DEBUG),
    Case("raw interaction", _event("interaction"), category="interaction", tier="interaction"),
    Case("anonymised", _event("interaction", "anonymised"), category="interaction", tier="anonymised"),
    Case("audit without a tier", _event("audit"), category="audit", tier="audit"),
    Case("audit of a short life", _event("audit", "debug"), category="audit", tier="audit",
         beside={"retention_tier_given": "debug"}),
    Case("security, at DEBUG", _event("security"), SeverityNumber.DEBUG, category="security", tier="security"),
    Case("security kept as audit", _event("security", "audit"), category="security", tier="audit"),
    Case("unknown words", _event("Audit", "for ever"),
         beside={"event_category_given": "Audit", "retention_tier_given": "for ever"}),
    Case("known with a line behind it", _event("audit\nx", "audit "),
         beside={"event_category_given": "audit\nx", "retention_tier_given": "audit "}),
    Case("numbers and lists", {semconv.EVENT_CATEGORY: 7, semconv.RETENTION_TIER: ["audit"]},
         beside={"event_category_given": "7", "retention_tier_given": '["audit"]'}),
    *(Case(f"category {name}", _event(name, "default"), category=name)
      for name in semconv.EVENT_CATEGORIES if name not in {"audit", "security"}),
    *(Case(f"tier {name}", {semconv.RETENTION_TIER: name}, tier=name) for name in semconv.RETENTION_TIERS),
]  # fmt: skip


def test_labels_and_metadata_of_records_of_the_plain_sdk(stack: Stack) -> None:
    """Exactly the promised labels, and everything else, ids included, as structured metadata with its exact value."""
    resource = {
        "service.name": "orders", "service.namespace": "shop", "deployment.environment.name": "test",
        "service.instance.id": "i-1", "host.name": "web-1",
    }  # fmt: skip
    provider = LoggerProvider(Resource(resource), shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(Exporter(stack.collector)))
    span = SpanContext(TRACE, SPAN, is_remote=False, trace_flags=TraceFlags(1))
    times = {}
    for case in CASES:
        times[case.name] = time.time_ns()
        provider.get_logger("orders.checkout", "1.2").emit(
            LogRecord(
                timestamp=times[case.name],
                context=set_span_in_context(NonRecordingSpan(span)),
                severity_number=case.severity,
                body=case.name,
                attributes={"order.count": 3, "order.total": 12.5, "order.open": True, **case.attributes},
            )
        )
    provider.shutdown()

    found = {line.body: line for line in stack.stored("orders", len(CASES))}

    assert set(found) == {case.name for case in CASES}
    for case in CASES:
        line = found[case.name]
        assert line.labels == {
            "service_name": "orders", "service_namespace": "shop", "deployment_environment_name": "test",
            "event_category": case.category, "retention_tier": case.tier,
        }, case.name  # fmt: skip
        assert line.time_ns == times[case.name]
        expected = {
            "trace_id": f"{TRACE:032x}", "span_id": f"{SPAN:016x}", "flags": "1",
            "scope_name": "orders.checkout", "scope_version": "1.2", "service_instance_id": "i-1", "host_name": "web-1",
            "order_count": "3", "order_total": "12.5", "order_open": "true", "otel_kit_ingest_tenant": "tests",
            **case.beside,
        }  # fmt: skip
        assert expected.items() <= line.metadata.items(), case.name
        assert {key for key in line.metadata if key.endswith("_given")} == set(case.beside)


def test_events_are_found_by_their_names(stack: Stack) -> None:
    """Loki itself leaves the field out; a sender's attribute of that name stays what it is."""
    named, plain, given = new_record("u1", "named"), new_record("u2", "plain"), new_record("u3", "given")
    named.event_name = given.event_name = "otel_kit.audit"
    given.attributes.extend(key_values({"event.name": "mine"}))

    assert _send(stack, "events", [named, plain, given]) == 200
    found = {line.body: line for line in stack.stored("events", 3)}

    assert {body: line.metadata.get("event_name") for body, line in found.items()} == {
        "named": "otel_kit.audit",
        "plain": None,
        "given": "mine",
    }
    (asked,) = stack.loki.lines('{service_name="events"} | event_name="otel_kit.audit"', days=1)
    assert asked.body == "named"


def test_nobody_can_make_streams_of_what_he_likes(stack: Stack) -> None:
    """Five hundred invented categories and tiers, maps, repeated and look-alike keys: not one stream or label more."""
    attack: list[logs_pb2.LogRecord] = []
    for number in range(100):
        evil = f"evil-{number}"
        shapes: list[dict[str, Plain]] = [
            {"event.category": evil, "retention.tier": evil},
            {"event.category": {evil: evil}, "retention.tier": {evil: [evil]}},
            {"event_category": evil, "retention_tier": evil},
            {"event-category": evil, "__time_shard__": evil, "service.name": evil},
        ]
        attack += [new_record(evil, evil, **shape) for shape in shapes]
        repeated = new_record(evil, evil)
        for value in ("log", "audit", evil):
            repeated.attributes.extend(key_values({"event.category": value, "retention.tier": value}))
        attack.append(repeated)

    assert _send(stack, "attacked", attack) == 200
    found = stack.stored("attacked", len(attack))

    assert {line.labels["event_category"] for line in found} <= {"log", "audit"}
    assert {line.labels["retention_tier"] for line in found} <= {"default", "audit"}
    assert {key for line in found for key in line.labels} <= LABELS
    # Loki's own label for entries that came late, as other tests of this module send them.
    assert stack.loki.label_names() <= LABELS | {"__time_shard__"}
    assert not [value for stream in stack.loki.series() for value in stream.values() if "evil" in value]


@pytest.mark.parametrize(("service", "resource", "label"), [
    ("long", "n" * 5_000, "n" * 200),
    ("number", 7, "7"),
    ("map", {"a": "x", "b": "y"}, '{"a":"x","b":"y"}'),
    ("list", ["a", "b"], '["a","b"]'),
])  # fmt: skip
def test_resource_labels_are_one_short_text_each(stack: Stack, service: str, resource: Plain, label: str) -> None:
    """Loki refuses a stream with a long label, and makes a label of each key of a map."""
    attributes: dict[str, Plain] = {"service.name": service, "service.namespace": resource}

    assert _send(stack, service, [new_record("u", "body")], attributes) == 200
    (line,) = stack.stored(service, 1)

    assert line.labels["service_namespace"] == label
    assert set(line.labels) <= LABELS


@pytest.mark.parametrize(("keys", "expected"), [
    (["", "___", "имя"], {"key_00000000": "0", "key_631b9e4a": "1", "key_daa9d3c4": "2"}),
    (["1st", "a b", "a.b.c", "имя.a"], {"key_1st": "0", "a_b": "1", "a_b_c": "2", "_a": "3"}),
])  # fmt: skip
def test_no_key_costs_the_records_of_others(stack: Stack, keys: Sequence[str], expected: Mapping[str, str]) -> None:
    """For one key without an ASCII letter or digit Loki would refuse the whole batch, whoever else is in it."""
    service = f"keys-{len(keys)}"
    hostile, other = new_record("u1", "hostile"), new_record("u2", "other")
    values: dict[str, Plain] = {key: str(number) for number, key in enumerate(keys)}
    hostile.attributes.extend(key_values(values))

    resource: dict[str, Plain] = {"service.name": service, **dict.fromkeys(keys, "r")}
    assert _send(stack, service, [hostile, other], resource) == 200
    found = {line.body: line for line in stack.stored(service, 2)}

    assert set(found) == {"hostile", "other"}
    assert expected.keys() <= found["hostile"].metadata.keys()
    assert stack.loki.metric("loki_discarded_samples_total") == 0


@pytest.mark.parametrize(("name", "offset_s", "is_kept"), [
    ("ahead a little", 240, True),
    ("ahead an hour", 3_600, False),
    ("six days", -6 * 86_400, True),
    ("eight days", -8 * 86_400, False),
    ("1970", None, False),
])  # fmt: skip
def test_a_time_that_loki_would_refuse_becomes_that_of_arrival(
    stack: Stack, name: str, offset_s: int | None, is_kept: bool
) -> None:
    """The sender's stays beside it; a time that Loki takes is not touched, however late."""
    record, before = new_record("u", name), time.time_ns()
    record.time_unix_nano = 1 if offset_s is None else before + offset_s * 10**9

    assert _send(stack, name, [record]) == 200
    (line,) = stack.stored(name, 1)

    if is_kept:
        assert line.time_ns == record.time_unix_nano
        assert "otel_kit_time_given" not in line.metadata
    else:
        assert before <= line.time_ns <= time.time_ns()
        assert line.metadata["otel_kit_time_given"] == str(record.time_unix_nano)


@pytest.mark.parametrize(("name", "resource", "is_cut"), [
    ("usual", {"host.name": "web-1", "process.command_line": "p" * 2_000}, False),
    ("arguments", {"host.name": "web-1", "process.command_line": "p" * 5_000}, False),
    ("hostile", {"host.name": "web-1", "a": "x" * 50_000, "k" * 50_000: "x", "service.version": "v" * 50_000}, True),
])  # fmt: skip
def test_a_large_resource_does_not_grow_beyond_what_loki_takes(
    stack: Stack, name: str, resource: dict[str, Plain], is_cut: bool
) -> None:
    """Loki copies it to each record: thousands of short ones would make gigabytes, and be refused for ever."""
    records = [
        logs_pb2.LogRecord(time_unix_nano=time.time_ns(), body=any_value(str(number))) for number in range(2_000)
    ]
    request = log_request(records)
    del request.resource_logs[0].resource.attributes[:]
    request.resource_logs[0].resource.attributes.extend(key_values({"service.name": name, **resource}))
    scope = request.resource_logs[0].scope_logs[0].scope
    scope.name, scope.version = "s" * 100_000, "v" * 100_000
    scope.attributes.extend(key_values({"large": "x" * 100_000}))

    assert send_http(stack.collector.http_port, request, stack.collector.token) == 200
    line = stack.stored(name, 2_000)[0]

    assert (line.metadata["host_name"], line.metadata["scope_name"]) == ("web-1", "s" * 200)
    assert ("otel_kit_resource_cut" in line.metadata) is is_cut
    assert sum(len(key) + len(text) for key, text in line.metadata.items()) < 4_096
    assert stack.loki.metric("loki_discarded_samples_total") == 0


def test_lists_of_the_overlay_are_those_of_the_vocabulary() -> None:
    """A category or tier that is new in the SDK and unknown to the gateway would lose its label."""
    statements = yaml.safe_load(LGTM.read_text())["processors"]["transform/loki"]["log_statements"][2]["statements"]
    known = [
        set(match.split("|")) for text in statements for match in re.findall(r'cache\["\w+"\], "\\\\A\((.+?)\)', text)
    ]

    assert known == [set(semconv.EVENT_CATEGORIES), set(semconv.RETENTION_TIERS)]


def _send(
    stack: Stack, service: str, records: Sequence[logs_pb2.LogRecord], resource: Mapping[str, Plain] | None = None
) -> int:
    request = log_request(records)
    del request.resource_logs[0].resource.attributes[:]
    request.resource_logs[0].resource.attributes.extend(key_values(resource or {"service.name": service}))
    return send_http(stack.collector.http_port, request, stack.collector.token)
