"""``event.performance``, ``event.api`` and ``event.database``: work that took long, and the use of others' services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from otel_kit import semconv
from otel_kit.events.checked import checked
from otel_kit.events.definitions import Outcome, Severity
from otel_kit.events.emission import emit
from otel_kit.events.wording import sentence

Direction = Literal["incoming", "outgoing"]
_FIRST_CLIENT_ERROR = 400
_FIRST_SERVER_ERROR = 500


@checked(semconv.EVENT_PERFORMANCE, otherwise=None)
def performance(  # noqa: PLR0913 - each is a field of the event
    operation: str,
    *,
    duration_s: float,
    threshold_s: float | None = None,
    component: str | None = None,
    outcome: Outcome | None = None,
    items: int | None = None,
    cpu_time_s: float | None = None,
    memory_bytes: int | None = None,
    error_type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Emit how long one piece of work took; a warning when that is more than ``threshold_s``. Never blocks on I/O.

    Args:
        operation: what was done, such as ``invoice.render``.
        duration_s: how long it took, seconds.
        threshold_s: what it should take at most, seconds.
        component: the part of the application.
        outcome: success, failure or unknown.
        items: how many things were worked on.
        cpu_time_s: processor time, seconds.
        memory_bytes: memory used, bytes.
        error_type: a class or a code, ``error.type``.
        attributes: anything else, under its full name.

    Raises:
        EventError: only when the kit is strict.
    """
    exceeded = None if threshold_s is None else _more(duration_s, threshold_s)
    emit(
        semconv.EVENT_PERFORMANCE,
        category="performance",
        severity="warning" if exceeded else "info",
        outcome=outcome,
        body=sentence("performance:", operation, _seconds(duration_s), f"(more than {threshold_s} s)" * bool(exceeded)),
        attributes={
            semconv.PERFORMANCE_OPERATION: operation,
            semconv.PERFORMANCE_DURATION: duration_s,
            semconv.PERFORMANCE_THRESHOLD: threshold_s,
            semconv.PERFORMANCE_EXCEEDED: exceeded,
            semconv.PERFORMANCE_COMPONENT: component,
            semconv.PERFORMANCE_ITEMS: items,
            semconv.PERFORMANCE_CPU_TIME: cpu_time_s,
            semconv.PERFORMANCE_MEMORY: memory_bytes,
            semconv.ERROR_TYPE: error_type,
            **(attributes or {}),
        },
    )


