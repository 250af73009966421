"""The resolved OpenTelemetry packages are one consistent set, at or above the floor that the kit declares."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
STABLE = {"opentelemetry-api", "opentelemetry-sdk"}
ENCODER = {"opentelemetry-proto", "opentelemetry-exporter-otlp-proto-common"}  # nothing of contrib holds these back


def locked(path: Path) -> dict[str, Version]:
    """Return the versions of a lock file."""
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", path.read_text(), re.MULTILINE)
    return {name: Version(number) for name, number in pins}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_each_lock_holds_one_set(lock: Path) -> None:
    """One version of api and sdk, proto and encoder at or above it; one of every beta package, semconv too."""
    pins = {name: number for name, number in locked(lock).items() if name.startswith("opentelemetry-")}

    stable = {number for name, number in pins.items() if name in STABLE}
    encoder = {number for name, number in pins.items() if name in ENCODER}
    beta = {number for name, number in pins.items() if name not in STABLE | ENCODER}

    assert len(stable) == len(encoder) == len(beta) == 1
    assert min(encoder) >= max(stable)
    assert stable.pop() >= Version("1.45.1")
    assert beta.pop() >= Version("0.66b1")


def test_what_is_installed_is_what_the_lock_says() -> None:
    """The tests run on the locked set, so that a result means something tomorrow."""
    pins = locked(ROOT / "locks/all.txt")

    differing = {
        name: (version(name), str(pins[name])) for name in STABLE | ENCODER if Version(version(name)) != pins[name]
    }

    assert differing == {}


def test_dependencies_are_ranges() -> None:
    """A pin would decide for the user; a floor below what the kit needs would lie to him."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    operators = {specifier.operator for line in project["dependencies"] for specifier in Requirement(line).specifier}

    assert operators <= {">=", "<"}


def test_base_install_does_not_ask_for_the_distro() -> None:
    """opentelemetry-distro pins exact versions and would fight with the user's own set."""
    base = [Requirement(line) for line in requires("otel-kit") or () if "extra ==" not in line]

    assert "opentelemetry-distro" not in {requirement.name for requirement in base}
