"""``/metrics`` for those who scrape: on a port of its own, or within the measured application."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from otel_kit.errors import MissingExtra
from otel_kit.instrument.asgi_types import Scope
from otel_kit.instrument.kit_routes import KitRoutes, Reply, header_of
from otel_kit.instrument.request_attributes import client_of
from otel_kit.instrument.trust import trust_rule
from otel_kit.metrics.preload import is_preload_master
from otel_kit.metrics.scrape_server import ScrapeServer
from otel_kit.pipeline.metric_reader import GuardedMeterProvider, KitMetricReader
from otel_kit.settings import Settings

_log = logging.getLogger(__name__)
_EXPORTER = "opentelemetry.exporter.prometheus"
# Figures of the inside are for one's own machines, whatever trace contexts are trusted.
_OWN_MACHINES = trust_rule("private")

CountFault = Callable[[str, BaseException], None]


def missing_extra(settings: Settings) -> MissingExtra | None:
    """Return what is missing for the settings, None if nothing is."""
    if "prometheus" not in settings.metrics_exporter:
        return None
    with contextlib.suppress(ImportError):
        if importlib.util.find_spec(_EXPORTER) is not None:
            return None
    return MissingExtra("metrics.exporter: prometheus", "prometheus", "opentelemetry-exporter-prometheus")


class Scraping:
    """The feature behind ``metrics.exporter: prometheus``. ``copy`` redacts where the provider is somebody else's."""

    def __init__(self, provider: Any, copy: Callable[[Any], Any], routes: KitRoutes, count_fault: CountFault) -> None:
        self._provider = provider
        self._copy = None if isinstance(provider, GuardedMeterProvider) else copy
        self._routes = routes
        self._count_fault = count_fault
        self._settings: Settings | None = None
        self._reader: Any = None
        self.server: ScrapeServer | None = None

    def apply(self, settings: Settings) -> None:
        """Start, if the settings ask for it; where is settled at the start."""
        if self._settings is not None:
            return
        self._settings = settings
        if "prometheus" not in settings.metrics_exporter or missing_extra(settings) is not None:
            return
        if not hasattr(self._provider, "add_metric_reader"):
            return
        self._add_reader()
        options = settings.metrics.prometheus
        if options.path is not None:
            self._routes.add("/" + options.path.strip("/"), self._answer)
        elif not is_preload_master():
            self._listen()

    def after_fork(self) -> None:
        """Begin a child's series at zero, on a port of its own."""
        if self._reader is None or self._settings is None:
            return
        consumer = getattr(self._provider, "_measurement_consumer", None)
        readers = getattr(consumer, "_reader_storages", ())
        if consumer is not None and not any(isinstance(reader, KitMetricReader) for reader in readers):
            consumer._lock = (
                threading.Lock()
            )  # a scrape may have held it in the parent; else the kit's reader does this
        self._provider.remove_metric_reader(self._reader)
        self._add_reader()
        if self.server is not None:
            self.server.leave_to_parent()
            self.server = None
        if self._settings.metrics.prometheus.path is None:
            self._listen()

    def stop(self) -> None:
        """Close the port and leave the provider."""
        if self.server is not None:
            self.server.stop()
            self.server = None
        if self._reader is not None:
            if self._settings is not None and self._settings.metrics.prometheus.path is not None:
                self._routes.remove("/" + self._settings.metrics.prometheus.path.strip("/"))
            self._provider.remove_metric_reader(self._reader)
            self._reader = None

    def _add_reader(self) -> None:
        from otel_kit.metrics.scrape_page import ScrapeReader  # needs the extra

        self._reader = ScrapeReader(self._copy)
        self._provider.add_metric_reader(self._reader)
        if not hasattr(self._reader, "_metrics"):
            self._reader._set_meter_provider(self._provider)  # see KitMetricReader.start

    def _listen(self) -> None:
        assert self._settings is not None
        options, reader = self._settings.metrics.prometheus, self._reader
        try:
            self.server = ScrapeServer(options.host, options.port, reader.page, self._count_fault)
        except OSError as error:
            self._count_fault("metrics_scrape", error)
            _log.warning("/metrics cannot be served at %s port %d: %s", options.host, options.port, error.strerror)
            return
        self.server.start()
        if options.port not in (0, self.server.server_port):
            _log.warning("port %d is taken, by another worker or by somebody else", options.port)
        _log.info("metrics for Prometheus at %s", self.server.url)

    async def _answer(self, scope: Scope) -> Reply:
        if not _OWN_MACHINES.trusts(client_of(scope), scope.get("headers", ())):
            return Reply(HTTPStatus.FORBIDDEN, b"")
        reader = self._reader
        if reader is None:
            return Reply(HTTPStatus.NOT_FOUND, b"")
        body, content_type = await asyncio.to_thread(reader.page, header_of(scope, "accept") or "")
        return Reply(HTTPStatus.OK, body, content_type)