@checked(semconv.EVENT_API, otherwise=None)
def api(  # noqa: PLR0913 - each is a field of the event
    method: str,
    route: str,
    *,
    status: int | None,
    duration_s: float | None = None,
    direction: Direction = "outgoing",
    provider: str | None = None,
    server_address: str | None = None,
    version: str | None = None,
    request_bytes: int | None = None,
    response_bytes: int | None = None,
    attempt: int | None = None,
    cached: bool | None = None,
    quota_left: int | None = None,
    error_type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Emit one use of an API; a warning from status 400, an error from 500 and without an answer. Never blocks on I/O.

    Args:
        method: ``http.request.method``.
        route: the route or the template of the path, not the address with its values, ``http.route``.
        status: ``http.response.status_code``; None when there was no answer.
        duration_s: how long it took, seconds.
        direction: outgoing to somebody else's API, or incoming to one's own.
        provider: whose API it is, such as ``stripe``.
        server_address: the host that answered, ``server.address``.
        version: that of the API.
        request_bytes: size of the request's body.
        response_bytes: size of the answer's body.
        attempt: 0 for the first, 1 for the first repetition, ``http.request.resend_count``.
        cached: whether the answer came from a cache.
        quota_left: how many calls the provider still allows.
        error_type: why there was no answer, a class or a code, ``error.type``.
        attributes: anything else, under its full name.

    Raises:
        EventError: only when the kit is strict.
    """
    severity, outcome = _judged(status)
    emit(
        semconv.EVENT_API,
        category="api",
        severity=severity,
        outcome=outcome,
        body=sentence("api:", provider, method, route, "no answer" if status is None else status),
        attributes={
            semconv.API_DIRECTION: direction,
            semconv.HTTP_REQUEST_METHOD: method,
            semconv.HTTP_ROUTE: route,
            semconv.HTTP_RESPONSE_STATUS_CODE: status,
            semconv.API_DURATION: duration_s,
            semconv.API_PROVIDER: provider,
            semconv.SERVER_ADDRESS: server_address,
            semconv.API_VERSION: version,
            semconv.HTTP_REQUEST_BODY_SIZE: request_bytes,
            semconv.HTTP_RESPONSE_BODY_SIZE: response_bytes,
            semconv.HTTP_REQUEST_RESEND_COUNT: attempt,
            semconv.API_CACHED: cached,
            semconv.API_QUOTA_LEFT: quota_left,
            semconv.ERROR_TYPE: error_type,
            **(attributes or {}),
        },
    )


@checked(semconv.EVENT_DATABASE, otherwise=None)
def database(  # noqa: PLR0913 - each is a field of the event
    operation: str,
    *,
    system: str | None = None,
    namespace: str | None = None,
    collection: str | None = None,
    query: str | None = None,
    duration_s: float | None = None,
    threshold_s: float | None = None,
    outcome: Outcome = "success",
    rows_returned: int | None = None,
    rows_changed: int | None = None,
    status: str | None = None,
    server_address: str | None = None,
    error_type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Emit something about a database: a slow query, a failed transaction, a backup. Never blocks on I/O.

    An error when the outcome is failure, a warning when it took more than ``threshold_s``.

    Args:
        operation: what was done, such as ``SELECT`` or ``backup``, ``db.operation.name``.
        system: which product, such as ``postgresql``, ``db.system.name``.
        namespace: which database, ``db.namespace``.
        collection: which table or collection, ``db.collection.name``.
        query: the statement, its values redacted, ``db.query.text``.
        duration_s: how long it took, seconds.
        threshold_s: what it should take at most, seconds.
        outcome: success, failure or unknown.
        rows_returned: ``db.response.returned_rows``.
        rows_changed: how many rows it changed.
        status: the database's code, such as an SQLSTATE, ``db.response.status_code``.
        server_address: the host, ``server.address``.
        error_type: a class or a code, ``error.type``.
        attributes: anything else, under its full name.

    Raises:
        EventError: only when the kit is strict.
    """
    slow = duration_s is not None and threshold_s is not None and _more(duration_s, threshold_s)
    emit(
        semconv.EVENT_DATABASE,
        category="database",
        severity="error" if outcome == "failure" else "warning" if slow else "info",
        outcome=outcome,
        body=sentence("database:", operation, collection, outcome, _seconds(duration_s)),
        attributes={
            semconv.DB_OPERATION_NAME: operation,
            semconv.DB_SYSTEM_NAME: system,
            semconv.DB_NAMESPACE: namespace,
            semconv.DB_COLLECTION_NAME: collection,
            semconv.DB_QUERY_TEXT: query,
            semconv.DATABASE_DURATION: duration_s,
            semconv.DATABASE_THRESHOLD: threshold_s,
            semconv.DB_RESPONSE_RETURNED_ROWS: rows_returned,
            semconv.DATABASE_ROWS_CHANGED: rows_changed,
            semconv.DB_RESPONSE_STATUS_CODE: status,
            semconv.SERVER_ADDRESS: server_address,
            semconv.ERROR_TYPE: error_type,
            **(attributes or {}),
        },
    )


def _judged(status: Any) -> tuple[Severity, Outcome]:
    if status is not None and not isinstance(status, int):
        return "info", "unknown"  # what a mended call may have
    if status is None or status >= _FIRST_SERVER_ERROR:
        return "error", "failure"
    return ("warning", "failure") if status >= _FIRST_CLIENT_ERROR else ("info", "success")


def _more(duration_s: Any, threshold_s: Any) -> bool:
    """Whether it took longer than it should; what is no number did not."""
    return all(isinstance(item, int | float) for item in (duration_s, threshold_s)) and duration_s > threshold_s


def _seconds(duration_s: Any) -> str | None:
    return f"{duration_s:.3f} s" if isinstance(duration_s, int | float) else None
