"""Where state is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from otel_kit.settings import state_dir


@pytest.mark.skipif(sys.platform != "linux", reason="the places of other platforms differ")
@pytest.mark.parametrize(
    ("configured", "environ", "wanted"),
    [
        ("/s", {"OTEL_KIT_STATE_DIR": "/v"}, "/s"),
        (None, {"OTEL_KIT_STATE_DIR": "/v", "XDG_STATE_HOME": "/x"}, "/v"),
        (None, {"XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/otel-kit"),
        (None, {"HOME": "/h"}, "/h/.local/state/otel-kit"),
    ],
)
def test_setting_then_variable_then_platform(configured: str | None, environ: dict[str, str], wanted: str) -> None:
    """The first that is given."""
    assert Path(wanted) == state_dir(configured, environ)
