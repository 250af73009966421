"""``encode(items) -> Encoded``: redact, repair, OTLP bytes. Safe on any thread.

The policy mark and ``service.instance.id`` are written here, never taken from SDK state: a forked child, a reloaded
policy or somebody else's provider cannot send a stale one. The bytes come from OpenTelemetry's own encoder.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk._logs import ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan

from otel_kit import semconv
from otel_kit.pipeline.copies import SharedResource, redacted_log, redacted_resource, redacted_span
from otel_kit.pipeline.limits import AttributeLimits
from otel_kit.pipeline.metric_points import redacted_metrics, single_points
from otel_kit.pipeline.redaction_counts import RedactionCounts
from otel_kit.pipeline.seams import Encoded, Item, ScopeItems, count_of, size_of
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import Redactor
from otel_kit.settings import Signal

LogItem = ReadableLogRecord | ReadWriteLogRecord
_MAX_RESOURCES = 64


@dataclass(frozen=True, slots=True)
class _InForce:
    """A redactor and the resources that bear its mark, so that a record and its mark are always of one policy.

    Resources are keyed by identity; the original is kept so that its id cannot be taken by another object.
    """

    redactor: Redactor
    resources: dict[int, tuple[Resource, SharedResource]] = field(default_factory=dict)


class Encoder:
    """Turns records into ``Encoded``, each redacted by one policy, whose mark it bears. Thread-safe."""

    def __init__(
        self,
        redactor: Redactor,
        counts: RedactionCounts,
        instance_id: Callable[[], str],
        resource: Resource,
        limits: AttributeLimits | None = None,
    ) -> None:
        self._limits = limits or AttributeLimits()
        self._own_resource = resource
        self._in_force = _InForce(redactor)
        self._counts = counts
        self._instance_id = instance_id
        self._lock = threading.RLock()

    @property
    def redactor(self) -> Redactor:
        """The redactor in force."""
        return self._in_force.redactor

    def use(self, redactor: Redactor) -> None:
        """Redact by ``redactor`` from now on; a record that is being redacted is finished, and marked, as begun."""
        self._in_force = _InForce(redactor)

    def span_copy(self, span: ReadableSpan, owned: bool) -> ReadableSpan:
        """Return the redacted copy of a span and count what was found.

        ``owned``: the record comes from the kit's own provider, whose resource is the kit's, whatever the SDK made of
        it since (it renews a part after a fork). Others keep the resource that their provider gave them.
        """
        findings, in_force = Findings(), self._in_force
        resource = self._resource(in_force, span.resource, owned)
        copy = redacted_span(span, resource, in_force.redactor, findings, self._limits)
        self._counts.add(findings)
        return copy

    def log_copy(self, record: LogItem, owned: bool) -> ReadWriteLogRecord:
        """Return the redacted copy of a log record and count what was found; ``owned`` as for spans."""
        findings, in_force = Findings(), self._in_force
        resource = self._resource(in_force, record.resource, owned)
        copy = redacted_log(record, resource, in_force.redactor, findings, self._limits)
        self._counts.add(findings)
        return copy

    def metrics_copy(self, data: MetricsData, owned: bool) -> MetricsData:
        """Return the redacted copy of collected metrics and count what was found; ``owned`` as for spans."""
        findings, in_force = Findings(), self._in_force
        entries = data.resource_metrics
        resource = self._resource(in_force, entries[0].resource, owned) if entries else None
        copy = redacted_metrics(data, in_force.redactor, findings, resource)
        self._counts.add(findings)
        return copy

    def spans(self, copies: Sequence[ReadableSpan]) -> tuple[list[Encoded], int]:
        """Encode redacted spans; returns what came out and how many could not be encoded."""
        return self._each("traces", copies, lambda items: encode_spans(items).resource_spans, "scope_spans", "spans")

    def logs(self, copies: Sequence[ReadWriteLogRecord]) -> tuple[list[Encoded], int]:
        """Encode redacted log records; returns what came out and how many could not be encoded."""
        readable = [
            ReadableLogRecord(copy.log_record, copy.resource or self._own_resource, copy.instrumentation_scope)
            for copy in copies
        ]
        return self._each("logs", readable, lambda items: encode_logs(items).resource_logs, "scope_logs", "log_records")

    def metrics(self, copy: MetricsData) -> tuple[list[Encoded], int]:
        """Encode redacted metrics; returns what came out and how many points could not be encoded."""
        try:
            return self._encoded_metrics(copy), 0
        except Exception:  # the stock encoder refuses the whole collection for one bad point
            encoded: list[Encoded] = []
            failed = 0
            for point in single_points(copy):
                try:
                    encoded += self._encoded_metrics(point)
                except Exception:  # this one; the count is the answer
                    failed += 1
            return encoded, failed

    def _encoded_metrics(self, data: MetricsData) -> list[Encoded]:
        entries = encode_metrics(data).resource_metrics
        return [self._encoded("metrics", entry, "scope_metrics", "metrics") for entry in entries]

    def _resource(self, in_force: _InForce, given: Resource | None, owned: bool) -> SharedResource:
        """Return the redacted, marked copy of a resource, made once."""
        resource = self._own_resource if owned or given is None else given
        known = in_force.resources.get(id(resource))
        if known is not None and known[0] is resource:
            return known[1]
        findings = Findings()
        marks = {
            semconv.SERVICE_INSTANCE_ID: self._instance_id(),
            semconv.REDACTION_POLICY: in_force.redactor.policy_id,
        }
        shared = redacted_resource(resource, in_force.redactor, marks, findings)
        self._counts.add(findings)
        with self._lock:
            if len(in_force.resources) >= _MAX_RESOURCES:
                in_force.resources.clear()
            in_force.resources[id(resource)] = (resource, shared)
        return shared

    def after_fork(self) -> None:
        """Forget the parent's marks: the child has an instance id of its own."""
        self._lock = threading.RLock()
        self._in_force = _InForce(self._in_force.redactor)

    def _each(
        self, signal: Signal, items: Sequence[Any], encode: Callable[[Sequence[Any]], Any], scopes: str, members: str
    ) -> tuple[list[Encoded], int]:
        """Encode all at once; on a failure bisect, so that one poisoned record takes no other with it."""
        if not items:
            return [], 0
        try:
            entries = encode(items)
            return [self._encoded(signal, entry, scopes, members) for entry in entries], 0
        except Exception:  # whatever the stock encoder could not take; the count is the answer
            if len(items) == 1:
                return [], 1
            middle = len(items) // 2
            left, left_failed = self._each(signal, items[:middle], encode, scopes, members)
            right, right_failed = self._each(signal, items[middle:], encode, scopes, members)
            return left + right, left_failed + right_failed

    def _encoded(self, signal: Signal, entry: Any, scopes: str, members: str) -> Encoded:
        encoded_scopes = tuple(
            ScopeItems(
                scope.scope.SerializeToString(),
                scope.schema_url,
                tuple(Item(item.SerializeToString(), _records(item)) for item in getattr(scope, members)),
            )
            for scope in getattr(entry, scopes)
        )
        resource = entry.resource.SerializeToString()
        return Encoded(
            signal=signal,
            lane=signal,
            policy=_mark_of(entry.resource),
            resource=resource,
            schema_url=entry.schema_url,
            scopes=encoded_scopes,
            count=count_of(encoded_scopes),
            size=size_of(resource, encoded_scopes),
        )


def within_limit(encoded: Encoded, max_bytes: int, max_count: int) -> list[Encoded]:
    """Split until each part has at most ``max_bytes`` and ``max_count`` records, or is a single item."""
    if encoded.size <= max_bytes and encoded.count <= max_count:
        return [encoded]
    halves = encoded.halves()
    if halves is None:
        return [encoded]
    return [part for half in halves for part in within_limit(half, max_bytes, max_count)]


def _mark_of(resource: Any) -> str:
    """Return the policy that an encoded resource names; copies made before a reload still name the one before."""
    marks = (pair.value.string_value for pair in resource.attributes if pair.key == semconv.REDACTION_POLICY)
    return next(marks, "")


def _records(item: Any) -> int:
    """Return how many records a message holds: the points of a metric, else 1."""
    which = item.WhichOneof("data") if item.DESCRIPTOR.name == "Metric" else None
    return len(getattr(item, which).data_points) if which else 1
