"""The versions of everything that the stack runs: one table, which tests compare with go.mod, manifest and compose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Pin:
    """One component: what is built natively, and the image that compose runs.

    ``module`` and ``version`` are those of Go, empty where nothing is built. ``digest`` is ``sha256:...``, or None as
    long as nobody who can reach the registry has looked it up.
    """

    name: str
    module: str
    version: str
    image: str
    tag: str
    digest: str | None
    licence: str
    note: str = ""

    @property
    def reference(self) -> str:
        """The image as compose names it."""
        return f"{self.image}:{self.tag}" + (f"@{self.digest}" if self.digest else "")


PINS: Final = (
    Pin("collector", "go.opentelemetry.io/collector/otelcol", "v0.158.0",
        "otel/opentelemetry-collector-contrib", "0.158.0", None, "Apache-2.0",
        "compose builds the distribution of collector/manifest.yaml; the image is what collector.image=stock runs"),
    Pin("loki", "github.com/grafana/loki/v3", "v3.7.6", "grafana/loki", "3.7.6", None, "AGPL-3.0-only"),
    Pin("tempo", "github.com/grafana/tempo", "v1.5.1-0.20250529124718-87c2dc380cec",
        "grafana/tempo", "2.10.8", None, "AGPL-3.0-only",
        "natively 2.8, the newest that the module proxy serves; the image reads the same files and has security fixes"),
    Pin("prometheus", "github.com/prometheus/prometheus", "v0.313.3", "prom/prometheus", "v3.13.3", None, "Apache-2.0"),
    Pin("alertmanager", "github.com/prometheus/alertmanager", "v0.31.1",
        "prom/alertmanager", "v0.31.1", None, "Apache-2.0"),
    Pin("grafana", "", "", "grafana/grafana", "12.4.12", None, "AGPL-3.0-only",
        "compose only: it cannot be built by Go"),
    Pin("golang", "", "", "golang", "1.26.8-bookworm", None, "BSD-3-Clause", "builds the Collector's image"),
)  # fmt: skip


def pin(name: str) -> Pin:
    """Return the row of that component."""
    return next(row for row in PINS if row.name == name)
