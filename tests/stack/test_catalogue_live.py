"""What the catalogue says by hand of metrics that a healthy stack does not show is in the programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from catalogue import rare

pytestmark = pytest.mark.stack


def test_every_rare_metric_is_in_its_program(binaries: Mapping[str, Path]) -> None:
    """By two words of its name at least; a version that renames one is seen here."""
    assert rare.missing_in(binaries, rare.rare_metrics()) == []


def test_a_name_that_no_program_has_is_found(binaries: Mapping[str, Path]) -> None:
    """So that the test above can fail."""
    rows = {"alertmanager_alerts_limited_total": "counter", "alertmanager_teapots_boiled_total": "counter"}

    assert rare.missing_in(binaries, {"alertmanager": rows}) == ["alertmanager_teapots_boiled_total"]
