"""``init``, ``flush``, ``shutdown``: the only place that sets OpenTelemetry's globals."""

from __future__ import annotations

import functools
import logging
import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from opentelemetry import _logs, metrics, propagate, trace

from otel_kit.errors import ConfigError, Fault, ForeignProviders, OtelKitError, PolicyError, SettingsConflict
from otel_kit.instrument.baggage import BaggageGuard
from otel_kit.instrument.scraping import missing_extra
from otel_kit.kit import Kit
from otel_kit.metrics.misuse import take_early
from otel_kit.own_figures import observe_all
from otel_kit.pipeline.guard import LogLane, SpanLane
from otel_kit.providers import Providers, Telemetry, build_providers, build_telemetry
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.reload import Reloader
from otel_kit.settings import Loaded, Signal, explain, load_leniently

_log = logging.getLogger(__name__)
_UNSET = {"ProxyTracerProvider", "_ProxyMeterProvider", "ProxyLoggerProvider"}
_SIGNAL_APIS: dict[Signal, Callable[[], Any]] = {
    "traces": trace.get_tracer_provider,
    "metrics": metrics.get_meter_provider,
    "logs": _logs.get_logger_provider,
}

_lock = threading.RLock()
_kit: Kit | None = None
_providers: Providers | None = None  # built once: OpenTelemetry's globals cannot be set twice
_joined: weakref.WeakSet[Any] = weakref.WeakSet()
_observed = False


