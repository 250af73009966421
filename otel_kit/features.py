"""What the kit starts beside the pipeline; each feature follows the settings, forks and the end of the kit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from opentelemetry.metrics import Meter

from otel_kit.events.lifecycle import End, Lifecycle
from otel_kit.events.llm.price_updates import Prices
from otel_kit.file_watch import FileWatch
from otel_kit.instrument.health import health_feature
from otel_kit.instrument.scraping import Scraping
from otel_kit.logs.bridge import LogBridge
from otel_kit.logs.libraries import Libraries
from otel_kit.logs.sinks.console_mode import ConsoleMode
from otel_kit.metrics.misuse import MisuseCounting
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


def recipes(running: Running) -> Iterator[Callable[[], Feature]]:
    """Yield how to make each feature, in the order in which they start; they end in the reverse order."""
    telemetry = running.telemetry
    count_fault = running.count_fault
    console = telemetry.log_sinks.console
    logs = LogBridge(
        running.providers["logs"],
        telemetry.redactor,
        count_fault,
        owned=telemetry.owned["logs"],
        is_wanted=lambda: bool(telemetry.settings.exporters("logs") or telemetry.sinks),
        level_asked_for=lambda: running.kit.loaded.origins["logs.level"] != "default",
    )
    yield lambda: ConsoleMode(console, lambda on: telemetry.sinks.switch(console.name, on=on))
    yield lambda: logs
    yield lambda: Libraries(logs.export, telemetry.redactor, count_fault)
    yield lambda: Lifecycle(telemetry.lanes.get("logs"), lambda: telemetry.instance.slot, count_fault)
    yield lambda: health_feature(running.kit, running.meter)
    yield lambda: MisuseCounting(count_fault)
    yield lambda: Scraping(
        running.providers["metrics"],
        lambda data: telemetry.encoder.metrics_copy(data, telemetry.owned["metrics"]),
        running.kit.engine.routes,
        count_fault,
    )
    yield lambda: Prices(FileWatch)


class Features:
    """All features of one running kit. Raises nothing: one that cannot be made is counted, the others run."""

    def __init__(self, running: Running) -> None:
        self._count_fault = running.count_fault
        self._features: list[Feature] = []
        for make in recipes(running):
            try:
                self._features.append(make())
            except Exception as error:
                self._count_fault("features", error)

    def apply(self, settings: Settings) -> None:
        """Hand ``settings`` to every feature."""
        for feature in self._features:
            self._do(feature, lambda feature=feature: feature.apply(settings))  # type: ignore[misc]

    def serving(self) -> None:
        """Tell the features that want to know that the application has started to serve."""
        for feature in self._features:
            if (serving := getattr(feature, "serving", None)) is not None:
                self._do(feature, serving)

    def after_fork(self) -> None:
        """Start every feature over in a child."""
        for feature in self._features:
            self._do(feature, feature.after_fork)

    def ending(self, reason: End) -> None:
        """Tell, before the last delivery, that the process ends and why."""
        for feature in self._features:
            if (ending := getattr(feature, "ending", None)) is not None:
                self._do(feature, lambda ending=ending: ending(reason))  # type: ignore[misc]

    def stop(self) -> None:
        """End every feature."""
        for feature in reversed(self._features):
            self._do(feature, feature.stop)

    def _do(self, feature: Feature, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:
            self._count_fault(f"feature_{type(feature).__name__}", error)
