"""Use of language models over HTTP: from events call by call, else from metrics; an unknown cost is never 0."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from otel_kit.semconv import (
    ERROR_TYPE,
    EVENT_LLM,
    FEATURE,
    GEN_AI_CLIENT_OPERATION_DURATION,
    GEN_AI_CLIENT_TOKEN_USAGE,
    GEN_AI_REQUEST_MODEL,
    GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
    GEN_AI_TOKEN_TYPE,
    GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
    GEN_AI_USAGE_INPUT_TOKENS,
    GEN_AI_USAGE_OUTPUT_TOKENS,
    GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
    LLM_COST,
    TENANT,
)
from tests.unit.local import messages
from tests.unit.local.client import RunningViewer
from tests.unit.local.messages import SECOND


def call(model: str = "large", seconds: float = 2.0, cost: float | None = 0.01, **more: Any) -> LogRecord:
    """Return the event of one call."""
    said = {
        GEN_AI_REQUEST_MODEL: model,
        GEN_AI_USAGE_INPUT_TOKENS: 100,
        GEN_AI_USAGE_OUTPUT_TOKENS: 20,
        GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: 60,
        GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: 5,
        GEN_AI_CLIENT_OPERATION_DURATION: seconds,
        GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK: seconds / 4,
        FEATURE: "chat",
        TENANT: "acme",
        **more,
    }
    if cost is not None:
        said[LLM_COST] = cost
    return messages.log("", at=messages.now() - 10 * SECOND, attributes=said, event_name=EVENT_LLM)


def histogram(name: str, counts: list[int], total: float, **attributes: Any) -> Metric:
    """Return a histogram of seconds with bounds 1 and 2."""
    metric = Metric(name=name)
    metric.histogram.aggregation_temporality = 2
    at = messages.now() - 10 * SECOND
    metric.histogram.data_points.add(
        time_unix_nano=at, start_time_unix_nano=at - SECOND, count=sum(counts), sum=total, bucket_counts=counts,
        explicit_bounds=[1, 2], attributes=messages.pairs(attributes),
    )  # fmt: skip
    return metric


def test_calls_are_added_up(viewer: RunningViewer) -> None:
    """Tokens, cost, latency and time to first token, in all, by model and over time."""
    viewer.send(messages.logs(*[call(seconds=float(n), cost=0.25) for n in range(1, 5)], call("small", 8.0, 0.5)))

    usage = viewer.get("llm")

    totals = usage["totals"]
    assert (totals["calls"], totals["errors"], totals["cost"], totals["unpriced"]) == (5, 0, 1.5, 0)
    assert (totals["input_tokens"], totals["output_tokens"]) == (500, 100)
    assert (totals["cached_tokens"], totals["reasoning_tokens"]) == (300, 25)
    assert [(row["value"], row["calls"], row["p50_ms"]) for row in usage["rows"]] == [
        ("large", 4, 2000.0),
        ("small", 1, 8000.0),
    ]
    assert (usage["rows"][0]["p95_ms"], usage["rows"][0]["first_p95_ms"]) == (4000.0, 1000.0)
    points = usage["timeline"]["points"]
    assert sum(point["calls"] for point in points) == 5
    assert sum(point["cost"] or 0 for point in points) == 1.5


@pytest.mark.parametrize("by", ["model", "feature", "tenant", "service"])
def test_usage_is_shown_by_what_is_asked_for(viewer: RunningViewer, by: str) -> None:
    """Empty where a call does not say; other dimensions are refused."""
    viewer.send(messages.logs(call(), messages.log("", event_name=EVENT_LLM)))

    rows = viewer.get("llm", by=by)["rows"]

    first = {"model": "large", "feature": "chat", "tenant": "acme", "service": "shop"}[by]
    assert {row["value"] for row in rows} == ({first} if by == "service" else {first, ""})
    answer = viewer.ask("llm", by="colour")
    assert (answer.status, answer.json["error"]["field"]) == (422, "by")


def test_an_unknown_cost_is_unknown(viewer: RunningViewer) -> None:
    """Not 0: of a call that used tokens. One that failed before it used any costs nothing."""
    used_nothing = {GEN_AI_USAGE_INPUT_TOKENS: 0, GEN_AI_USAGE_OUTPUT_TOKENS: 0}
    used_nothing |= {GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: 0, GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: 0}
    viewer.send(
        messages.logs(
            call("free", cost=0.0),
            call("new", cost=None),
            call("new", cost=None),
            call("mixed"),
            call("mixed", cost=None),
            call("broken", cost=None, **{ERROR_TYPE: "TimeoutError"}, **used_nothing),
        )
    )

    rows = {row["value"]: row for row in viewer.get("llm")["rows"]}

    assert (rows["free"]["cost"], rows["free"]["unpriced"]) == (0.0, 0)
    assert (rows["new"]["cost"], rows["new"]["unpriced"]) == (None, 2)
    assert (rows["mixed"]["cost"], rows["mixed"]["unpriced"]) == (0.01, 1)
    assert (rows["broken"]["cost"], rows["broken"]["unpriced"], rows["broken"]["errors"]) == (None, 0, 1)


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), -5.0, 1e300, 2**63 - 1, "many", True, [1], None])
def test_figures_that_can_be_none_are_left_out(viewer: RunningViewer, figure: Any) -> None:
    """Whatever a sender writes there, the other calls are counted."""
    keys = (GEN_AI_USAGE_INPUT_TOKENS, GEN_AI_CLIENT_OPERATION_DURATION, GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, LLM_COST)
    odd = call(cost=None, **dict.fromkeys(keys, figure))
    viewer.send(messages.logs(call(), odd, odd))
    if isinstance(figure, float):
        viewer.send(messages.metrics(histogram(GEN_AI_CLIENT_TOKEN_USAGE, [1, 0, 0], figure), service="foreign"))
        at = messages.now() - 10 * SECOND
        viewer.send(messages.metrics(messages.counter(LLM_COST, (at, figure), start=at - SECOND), service="foreign"))

    totals = viewer.get("llm")["totals"]

    assert (totals["calls"], totals["input_tokens"], totals["p95_ms"]) == (3, 100, 2000.0)
    # A cost that was sent and is none is not known.
    assert totals["cost"] == pytest.approx(0.01)


def test_a_service_without_events_is_counted_from_its_metrics(viewer: RunningViewer) -> None:
    """As other instrumentations send them; a service with events is not counted twice."""
    several = [
        histogram(GEN_AI_CLIENT_OPERATION_DURATION, [2, 2, 0], 5.0, **{GEN_AI_REQUEST_MODEL: "m"}),
        histogram(GEN_AI_CLIENT_OPERATION_DURATION, [1, 0, 0], 0.5, **{GEN_AI_REQUEST_MODEL: "m", ERROR_TYPE: "x"}),
        histogram(
            GEN_AI_CLIENT_TOKEN_USAGE, [0, 0, 4], 70.0, **{GEN_AI_REQUEST_MODEL: "m", GEN_AI_TOKEN_TYPE: "input"}
        ),
    ]
    viewer.send(messages.metrics(*several, service="foreign"))
    viewer.send(messages.metrics(*several, service="shop"))
    viewer.send(messages.logs(call()))

    rows = {row["value"]: row for row in viewer.get("llm", by="service")["rows"]}

    foreign = rows["foreign"]
    assert (foreign["calls"], foreign["errors"], foreign["input_tokens"]) == (5, 1, 70)
    assert (foreign["cost"], foreign["unpriced"]) == (None, 5)
    assert foreign["p50_ms"] == pytest.approx(833.3, abs=1)
    assert rows["shop"]["calls"] == 1
    assert [row["value"] for row in viewer.get("llm", by="service", service="foreign")["rows"]] == ["foreign"]


def test_the_cost_of_a_metric_counts(viewer: RunningViewer) -> None:
    """Of a service whose logs do not come."""
    at = messages.now() - 10 * SECOND
    viewer.send(
        messages.metrics(
            histogram(GEN_AI_CLIENT_OPERATION_DURATION, [2, 0, 0], 1.0),
            messages.counter(LLM_COST, (at, 0.75), start=at - SECOND),
        )
    )

    totals = viewer.get("llm")["totals"]

    assert (totals["calls"], totals["cost"], totals["unpriced"]) == (2, 0.75, 0)
