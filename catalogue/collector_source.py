"""What the Collector can say of itself, from its components' source: most of it shows only once it has happened."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from otel_kit.metrics.prometheus_names import metric_name
from otel_kit.stack import assets

_MODULE: Final = re.compile(r"^\s*(?P<path>[\w.~-]+(?:/[\w.~-]+)+) (?P<version>v\S+)", re.MULTILINE)
# The gateway's own components: ``meter.Int64Counter("name", metric.WithUnit("unit")``.
_OWN: Final = re.compile(
    r'\.(?:Int64|Float64)(?P<made>\w+)\("(?P<name>otelcol_\w+)"(?:,\s*metric\.WithUnit\("(?P<unit>[^"]*)"\))?'
)
_OWN_FOLDERS: Final = ("ingestguard", "nestinglimit")


def metrics() -> dict[str, str]:
    """Return name -> kind and unit, for all components of the manifest; needs Go, whose cache has their source."""
    collector = assets.root() / "collector"
    command = [shutil.which("go") or "go", "env", "GOMODCACHE"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - Go itself
    cache = Path(said.stdout.strip())
    rows = dict(_documented(cache, (collector / "go.mod").read_text("utf-8")))
    for folder in _OWN_FOLDERS:
        for path in sorted((collector / folder).glob("*.go")):
            for match in _OWN.finditer(path.read_text("utf-8")):
                made, unit = match["made"].removeprefix("Observable"), match["unit"] or ""
                sort = {"Counter": "counter", "Gauge": "gauge", "Histogram": "histogram"}.get(made, "gauge")
                rows.update([_row(match["name"], sort, unit)])
    return rows


def _documented(cache: Path, go_mod: str) -> Iterator[tuple[str, str]]:
    for module in _MODULE.finditer(go_mod):
        folder = cache / f"{module['path']}@{module['version']}"
        for path in sorted(folder.rglob("metadata.yaml")):
            document: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
            for name, metric in document.get("telemetry", {}).get("metrics", {}).items():
                prefix = metric.get("prefix", "otelcol_")
                # One with a dot keeps it on the Collector's page, where no query would look for it.
                if not metric.get("enabled", True) or "." in f"{prefix}{name}":
                    continue
                sort = "histogram" if "histogram" in metric else "gauge"
                if metric.get("sum", {}).get("monotonic"):
                    sort = "counter"
                yield _row(f"{prefix}{name}", sort, metric.get("unit", ""))


def _row(name: str, sort: str, unit: str) -> tuple[str, str]:
    # The exporter of Go keeps a `total` within the name, unlike the receiver of Prometheus.
    known = metric_name(name, unit, "gauge" if sort == "gauge" else "other")
    return (f"{known}_total" if sort == "counter" else known), f"{sort} {unit}".strip()
