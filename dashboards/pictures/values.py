"""Numbers as people read them, names of series, and colours: what Grafana makes of units, legends and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

PALETTE: Final = (
    "#73BF69", "#F2CC0C", "#5794F2", "#FF9830", "#F2495C", "#B877D9", "#8AB8FF", "#37872D", "#C4162A", "#E0B400",
    "#3274D9", "#FA6400", "#8F3BB8", "#96D98D", "#FFB357",
)  # fmt: skip
NAMED: Final[Mapping[str, str]] = {
    "green": "#56A64B", "yellow": "#E0B400", "orange": "#FF780A", "red": "#E02F44", "blue": "#3274D9",
    "purple": "#A352CC", "light-blue": "#8AB8FF", "gray": "#8E8E8E", "text": "var(--text)",
}  # fmt: skip
_SI: Final = ((1e9, "G"), (1e6, "M"), (1e3, "K"))
_BYTES: Final = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
_PER_SECOND: Final = {"reqps": "req/s", "cps": "/s", "ops": "ops/s", "pps": "p/s"}
_TIMES: Final = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))
_LABEL: Final = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def ago(value: float, now_s: float) -> str:
    """Return how long ago a time was, given in milliseconds since the epoch."""
    return f"{_seconds(max(0.0, now_s - value / 1000))} ago"


def shown(value: float, unit: str) -> str:
    """Return a value in a unit of Grafana."""
    if unit == "percentunit":
        return f"{_short(value * 100)} %"
    if unit in {"s", "dtdurations"}:
        return _seconds(value)
    if unit == "d":
        return f"{_short(value)} d"
    if unit in {"bytes", "Bps"}:
        return _bytes(value) + ("/s" if unit == "Bps" else "")
    if unit == "currencyUSD":
        return f"${_short(value)}"
    if unit in _PER_SECOND:
        return f"{_si(value)} {_PER_SECOND[unit]}"
    return _si(value)


def name_of(template: str, labels: Mapping[str, str], alone: bool) -> str:
    """Return the name of a series by its legend; ``__auto`` is its labels."""
    if template and template != "__auto":
        return _LABEL.sub(lambda match: labels.get(match[1], ""), template).strip() or "Value"
    own = {name: value for name, value in labels.items() if name != "__name__"}
    if not own:
        return labels.get("__name__", "Value")
    if len(own) == 1 or alone:
        return " ".join(own.values())
    return ", ".join(f"{name}={value}" for name, value in sorted(own.items()))


def colour(name: str) -> str:
    """Return a colour of Grafana as CSS has it."""
    return NAMED.get(name.removeprefix("dark-").removeprefix("semi-"), name)


def step_colour(steps: Sequence[Mapping[str, Any]], value: float) -> str:
    """Return the colour that limits give a value."""
    reached = [step for step in steps if step.get("value") is None or value >= step["value"]]
    return colour(reached[-1]["color"]) if reached else "var(--text)"


def mapped(mappings: Sequence[Mapping[str, Any]], value: str) -> tuple[str, str] | None:
    """Return what a value means and its colour, if somebody said so."""
    for mapping in mappings:
        found = mapping.get("options", {}).get(value)
        if mapping.get("type") == "value" and found:
            return str(found.get("text", value)), colour(found.get("color", "text"))
    return None


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _si(value: float) -> str:
    factor, letter = next(((factor, letter) for factor, letter in _SI if abs(value) >= factor), (1.0, ""))
    return f"{value / factor:.3g}{' ' if letter else ''}{letter}"


def _bytes(value: float) -> str:
    factor, name = next(((factor, name) for factor, name in _BYTES if abs(value) >= factor), (1, "B"))
    return f"{value / factor:.3g} {name}"


def _seconds(value: float) -> str:
    for factor, name in _TIMES:
        if abs(value) >= factor:
            return f"{value / factor:.3g} {name}"
    if abs(value) >= 1 or value == 0:
        return f"{value:.3g} s"
    return f"{value * 1e3:.3g} ms" if abs(value) >= 1e-3 else f"{value * 1e6:.3g} µs"
