"""Which records are exported: level, sampling and rate limit by logger.

Records from ERROR on are never left out. Whoever makes records - the bridge of the standard library, those of
structlog and loguru - asks here, so that one setting holds for all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry import trace

from otel_kit.chance import generator
from otel_kit.logs.by_logger import ByLogger
from otel_kit.logs.left_out import LeftOut
from otel_kit.logs.volume import Volume
from otel_kit.settings.log_kinds import Rate

# Their records come from sending telemetry: exporting those would feed the pipeline with itself.
_OWN = ("otel_kit", "opentelemetry")
_MAX_PLANS = 4096
_PARTS = 1 << 56  # the random part of a trace id, W3C Trace Context level 2


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that holds for one logger, looked up once."""

    level: int
    is_own: bool
    shown_name: str
    ratio: float | None
    rate: Rate | None


class Admission:
    """Decides and counts. Thread-safe; made anew when settings change."""

    def __init__(
        self,
        thresholds: ByLogger[int],
        sampling: Mapping[str, float] | None,
        rate_limit: Mapping[str, Rate] | None,
        volume: Volume,
        left_out: LeftOut,
    ) -> None:
        self._thresholds = thresholds
        self._sampling = ByLogger[float | None](sampling, None)
        self._rates = ByLogger[Rate | None](rate_limit, None)
        self._volume = volume
        self._left_out = left_out
        self._plans: dict[str, _Plan] = {}

    def admits(self, name: str, level: int, template: object) -> bool:
        """Whether a record is exported. ``template`` is the message before its arguments are filled in."""
        plan = self._plans.get(name) or self._new_plan(name)
        if level < plan.level or plan.is_own:
            return False
        self._volume.count(plan.shown_name, level)
        if level >= logging.ERROR:
            return True
        if plan.ratio is not None and level < logging.WARNING and not _is_kept(plan.ratio):
            self._left_out.sampled_out(plan.shown_name, template, level)
            return False
        return plan.rate is None or not self._left_out.exceeds(plan.shown_name, template, level, plan.rate)

    def _new_plan(self, name: str) -> _Plan:
        if len(self._plans) >= _MAX_PLANS:
            self._plans.clear()
        is_own = name.partition(".")[0] in _OWN
        shown = name if is_own else self._volume.bounded(name)
        plan = _Plan(self._thresholds.of(name), is_own, shown, self._sampling.of(name), self._rates.of(name))
        self._plans[name] = plan
        return plan


def _is_kept(ratio: float) -> bool:
    """Decide for the whole trace where there is one, else by chance."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        return (context.trace_id % _PARTS) >= (1.0 - ratio) * _PARTS
    return generator.random() < ratio
