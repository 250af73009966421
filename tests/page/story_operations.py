"""The second part of the story: events of all categories, calls of language models, health checks and alerts."""

from __future__ import annotations

import random

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)

from otel_kit import semconv
from tests.page.story import MARKUP, Story, attributes, log_record, post, resource, send_logs

CALLS = 40
_SECOND = 1_000_000_000
# Event name, category, outcome, text, fields; sent by the service behind them.
_EVENTS: tuple[tuple[str, str, str, str | None, str, dict[str, object]], ...] = (
    ("orders", semconv.EVENT_AUDIT, "audit", "success", "", {"audit.action": "refund", "audit.actor": "c-7"}),
    ("shop", semconv.EVENT_SECURITY, "security", "failure", "login failed", {"attempts": 3}),
    ("orders", "shop.order_placed", "business", None, "", {"order.total": 39.9, "order.items": 2, "paid": True}),
    ("shop", semconv.EVENT_INTERACTION, "interaction", "success", "", {"session.id": "s-4", "intent": "refund"}),
    ("orders", semconv.EVENT_DATABASE, "database", None, "slow query", {"db.query.text": "SELECT ?"}),
    ("payments", semconv.EVENT_SYSTEM_START, "system", None, "payments 1.4.2 started", {}),
)
_MODELS = (("gpt-5-mini", "openai", 0.0021, "support"), ("claude-sonnet", "anthropic", 0.0145, "search"))
_UNPRICED = ("house-model-7b", "vllm", None, "support")
_CHECKS = (("orders", "db", 1.0, True), ("orders", "payments", 0.5, True), ("payments", "bank", 0.0, True),
           ("payments", "disk", 1.0, False), ("shop", "mail", 1.0, False))  # fmt: skip


def send_operations(endpoint: str, story: Story) -> None:
    """Send all of it; the traces are those of the story."""
    now, chance = story.now_ns, random.Random(11)
    records: dict[str, list[LogRecord]] = {"shop": [], "orders": [], "payments": []}
    for turn in range(5):
        for at, (service, name, category, outcome, text, fields) in enumerate(_EVENTS):
            time_ns = now - (turn * 90 + at * 7 + 6) * _SECOND
            trace = bytes.fromhex(chance.choice(story.traces[:3]))
            records[service].append(_event(time_ns, name, category, outcome, text, fields, trace=trace))
    for number in range(CALLS):
        chosen = _UNPRICED if number % 10 == 9 else chance.choice(_MODELS)
        records["shop"].append(
            _call(now - int(chance.uniform(8, 700)) * _SECOND, chance, chosen, number % 13 == 5, story)
        )
    records["payments"] += _changes(now, story)
    records["orders"].append(
        _event(now - 8 * _SECOND, f"nasty.{MARKUP}", f"cat {MARKUP}", f"out {MARKUP}", MARKUP, {MARKUP: MARKUP})
    )
    for service, of_service in records.items():
        send_logs(endpoint, service, of_service)
    _send_gauges(endpoint, now)


def _event(
    time_ns: int,
    name: str,
    category: str,
    outcome: str | None,
    text: str,
    fields: dict[str, object],
    severity: int = 9,
    trace: bytes = b"",
) -> LogRecord:
    said: dict[str, object] = {semconv.EVENT_CATEGORY: category, semconv.RETENTION_TIER: "default", **fields}
    if outcome is not None:
        said[semconv.EVENT_OUTCOME] = outcome
    record = log_record(time_ns, text, severity, trace, b"\1" * 8 if trace else b"", **said)
    record.event_name = name
    return record


