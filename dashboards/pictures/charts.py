"""Drawings over time: lines and areas, heatmaps, states. Each returns SVG for the panel's size."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from dashboards.pictures.panel import Drawn, Named
from dashboards.pictures.values import mapped, shown

_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 10.0, 6.0, 18.0
_LEGEND_LINE = 17.0
_TICKS = 4
_MOST_LEGENDS = 8
# Samples that are further apart are no line.
_GAP_STEPS = 4


def lines(panel: Drawn) -> str:
    """Return lines or stacked areas with axes, limits, exemplars and a legend."""
    named = panel.named()
    stacked = panel.defaults.get("custom", {}).get("stacking", {}).get("mode") == "normal"
    legend_lines = min(3, math.ceil(_legend_length(named) / (panel.width - 20)))
    height = panel.height - legend_lines * _LEGEND_LINE
    rows = _stacked(named) if stacked else [(one, one.series.points, None) for one in named]
    tops = [value for _, points, _ in rows for _, value in points]
    exemplars = [point for answer in panel.answers.values() for point in answer.exemplars]
    low, high = _range(panel, tops)
    plot = _Plot(panel, height, low, high)
    parts = [plot.grid()]
    for one, points, below in rows:
        parts += plot.line(points, one.colour, below)
    parts += plot.limits()
    parts += [plot.mark(at, value) for at, value, _ in exemplars[-60:] if low <= value <= high]
    svg = f'<svg width="{panel.width:.0f}" height="{height:.0f}">{"".join(parts)}</svg>'
    return svg + _legend(named, panel.unit, legend_lines)


def heat(panel: Drawn) -> str:
    """Return a histogram over time; the darker, the more."""
    series = sorted(
        (one.series for one in panel.named()), key=lambda one: float(one.labels.get("le", "inf").replace("+Inf", "inf"))
    )
    plot = _Plot(panel, panel.height, 0, 1)
    columns: dict[float, list[float]] = {}
    for one in series:
        for at, value in one.points:
            columns.setdefault(at, []).append(value)
    full = {at: counts for at, counts in columns.items() if len(counts) == len(series)}
    cells = {at: [counts[0], *(b - a for a, b in pairwise(counts))] for at, counts in full.items()}
    most = max((count for counts in cells.values() for count in counts), default=1.0) or 1.0
    used = [row for row in range(len(series)) if any(counts[row] > 0 for counts in cells.values())] or [0]
    first, last = max(0, used[0] - 1), min(len(series) - 1, used[-1])
    tall = plot.inner_height / (last - first + 1)
    wide = max(2.0, plot.inner_width * panel.window.step_s / (panel.window.end_s - panel.window.start_s))
    parts = [plot.times()]
    for row in range(first, last + 1):
        y = plot.bottom - (row - first + 1) * tall
        label = series[row].labels.get("le", "") if series else ""
        text = shown(float(label), panel.unit) if label and label != "+Inf" else label
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" class="tick">{text}</text>')
        for at, counts in cells.items():
            if counts[row] > 0:
                strength = 0.15 + 0.85 * (counts[row] / most) ** 0.5
                parts.append(
                    f'<rect x="{plot.x(at) - wide:.1f}" y="{y:.1f}" width="{wide - 0.5:.1f}" height="{tall - 1:.1f}" '
                    f'fill="#3274D9" opacity="{strength:.2f}"/>'
                )
    return f'<svg width="{panel.width:.0f}" height="{panel.height:.0f}">{"".join(parts)}</svg>'


def states(panel: Drawn) -> str:
    """Return one bar a series, coloured by what its values mean."""
    named = panel.named()
    left = min(190.0, panel.width * 0.4)
    plot = _Plot(panel, panel.height, 0, 1, left=left)
    tall = min(24.0, plot.inner_height / max(1, len(named)))
    mappings = panel.defaults.get("mappings", ())
    parts = [plot.times()]
    for row, one in enumerate(named[: int(plot.inner_height / tall)]):
        y = _TOP + row * tall
        parts.append(f'<text x="{left - 8}" y="{y + tall / 2 + 4:.1f}" text-anchor="end" class="tick">'
                     f"{escape(_cut(one.name, 28))}</text>")  # fmt: skip
        for at, until, value in _runs(one, panel.window.step_s):
            found = mapped(mappings, f"{value:g}")
            shade = found[1] if found else panel.limit_colour(value)
            parts.append(f'<rect x="{plot.x(at):.1f}" y="{y + 2:.1f}" width="{plot.x(until) - plot.x(at):.1f}" '
                         f'height="{tall - 5:.1f}" fill="{shade}" opacity="0.8"/>')  # fmt: skip
    return f'<svg width="{panel.width:.0f}" height="{panel.height:.0f}">{"".join(parts)}</svg>'


class _Plot:
    """Where values and times lie within a drawing."""

    def __init__(self, panel: Drawn, height: float, low: float, high: float, left: float = _LEFT) -> None:
        self._panel, self._low, self._high, self._left = panel, low, high, left
        self.inner_width, self.inner_height = panel.width - left - _RIGHT, height - _TOP - _BOTTOM
        self.bottom = _TOP + self.inner_height

    def x(self, at: float) -> float:
        start, end = self._panel.window.start_s, self._panel.window.end_s
        return self._left + (min(max(at, start), end) - start) / (end - start) * self.inner_width

    def y(self, value: float) -> float:
        return self.bottom - (value - self._low) / (self._high - self._low) * self.inner_height

    def grid(self) -> str:
        parts = []
        for value in _ticks(self._low, self._high, self._panel.unit):
            y = self.y(value)
            parts.append(
                f'<line x1="{self._left}" x2="{self._left + self.inner_width:.0f}" y1="{y:.1f}" y2="{y:.1f}" '
                f'class="grid"/>'
                f'<text x="{self._left - 6}" y="{y + 4:.1f}" text-anchor="end" class="tick">'
                f"{escape(shown(value, self._panel.unit))}</text>"
            )
        return "".join(parts) + self.times()

    def times(self) -> str:
        start, end = self._panel.window.start_s, self._panel.window.end_s
        count = max(2, min(6, int(self.inner_width / 90)))
        parts = []
        for number in range(1, count):
            at = start + (end - start) * number / count
            text = time.strftime("%H:%M:%S", time.gmtime(at))
            parts.append(
                f'<text x="{self.x(at):.1f}" y="{self.bottom + 14:.1f}" text-anchor="middle" class="tick">{text}</text>'
            )
        return "".join(parts)

    def line(
        self,
        points: Sequence[tuple[float, float]],
        colour: str,
        below: Sequence[tuple[float, float]] | None,
    ) -> Iterator[str]:
        for part in _unbroken(points, self._panel.window.step_s * _GAP_STEPS):
            path = " ".join(f"{self.x(at):.1f},{self.y(value):.1f}" for at, value in part)
            if below is not None:
                floor = dict(below)
                back = " ".join(f"{self.x(at):.1f},{self.y(floor.get(at, 0.0)):.1f}" for at, _ in reversed(part))
                yield f'<polygon points="{path} {back}" fill="{colour}" opacity="0.55"/>'
            if len(part) == 1:
                yield f'<circle cx="{self.x(part[0][0]):.1f}" cy="{self.y(part[0][1]):.1f}" r="2" fill="{colour}"/>'
            yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.4"/>'

    def limits(self) -> Iterator[str]:
        if self._panel.defaults.get("custom", {}).get("thresholdsStyle", {}).get("mode") != "dashed":
            return
        for step in self._panel.steps:
            value = step.get("value")
            if value is not None and self._low < value <= self._high:
                y = self.y(value)
                yield (
                    f'<line x1="{self._left}" x2="{self._left + self.inner_width:.0f}" y1="{y:.1f}" y2="{y:.1f}" '
                    f'stroke="{self._panel.limit_colour(value)}" stroke-dasharray="6 5"/>'
                )

    def mark(self, at: float, value: float) -> str:
        x, y = self.x(at), self.y(value)
        return f'<path d="M{x:.1f} {y - 3.5:.1f}l3.5 3.5l-3.5 3.5l-3.5-3.5z" class="exemplar"/>'


def _ticks(low: float, high: float, unit: str) -> list[float]:
    """Return round values between both, about as many as ``_TICKS``; bytes are round in KiB, MiB..."""
    base = 1024.0 ** math.floor(math.log(high, 1024)) if unit in {"bytes", "Bps"} and high > 1 else 1.0
    return [value * base for value in _round(low / base, high / base)]


def _round(low: float, high: float) -> list[float]:
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _range(panel: Drawn, values: Sequence[float]) -> tuple[float, float]:
    low = min([*values, 0.0 if panel.defaults.get("min") == 0 else math.inf], default=0.0)
    high = max(values, default=1.0)
    low = 0.0 if math.isinf(low) else low
    if panel.defaults.get("max") is not None:
        high = float(panel.defaults["max"])
    if high <= low:
        high = low + (abs(low) or 1.0)
    return low, high + (high - low) * 0.05


def _stacked(named: Sequence[Named]) -> list[tuple[Named, tuple[tuple[float, float], ...], list[tuple[float, float]]]]:
    totals: dict[float, float] = {}
    rows = []
    for one in named:
        below = [(at, totals.get(at, 0.0)) for at, _ in one.series.points]
        for at, value in one.series.points:
            totals[at] = totals.get(at, 0.0) + value
        rows.append((one, tuple((at, totals[at]) for at, _ in one.series.points), below))
    return rows


def _unbroken(points: Sequence[tuple[float, float]], gap_s: float) -> Iterator[list[tuple[float, float]]]:
    part: list[tuple[float, float]] = []
    for point in points:
        if part and point[0] - part[-1][0] > gap_s:
            yield part
            part = []
        part.append(point)
    if part:
        yield part


def _runs(one: Named, step_s: int) -> list[tuple[float, float, float]]:
    """Return from when until when a series had which value; a sample counts for a step."""
    runs: list[tuple[float, float, float]] = []
    for at, value in one.series.points:
        if runs and runs[-1][2] == value and at - runs[-1][1] <= step_s:
            runs[-1] = (runs[-1][0], at + step_s, value)
        else:
            runs.append((at, at + step_s, value))
    return runs


def _legend(named: Sequence[Named], unit: str, count: int) -> str:
    items = "".join(
        f'<span class="key"><i style="background:{one.colour}"></i>{escape(_cut(one.name, 40))} '
        f"<b>{escape(shown(one.last, unit))}</b></span>"
        for one in named[:_MOST_LEGENDS]
    )
    more = f'<span class="key">and {len(named) - _MOST_LEGENDS} more</span>' if len(named) > _MOST_LEGENDS else ""
    return f'<div class="legend" style="height:{count * _LEGEND_LINE:.0f}px">{items}{more}</div>'


def _legend_length(named: Sequence[Named]) -> float:
    return sum(min(40, len(one.name)) * 6.2 + 80 for one in named[:_MOST_LEGENDS]) + 1


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
