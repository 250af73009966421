"""Workers that are scraped: each at a port of its own, whoever loaded the application first."""

from __future__ import annotations

import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conditions import eventually
from tests.pipeline.test_scraping import free_ports, samples
from tests.process.test_servers import SERVERS, Server

WORKERS = 2


def page(port: int) -> str | None:
    """Return what is scraped at a port, None if nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
            return str(reply.read().decode())
    except urllib.error.URLError:
        return None


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["uvicorn --workers 2", "gunicorn", "gunicorn --preload"])
def test_each_worker_has_a_port_and_the_master_has_none(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Together the pages have every request once; a third port is never opened."""
    first = free_ports(WORKERS + 1)
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "prometheus")
    monkeypatch.setenv("OTEL_EXPORTER_PROMETHEUS_PORT", str(first))
    server = Server(SERVERS[name], "http://127.0.0.1:9", tmp_path)
    try:
        eventually(lambda: server.get("/openapi.json"), f"{name} answers", 40)
        ports = range(first, first + WORKERS)
        eventually(lambda: all(page(port) for port in ports), "each worker is scraped", 40)
        for number in range(20):
            server.get(f"/jobs/{number}")

        pages = [page(port) or "" for port in ports]
        assert sum(one.value for text in pages for one in samples(text, "done_total")) == 20
        ids = {one.labels["service_instance_id"] for text in pages for one in samples(text, "target_info")}
        assert len(ids) == WORKERS
        assert page(first + WORKERS) is None
    finally:
        server.stop(signal.SIGTERM)
