"""One table of versions: what is built, what compose runs and what the table says are the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from otel_kit.stack import assets
from otel_kit.stack.pins import PINS, pin

BUILT = ("loki", "tempo", "prometheus", "alertmanager")


def required(go_mod: Path) -> dict[str, str]:
    """Return module -> version of a go.mod."""
    return dict(re.findall(r"(?m)^\s*(?:require )?([\w./-]+) (v\S+)", go_mod.read_text()))


@pytest.mark.parametrize("name", BUILT)
def test_what_is_built_is_what_the_table_says(name: str) -> None:
    """go.mod of each backend."""
    row = pin(name)

    assert required(assets.root() / "backends" / name / "build" / "go.mod")[row.module] == row.version


def test_the_collector_is_of_one_version() -> None:
    """The manifest's core components and the stock image; some of contrib are older, see the manifest."""
    row = pin("collector")
    manifest = yaml.safe_load((assets.root() / "collector" / "manifest.yaml").read_text())
    modules = dict(
        part["gomod"].split() for kind in ("receivers", "processors", "exporters", "extensions", "connectors")
        for part in manifest[kind] if part["gomod"].startswith("go.opentelemetry.io/collector/")
    )  # fmt: skip

    assert modules
    assert set(modules.values()) == {row.version}
    assert row.tag == row.version.removeprefix("v")


def test_images_are_of_the_line_that_is_built() -> None:
    """Prometheus counts 0.313.3 as 3.13.3; Tempo's image is newer than what can be built, of the same major line."""
    assert pin("loki").version == f"v{pin('loki').tag}"
    assert pin("alertmanager").version == pin("alertmanager").tag
    minor, patch = re.fullmatch(r"v0\.3(\d\d)\.(\d+)", pin("prometheus").version).groups()  # type: ignore[union-attr]
    assert pin("prometheus").tag == f"v3.{minor}.{patch}"
    assert pin("tempo").tag.startswith("2.")


def test_compose_runs_what_the_table_says() -> None:
    """Every image that docker-compose.yml and the Dockerfiles name is a row; `latest` is none."""
    root = assets.root()
    references = {row.reference for row in PINS}
    compose = yaml.safe_load((root / "docker-compose.yml").read_text())
    named = {service["image"] for service in compose["services"].values() if "build" not in service}
    for service in compose["services"].values():
        named.update(service.get("build", {}).get("args", {}).values())
    for path in (root / "collector").rglob("Dockerfile"):
        named.update(re.findall(r"(?m)^FROM (?:--platform=\S+ )?([^\s$]+)", path.read_text()))

    assert named - {"scratch"} <= references
    assert len(named) > 5


def test_digests_are_digests() -> None:
    """What has none yet is listed; what has one has a whole one."""
    for row in PINS:
        assert row.digest is None or re.fullmatch(r"sha256:[0-9a-f]{64}", row.digest), row.name
        assert row.licence
        assert row.tag
        assert row.tag != "latest"
