"""Grafana's provisioned data sources as a strict model: the fields that we use, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from otel_kit.stack import assets

FILE = assets.root() / "grafana" / "provisioning" / "datasources" / "otel-kit.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


class CorrelationConfig(_Strict):
    """``type`` has to be there: Grafana refuses to start without it."""

    type: Literal["query"]
    field: str
    target: dict[str, str | int]


class Correlation(_Strict):
    """Grafana 12 panics without label and description, and with a ``type`` here."""

    target_uid: str = Field(alias="targetUID")
    label: str
    description: str
    config: CorrelationConfig


class Exemplar(_Strict):
    """Where an exemplar leads to."""

    name: str
    datasource_uid: str
    url_display_label: str


class DerivedField(_Strict):
    """Where a label of a log record leads to; without a data source ``url`` is an address."""

    name: str
    matcher_type: Literal["label"]
    matcher_regex: str
    url: str
    url_display_label: str
    datasource_uid: str | None = None


class Tag(_Strict):
    """An attribute of a span and the label that it is there."""

    key: str
    value: str


class NamedQuery(_Strict):
    """A query that a span leads to."""

    name: str
    query: str


class ToLogs(_Strict):
    """From a span to its logs."""

    datasource_uid: str
    span_start_time_shift: str
    span_end_time_shift: str
    tags: list[Tag]
    custom_query: Literal[True]
    query: str


class ToMetrics(_Strict):
    """From a span to the metrics of its service."""

    datasource_uid: str
    span_start_time_shift: str
    span_end_time_shift: str
    tags: list[Tag]
    queries: list[NamedQuery]


class ServiceMap(_Strict):
    """Who has the service graph."""

    datasource_uid: str


class Enabled(_Strict):
    """A switch."""

    enabled: bool


class TraceQuery(_Strict):
    """How far around the time range a trace is looked for."""

    time_shift_enabled: bool
    span_start_time_shift: str
    span_end_time_shift: str


class SpanBar(_Strict):
    """What stands beside a span."""

    type: Literal["Tag"]
    tag: str


class Streaming(_Strict):
    """What is shown as it is found."""

    search: bool
    metrics: bool


class PrometheusData(_Strict):
    """Settings of a Prometheus."""

    http_method: Literal["POST"]
    prometheus_type: Literal["Prometheus"]
    prometheus_version: str
    time_interval: str
    manage_alerts: bool
    alertmanager_uid: str | None = None
    exemplar_trace_id_destinations: list[Exemplar] = []


class LokiData(_Strict):
    """Settings of Loki."""

    http_header_name1: Literal["X-Scope-OrgID"]
    max_lines: int
    manage_alerts: bool
    alertmanager_uid: str
    derived_fields: list[DerivedField]


class TempoData(_Strict):
    """Settings of Tempo."""

    traces_to_logs_v2: ToLogs
    traces_to_metrics: ToMetrics
    service_map: ServiceMap
    node_graph: Enabled
    trace_query: TraceQuery
    span_bar: SpanBar
    streaming_enabled: Streaming


class AlertmanagerData(_Strict):
    """Settings of Alertmanager."""

    implementation: Literal["prometheus"]
    handle_grafana_managed_alerts: Literal[False]


class _Source(_Strict):
    name: str
    uid: str = Field(pattern=r"^[a-z]+$")
    access: Literal["proxy"]
    url: str
    editable: Literal[False]
    is_default: bool = False
    correlations: list[Correlation] = []


class Prometheus(_Source):
    """A data source of that type; so are the others."""

    type: Literal["prometheus"]
    json_data: PrometheusData


class Loki(_Source):
    """See above."""

    type: Literal["loki"]
    json_data: LokiData
    secure_json_data: dict[Literal["httpHeaderValue1"], str]


class Tempo(_Source):
    """See above."""

    type: Literal["tempo"]
    json_data: TempoData


class Alertmanager(_Source):
    """See above."""

    type: Literal["alertmanager"]
    json_data: AlertmanagerData


Source = Annotated[Prometheus | Loki | Tempo | Alertmanager, Field(discriminator="type")]


class Provisioning(_Strict):
    """The file."""

    api_version: Literal[1]
    prune: Literal[True]
    datasources: list[Source]

    def of(self, uid: str) -> Prometheus | Loki | Tempo | Alertmanager:
        """Return the source with that uid."""
        return next(source for source in self.datasources if source.uid == uid)

    @property
    def prometheus(self) -> Prometheus:
        """The one for metrics."""
        found = self.of("prometheus")
        assert isinstance(found, Prometheus)
        return found

    @property
    def loki(self) -> Loki:
        """The one for logs."""
        found = self.of("loki")
        assert isinstance(found, Loki)
        return found

    @property
    def tempo(self) -> Tempo:
        """The one for traces."""
        found = self.of("tempo")
        assert isinstance(found, Tempo)
        return found


def load(text: str | None = None) -> Provisioning:
    """Return the file as Grafana takes it: ``$$`` is one ``$``, and a single one would be a variable."""
    return Provisioning.model_validate(yaml.safe_load(FILE.read_text() if text is None else text))


def references(provisioning: Provisioning) -> Iterator[str]:
    """Yield every uid that one source names of another."""
    for source in provisioning.datasources:
        yield from (correlation.target_uid for correlation in source.correlations)
        if isinstance(source, Prometheus | Loki) and source.json_data.alertmanager_uid:
            yield source.json_data.alertmanager_uid
        if isinstance(source, Prometheus):
            yield from (one.datasource_uid for one in source.json_data.exemplar_trace_id_destinations)
        if isinstance(source, Loki):
            yield from (one.datasource_uid for one in source.json_data.derived_fields if one.datasource_uid)
        if isinstance(source, Tempo):
            data = source.json_data
            yield from (
                one.datasource_uid for one in (data.traces_to_logs_v2, data.traces_to_metrics, data.service_map)
            )
