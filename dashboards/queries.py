"""What panels ask: one function for each data source and shape of answer. Their uids are those of the provisioning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from grafana_foundation_sdk.builders import loki, prometheus, tempo
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.tempo import SearchTableType

Source: TypeAlias = Literal["prometheus", "usage", "loki", "tempo", "alertmanager"]
TYPES: Final[dict[Source, str]] = {
    "prometheus": "prometheus",
    "usage": "prometheus",
    "loki": "loki",
    "tempo": "tempo",
    "alertmanager": "alertmanager",
}

SCOPE: Final = 'deployment_environment_name=~"$environment",service_name=~"$service",service_version=~"$version"'
"""Matchers of PromQL by the three variables; labels of the resource are on every series."""
RATE: Final = "[$__rate_interval]"
"""The range of every rate."""
LOGS: Final = '{service_name=~".+",service_name=~"$service",deployment_environment_name=~"$environment"}'
"""Selector of LogQL. Loki wants one matcher that is not empty; the version is no label there."""
LINES: Final = LOGS + ' | service_version=~"$version"'
"""The same, narrowed to versions: a field of each record."""
OF_ENVIRONMENT: Final = '(resource.deployment.environment.name =~ "$environment" || "$environment" = ".*")'
"""Condition of TraceQL. In Tempo 2.8 nothing matches what a span has not: ``.*``, which is All, is compared as a text.

The text has to come second, or spans without an environment are not even read."""
SPANS: Final = f'resource.service.name =~ "$service" && {OF_ENVIRONMENT}'
"""The same for service and environment, for boards without the version."""
SPANS_OF_VERSION: Final = f'{SPANS} && (resource.service.version =~ "$version" || "$version" = ".*")'
"""The same by the three variables."""


@dataclass(frozen=True, slots=True)
class Query:
    """A target of a panel and where it is asked."""

    source: Source
    target: Dataquery


def reference(source: Source) -> DataSourceRef:
    """Return the data source as panels name it."""
    return DataSourceRef(type_val=TYPES[source], uid=source)


def metric(expr: str, legend: str = "", *, source: Source = "prometheus", exemplar: bool | None = None) -> Query:
    """Return series over time. Exemplars are asked for where quantiles are: elsewhere their values fit no axis."""
    exemplars = "histogram_quantile" in expr if exemplar is None else exemplar
    target = prometheus.Dataquery().expr(expr).legend_format(legend or "__auto").range().exemplar(exemplars)
    return Query(source, target.datasource(reference(source)).build())


def value(expr: str, legend: str = "", *, source: Source = "prometheus") -> Query:
    """Return one value for each series, of the end of the time range: for stats and bars."""
    target = prometheus.Dataquery().expr(expr).legend_format(legend or "__auto").instant().exemplar(False)
    return Query(source, target.datasource(reference(source)).build())


def rows(expr: str, *, source: Source = "prometheus") -> Query:
    """Return one row for each series, its labels as columns: for tables. The value's column is ``Value #A``..."""
    target = prometheus.Dataquery().expr(expr).format(PromQueryFormat.TABLE).instant().exemplar(False)
    return Query(source, target.datasource(reference(source)).build())


def buckets(expr: str) -> Query:
    """Return a histogram for a heatmap: ``sum by (le) (rate(..._bucket{...}[$__rate_interval]))``."""
    target = prometheus.Dataquery().expr(expr).format(PromQueryFormat.HEATMAP).legend_format("{{le}}").range()
    return Query("prometheus", target.exemplar(True).datasource(reference("prometheus")).build())


def log_lines(expr: str, *, limit: int = 200) -> Query:
    """Return log records."""
    target = loki.Dataquery().expr(expr).query_type("range").max_lines(limit)
    return Query("loki", target.datasource(reference("loki")).build())


def log_metric(expr: str, legend: str = "") -> Query:
    """Return series over time, counted from log records."""
    target = loki.Dataquery().expr(expr).legend_format(legend).query_type("range")
    return Query("loki", target.datasource(reference("loki")).build())


def log_value(expr: str, legend: str = "") -> Query:
    """Return one value for each series, counted from log records, of the end of the time range."""
    target = loki.Dataquery().expr(expr).legend_format(legend).query_type("instant")
    return Query("loki", target.datasource(reference("loki")).build())


def traces(traceql: str, *, limit: int = 20) -> Query:
    """Return the traces that are found, one a row."""
    target = tempo.Dataquery().query(traceql).query_type("traceql").limit(limit).table_type(SearchTableType.TRACES)
    return Query("tempo", target.datasource(reference("tempo")).build())


def spans(traceql: str, *, limit: int = 20, each: int = 3) -> Query:
    """Return the spans that are found, one a row, at most ``each`` of a trace."""
    target = tempo.Dataquery().query(traceql).query_type("traceql").limit(limit).spss(each)
    return Query("tempo", target.table_type(SearchTableType.SPANS).datasource(reference("tempo")).build())
