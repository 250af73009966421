"""Windows that hold no two samples, and waits without an end: allowed, and said with the rules they concern."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.stack.alerting import declaration
from otel_kit.stack.alerting.windows import remarks

CASES = {
    "thresholds: {rate_window: 110s}": ("rate_window is 110s, shorter than two exports", "ServiceErrorRatioHigh"),
    "thresholds: {disk_window: 9m}": ("disk_window is 9m, shorter than two steps of 5m: ", "HostDiskWillFill"),
    "thresholds: {absence_lookback: 1m}": ("absence_lookback is 1m, shorter than ", "ServiceTelemetryAbsent"),
    "thresholds: {traffic_window: 365d}": ("traffic_window is 365d, longer than metrics are kept (30d)", "TrafficGone"),
    "thresholds: {escalation_delay: 2d}": ("more than a day passes before these fire, escalate", "BackendDown"),
    "durations: {DependencyDown: 400d}": ("more than a day passes before these fire", "DependencyDown"),
    "interval: 6m": ("interval is 6m, longer than 5m: ", ""),
}  # fmt: skip


def test_shipped_ones_are_of_use() -> None:
    """And so are the least that are."""
    assert [] == list(remarks(declaration.load(None)))


@pytest.mark.parametrize("section", CASES)
def test_what_was_hardly_meant_is_said_by_name(section: str, tmp_path: Path) -> None:
    """One line each, with its rules."""
    (tmp_path / "mine.yaml").write_text(section, "utf-8")

    (said,) = remarks(declaration.load(tmp_path / "mine.yaml", own=True))

    head, rule = CASES[section]
    assert said.startswith(head)
    assert rule in said


def test_rules_that_are_switched_off_and_edges_are_no_matter(tmp_path: Path) -> None:
    """Two exports, two steps and what is kept exactly are enough."""
    (tmp_path / "mine.yaml").write_text(
        "thresholds: {rate_window: 2m, disk_window: 10m, traffic_window: 60d, absence_lookback: 1m}\n"
        "disabled: [ServiceTelemetryAbsent]\ninterval: 5m\n",
        "utf-8",
    )

    assert [] == list(remarks(declaration.load(tmp_path / "mine.yaml", own=True), "60d"))