def _call(
    time_ns: int, chance: random.Random, chosen: tuple[str, str, float | None, str], failed: bool, story: Story
) -> LogRecord:
    model, provider, price, feature = chosen
    seconds = chance.lognormvariate(0.3, 0.5)
    said: dict[str, object] = {
        semconv.GEN_AI_OPERATION_NAME: "chat",
        semconv.GEN_AI_PROVIDER_NAME: provider,
        semconv.GEN_AI_REQUEST_MODEL: model,
        semconv.GEN_AI_CLIENT_OPERATION_DURATION: seconds,
        semconv.FEATURE: feature,
        semconv.TENANT: chance.choice(["acme", "globex"]),
    }
    if failed:
        said[semconv.ERROR_TYPE] = "RateLimitError"
    else:
        tokens = chance.randrange(300, 4000)
        said |= {
            semconv.GEN_AI_USAGE_INPUT_TOKENS: tokens,
            semconv.GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: tokens // 3,
            semconv.GEN_AI_USAGE_OUTPUT_TOKENS: tokens // 8,
            semconv.GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: tokens // 40,
            semconv.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: seconds / 5,
            semconv.LLM_COST_STATUS: "unknown" if price is None else "known",
        }
        if price is not None:
            said[semconv.LLM_COST] = price * tokens / 1000
    trace = bytes.fromhex(chance.choice(story.traces[:3]))
    outcome, severity = ("failure", 17) if failed else ("success", 9)
    return _event(time_ns, semconv.EVENT_LLM, "llm", outcome, "", said, severity, trace)


def _changes(now: int, story: Story) -> list[LogRecord]:
    bank = {semconv.ALERT_NAME: "bank", semconv.ALERT_SEVERITY: "high"}
    reason = "three charges failed in a row, the last for j***@example.com"
    nasty = {semconv.ALERT_NAME: f"a {MARKUP}", semconv.ALERT_SEVERITY: "critical", semconv.ALERT_REASON: MARKUP}
    check = {semconv.HEALTH_CHECK: "bank", semconv.HEALTH_CRITICAL: True}
    down = {semconv.HEALTH_STATUS_BEFORE: "healthy", semconv.HEALTH_STATUS_AFTER: "unhealthy"}
    trace = bytes.fromhex(story.traces[0])
    raised, resolved = semconv.EVENT_ALERT_RAISED, semconv.EVENT_ALERT_RESOLVED
    return [
        _event(now - 300 * _SECOND, raised, "alert", None, "bank: two", bank, 17, trace),
        _event(now - 200 * _SECOND, resolved, "alert", None, "bank is over", bank, 9),
        _event(now - 40 * _SECOND, raised, "alert", None, reason, bank | {semconv.ALERT_REASON: reason}, 17, trace),
        _event(now - 30 * _SECOND, raised, "alert", None, MARKUP, nasty, 17),
        _event(now - 50 * _SECOND, semconv.EVENT_HEALTH_CHANGE, "health", None,
               "bank is unhealthy: no answer within 2 s", check | down, 17, trace),
    ]  # fmt: skip


def _send_gauges(endpoint: str, now: int) -> None:
    request = ExportMetricsServiceRequest()
    for service in ("shop", "orders", "payments"):
        status, took = [], []
        for of_service, check, value, critical in _CHECKS:
            if of_service == service:
                said = attributes({semconv.HEALTH_CHECK: check, semconv.HEALTH_CRITICAL: critical})
                status.append(NumberDataPoint(time_unix_nano=now - 5 * _SECOND, as_double=value, attributes=said))
                took.append(
                    HistogramDataPoint(
                        start_time_unix_nano=now - 60 * _SECOND, time_unix_nano=now - 5 * _SECOND, count=10, sum=0.07,
                        explicit_bounds=[0.1], bucket_counts=[10, 0],
                        attributes=attributes({semconv.HEALTH_CHECK: check}),
                    )
                )  # fmt: skip
        cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
        scope = ScopeMetrics(
            metrics=[
                Metric(name=semconv.HEALTH_STATUS, gauge=Gauge(data_points=status)),
                Metric(
                    name=semconv.HEALTH_DURATION,
                    unit="s",
                    histogram=Histogram(data_points=took, aggregation_temporality=cumulative),
                ),
            ]
        )
        request.resource_metrics.append(ResourceMetrics(resource=resource(service), scope_metrics=[scope]))
    post(endpoint, "metrics", request)
