"""Metrics on their way out: the kit's reader, and a provider whose other readers see redacted points only."""

from __future__ import annotations

import contextlib
import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, MetricsData
from opentelemetry.sdk.resources import Resource

from otel_kit.pipeline.encoder import Encoder
from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.worker import Worker

_log = logging.getLogger(__name__)


class KitMetricReader(MetricReader):
    """Collects at an interval, redacts, encodes and puts the points into the metrics lane."""

    def __init__(self, encoder: Encoder, lane: Worker[Any], interval_s: float, faults: Faults, *, owned: bool) -> None:
        super().__init__()
        self._encoder = encoder
        self._lane = lane
        self._interval_s = interval_s
        self._owned = owned
        self._faults = faults
        self._provider: weakref.ref[MeterProvider] | None = None
        self._reset()

    def start(self, provider: MeterProvider) -> None:
        """Collect from ``provider`` at the interval, on a thread of its own."""
        self._provider = weakref.ref(provider)
        if not hasattr(self, "_metrics"):
            # The SDK (1.45) does this for readers of the provider's constructor only; collect() fails without it.
            self._set_meter_provider(provider)
        threading.Thread(target=self._tick, args=(self._stop,), name="otel-kit metrics collect", daemon=True).start()

    def collect_now(self, timeout_s: float) -> None:
        """Collect once. Never raises; blocks as long as the instruments' callbacks do, at most about ``timeout_s``."""
        with self._collecting:
            try:
                self.collect(timeout_millis=timeout_s * 1000)
            except Exception as error:
                self._faults.count("metric_collection", error)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Stop the thread; the last collection is the kit's own act at exit."""
        self._stop.set()

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> None:
        encoded, failed = self._encoder.metrics(self._encoder.metrics_copy(metrics_data, self._owned))
        self._lane.put(encoded, failed)

    def _tick(self, stop: threading.Event) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        while not stop.wait(self._interval_s):
            self.collect_now(self._interval_s)

    def _reset(self) -> None:
        self._stop = threading.Event()
        self._collecting = threading.RLock()

    def before_fork(self) -> None:
        """Wait for a running collection: a child born in the middle of one would inherit the SDK's locks as held."""
        self._collecting.acquire(timeout=1.0)

    def after_fork_in_parent(self) -> None:
        """Let collections go on."""
        with contextlib.suppress(RuntimeError):  # the time-out above let the fork happen without the lock
            self._collecting.release()

    def after_fork(self) -> None:
        """Start the child's series from zero: a cumulative total must not repeat the parent's counts.

        Taking the reader off its provider and adding it again gives it a storage without history; both are public.
        """
        provider = self._provider() if self._provider is not None else None
        if provider is None:
            return
        try:
            provider.remove_metric_reader(self)
            provider.add_metric_reader(self)
        except Exception as error:
            self._faults.count("metric_fork", error)
        self._reset()
        self.start(provider)


class GuardedMeterProvider(MeterProvider):
    """A MeterProvider whose readers all collect redacted points and exemplars, whenever they were added."""

    def __init__(self, resource: Resource, copy: Callable[[MetricsData], MetricsData], faults: Faults) -> None:
        self.copy = copy
        self._faults = faults
        self._added: list[MetricReader] = []
        super().__init__(resource=resource, shutdown_on_exit=False)

    def add_metric_reader(self, metric_reader: MetricReader) -> None:
        """Add a reader; it sees redacted copies."""
        super().add_metric_reader(metric_reader)
        if isinstance(metric_reader, KitMetricReader):
            return  # redacts for itself, on its own thread
        collect = self._measurement_consumer.collect

        def redacted(reader: MetricReader, timeout_millis: float = 10_000) -> MetricsData | None:
            data = collect(reader, timeout_millis)
            return None if data is None else self.copy(data)

        metric_reader._set_collect_callback(redacted)  # type: ignore[arg-type]
        if not hasattr(metric_reader, "_metrics"):
            metric_reader._set_meter_provider(self)  # see KitMetricReader.start
        self._added.append(metric_reader)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Flush every reader; the SDK (1.45) forgets those that were added."""
        flushed = super().force_flush(timeout_millis)
        for reader in self._added:
            flushed = reader.force_flush(timeout_millis) and flushed
        return flushed

    def shutdown(self, timeout_millis: float = 30_000) -> None:
        """Shut every reader down, those added later too."""
        for reader in self._added:
            try:
                reader.shutdown(timeout_millis)
            except Exception as error:
                self._faults.count("foreign_reader", error)
        super().shutdown(timeout_millis)
