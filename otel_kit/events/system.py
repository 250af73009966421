"""``event.system`` and the events that the kit emits by itself: start, stop, migration, configuration change."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from otel_kit import semconv
from otel_kit.events.checked import checked
from otel_kit.events.definitions import Outcome, Severity
from otel_kit.events.emission import emit
from otel_kit.events.wording import sentence

_MAX_KEYS = 200


@checked(semconv.EVENT_SYSTEM, otherwise=None)
def system(
    name: str,
    *,
    outcome: Outcome = "success",
    severity: Severity = "info",
    component: str | None = None,
    reason: str | None = None,
    duration_s: float | None = None,
    error_type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Emit something about the running of the application itself, such as a cache that was cleared.

    Never blocks on I/O.

    Args:
        name: what happened, such as ``cache.cleared``.
        outcome: success, failure or unknown.
        severity: debug, info, warning, error or critical.
        component: the part of the application.
        reason: why.
        duration_s: how long it took, seconds.
        error_type: a class or a code, ``error.type``.
        attributes: anything else, under its full name.

    Raises:
        EventError: only when the kit is strict.
    """
    emit(
        semconv.EVENT_SYSTEM,
        category="system",
        severity=severity,
        outcome=outcome,
        body=sentence("system:", name, component, outcome),
        attributes={
            semconv.SYSTEM_NAME: name,
            semconv.SYSTEM_COMPONENT: component,
            semconv.SYSTEM_REASON: reason,
            semconv.SYSTEM_DURATION: duration_s,
            semconv.ERROR_TYPE: error_type,
            **(attributes or {}),
        },
    )


@contextlib.contextmanager
def migration(name: str, *, before: str | None = None, after: str | None = None) -> Iterator[None]:
    """Emit ``otel_kit.system.migration`` when the block ends, with its duration and outcome.

    ``before`` and ``after`` are the versions, such as Alembic's revisions. What the block raises is passed on.
    """
    began = time.monotonic()
    error: BaseException | None = None
    try:
        yield
    except BaseException as raised:
        error = raised
        raise
    finally:
        emit_migration(name, before, after, duration_s=time.monotonic() - began, error=error)


def emit_migration(
    name: str,
    before: str | None,
    after: str | None,
    *,
    duration_s: float | None = None,
    error: BaseException | None = None,
) -> None:
    """Emit that a schema or data went from one version to another, or failed to. Never raises."""
    outcome = "success" if error is None else "failure"
    emit(
        semconv.EVENT_SYSTEM_MIGRATION,
        category="system",
        severity="info" if error is None else "error",
        outcome=outcome,
        body=sentence("migration:", name, before, "->" if before and after else None, after, outcome),
        attributes={
            semconv.MIGRATION_NAME: name,
            semconv.MIGRATION_FROM: before,
            semconv.MIGRATION_TO: after,
            semconv.SYSTEM_DURATION: duration_s,
            semconv.ERROR_TYPE: None if error is None else type(error).__name__,
        },
    )


def emit_configuration_change(changed_keys: Sequence[str], by: str) -> None:
    """Emit which settings were changed at run time, and how: ``file``, ``signal``, ``call``; tier ``audit``.

    Values are not recorded: they may be secrets. Never raises.
    """
    if changed_keys:
        emit(
            semconv.EVENT_CONFIGURATION_CHANGE,
            category="system",
            tier="audit",
            outcome="success",
            body=sentence("configuration changed by", f"{by}:", ", ".join(changed_keys[:_MAX_KEYS])),
            attributes={
                semconv.CONFIGURATION_KEYS: list(changed_keys[:_MAX_KEYS]),
                semconv.CONFIGURATION_BY: by,
            },
        )
