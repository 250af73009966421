"""Alembic's migrations as events: each step that a run in this process has applied.

Alembic tells of a step by ``on_version_apply``, which every ``env.py`` configures for itself. So that nobody has to,
the callback is added to each migration context as it is made, the way OpenTelemetry's instrumentations do it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wrapt import register_post_import_hook, wrap_function_wrapper

from otel_kit.events.outlet import outlet
from otel_kit.events.system import emit_migration

_MODULE = "alembic.runtime.migration"
_NAME = "alembic"
_installed = False


def install() -> None:
    """Tell of migrations from now on, whenever Alembic is imported; a second call changes nothing."""
    global _installed
    if not _installed:
        _installed = True
        register_post_import_hook(_instrument, _MODULE)


def _instrument(module: Any) -> None:
    try:
        wrap_function_wrapper(module, "MigrationContext.__init__", _made)
    except Exception as error:  # a version of Alembic that is built otherwise
        outlet().count_fault("alembic", error)


def _made(wrapped: Callable[..., Any], context: Any, args: Any, kwargs: Any) -> Any:
    made = wrapped(*args, **kwargs)
    try:
        context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, _applied)
    except Exception as error:
        outlet().count_fault("alembic", error)
    return made


def _applied(*, step: Any, **_: Any) -> None:
    """Tell of one step; Alembic calls this after it, within its transaction."""
    try:
        before, after = step.source_revision_ids, step.destination_revision_ids
        emit_migration(_NAME, _joined(before), _joined(after))
    except Exception as error:
        outlet().count_fault("alembic", error)


def _joined(revisions: Any) -> str | None:
    return ", ".join(revisions) or None
