"""The own tests of our components, in Go: keys, limits, both protocols, nested values, under the race detector."""

from __future__ import annotations

import os
import subprocess

import pytest

from collector.build import HERE, OWN

pytestmark = [
    pytest.mark.stack,
    # For "without Go": it has built the Collector with this very Go before the first test.
    pytest.mark.usefixtures("otelcol"),
    # The first run compiles the dependencies once more, with the race detector; afterwards it takes seconds.
    pytest.mark.timeout(400),
]

_ENVIRONMENT = {
    **os.environ,  # noqa: TID251 - for Go: PATH, HOME, its own variables
    "GOSUMDB": "off",
    "GOWORK": "off",
    "GOFLAGS": "-mod=readonly",
    # The race detector is C.
    "CGO_ENABLED": "1",
}


@pytest.mark.parametrize("component", OWN)
@pytest.mark.parametrize(
    "command", ["gofmt -l .", "go vet ./...", "go test -race ./..."], ids=lambda command: command.partition(" .")[0]
)
def test_component(command: str, component: str) -> None:
    """Formatted, without what vet finds, and all Go tests pass without a race."""
    done = subprocess.run(
        command.split(), cwd=HERE / component, env=_ENVIRONMENT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert command != "gofmt -l ." or done.stdout == ""
