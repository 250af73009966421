"""What the kit starts beside the pipeline; each feature follows the settings, forks and the end of the kit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from opentelemetry.metrics import Meter

from otel_kit.instrument.health import health_feature
from otel_kit.logs.sinks.console_mode import ConsoleMode
from otel_kit.providers import Telemetry
from otel_kit.settings import Settings, Signal

CountFault = Callable[[str, BaseException], None]


class Feature(Protocol):
    """One thing that runs beside the pipeline. What its methods raise is counted, never passed on."""

    def apply(self, settings: Settings) -> None:
        """Follow ``settings``: called at the start, and after each reload that has changed one."""

    def after_fork(self) -> None:
        """Start over in a forked child."""

    def stop(self) -> None:
        """End, quickly; the lanes still take records."""


@dataclass(frozen=True, slots=True)
class Running:
    """What features are built from. ``providers`` are those in force; ``kit`` is the running kit itself."""

    settings: Settings
    telemetry: Telemetry
    providers: Mapping[Signal, Any]
    meter: Meter
    kit: Any

    def count_fault(self, place: str, error: BaseException) -> None:
        """Count what was kept from the application."""
        self.telemetry.faults.count(place, error)

    def deliver_logs(self, timeout_s: float) -> str | None:
        """Send every log record that is here; returns None when all were accepted, else why not.

        Blocks at most about ``timeout_s``.
        """
        lane = self.telemetry.lanes.get("logs")
        if lane is None:
            return "log records are not sent (logs.exporter)"
        before = lane.ledger.account()
        flushed = lane.flush(timeout_s)
        after = lane.ledger.account()
        if not flushed:
            return after.last_error or f"not answered within {timeout_s:g} s"
        if after.settled - after.delivered > before.settled - before.delivered:
            return after.last_error or "records were given up"
        return None


def build(running: Running) -> Sequence[Feature]:
    """Return the features of a kit, in the order in which they start; they end in the reverse order."""
    telemetry = running.telemetry
    console = telemetry.log_sinks.console
    return (
        ConsoleMode(console, lambda on: telemetry.sinks.switch(console.name, on=on)),
        health_feature(running.kit, running.meter),
    )


class Features:
    """All features of one running kit. Raises nothing."""

    def __init__(self, running: Running) -> None:
        self._count_fault = running.count_fault
        try:
            self._features = list(build(running))
        except Exception as error:
            self._count_fault("features", error)
            self._features = []

    def apply(self, settings: Settings) -> None:
        """Hand ``settings`` to every feature."""
        for feature in self._features:
            self._do(feature, lambda feature=feature: feature.apply(settings))  # type: ignore[misc]

    def after_fork(self) -> None:
        """Start every feature over in a child."""
        for feature in self._features:
            self._do(feature, feature.after_fork)

    def stop(self) -> None:
        """End every feature."""
        for feature in reversed(self._features):
            self._do(feature, feature.stop)

    def _do(self, feature: Feature, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            self._count_fault(f"feature_{type(feature).__name__}", error)
