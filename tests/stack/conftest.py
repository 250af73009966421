"""The real Collector for tests: built or found once per session, started as often as needed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.collector_process import BASE, BUILD, TO_FILES, Collector, NewCollector

_BUILD_EXIT_NOT_RUN = 3
# Read at import: a fixture that clears the environment must not turn a required tool into an optional one.
_GO_IS_REQUIRED = "go" in os.environ.get("OTEL_KIT_REQUIRE", "").split(",")  # noqa: TID251 - the tests' own switch
_ENVIRONMENT = dict(os.environ)  # noqa: TID251 - for the build: PATH, HOME, Go's own variables
_BINARY = pytest.StashKey[Path]()
_NOT_RUN = pytest.StashKey[str]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Build before the first test, as a cold build takes longer than any test may.

    Without Go one test stays to say so for all of them: one line, and one failure where Go is required.
    """
    needing = [item for item in items if "otelcol" in getattr(item, "fixturenames", ())]
    if not needing or config.option.collectonly:
        return
    built = subprocess.run([sys.executable, str(BUILD)], env=_ENVIRONMENT, capture_output=True, text=True, check=False)
    if built.returncode == 0:
        config.stash[_BINARY] = Path(built.stdout.strip())
        return
    if built.returncode != _BUILD_EXIT_NOT_RUN:
        raise pytest.UsageError(built.stderr.strip())
    why = built.stderr.strip().partition("because ")[2]
    config.stash[_NOT_RUN] = f"not run: {len(needing)} tests with the real Collector, because {why}"
    config.hook.pytest_deselected(items=needing[1:])
    items[:] = [item for item in items if item not in needing[1:]]


@pytest.fixture(scope="session")
def otelcol(pytestconfig: pytest.Config) -> Path:
    """The binary. Without Go the test is skipped, or fails if OTEL_KIT_REQUIRE names go."""
    if why := pytestconfig.stash.get(_NOT_RUN, None):
        if _GO_IS_REQUIRED:
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    return pytestconfig.stash[_BINARY]


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
