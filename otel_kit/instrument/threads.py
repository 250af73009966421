"""The current context follows work into threads and executors, as it follows it over awaits.

``opentelemetry-instrumentation-threading`` does the same; its releases lag behind and hold the SDK back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from opentelemetry import context as otel_context
from wrapt import wrap_function_wrapper

_ATTRIBUTE = "_otel_kit_context"
_installed = False


def install() -> None:
    """Wrap ``Thread.start``, ``Thread.run`` and ``ThreadPoolExecutor.submit``, once per process."""
    global _installed
    if _installed or hasattr(threading.Thread.start, "__wrapped__"):
        return  # opentelemetry-instrumentation-threading is at work
    _installed = True
    wrap_function_wrapper(threading.Thread, "start", _start)
    wrap_function_wrapper(threading.Thread, "run", _run)
    wrap_function_wrapper(ThreadPoolExecutor, "submit", _submit)


def _start(wrapped: Callable[..., Any], instance: threading.Thread, args: Any, kwargs: Any) -> Any:
    setattr(instance, _ATTRIBUTE, otel_context.get_current())
    return wrapped(*args, **kwargs)


def _run(wrapped: Callable[..., Any], instance: threading.Thread, args: Any, kwargs: Any) -> Any:
    context = instance.__dict__.pop(_ATTRIBUTE, None)
    if not context:
        return wrapped(*args, **kwargs)
    token = otel_context.attach(context)
    try:
        return wrapped(*args, **kwargs)
    finally:
        otel_context.detach(token)


def _submit(wrapped: Callable[..., Any], _instance: Any, args: Any, kwargs: Any) -> Any:
    context = otel_context.get_current()
    if not args or not context:
        return wrapped(*args, **kwargs)
    function, *rest = args

    def within(*inner_args: Any, **inner_kwargs: Any) -> Any:
        token = otel_context.attach(context)
        try:
            return function(*inner_args, **inner_kwargs)
        finally:
            otel_context.detach(token)

    return wrapped(within, *rest, **kwargs)
