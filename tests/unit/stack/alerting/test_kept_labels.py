"""Which labels a query keeps: what an annotation may name."""

from __future__ import annotations

import pytest

from otel_kit.stack.alerting.kept_labels import kept_by_logql, kept_by_promql, named_in


@pytest.mark.parametrize(
    ("query", "has", "has_not"),
    [
        ("up == 0", "job anything", ""),
        ("sum(up)", "", "job"),
        ("sum by (job) (up)", "job", "instance"),
        ("sum by (job, instance) (sum by (job) (up))", "job", "instance"),
        ("sum without (instance) (up)", "job", "instance"),
        ("topk(3, sum by (job) (up))", "job", "instance"),
        ('count_values by (job) ("version", up)', "job version", "instance"),
        ("rate(x[5m]) > 1", "anything", ""),
        ("histogram_quantile(0.9, sum by (le, job) (rate(x_bucket[5m])))", "job", "le"),
        ("sum by (a) (x) / on (a) group_left (b) y", "a b", "c"),
        ("x / on (a) sum by (a, b) (y)", "a", "b"),
        ("sum by (a, b) (x) / ignoring (b) sum by (a) (y)", "a", "b"),
        ("sum by (a) (x) / sum by (a) (y)", "a", "b"),
        ("sum by (a) (x) > 1 and on (a) y", "a", "b"),
        ("sum by (a, b) (x) or sum by (b, c) (y)", "b", "a c"),
        ("1 - sum by (a) (x)", "a", "b"),
        ('label_replace(sum by (a) (x), "b", "$1", "a", "(.*)")', "a b", "c"),
        ('absent(up{job="x", instance=~"y"})', "job", "instance"),
        ("vector(1)", "", "job"),
        ("max_over_time(sum by (a) (x)[1h:1m])", "a", "b"),
    ],
)
def test_labels_of_promql(query: str, has: str, has_not: str) -> None:
    """As the engine gives them, where the query alone decides it."""
    kept = kept_by_promql(query)

    assert [] == [label for label in has.split() if label not in kept]
    assert [] == [label for label in has_not.split() if label in kept]


def test_labels_of_logql() -> None:
    """Those of its aggregation."""
    assert "job" in kept_by_logql('sum by (job) (count_over_time({a="b"}[5m])) > 1')
    assert "instance" not in kept_by_logql('sum by (job) (count_over_time({a="b"}[5m])) > 1')
    assert "instance" in kept_by_logql('count_over_time({a="b"}[5m]) > 1')


def test_labels_of_a_template() -> None:
    """In each way of naming one."""
    text = '{{ $labels.a }} {{ with $labels.b }}{{ . }}{{ end }} {{ index $labels "c" }} {{ .Labels.d }} {{ $value }}'

    assert {"a", "b", "c", "d"} == named_in(text)
