"""Settings: one table of options, read from arguments, environment and file, with the origin of each value."""

from __future__ import annotations

from otel_kit.settings.again import LoadedAgain, load_again
from otel_kit.settings.explain import Explained, explain
from otel_kit.settings.load import Loaded, all_rows, load, load_leniently
from otel_kit.settings.model import SIGNALS, Export, Settings, Signal
from otel_kit.settings.state import state_dir

__all__ = [
    "SIGNALS",
    "Explained",
    "Export",
    "Loaded",
    "LoadedAgain",
    "Settings",
    "Signal",
    "all_rows",
    "explain",
    "load",
    "load_again",
    "load_leniently",
    "state_dir",
]
