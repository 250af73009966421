"""Alerts over logs as Prometheus knows them: what boards show and count is ALERTS, whoever evaluated it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conditions import eventually
from tests.stack.loki_process import TENANT, Loki
from tests.stack.payloads import log_request, new_record
from tests.stack.prometheus_process import Prometheus

pytestmark = pytest.mark.stack
RULES = {
    "groups": [
        {
            "name": "orders",
            "interval": "1s",
            "rules": [
                {
                    "alert": "OrdersLost",
                    "expr": 'sum by (service_name) (count_over_time({service_name=~".+"} |= "lost" [10s])) > 0',
                    "labels": {"severity": "warning"},
                }
            ],
        }
    ]
}


def test_an_alert_over_logs_is_among_those_of_prometheus(loki: Path, prometheus: Path, tmp_path: Path) -> None:
    """It fires there as well, by the real ruler's remote write, and is over when it is over."""
    rules = tmp_path / "rules" / TENANT
    rules.mkdir(parents=True)
    (rules / "orders.yaml").write_text(json.dumps(RULES))
    (tmp_path / "metrics").mkdir()
    metrics = Prometheus(prometheus, tmp_path / "metrics", flags=["--web.enable-remote-write-receiver"])
    variables = {
        "STACK_LOKI_RULES": str(rules.parent),
        "STACK_PROMETHEUS_HOST": "127.0.0.1",
        "STACK_PROMETHEUS_HTTP_PORT": str(metrics.port),
    }
    logs = Loki(loki, tmp_path / "loki", variables=variables)
    try:
        metrics.start()
        logs.start()
        assert logs.push(log_request([new_record("lost", "an order is lost")]))[0] == 204
        firing = 'ALERTS{alertname="OrdersLost",alertstate="firing",severity="warning",escalation=""}'
        (series,) = eventually(lambda: metrics.query(firing), "Prometheus knows that it fires", 30, 0.5)
        assert series["metric"]["service_name"]
        eventually(lambda: metrics.query(firing) == [], "and that it does no longer", 50, 0.5)
    finally:
        logs.stop()
        metrics.stop()
