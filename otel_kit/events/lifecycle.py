"""Events as a part of the running kit: their settings, and the start and the stop of the process as events."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from opentelemetry import context as otel_context
from opentelemetry.context import Context

from otel_kit import semconv
from otel_kit.events import alembic_steps, alerts, statistics
from otel_kit.events.alert_state import AlertLimits
from otel_kit.events.emission import emit
from otel_kit.events.log_delivery import LogDelivery, NotSent
from otel_kit.events.outlet import NOBODY, CountFault, Outlet, use
from otel_kit.events.wording import sentence
from otel_kit.pipeline.worker import Worker
from otel_kit.settings import Settings

_ONE_END_S = 10.0  # as ``process_hooks``: a lifespan, the interpreter and a signal this close together are one end
End = Literal["shutdown", "sigterm", "exit", "lifespan"]


class Lifecycle:
    """Puts the settings of events in force and tells of start and stop. Thread-safe.

    The start is told together with the first record of the process: telling it at once would start the threads of the
    lane, and open a connection, in a master that only forks. A forked child that sends nothing tells nothing.
    """

    def __init__(self, lane: Worker[Any] | None, slot: Callable[[], int | None], count_fault: CountFault) -> None:
        self._lane = lane
        self._slot = slot
        self._count_fault = count_fault
        self._delivery = NotSent() if lane is None else LogDelivery(lane)
        self._lock = threading.RLock()
        self._settings: Settings | None = None
        self._is_child = False
        self._start_told = False
        self._stop_told_s: float | None = None
        self._begin()

    def apply(self, settings: Settings) -> None:
        """Put ``settings`` in force."""
        is_first, self._settings = self._settings is None, settings
        use(
            Outlet(
                settings.strict,
                self._count_fault,
                self._delivery,
                settings.events.audit_timeout_s,
                settings.events.interaction_text,
            )
        )
        limits = settings.alerts
        alerts.limit(AlertLimits(limits.cooldown_s, limits.hourly_cap, limits.names))
        if is_first:
            alerts.begin()
        if settings.events.lifecycle:
            alembic_steps.install()
        if self._lane is not None:
            self._lane.on_first = self.tell_start
        if is_first and (self._lane is None or self._lane.ledger.account().created):
            self.tell_start()

    def after_fork(self) -> None:
        """Start over: a child has its own start, counts and alerts."""
        self._lock = threading.RLock()
        self._is_child = True
        self._begin()
        statistics.after_fork()
        alerts.forget()
        if isinstance(self._delivery, LogDelivery):
            self._delivery.after_fork()

    def ending(self, reason: End) -> None:
        """Tell of the stop, once an end; whoever ends the process asks for it before the last delivery."""
        if not self._tells_of_itself() or (self._is_child and not self._start_told):
            return
        self.tell_start()
        now = time.monotonic()
        with self._lock:
            before, self._stop_told_s = self._stop_told_s, now
        if before is not None and now - before < _ONE_END_S:
            return
        self._emit(semconv.EVENT_SYSTEM_STOP, "stops", reason)

    def stop(self) -> None:
        """Tell of the stop and let events go nowhere."""
        self.ending("shutdown")
        if self._lane is not None:
            self._lane.on_first = None
        use(NOBODY)
        alerts.end_all()

    def tell_start(self) -> None:
        """Tell of the start, once; with the time at which it was."""
        if not self._tells_of_itself():
            return
        with self._lock:
            if self._start_told:
                return
            self._start_told = True
        self._emit(semconv.EVENT_SYSTEM_START, "starts", timestamp_ns=self._began_ns)

    def _begin(self) -> None:
        self._began_ns, self._began_s = time.time_ns(), time.monotonic()
        self._start_told, self._stop_told_s = False, None

    def _tells_of_itself(self) -> bool:
        return self._settings is not None and self._settings.events.lifecycle

    def _emit(self, name: str, verb: str, reason: End | None = None, timestamp_ns: int | None = None) -> None:
        settings = self._settings
        if settings is None:
            return
        version = settings.service_version
        token = otel_context.attach(Context())  # whose record came first is no concern of the start
        try:
            emit(
                name,
                category="system",
                body=sentence(settings.service_name, version, verb, f"({reason})" if reason else None),
                timestamp_ns=timestamp_ns,
                attributes={
                    semconv.SYSTEM_REASON: reason,
                    semconv.SYSTEM_UPTIME: round(time.monotonic() - self._began_s, 3) if reason else None,
                    semconv.PROCESS_PID: os.getpid(),
                    semconv.PROCESS_RUNTIME_VERSION: platform.python_version(),
                    semconv.SERVICE_VERSION: version,
                    semconv.SYSTEM_SLOT: self._slot(),
                },
            )
        finally:
            otel_context.detach(token)
