"""The recorded figures of machines, from what the SDK sends and from what the Collector's host metrics are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stack.alert_cases import promtool_test
from tests.stack.collector_process import REPOSITORY

pytestmark = pytest.mark.stack
_RULES = REPOSITORY / "backends" / "prometheus" / "rules" / "capacity.yml"
_SDK, _COLLECTOR = 'host_name="sdk",service_name="shop"', 'host_name="collector",service_name="host"'
_SERIES = {
    f"system_cpu_utilization_ratio{{{_SDK}}}": 0.3,
    f'system_cpu_utilization_ratio{{{_COLLECTOR},cpu="cpu0",state="user"}}': 0.5,
    f'system_cpu_utilization_ratio{{{_COLLECTOR},cpu="cpu0",state="system"}}': 0.1,
    f'system_cpu_utilization_ratio{{{_COLLECTOR},cpu="cpu0",state="idle"}}': 0.4,
    f'system_cpu_utilization_ratio{{{_COLLECTOR},cpu="cpu1",state="user"}}': 0.2,
    f'system_cpu_utilization_ratio{{{_COLLECTOR},cpu="cpu1",state="idle"}}': 0.8,
    f"system_memory_utilization_ratio{{{_SDK}}}": 0.5,
    f'system_memory_utilization_ratio{{{_COLLECTOR},state="used"}}': 0.25,
    f'system_memory_utilization_ratio{{{_COLLECTOR},state="free"}}': 0.7,
    f'system_memory_utilization_ratio{{{_COLLECTOR},state="slab_unreclaimable"}}': 0.05,
    f'system_filesystem_utilization_ratio{{{_SDK},system_filesystem_mountpoint="/"}}': 0.6,
    f'system_filesystem_utilization_ratio{{{_COLLECTOR},mountpoint="/data"}}': 0.9,
}
_EXPECTED = {
    "capacity:cpu_utilization:ratio": {'{host_name="sdk"}': 0.3, '{host_name="collector"}': 0.4},
    "capacity:memory_utilization:ratio": {'{host_name="sdk"}': 0.5, '{host_name="collector"}': 0.3},
    "capacity:filesystem_utilization:ratio": {
        '{host_name="sdk",system_filesystem_mountpoint="/"}': 0.6,
        '{host_name="collector",system_filesystem_mountpoint="/data"}': 0.9,
    },
}


def test_both_sources_give_one_figure_for_each_machine(tmp_path: Path, promtool: Path) -> None:
    """Busy, not idle; in use, not cached; each file system under one name."""
    asked: list[dict[str, Any]] = [
        {
            "expr": f"round({name}, 0.001)",
            "eval_time": "5m",
            "exp_samples": [{"labels": labels, "value": value} for labels, value in expected.items()],
        }
        for name, expected in _EXPECTED.items()
    ]
    test = {
        "rule_files": [str(_RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": f"{value}x10"} for name, value in _SERIES.items()],
                "promql_expr_test": asked,
            }
        ],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump(test))
    ran = promtool_test(promtool, file)
    assert ran.returncode == 0, ran.stdout + ran.stderr
