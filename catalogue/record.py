"""``python -m catalogue.record``: start the stack natively, let the shop send to it, and write recorded.yaml anew.

To be run when a component's version or an overlay changes; takes about two minutes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any, Final

import httpx
import yaml

from catalogue import collector_source
from catalogue.recorded import RECORDED
from otel_kit.cli.demo.example import new_traffic
from otel_kit.cli.demo.processes import wait_until
from otel_kit.cli.demo.services import Services
from otel_kit.stack import assets
from otel_kit.stack.native import PORTS, Options, Stack
from otel_kit.stack.native.binaries import build
from otel_kit.stack.native.components import BINARIES, COLLECTOR
from otel_kit.stack.native.ports import free_ports
from otel_kit.stack.pins import PINS

_HEAD: Final = "# Written by `python -m catalogue.record` from a running stack: name -> kind and unit.\n"
_FAST: Final = {
    "STACK_SCRAPE_INTERVAL": "1s",
    "STACK_SCRAPE_TIMEOUT": "1s",
    "STACK_EVALUATION_INTERVAL": "1s",
    "STACK_TEMPO_METRICS_INTERVAL": "1s",
    "OTELCOL_HOST_NAME": "machine",
    "OTELCOL_HOST_METRICS_INTERVAL": "1s",
    "OTELCOL_HTTP_CHECK_INTERVAL": "1s",
    "OTELCOL_SPAN_METRICS_INTERVAL": "1s",
}
# A first answer and a first pair of spans are there by then, as are the metrics of the metrics' own way.
_RUN_S: Final = 30.0
_START_S: Final = 60.0
# How it is found which of the metrics that were pushed came from where.
_PUSHED: Final = {
    "overlay host_metrics": 'service_name="host"',
    "overlay http_check": 'service_name="http_check"',
    "tempo's generator": '__name__=~"traces_.+"',
}
_SPAN_METRICS: Final = {"overlay span_metrics": '__name__=~"traces_.+"'}
_UNITS: Final = {
    "seconds": "s",
    "milliseconds": "ms",
    "bytes": "By",
    "ratio": "1",
}
# Of Go's runtime only what a person looks at: the rest is a hundred names that say which Go it is.
_GO: Final = ("go_goroutines", "go_threads", "go_gc_duration_seconds", "go_memstats_heap_inuse_bytes", "go_info")


def main() -> int:
    """Record everything and write the file; return the exit status."""
    stop = Event()
    environment = dict(os.environ)  # noqa: TID251 - PATH and HOME, for the builds and the components
    binaries = build(BINARIES, assets.root(), environment, print, stop)
    sources: dict[str, dict[str, str]] = {}
    # One makes span metrics in Tempo, one in the Collector: they must not run together.
    with _running(binaries, environment, stop, ("host_metrics", "http_check"), {}) as prometheus:
        sources |= _scraped(prometheus)
        sources |= {source: _pushed(prometheus, where) for source, where in _PUSHED.items()}
    own = {"STACK_TEMPO_GENERATOR_PROCESSORS": "[local-blocks]"}
    with _running(binaries, environment, stop, ("span_metrics",), own) as prometheus:
        sources |= {source: _pushed(prometheus, where) for source, where in _SPAN_METRICS.items()}
    sources[COLLECTOR] = {**collector_source.metrics(), **sources[COLLECTOR]}
    versions = {pin.name: pin.version for pin in PINS if pin.version}
    content = {
        "versions": versions,
        "sources": {source: dict(sorted(rows.items())) for source, rows in sources.items()},
    }
    RECORDED.write_text(_HEAD + yaml.safe_dump(content, sort_keys=False, width=1000), "utf-8")
    print(f"{sum(map(len, sources.values()))} metrics of {', '.join(sources)}")
    return 0


@contextmanager
def _running(
    binaries: Mapping[str, Path],
    environment: Mapping[str, str],
    stop: Event,
    overlays: tuple[str, ...],
    variables: Mapping[str, str],
) -> Iterator[str]:
    """Yield the address of a Prometheus whose stack has had the shop's telemetry for a while."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    checked = f"http://127.0.0.1:{ports['STACK_PROMETHEUS_HTTP_PORT']}/-/ready,http://127.0.0.1:9/"
    given = {**_FAST, "OTELCOL_HTTP_CHECK_URLS": checked, **variables}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stack = Stack(Options(Path(folder) / "stack", assets.root(), binaries, environment, given, ports, overlays))
        services = Services(Path(folder), stop)
        try:
            stack.start(stop)
            addresses = stack.addresses
            headers = f"authorization=Bearer%20{addresses.key}"
            services.start(addresses.otlp_http, time.monotonic() + _START_S, OTEL_EXPORTER_OTLP_HEADERS=headers)
            traffic = new_traffic(services.shop_url)
            traffic.start()
            enough = time.monotonic() + _RUN_S
            wait_until(lambda: time.monotonic() > enough, "", services.children, stop, enough + _RUN_S)
            traffic.stop()
            yield addresses.prometheus
        finally:
            services.stop()
            stack.stop()


def _scraped(prometheus: str) -> dict[str, dict[str, str]]:
    """Return what each target's page says of its metrics; the two Prometheus are one source."""
    found: dict[str, dict[str, str]] = {}
    for row in _get(prometheus, "targets/metadata"):
        job = row["target"]["job"].replace("usage", "prometheus")
        name, kind = row["metric"], row["type"].replace("unknown", "gauge").replace("gaugehistogram", "histogram")
        # OpenMetrics calls the family without the end that its sample has.
        if kind == "counter" and not name.endswith("_total"):
            name = f"{name}_total"
        if kind == "info":
            name, kind = f"{name.removesuffix('_info')}_info", "gauge"
        if not name.startswith("go_") or name in _GO:
            found.setdefault(job, {})[name] = f"{kind} {_unit(name)}".strip()
    return found


def _pushed(prometheus: str, where: str) -> dict[str, str]:
    """Return the metrics of the series that match; what was pushed has no page that says its kind."""
    names = set(_get(prometheus, "label/__name__/values", **{"match[]": f"{{{where}}}"})) - {"target_info"}
    histograms = {name.removesuffix("_bucket") for name in names if name.endswith("_bucket")}
    rows = {name: f"histogram {_unit(name)}".strip() for name in histograms}
    parts = {f"{name}{suffix}" for name in histograms for suffix in ("_bucket", "_count", "_sum")}
    for name in names - parts:
        kind = "counter" if name.endswith("_total") else "gauge"
        rows[name] = f"{kind} {_unit(name)}".strip()
    return rows


def _unit(name: str) -> str:
    words = name.removesuffix("_total").split("_")
    return next((unit for word, unit in _UNITS.items() if word in words), "")


def _get(prometheus: str, path: str, **parameters: str) -> Any:
    answer = httpx.get(f"{prometheus}/api/v1/{path}", params=parameters, timeout=30, trust_env=False)
    answer.raise_for_status()
    return answer.json()["data"]


if __name__ == "__main__":
    sys.exit(main())
