"""Client libraries: instrumented when both the library and its instrumentation are installed.

SQLAlchemy is not imported for it: it is instrumented when the application imports it, or at once if it has. Engines
that were made before are not measured.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider
from wrapt import register_post_import_hook

_log = logging.getLogger(__name__)
CountFault = Callable[[str, BaseException], None]


def instrument_clients(
    names: Iterable[str],
    tracer_provider: TracerProvider,
    meter_provider: MeterProvider,
    count_fault: CountFault,
) -> tuple[str, ...]:
    """Instrument the named libraries; returns those that are instrumented, now or once imported. Never raises."""
    done = []
    for name in names:
        try:
            if _INSTRUMENT[name](tracer_provider, meter_provider, count_fault):
                done.append(name)
        except Exception as error:
            count_fault(f"instrument_{name}", error)
    return tuple(done)


def _httpx(tracer_provider: TracerProvider, meter_provider: MeterProvider, _count_fault: CountFault) -> bool:
    if not _is_there("httpx"):
        return False
    from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor

    instrumentor = HTTPXClientInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(tracer_provider=tracer_provider, meter_provider=meter_provider)
    return bool(instrumentor.is_instrumented_by_opentelemetry)


def _sqlalchemy(tracer_provider: TracerProvider, meter_provider: MeterProvider, count_fault: CountFault) -> bool:
    if not _is_there("sqlalchemy"):
        return False

    def instrument(_module: Any) -> None:
        try:
            from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

            instrumentor: Any = SQLAlchemyInstrumentor()
            if not instrumentor.is_instrumented_by_opentelemetry:
                # 0.66 asks for SQLAlchemy before 2.1, and works with that too.
                providers = {"tracer_provider": tracer_provider, "meter_provider": meter_provider}
                instrumentor.instrument(skip_dep_check=True, **providers)
        except Exception as error:  # within the application's import
            count_fault("instrument_sqlalchemy", error)

    register_post_import_hook(instrument, "sqlalchemy")
    return True


def _is_there(name: str) -> bool:
    if importlib.util.find_spec(name) is None:
        return False
    if importlib.util.find_spec(f"opentelemetry.instrumentation.{name}") is None:
        _log.info("%s is installed but its calls are not traced: pip install 'otel-kit[%s]'", name, name)
        return False
    return True


_INSTRUMENT: dict[str, Callable[[TracerProvider, MeterProvider, CountFault], bool]] = {
    "httpx": _httpx,
    "sqlalchemy": _sqlalchemy,
}
