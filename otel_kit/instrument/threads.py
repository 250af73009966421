"""The current context follows work into threads and executors, as it follows it over awaits.

``opentelemetry-instrumentation-threading`` does the same; its releases lag behind and hold the SDK back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import Context
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


def within(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` so that it runs within ``context``."""

    def run(*args: Any, **kwargs: Any) -> Any:
        token = otel_context.attach(context)
        try:
            return function(*args, **kwargs)
        finally:
            otel_context.detach(token)

    return run


def _submit(wrapped: Callable[..., Any], instance: Any, args: Any, kwargs: Any) -> Any:
    if not args or type(instance).__name__ == "InterpreterPoolExecutor":  # its work is pickled
        return wrapped(*args, **kwargs)
    function, *rest = args
    # An empty context too: the worker may have been born within another one.
    work = within(otel_context.get_current(), function)
    token = otel_context.attach(Context())  # a worker that is born now would keep the caller's for all its life
    try:
        return wrapped(work, *rest, **kwargs)
    finally:
        otel_context.detach(token)
