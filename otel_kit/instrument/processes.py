"""The current context goes over with work that is handed to other processes, by fork, spawn or forkserver.

With the pickled work go the trace, baggage and bound values, raw: pipes between one's own processes are memory. A
worker of a pool is born without a context, or it would keep that of whoever made it for all its life.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from wrapt import register_post_import_hook, wrap_function_wrapper

from otel_kit.around import leave
from otel_kit.instrument.handover import packed, unpacked
from otel_kit.instrument.threads import within

_POOL_METHODS = ("apply_async", "map", "map_async", "starmap", "starmap_async", "imap", "imap_unordered")
_installed = False


def install() -> None:
    """Wrap the starts of processes and what pools of them take, once per process; imports no pool for it."""
    global _installed
    if _installed:
        return
    _installed = True
    wrap_function_wrapper(BaseProcess, "start", _start)
    register_post_import_hook(_install_pools, "multiprocessing.pool")
    register_post_import_hook(_install_executor, "concurrent.futures.process")


def _install_pools(module: Any) -> None:
    wrap_function_wrapper(module.Pool, "__init__", _without_context)
    for name in _POOL_METHODS:
        wrap_function_wrapper(module.Pool, name, _pool_method(module.ThreadPool))


def _install_executor(module: Any) -> None:
    wrap_function_wrapper(module.ProcessPoolExecutor, "submit", _submit)


class Carried:
    """A function with the context that it is to run in; can be pickled if the function can."""

    __slots__ = ("function", "parcel")

    def __init__(self, function: Callable[..., Any], parcel: object) -> None:
        self.function = function
        self.parcel = parcel

    def __reduce__(self) -> tuple[Any, ...]:
        return Carried, (self.function, self.parcel)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function within its context."""
        token = otel_context.attach(unpacked(self.parcel))
        try:
            return self.function(*args, **kwargs)
        finally:
            leave(token)


class _Run:
    """The ``run`` of one process object, within a context. Holds the object: bound methods would not survive spawn."""

    def __init__(self, process: BaseProcess, parcel: object) -> None:
        self.process = process
        self.own = vars(process).get("run")
        self.parcel = parcel

    def __call__(self) -> None:
        """Run it."""
        run = self.own or functools.partial(type(self.process).run, self.process)
        Carried(run, self.parcel)()


def _start(wrapped: Callable[..., Any], instance: BaseProcess, args: Any, kwargs: Any) -> Any:
    parcel = packed()
    if parcel is None:
        return wrapped(*args, **kwargs)
    run = _Run(instance, parcel)
    instance.run = run  # type: ignore[method-assign]
    try:
        return wrapped(*args, **kwargs)
    finally:
        if run.own is None:
            vars(instance).pop("run", None)  # else the object would hold itself
        else:
            instance.run = run.own  # type: ignore[method-assign]


def _submit(wrapped: Callable[..., Any], instance: Any, args: Any, kwargs: Any) -> Any:
    parcel = packed()
    if args and parcel is not None:
        function, *rest = args
        args = (Carried(function, parcel), *rest)
    return _without_context(wrapped, instance, args, kwargs)  # it may start workers


def _pool_method(thread_pool: type) -> Callable[..., Any]:
    def call(wrapped: Callable[..., Any], instance: Any, args: Any, kwargs: Any) -> Any:
        function = args[0] if args else kwargs.get("func")
        context = otel_context.get_current()
        if not context or not callable(function):
            return wrapped(*args, **kwargs)
        if isinstance(instance, thread_pool):
            function = within(context, function)
        elif (parcel := packed()) is not None:
            function = Carried(function, parcel)
        if args:
            return wrapped(function, *args[1:], **kwargs)
        return wrapped(**{**kwargs, "func": function})

    return call


def _without_context(wrapped: Callable[..., Any], _instance: Any, args: Any, kwargs: Any) -> Any:
    token = otel_context.attach(Context())
    try:
        return wrapped(*args, **kwargs)
    finally:
        leave(token)