def init(  # noqa: PLR0913 - each is a word that users look for
    service_name: str | None = None,
    *,
    app: Any = None,
    version: str | None = None,
    environment: str | None = None,
    endpoint: str | None = None,
    protocol: str | None = None,
    config: str | Path | None = None,
    strict: bool | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Kit:
    """Start the kit: traces, metrics and logs, redacted, correlated, exported by OTLP.

    Args:
        service_name: name of the service, ``service.name``.
        app: a FastAPI or Starlette application to measure; for others use the result of ``kit.instrument_app(app)``.
        version: ``service.version``.
        environment: ``deployment.environment.name``.
        endpoint: OTLP endpoint; default ``http://localhost:4318``.
        protocol: ``http/protobuf`` (default) or ``grpc``.
        config: settings file; default ``otel-kit.yaml`` in the working directory if it is there.
        strict: raise faults of settings, policy and surroundings, all at once.
        settings: any other setting by its key, such as ``{"trust": "none"}``; ``otel-kit explain`` lists them.

    Calling it again returns the running kit; asking for other settings then is a warning, or an error when strict.
    Opens no connection and does not block on the network.

    Raises:
        ConfigError, PolicyError, SettingsConflict, ForeignProviders, MissingExtra: only when strict.
    """
    arguments = {
        "service.name": service_name,
        "service.version": version,
        "environment": environment,
        "export.endpoint": endpoint,
        "export.protocol": protocol,
        "strict": strict,
        **(settings or {}),
    }
    with _lock:
        loaded = load_leniently(arguments, config=config)
        if _kit is not None:
            _check_same(_kit, loaded)
            kit = _kit
        else:
            kit = _begin(loaded)
    if app is not None and kit.instrument_app(app) is not app:
        _report_wrapped(app, strict=loaded.settings.strict)
    return kit


def _report_wrapped(app: Any, *, strict: bool) -> None:
    fault = Fault(
        "init(app=...)",
        f"is a {type(app).__name__}, which cannot be measured in place",
        "a FastAPI or Starlette application is needed",
        "Serve what kit.instrument_app(app) returns instead.",
    )
    if strict:
        raise ConfigError([fault])
    _log.warning("%s", fault)


def redact(text: str) -> str:
    """Return ``text`` with personal data and secrets masked, by the running kit's policy or else the shipped one."""
    telemetry = _kit.telemetry if _kit is not None else None
    redactor = telemetry.redactor() if telemetry is not None else default_redactor()
    return redactor.text(text, Findings())


def _begin(loaded: Loaded) -> Kit:
    global _kit
    faults = list(loaded.faults)
    if not loaded.settings.enabled:
        kit = Kit(loaded, None, _forget)
    else:
        try:
            kit = _build(loaded, faults)
        except OtelKitError:
            raise
        except Exception as error:
            if loaded.settings.strict:
                raise
            _log.error("otel-kit could not start and stays off: %s", type(error).__name__)
            kit = Kit(loaded, None, _forget)
    for fault in faults:
        _log.warning("%s", fault)
    _kit = kit
    return kit


def _build(loaded: Loaded, faults: list[Fault]) -> Kit:
    global _providers
    settings = loaded.settings
    reloader = Reloader(settings)
    faults += take_early()
    if (missing := missing_extra(settings)) is not None:
        if settings.strict:
            raise missing
        faults.append(Fault("metrics.exporter", str(missing)))
    if settings.strict and faults:
        raise ConfigError([*faults, *reloader.faults])
    if settings.strict and reloader.faults:
        raise PolicyError(reloader.faults)
    present = {signal: get() for signal, get in _SIGNAL_APIS.items()}
    owned = {signal: _is_ours_or_unset(provider) for signal, provider in present.items()}
    names = tuple(_name_of(present[signal]) for signal in present if not owned[signal])
    if names and settings.strict:
        raise ForeignProviders(
            f"OpenTelemetry providers are set already: {', '.join(names)}. strict=True wants every record to pass the "
            "kit's redaction. Call otel_kit.init() first, or drop strict to add the kit's own lane beside them."
        )
    telemetry = _telemetry(loaded, reloader.in_force.redactor, owned, faults)
    if settings.strict and telemetry.log_sinks.faults:
        raise ConfigError(telemetry.log_sinks.faults)
    faults += telemetry.log_sinks.faults
    if _providers is None:
        _providers = build_providers(telemetry)
    else:
        _providers.rebind(telemetry)
    kit = Kit(loaded, telemetry, _forget, reloader, names)
    in_force = _set_or_join(telemetry, _providers, present)
    allowed = frozenset(settings.allowed_baggage)
    redact_value = functools.partial(_redacted_value, telemetry)
    guard = BaggageGuard(propagate.get_global_textmap(), allowed, redact_value, telemetry.faults.count)
    propagate.set_global_textmap(guard)
    kit.start(telemetry, in_force)
    _observe(telemetry, in_force["metrics"])
    if names:
        _log.warning("%s set before otel-kit: what the kit sends is redacted, what they send is not", ", ".join(names))
    if not settings.redaction:
        _log.warning("redaction is switched off (redaction.enabled): raw data leaves this process")
    return kit


def _telemetry(loaded: Loaded, redactor: Any, owned: Mapping[Signal, bool], faults: list[Fault]) -> Telemetry:
    try:
        return build_telemetry(loaded, redactor, owned)
    except OtelKitError as error:
        if loaded.settings.strict:
            raise
        faults += getattr(error, "faults", (Fault("export", str(error)),))
        # An endpoint that cannot be used must not take the application down: keep the traces for others, send nothing.
        nowhere = {f"{signal}_exporter": ("none",) for signal in _SIGNAL_APIS}
        return build_telemetry(replace(loaded, settings=replace(loaded.settings, **nowhere)), redactor, owned)  # type: ignore[arg-type]


def _set_or_join(telemetry: Telemetry, providers: Providers, present: Mapping[Signal, Any]) -> Mapping[Signal, Any]:
    """Set the globals that nobody has set; beside others add the kit's lane. Returns the providers in force."""
    in_force: dict[Signal, Any] = {}
    if telemetry.owned["metrics"]:
        metrics.set_meter_provider(providers.meter_provider) if _is_unset(present["metrics"]) else None
        in_force["metrics"] = providers.meter_provider
    else:
        in_force["metrics"] = present["metrics"]
    if telemetry.reader is not None and hasattr(in_force["metrics"], "add_metric_reader"):
        in_force["metrics"].add_metric_reader(telemetry.reader)
        telemetry.reader.start(in_force["metrics"])
    if telemetry.owned["traces"]:
        trace.set_tracer_provider(providers.tracer_provider) if _is_unset(present["traces"]) else None
        in_force["traces"] = providers.tracer_provider
    else:
        in_force["traces"] = present["traces"]
        if hasattr(present["traces"], "add_span_processor") and _joins(present["traces"]):
            present["traces"].add_span_processor(SpanLane(providers.span_guard))
    if telemetry.owned["logs"]:
        _logs.set_logger_provider(providers.logger_provider) if _is_unset(present["logs"]) else None
        in_force["logs"] = providers.logger_provider
    else:
        in_force["logs"] = present["logs"]
        if hasattr(present["logs"], "add_log_record_processor") and _joins(present["logs"]):
            present["logs"].add_log_record_processor(LogLane(providers.log_guard))
    return in_force


def _joins(provider: Any) -> bool:
    """Whether the lane is still to be added to somebody else's provider: it cannot be taken off again."""
    if provider in _joined:
        return False
    _joined.add(provider)
    return True


def _redacted_value(telemetry: Telemetry, name: str, value: object) -> object:
    return telemetry.redactor().value(name, value, Findings())


def _forget(kit: Kit) -> None:
    """A kit was shut down: the next ``init`` starts another."""
    global _kit
    with _lock:
        if _kit is kit:
            _kit = None
        if _providers is not None and kit.telemetry is not None:
            _providers.unbind(kit.telemetry)
        propagator = propagate.get_global_textmap()
        if isinstance(propagator, BaggageGuard):
            propagate.set_global_textmap(propagator.inner)


def _observe(telemetry: Telemetry, meter_provider: Any) -> None:
    """Register the kit's own figures, once per process: instruments cannot be taken back."""
    global _observed
    if _observed:
        return
    _observed = True
    observe_all(
        meter_provider,
        running=lambda: (_kit.telemetry if _kit is not None else None) or telemetry,
        reloads=lambda: _kit.status().redaction.reloads if _kit is not None else {},
        cut=lambda: _providers.meter_provider.series.totals() if _providers is not None else {},
    )


def _check_same(kit: Kit, loaded: Loaded) -> None:
    running = kit.loaded
    has = {row.key: row.value for row in explain(running)}
    wanted = {row.key: row.value for row in explain(loaded)}
    faults = [
        Fault(f"init({key}=...)", f"asks for {wanted[key]}, but the running kit has {has[key]}",
              "one process has one kit", "Give both calls the same settings, or call kit.shutdown() first.")
        for key in sorted(loaded.explicit)
        if running.values[key] != loaded.values[key]
    ]  # fmt: skip
    if not faults:
        return
    if loaded.settings.strict or running.settings.strict:
        raise SettingsConflict(faults)
    for fault in faults:
        _log.warning("%s", fault)


def _is_unset(provider: Any) -> bool:
    return type(provider).__name__ in _UNSET


def _is_ours_or_unset(provider: Any) -> bool:
    if _is_unset(provider):
        return True
    if _providers is None:
        return False
    return provider in (_providers.tracer_provider, _providers.meter_provider, _providers.logger_provider)


def _name_of(provider: Any) -> str:
    return f"{type(provider).__module__}.{type(provider).__qualname__}"
