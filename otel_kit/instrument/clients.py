"""Client libraries: instrumented when both the library and its instrumentation are installed."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterable

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

_log = logging.getLogger(__name__)


def instrument_clients(
    names: Iterable[str],
    tracer_provider: TracerProvider,
    meter_provider: MeterProvider,
    count_fault: Callable[[str, BaseException], None],
) -> tuple[str, ...]:
    """Instrument the named libraries; returns those that are instrumented now. Never raises."""
    done = []
    for name in names:
        try:
            if _INSTRUMENT[name](tracer_provider, meter_provider):
                done.append(name)
        except Exception as error:
            count_fault(f"instrument_{name}", error)
    return tuple(done)


def _httpx(tracer_provider: TracerProvider, meter_provider: MeterProvider) -> bool:
    if importlib.util.find_spec("httpx") is None:
        return False
    if importlib.util.find_spec("opentelemetry.instrumentation.httpx") is None:
        _log.info("httpx is installed but its calls are not traced: pip install 'otel-kit[httpx]'")
        return False
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

    instrumentor = HTTPXClientInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(tracer_provider=tracer_provider, meter_provider=meter_provider)
    return bool(instrumentor.is_instrumented_by_opentelemetry)


_INSTRUMENT: dict[str, Callable[[TracerProvider, MeterProvider], bool]] = {"httpx": _httpx}
