"""Client libraries: instrumented when both the library and its instrumentation are installed.

SQLAlchemy and Celery are not imported for it: they are instrumented when the application imports them, or at once if it
has. Engines that were made before are not measured.
"""

from __future__ import annotations

import functools
import importlib.util
import logging
from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider
from wrapt import register_post_import_hook

from otel_kit.instrument.celery import WorkerActs, connect

_log = logging.getLogger(__name__)
CountFault = Callable[[str, BaseException], None]
Instrument = Callable[[TracerProvider, MeterProvider, CountFault], bool]


def instrument_clients(
    names: Iterable[str],
    tracer_provider: TracerProvider,
    meter_provider: MeterProvider,
    count_fault: CountFault,
    worker_acts: WorkerActs,
) -> tuple[str, ...]:
    """Instrument the named libraries; returns those that are instrumented, now or once imported. Never raises."""
    done = []
    table: dict[str, Instrument] = {**_INSTRUMENT, "celery": functools.partial(_celery, worker_acts)}
    for name in names:
        try:
            if table[name](tracer_provider, meter_provider, count_fault):
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


def _celery(
    acts: WorkerActs, tracer_provider: TracerProvider, meter_provider: MeterProvider, count_fault: CountFault
) -> bool:
    """Carry the context with tasks, and have their spans if the instrumentation is there; returns if it is."""
    if importlib.util.find_spec("celery") is None:
        return False
    has_spans = _is_there("celery")

    def instrument(_module: Any) -> None:
        try:
            if has_spans:
                contrib: Any = importlib.import_module("opentelemetry.instrumentation.celery")
                instrumentor = contrib.CeleryInstrumentor()
                if not instrumentor.is_instrumented_by_opentelemetry:
                    instrumentor.instrument(tracer_provider=tracer_provider, meter_provider=meter_provider)
            connect(acts)  # after the other: what is bound goes onto its span
        except Exception as error:  # within the application's import
            count_fault("instrument_celery", error)

    register_post_import_hook(instrument, "celery")
    return has_spans


_INSTRUMENT: dict[str, Instrument] = {
    "httpx": _httpx,
    "sqlalchemy": _sqlalchemy,
}
