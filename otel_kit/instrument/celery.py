"""Celery: tasks go on with the trace and with what was bound where they were sent; workers deliver at their end.

Spans are those of ``opentelemetry-instrumentation-celery``, where it is installed; without it the trace context goes
over by the same headers. Bound values go redacted in a header of the kit's own: a broker may be anywhere and keeps what
it is given. Connected to Celery's signals only, whose senders survive what receivers raise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace

from otel_kit.context import bound, is_within, with_request_scope
from otel_kit.instrument.baggage import guard_in_force, running_guard
from otel_kit.instrument.carriers import extract
from otel_kit.instrument.handover import bindable

HEADER = "otel_kit_bound"
_MAX_HEADER = 16 << 10  # characters
_STATE = "_otel_kit_state"
CountFault = Callable[[str, BaseException], None]


@dataclass(frozen=True, slots=True)
class WorkerActs:
    """What is to happen in a worker. Neither raises."""

    starts: Callable[[], object]  # logging has been set up
    ends: Callable[[], object]  # a process of the pool is about to end: deliver what is there


_acts: WorkerActs | None = None
_connected = False


def connect(acts: WorkerActs) -> None:
    """Connect to Celery's signals, once per process; imports them. ``acts`` are those of the kit that runs."""
    global _acts, _connected
    _acts = acts
    if _connected:
        return
    _connected = True
    from celery import signals

    receivers = {
        signals.before_task_publish: _before_publish,
        signals.task_prerun: _before_run,
        signals.task_postrun: _after_run,
        signals.after_setup_logger: _after_logging,
        signals.worker_process_shutdown: _before_end,
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver, weak=False, dispatch_uid=f"otel_kit.{receiver.__name__}")


def _before_publish(headers: object = None, **_: Any) -> None:
    guard = running_guard()
    if guard is None or not isinstance(headers, MutableMapping):  # message protocol 1 has no headers
        return
    try:
        if "traceparent" not in headers:  # contrib's has the span of the sending
            propagate.inject(headers)
        text = json.dumps({name: guard.redact(name, value) for name, value in bound().items()}, default=str)
        headers.pop(HEADER, None)  # a retry comes with those of its message
        if 2 < len(text) <= _MAX_HEADER:
            headers[HEADER] = text
    except Exception as error:
        guard.count_fault("celery_publish", error)


def _before_run(task: Any = None, **_: Any) -> None:
    try:
        before = otel_context.get_current()
        values, context, span = _received(task.request), before, trace.get_current_span()
        if not span.get_span_context().is_valid:
            fields = {name: getattr(task.request, name, None) for name in ("traceparent", "tracestate")}
            context = trace.set_span_in_context(trace.get_current_span(extract(fields)), context)
        elif not values:
            return  # sent and run in one process: everything is here
        for name, value in values.items():
            span.set_attribute(name, value)
        within = with_request_scope(context, {**bound(before), **values}, span)
        setattr(task.request, _STATE, (before, within))
        otel_context.attach(within)
    except Exception as error:
        guard_in_force().count_fault("celery_run", error)


def _after_run(task: Any = None, **_: Any) -> None:
    try:
        state = vars(task.request).pop(_STATE, None)
        # Contrib's receiver may have been here first; then its way back has led past this.
        if state is not None and is_within(state[1]):
            otel_context.attach(state[0])
    except Exception as error:
        guard_in_force().count_fault("celery_run", error)


def _received(request: object) -> dict[str, Any]:
    """Return what a message binds; it may have been written by anybody who reaches the broker."""
    text = getattr(request, HEADER, None)
    if not isinstance(text, str) or len(text) > _MAX_HEADER:
        return {}
    try:
        return bindable(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _after_logging(**_: Any) -> None:
    if _acts is not None:
        _acts.starts()


def _before_end(**_: Any) -> None:
    if _acts is not None:
        _acts.ends()
