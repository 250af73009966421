"""The environment of the demo's processes: nothing in it can send telemetry to somebody's real endpoint."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.cli.demo.surroundings import demo_environment


def test_the_callers_telemetry_settings_do_not_reach_the_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only those of redaction do, and everything that has nothing to do with telemetry."""
    monkeypatch.setenv("OTEL_KIT_EXPORT_ENDPOINT", "https://collector.example.com")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://collector.example.com")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    monkeypatch.setenv("OTEL_KIT_REDACTION_ENABLED", "false")
    monkeypatch.setenv("LANG", "C.UTF-8")

    environment = demo_environment(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")

    assert {name: value for name, value in environment.items() if name.startswith("OTEL_")} == {
        "OTEL_BLRP_SCHEDULE_DELAY": "300",
        "OTEL_BSP_SCHEDULE_DELAY": "300",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        "OTEL_KIT_HEALTH_INTERVAL": "2s",
        "OTEL_KIT_REDACTION_ENABLED": "false",
        "OTEL_KIT_STATE_DIR": str(tmp_path),
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    }
    assert environment["LANG"] == "C.UTF-8"
