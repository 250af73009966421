"""The whole stack for tests: the code of `otel-kit stack up --native`, on free ports, in a temporary folder.

``stack`` is one for the whole session, with what earlier tests left in it: look for what carries your own marks.
``new_stack`` makes a private one, which may be stopped and broken. Send with ``stack.addresses.key``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from otel_kit.stack import assets
from otel_kit.stack.native import PORTS, Options, Stack
from tests.stack.collector_process import free_ports

FAST: Mapping[str, str] = {
    "STACK_SCRAPE_INTERVAL": "1s",
    "STACK_SCRAPE_TIMEOUT": "1s",
    "STACK_EVALUATION_INTERVAL": "1s",
    "STACK_TEMPO_TRACE_IDLE": "1s",
    "STACK_TEMPO_METRICS_INTERVAL": "1s",
    "STACK_ALERT_GROUP_WAIT": "1s",
}
"""Nobody wants to wait for what people wait for."""
_ENVIRONMENT = dict(os.environ)  # noqa: TID251 - PATH and HOME, for the components

NewStack: TypeAlias = Callable[..., Stack]
"""``(folder=..., overlays=(), files=..., ports=..., own=..., **variables) -> Stack``, not yet started."""


def make_stack(
    folder: Path,
    binaries: Mapping[str, Path],
    variables: Mapping[str, str],
    overlays: tuple[str, ...] = (),
    files: Path | None = None,
    ports: Mapping[str, int] | None = None,
    own: Path | None = None,
) -> Stack:
    """Return a stack in ``folder/stack`` on free ports, not yet started."""
    free = ports or dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    given = {**FAST, **variables}
    return Stack(Options(folder / "stack", files or assets.root(), binaries, _ENVIRONMENT, given, free, overlays, own))


@pytest.fixture(scope="session")
def binaries(otelcol: Path, alertmanager: Path, loki: Path, prometheus: Path, tempo: Path) -> Mapping[str, Path]:
    """The programs of the stack, by the names that ``Options`` knows."""
    return {
        "collector": otelcol,
        "alertmanager": alertmanager,
        "loki": loki,
        "prometheus": prometheus,
        "tempo": tempo,
    }


@pytest.fixture(scope="session")
def stack(binaries: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of the session, running."""
    made = make_stack(tmp_path_factory.mktemp("stack"), binaries, {})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def new_stack(binaries: Mapping[str, Path], tmp_path: Path) -> Iterator[NewStack]:
    """A function that makes private stacks; they are stopped after the test."""
    with contextlib.ExitStack() as ends:

        def make(
            folder: Path = tmp_path,
            overlays: tuple[str, ...] = (),
            files: Path | None = None,
            ports: Mapping[str, int] | None = None,
            own: Path | None = None,
            **variables: str,
        ) -> Stack:
            made = make_stack(folder, binaries, variables, overlays, files, ports, own)
            ends.callback(made.stop)
            return made

        yield make
