"""What an alert rule is, whichever engine evaluates it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["critical", "warning", "info", "none"]
Engine = Literal["prometheus", "loki"]
Layer = Literal["", "pipeline", "backend"]

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "info", "none")
# More than a dozen kinds of pages and nobody gets up for the thirteenth.
MOST_CRITICAL: Final = 12
# What makes a service: two tenants, namespaces or environments may call theirs the same.
BY: Final = "otel_kit_ingest_tenant, service_namespace, service_name, deployment_environment_name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One alert rule.

    ``expr`` is PromQL or LogQL with places: ``${name}`` of a threshold, ``${service}`` among the matchers of a selector
    (then the rule is per service: it has a copy for each service with thresholds of its own), ``${by}`` for the labels
    that make a service. A ``$`` before anything else stays. ``summary`` and ``description`` are templates of Prometheus
    (``{{ $labels.x }}``) with the same places, filled in as people write values: ``5 %``, ``300 ms``, ``1.5 GiB``.

    ``severity``: critical pages, warning is a ticket, info is only recorded, none is routed by name. ``for_`` and
    ``keep_firing_for``: how long before and how long after; may be ``${name}`` of a threshold that is a duration.
    ``board``: which one helps, ``service`` is uid ``otel-kit-service``. ``layer``: what it is about; ``needs``: it
    fires for nothing while no metrics arrive (pipeline), or while the store of its label job is down (backend), so that
    Alertmanager keeps it silent. ``escalates``: a second rule with label escalation="2" fires when nobody acted for the
    threshold ``escalation_delay``; None: critical ones do. ``interval``: of evaluation.
    """

    name: str
    severity: Severity
    expr: str
    summary: str
    description: str
    board: str
    for_: str = "0s"
    keep_firing_for: str = "0s"
    engine: Engine = "prometheus"
    layer: Layer = ""
    needs: Layer = ""
    escalates: bool | None = None
    interval: str = "1m"
