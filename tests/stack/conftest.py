"""The real Collector and backends for tests: built or found once per session, started as often as needed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.collector_process import BASE, BUILD, TO_FILES, Collector, NewCollector
from tests.stack.prometheus_process import BUILD_BACKEND
from tests.stack.stack_fixture import binaries, new_stack, stack

__all__ = ["binaries", "new_stack", "stack"]  # fixtures that are made elsewhere

_BUILD_EXIT_NOT_RUN = 3
# Read at import: a fixture that clears the environment must not turn a required tool into an optional one.
_GO_IS_REQUIRED = "go" in os.environ.get("OTEL_KIT_REQUIRE", "").split(",")  # noqa: TID251 - the tests' own switch
_ENVIRONMENT = dict(os.environ)  # noqa: TID251 - for the build: PATH, HOME, Go's own variables
# Fixture -> what prints the path of its binary.
_BUILDS = {
    "otelcol": [str(BUILD)],
    "docker_compose": [str(BUILD_BACKEND), "docker-compose"],
    "kafka_broker": [str(BUILD_BACKEND), "kafka-broker"],
    **{
        name: [str(BUILD_BACKEND), name]
        for name in ("alertmanager", "amtool", "loki", "prometheus", "promtool", "tempo")
    },
}
_BINARIES = pytest.StashKey[dict[str, Path]]()
_NOT_RUN = pytest.StashKey[dict[str, str]]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Build before the first test, as a cold build takes longer than any test may.

    Without Go one test stays to say so for all of them: one line, and one failure where Go is required.
    """
    config.stash[_BINARIES], config.stash[_NOT_RUN] = {}, {}
    for name, command in _BUILDS.items():
        needing = [item for item in items if name in getattr(item, "fixturenames", ())]
        if needing and not config.option.collectonly:
            _build(config, items, name, command, needing)


def _build(
    config: pytest.Config, items: list[pytest.Item], name: str, command: list[str], needing: list[pytest.Item]
) -> None:
    built = subprocess.run([sys.executable, *command], env=_ENVIRONMENT, capture_output=True, text=True, check=False)
    if built.returncode == 0:
        config.stash[_BINARIES][name] = Path(built.stdout.strip())
        return
    if built.returncode != _BUILD_EXIT_NOT_RUN:
        raise pytest.UsageError(built.stderr.strip())
    why = built.stderr.strip().partition("because ")[2]
    config.stash[_NOT_RUN][name] = f"not run: {len(needing)} tests with the real {name}, because {why}"
    config.hook.pytest_deselected(items=needing[1:])
    items[:] = [item for item in items if item not in needing[1:]]


@pytest.fixture(scope="session")
def otelcol(pytestconfig: pytest.Config) -> Path:
    """The binary. Without Go the test is skipped, or fails if OTEL_KIT_REQUIRE names go."""
    return _binary(pytestconfig, "otelcol")


@pytest.fixture(scope="session")
def prometheus(pytestconfig: pytest.Config) -> Path:
    """The binary of Prometheus, as for the Collector."""
    return _binary(pytestconfig, "prometheus")


@pytest.fixture(scope="session")
def kafka_broker(pytestconfig: pytest.Config) -> Path:
    """The binary of tests/stack/kafka_broker, as for the Collector."""
    return _binary(pytestconfig, "kafka_broker")


@pytest.fixture(scope="session")
def promtool(pytestconfig: pytest.Config) -> Path:
    """The binary of promtool, as for the Collector."""
    return _binary(pytestconfig, "promtool")


@pytest.fixture(scope="session")
def alertmanager(pytestconfig: pytest.Config) -> Path:
    """The binary of Alertmanager, as for the Collector."""
    return _binary(pytestconfig, "alertmanager")


@pytest.fixture(scope="session")
def amtool(pytestconfig: pytest.Config) -> Path:
    """The binary of amtool, as for the Collector."""
    return _binary(pytestconfig, "amtool")


@pytest.fixture(scope="session")
def loki(pytestconfig: pytest.Config) -> Path:
    """The binary of Loki, as for the Collector."""
    return _binary(pytestconfig, "loki")


@pytest.fixture(scope="session")
def tempo(pytestconfig: pytest.Config) -> Path:
    """The binary of Tempo, as for the Collector."""
    return _binary(pytestconfig, "tempo")


@pytest.fixture(scope="session")
def docker_compose(pytestconfig: pytest.Config) -> Path:
    """Compose's command, which needs no engine to check a file; as for the Collector."""
    return _binary(pytestconfig, "docker_compose")


def _binary(config: pytest.Config, name: str) -> Path:
    if why := config.stash[_NOT_RUN].get(name):
        if _GO_IS_REQUIRED:
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    return config.stash[_BINARIES][name]


@pytest.fixture
def new_collector(otelcol: Path, tmp_path: Path) -> Iterator[NewCollector]:
    """A function ``(*configurations, **variables) -> Collector``, not yet started; ended after the test."""
    with contextlib.ExitStack() as ends:

        def make(*configurations: Path, **variables: str) -> Collector:
            made = Collector(otelcol, tmp_path, configurations, variables)
            ends.callback(made.stop)
            return made

        yield make


@pytest.fixture
def collector(new_collector: NewCollector) -> Collector:
    """A running Collector: the gateway into files, which tests/stack/file_output.py reads.

    Send to ``collector.endpoint`` or ``collector.grpc_endpoint`` with ``collector.token``; call ``collector.stop()``,
    then read ``collector.output``.
    """
    made = new_collector(*BASE, TO_FILES)
    made.start()
    return made
