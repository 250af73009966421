"""Where the files of the stack are found."""

from __future__ import annotations

from pathlib import Path

from otel_kit.stack import assets

CHECKOUT = Path(__file__).parents[3]


def test_a_checkout_is_its_own_source() -> None:
    """An editable install uses the files that one edits."""
    assert assets.root() == CHECKOUT


def test_everything_that_runs_is_there() -> None:
    """The folders and files that the rest of the package names."""
    root = assets.root()

    for name in (
        "collector/gateway.yaml", "collector/build.py", "collector/generated/redaction.yaml", "collector/manifest.yaml",
        "collector/overlays/lgtm.yaml", "backends/build_natively.py", "backends/loki/loki.yaml",
        "backends/tempo/tempo.yaml", "backends/prometheus/prometheus.yml", "backends/prometheus/usage.yml",
        "backends/alertmanager/alertmanager.yml", "docker-compose.yml",
    ):  # fmt: skip
        assert (root / name).is_file(), name
