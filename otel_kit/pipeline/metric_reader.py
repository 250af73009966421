"""Metrics on their way out: the kit's reader, and a provider whose other readers see redacted points only."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.metrics import Meter as APIMeter
from opentelemetry.sdk.metrics import Meter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, MetricsData
from opentelemetry.sdk.resources import Resource

from otel_kit.pipeline.encoder import Encoder
from otel_kit.pipeline.faults import Faults
from otel_kit.pipeline.guarded_instruments import GuardedMeter
from otel_kit.pipeline.metric_preferences import aggregations, temporalities
from otel_kit.pipeline.series_guard import SeriesGuards, SeriesLimits
from otel_kit.pipeline.worker import Worker


class KitMetricReader(MetricReader):
    """Collects at an interval, redacts, encodes and puts the points into the metrics lane."""

    def __init__(
        self,
        encoder: Encoder,
        lane: Worker[Any],
        interval_s: float,
        faults: Faults,
        *,
        owned: bool,
        temporality: str = "cumulative",
        histogram: str = "explicit_bucket_histogram",
    ) -> None:
        super().__init__(temporalities(temporality), aggregations(histogram))
        self._encoder = encoder
        self._lane = lane
        self._interval_s = interval_s
        self._owned = owned
        self._faults = faults
        self._provider: weakref.ref[MeterProvider] | None = None
        self._thread: threading.Thread | None = None
        self._begun = self._finished = 0
        self._reset()

    def start(self, provider: MeterProvider) -> None:
        """Collect from ``provider`` at the interval, on a thread of its own."""
        self._provider = weakref.ref(provider)
        if not hasattr(self, "_metrics"):
            # The SDK (1.45) does this for readers of the provider's constructor only; collect() fails without it.
            self._set_meter_provider(provider)
        self._thread = threading.Thread(target=self._run, name="otel-kit metrics collect", daemon=True)
        self._thread.start()

    def collect_now(self, timeout_s: float) -> None:
        """Collect once, from now on. Never raises; blocks at most ``timeout_s``.

        The reader's thread does it: an instrument's callback that hangs, or a lock of the SDK that the interrupted
        caller of a signal handler holds, costs the caller its time-out and no more.
        """
        thread = self._thread
        if thread is None or not thread.is_alive() or thread is threading.current_thread():
            self._collect_here(timeout_s)
            return
        with self._turn:
            goal = self._begun + 1
            self._wanted = True
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._finished >= goal, max(0.0, timeout_s))

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Stop the thread and leave the provider; the last collection is the kit's own act at exit."""
        with self._turn:
            self._stopped = True
            self._turn.notify_all()

    def _receive_metrics(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any) -> None:
        encoded, failed = self._encoder.metrics(self._encoder.metrics_copy(metrics_data, self._owned))
        self._lane.put(encoded, failed)

    def _run(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        turn = self._turn
        while True:
            with turn:
                turn.wait_for(lambda: self._stopped or self._wanted, self._interval_s)
                if self._stopped:
                    break
                self._wanted = False
                self._begun += 1
                number = self._begun
            self._collect_here(self._interval_s)
            with turn:
                self._finished = number
                turn.notify_all()
        self._leave_provider()

    def _collect_here(self, timeout_s: float) -> None:
        with self._collecting:
            try:
                self.collect(timeout_millis=timeout_s * 1000)
            except Exception as error:
                self._faults.count("metric_collection", error)

    def _leave_provider(self) -> None:
        """Take this reader off, so that nothing is aggregated for it. Here, because the SDK's locks may block."""
        provider = self._provider() if self._provider is not None else None
        if provider is not None and self._collect is not None:
            try:
                provider.remove_metric_reader(self)
            except Exception as error:
                self._faults.count("metric_shutdown", error)

    def _reset(self) -> None:
        self._turn = threading.Condition()
        self._stopped = self._wanted = False
        self._begun = self._finished = 0
        self._collecting = threading.RLock()
        self._thread = None

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
        stopped = self._stopped
        self._reset()
        provider = self._provider() if self._provider is not None else None
        if provider is None or stopped:
            return
        try:
            # Another reader's thread may have held it in the parent; the SDK renews its other locks itself.
            provider._measurement_consumer._lock = threading.Lock()
            provider.remove_metric_reader(self)
            provider.add_metric_reader(self)
        except Exception as error:
            self._faults.count("metric_fork", error)
        self._reset()
        self.start(provider)


def _weakly(provider: GuardedMeterProvider) -> Callable[[], None]:
    """Return what a child does with ``provider``: hooks at fork cannot be taken back, and must not keep it alive."""
    reference = weakref.ref(provider)

    def after_fork() -> None:
        if (here := reference()) is not None:
            here.after_fork()

    return after_fork


class GuardedMeterProvider(MeterProvider):
    """A MeterProvider whose readers all collect redacted points and exemplars, whenever they were added."""

    def __init__(
        self,
        resource: Resource,
        copy: Callable[[MetricsData], MetricsData],
        faults: Faults,
        limits: SeriesLimits | None = None,
    ) -> None:
        self._copy = copy
        self._faults = faults
        self.series = SeriesGuards(limits)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_weakly(self))
        self._added: list[MetricReader] = []
        super().__init__(resource=resource, shutdown_on_exit=False)
        self._guard()

    def rebind(
        self, copy: Callable[[MetricsData], MetricsData], faults: Faults, limits: SeriesLimits | None = None
    ) -> None:
        """Redact with ``copy``, count in ``faults`` and bound series by ``limits`` from now on."""
        self._copy = copy
        self._faults = faults
        self.series.limits = limits or self.series.limits

    def after_fork(self) -> None:
        """Start the series over in a child, and renew the locks of meters: another thread may have held one.

        The SDK (1.45) renews the provider's own, not those under which instruments are created.
        """
        self.series.after_fork()
        for meter in list(self._meters.values()):
            meter._instrument_registration_lock = threading.Lock()
            meter._instrument_ids_lock = threading.Lock()

    def get_meter(self, *args: Any, **kwargs: Any) -> APIMeter:
        """Return a meter as the SDK makes it, guarded."""
        meter = super().get_meter(*args, **kwargs)
        if type(meter) is Meter:
            return GuardedMeter.around(meter, self.series, lambda place, error: self._faults.count(place, error))
        return meter

    def _guard(self) -> None:
        """Put the copy between the SDK and its readers before there is any: a reader's thread may collect at once."""
        collect = self._measurement_consumer.collect

        def redacted(reader: MetricReader, timeout_millis: float = 10_000) -> MetricsData | None:
            data = collect(reader, timeout_millis)
            if data is None or isinstance(reader, KitMetricReader):
                return data  # the kit's reader redacts for itself, on its own thread
            try:
                return self._copy(data)
            except Exception as error:
                self._faults.count("foreign_reader", error)
                return None

        self._measurement_consumer.collect = redacted  # type: ignore[method-assign,assignment]

    def add_metric_reader(self, metric_reader: MetricReader) -> None:
        """Add a reader; it sees redacted copies."""
        super().add_metric_reader(metric_reader)
        if isinstance(metric_reader, KitMetricReader):
            return
        if not hasattr(metric_reader, "_metrics"):
            metric_reader._set_meter_provider(self)  # see KitMetricReader.start
        self._added.append(metric_reader)

    def remove_metric_reader(self, metric_reader: MetricReader) -> None:
        """Remove a reader."""
        super().remove_metric_reader(metric_reader)
        self._added = [reader for reader in self._added if reader is not metric_reader]

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
