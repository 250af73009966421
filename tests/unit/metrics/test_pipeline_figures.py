"""The pipeline's own account as metrics."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_kit import semconv
from otel_kit.metrics.pipeline_figures import Sources, observe_pipeline, observe_redaction
from otel_kit.pipeline.ledger import DROP_REASONS, QUEUE_FULL, Ledger
from otel_kit.pipeline.redaction_counts import RedactionCounts
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor


def test_figures_are_those_of_ledgers_and_counts() -> None:
    """One chain per signal, drops by reason, hits by rule, faults by place."""
    traces, logs = Ledger("traces"), Ledger("logs")
    traces.created(10)
    traces.encoded(9)
    traces.delivered(4, 1, "old")
    traces.retried(3, "HTTP 503")
    traces.dropped(2, QUEUE_FULL)
    counts = RedactionCounts()
    counts.add(
        Findings({"email": 3}, {"card": 4}, {("email", "note"): 3, ("card", "order.id"): 4}, repaired=1, errors=2)
    )
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    sources = Sources(
        lambda: (traces, logs),
        lambda signal: len(signal),
        counts.totals,
        lambda: {"log_handler": 5},
        lambda: {"refused": 6},
    )

    observe_pipeline(provider.get_meter("kit"), sources)
    observe_redaction(provider.get_meter("kit"), sources)

    figures = _figures(reader)
    by_traces = {semconv.SIGNAL: "traces"}
    for name, value in {
        semconv.PIPELINE_CREATED: 10,
        semconv.PIPELINE_ENCODED: 9,
        semconv.PIPELINE_DELIVERED: 4,
        semconv.PIPELINE_REJECTED: 1,
        semconv.PIPELINE_RETRIED: 3,
        semconv.PIPELINE_WAITING: 3,
        semconv.PIPELINE_QUEUE_BYTES: 6,
    }.items():
        assert value == figures[name, str(by_traces)], name
        assert (name, str({semconv.SIGNAL: "logs"})) in figures
    assert 2 == figures[semconv.PIPELINE_DROPPED, str({**by_traces, semconv.DROP_REASON: QUEUE_FULL})]
    rule, key = semconv.REDACTION_RULE, semconv.REDACTION_KEY
    assert 3 == figures[semconv.REDACTION_HITS, str({rule: "email", key: "note"})]
    assert 4 == figures[semconv.REDACTION_REPORTED, str({rule: "card", key: "order.id"})]
    assert 6 == figures[semconv.REDACTION_RELOADS, str({semconv.REDACTION_RELOAD_OUTCOME: "refused"})]
    assert not [name for name, attributes in figures if name == semconv.REDACTION_HITS and "card" in attributes]
    assert 2 == figures[semconv.REDACTION_ERRORS, "{}"]
    assert 5 == figures[semconv.INTERNAL_ERRORS, str({semconv.ERROR_TYPE: "log_handler"})]
    provider.shutdown()


def test_losses_begin_at_nothing() -> None:
    """A rate needs two values of a series: without the first the first loss is invisible."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    sources = Sources(lambda: (Ledger("logs"),), lambda _: 0, RedactionCounts().totals, dict, dict)
    observe_pipeline(provider.get_meter("kit"), sources)
    observe_redaction(provider.get_meter("kit"), sources)

    figures = _figures(reader)
    drops = {attributes: value for (name, attributes), value in figures.items() if name == semconv.PIPELINE_DROPPED}
    assert set(drops.values()) == {0}
    assert {reason for reason in DROP_REASONS if any(f"'{reason}'" in key for key in drops)} == set(DROP_REASONS)
    assert figures[semconv.PIPELINE_REJECTED, str({semconv.SIGNAL: "logs"})] == 0
    assert figures[semconv.REDACTION_ERRORS, "{}"] == 0
    assert figures[semconv.REDACTION_RELOADS, str({semconv.REDACTION_RELOAD_OUTCOME: "refused"})] == 0
    provider.shutdown()


def _figures(reader: InMemoryMetricReader) -> dict[tuple[str, str], Any]:
    data = reader.get_metrics_data()
    assert data is not None
    return {
        (metric.name, str(dict(point.attributes or {}))): point.value  # type: ignore[union-attr]
        for entry in data.resource_metrics
        for scope in entry.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


def test_names_of_rules_and_keys_pass_the_redaction_themselves() -> None:
    """Else each collection would count its own figures, for ever."""
    redactor = default_redactor()
    keys = {name for one in redactor.policy.keys for name in (*one.words, *one.endings, *one.exact)}
    keys |= {*redactor.policy.public, *redactor.policy.internal, "log.body", "span.name"}

    altered = [
        (rule, key)
        for rule, key in [*(("card", key) for key in keys), *((rule, "note") for rule in redactor.rule_ids)]
        if redactor.attributes({semconv.REDACTION_RULE: rule, semconv.REDACTION_KEY: key}, Findings())
        != {semconv.REDACTION_RULE: rule, semconv.REDACTION_KEY: key}
    ]

    assert altered == []
