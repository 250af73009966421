"""The ready-made check of a Collector, with the real one."""

from __future__ import annotations

import pytest

from otel_kit.healthchecks.checks.collector import collector as check
from otel_kit.healthchecks.results import HEALTHY, Outcome, Status
from tests.stack import file_output
from tests.stack.collector_process import Collector

pytestmark = pytest.mark.stack
LONG_S = 20.0


def test_otlp_with_the_key_without_it_and_with_nobody_there(collector: Collector) -> None:
    """An empty request is taken and leaves nothing behind."""
    asked = check(f"{collector.endpoint}/v1/traces", headers={"authorization": f"Bearer {collector.token}"})

    assert asked.probe(LONG_S) == HEALTHY
    assert check(f"http://127.0.0.1:{collector.health_port}/").probe(LONG_S) == HEALTHY  # its extension
    refused = check(f"{collector.endpoint}/v1/traces").probe(LONG_S)
    assert refused == Outcome(Status.UNHEALTHY, "the ingest key is refused (HTTP 401)")
    collector.stop()
    assert asked.probe(LONG_S) == Outcome(Status.UNHEALTHY, "connection refused")
    assert file_output.raw_text(collector.output).strip() == ""
