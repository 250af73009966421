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

_installed = False


def install() -> None:
    """Wrap ``Thread.start`` and ``ThreadPoolExecutor.submit``, once per process.

    Beside ``opentelemetry-instrumentation-threading`` the same context is attached twice, which changes nothing.
    """
    global _installed
    if _installed:
        return
    _installed = True
    wrap_function_wrapper(threading.Thread, "start", _start)
    wrap_function_wrapper(ThreadPoolExecutor, "submit", _submit)


def _start(wrapped: Callable[..., Any], instance: threading.Thread, args: Any, kwargs: Any) -> Any:
    context = otel_context.get_current()
    if not context:
        return wrapped(*args, **kwargs)
    run = instance.run  # of the object: subclasses such as Timer have their own

    def within() -> None:
        instance.__dict__.pop("run", None)  # else the thread would hold itself
        token = otel_context.attach(context)
        try:
            run()
        finally:
            otel_context.detach(token)

    instance.run = within  # type: ignore[method-assign]
    try:
        return wrapped(*args, **kwargs)
    except BaseException:
        instance.__dict__.pop("run", None)
        raise


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
