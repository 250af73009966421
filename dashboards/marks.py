"""What is drawn across all panels: deploys and alerts, and what people wrote themselves."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery

from dashboards.queries import reference

BUILT_IN: Final[dict[str, object]] = {
    "builtIn": 1,
    "datasource": {"type": "grafana", "uid": "-- Grafana --"},
    "enable": True,
    "hide": True,
    "iconColor": "rgba(0, 211, 255, 1)",
    "name": "Annotations & Alerts",
    "type": "dashboard",
}
"""Grafana's own, which a board loses as soon as it names others."""

_NEW_VERSION: Final = (
    'group by (service_name, service_version, deployment_environment_name) (target_info{service_version!=""%s})'
    ' unless group by (service_name, service_version, deployment_environment_name) (target_info{service_version!=""%s}'
    " offset 10m)"
)
_FIRING: Final = 'ALERTS{alertstate="firing",severity=~"critical|warning",escalation=""%s}'


def queries(variables: frozenset[str]) -> list[AnnotationQuery]:
    """Return deploys and alerts, narrowed by what variables the board has."""
    labels = {"environment": "deployment_environment_name", "service": "service_name"}
    chosen = [(label, name) for name, label in labels.items() if name in variables]
    exact = "".join(f',{label}=~"${name}"' for label, name in chosen)
    # An alert without the label is about everything.
    or_none = "".join(f',{label}=~"${name}|"' for label, name in chosen)
    deploys = _query("Deploys", "blue", _NEW_VERSION.replace("%s", exact))
    deploys = deploys.title_format("{{service_name}} {{service_version}}").text_format(
        "New version in {{deployment_environment_name}}"
    )
    alerts = _query("Alerts", "red", _FIRING % or_none)
    alerts = alerts.title_format("{{alertname}}").text_format("{{severity}} {{service_name}}")
    return [deploys.tag_keys("service_name"), alerts.tag_keys("severity,service_name")]


def _query(name: str, colour: str, expr: str) -> AnnotationQuery:
    made = AnnotationQuery().name(name).datasource(reference("prometheus")).enable(True).icon_color(colour)
    return made.expr(expr).step("60s")
