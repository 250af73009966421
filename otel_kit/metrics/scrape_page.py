"""The page that Prometheus scrapes, by OpenTelemetry's exporter, with the names that Prometheus gives what is pushed.

The exporter's reader collects what every reader of the kit's provider collects: redacted points. Before the exporter
turns them into families their names, labels and scopes are made those of the push way, spelt in letters that the
exporter leaves alone; afterwards they are spelt back, and exemplars are put where the exporter leaves them out.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics.export import (
    Gauge,
    Histogram,
    Metric,
    MetricsData,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import format_span_id, format_trace_id
from prometheus_client import CollectorRegistry
from prometheus_client.core import Exemplar, Sample
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder

from otel_kit import semconv
from otel_kit.metrics.prometheus_names import Kind, label_name, labels, metric_name
from otel_kit.pipeline.metric_merge import without_collisions

Copy = Callable[[MetricsData], MetricsData]
Series = tuple[str, frozenset[tuple[str, str]]]
_ONE_SCOPE = InstrumentationScope(semconv.SCOPE_NAME)


class ScrapeReader(PrometheusMetricReader):
    """The exporter's reader; ``copy`` redacts where the provider does not, because it is somebody else's."""

    def __init__(self, copy: Copy | None) -> None:
        self._copy = copy
        self._page = _Page()
        super().__init__(
            scope_info_enabled=False,  # Prometheus' receiver does not make labels of scopes either
            resource_attribute_filter=_PROMOTED.__contains__,
            registry=self._page,
        )

    def page(self, accept: str) -> tuple[bytes, str]:
        """Collect now and return the page and its content type; OpenMetrics with exemplars if ``accept`` says so."""
        encode, content_type = choose_encoder(accept)
        with self._page.lock:
            return encode(self._page), content_type

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Do nothing: what is collected when nobody scrapes would stand twice on the next page."""
        return True

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> None:
        redacted = self._copy(metrics_data) if self._copy is not None else metrics_data
        translated = as_pushed(redacted)
        self._page.exemplars = dict(_exemplars(translated))
        super()._receive_metrics(translated, timeout_millis, **kwargs)


class _Page(CollectorRegistry):
    """The registry of one reader, which collects one page at a time."""

    def __init__(self) -> None:
        super().__init__(auto_describe=False)
        self.lock = threading.Lock()
        self.exemplars: dict[Series, list[Any]] = {}

    def collect(self) -> Iterator[Family]:
        """Yield the families of now, with exemplars."""
        for family in super().collect():
            name = _spelt_back(family.name)
            samples = [
                one._replace(
                    name=name + one.name.removeprefix(family.name),
                    labels={_spelt_back(label): value for label, value in one.labels.items()},
                )
                for one in family.samples
            ]
            family.name, family.samples = name, list(_with_exemplars(samples, self.exemplars))
            yield family


def as_pushed(data: MetricsData) -> MetricsData:
    """Return metrics with names, labels and scopes as Prometheus' OTLP receiver would store them."""
    return MetricsData([_renamed(entry) for entry in data.resource_metrics])


def _renamed(entry: ResourceMetrics) -> ResourceMetrics:
    made: dict[str, Metric] = {}
    resource = Resource(_spelt(labels(entry.resource.attributes)), entry.resource.schema_url)
    for metric in itertools.chain.from_iterable(scope.metrics for scope in entry.scope_metrics):
        if not isinstance(metric.data, Sum | Gauge | Histogram):
            continue  # the kind that a scrape cannot carry: delta and exponential ones are asked for by nobody here
        name = metric_name(metric.name, metric.unit or "", _kind(metric.data))
        data: Any = metric.data
        points = [replace(point, attributes=_spelt(labels(point.attributes))) for point in data.data_points]
        before: Any = made[name].data if name in made else None
        if before is not None:
            if type(before) is not type(data):
                continue  # one name has one type in Prometheus, too: the first stands
            points = [*before.data_points, *points]
        # Without a unit: it is in the name.
        description = metric.description if before is None else made[name].description
        # The exporter adds _total itself.
        spelt = _word(name.removesuffix("_total") if _kind(data) == "counter" else name)
        made[name] = Metric(spelt, description, "", without_collisions(before or data, points))
    return ResourceMetrics(resource, [ScopeMetrics(_ONE_SCOPE, list(made.values()), "")], "")


def _kind(data: object) -> Kind:
    if isinstance(data, Sum):
        return "counter" if data.is_monotonic else "other"
    return "gauge" if isinstance(data, Gauge) else "other"


def _exemplars(data: MetricsData) -> Iterator[tuple[Series, list[Any]]]:
    """Yield the exemplars of each series that has some, with a trace to go to, oldest first."""
    for entry in data.resource_metrics:
        promoted = {name: value for name, value in entry.resource.attributes.items() if name in _PROMOTED}
        for metric in entry.scope_metrics[0].metrics:
            for point in metric.data.data_points:
                traced = [one for one in point.exemplars if one.trace_id and one.span_id]
                if traced:
                    shown = {**promoted, **(point.attributes or {})}
                    series = _series(_spelt_back(metric.name), {_spelt_back(name): shown[name] for name in shown})
                    yield series, sorted(traced, key=lambda one: one.time_unix_nano)


def _series(family: str, shown: Mapping[str, Any]) -> Series:
    return family, frozenset((name, str(value)) for name, value in shown.items() if value != "" and name != "le")


def _with_exemplars(samples: Iterable[Sample], exemplars: Mapping[Series, list[Any]]) -> Iterator[Sample]:
    below: dict[Series, float] = {}
    for sample in samples:
        if sample.name.endswith("_bucket"):
            series = _series(sample.name.removesuffix("_bucket"), sample.labels)
            low, high = below.get(series, float("-inf")), float(sample.labels["le"])
            below[series] = high
            fitting = [one for one in exemplars.get(series, ()) if low < one.value <= high]
        elif sample.name.endswith("_total"):
            fitting = exemplars.get(_series(sample.name.removesuffix("_total"), sample.labels), [])
        else:
            fitting = []
        yield sample._replace(exemplar=_shown(fitting[-1])) if fitting else sample


def _word(name: str) -> str:
    return name.replace("Q", "QQ").replace("_", "Qu")


def _spelt(named: Mapping[str, str]) -> dict[str, str]:
    return {_word(name): value for name, value in named.items()}


def _spelt_back(name: str) -> str:
    return re.sub("Q([Qu])", lambda match: "_" if match[1] == "u" else "Q", name)


_PROMOTED = frozenset(_word(label_name(name)) for name in semconv.PROMOTED_RESOURCE_ATTRIBUTES)


def _shown(exemplar: Any) -> Exemplar:
    """Return an exemplar as Prometheus links it to a trace; other attributes might break the limit of 128 letters."""
    ids = {"trace_id": format_trace_id(exemplar.trace_id), "span_id": format_span_id(exemplar.span_id)}
    return Exemplar(ids, exemplar.value, exemplar.time_unix_nano / 1e9)
