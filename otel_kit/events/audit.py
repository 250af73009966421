"""``event.audit``: who did what to what, delivered before the call returns, or it says why not."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, ParamSpec

from otel_kit import semconv
from otel_kit.events.checked import checked
from otel_kit.events.definitions import Outcome
from otel_kit.events.delivery import Delivered, Pending
from otel_kit.events.emission import emit
from otel_kit.events.outlet import outlet
from otel_kit.events.value_types import plainer
from otel_kit.events.wording import sentence
from otel_kit.redaction.snapshot import text_of

P = ParamSpec("P")
ActorType = Literal["user", "service", "system"]
Waits = Callable[[], Delivered | Pending]


class Audit(Generic[P]):
    """Emits, then waits: called, on the caller's thread; awaited, beside the event loop."""

    def __init__(self, begin: Callable[P, Waits]) -> None:
        functools.update_wrapper(self, begin)
        self._begin = begin

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Delivered | Pending:
        """Emit, and wait on the caller's thread."""
        return self._begin(*args, **kwargs)()

    async def wait(self, *args: P.args, **kwargs: P.kwargs) -> Delivered | Pending:
        """Do the same in asynchronous code: emits at once and waits on a thread of asyncio's executor."""
        return await asyncio.to_thread(self._begin(*args, **kwargs))


def _not_emitted() -> Delivered | Pending:
    return Pending("the event could not be emitted (see kit.status())")


def _no_kit() -> Delivered | Pending:
    return Pending("no kit is running")


@Audit
@checked(semconv.EVENT_AUDIT, otherwise=_not_emitted)
def audit(  # noqa: PLR0913 - each is a field of the event
    action: str,
    *,
    actor: str | None,
    target: str | None = None,
    outcome: Outcome = "success",
    reason: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    actor_type: ActorType = "user",
    target_type: str | None = None,
    source_address: str | None = None,
    session: str | None = None,
    tenant: str | None = None,
    error_type: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Waits:
    """Emit an audit event, tier ``audit``, and wait until the endpoint has accepted it.

    Args:
        action: what was done, such as ``user.delete``.
        actor: who did it, ``user.id``; None when nobody is known.
        target: what it was done to, such as ``order 17``.
        outcome: success, failure (then the record is a warning) or unknown.
        reason: why, in the words of the actor or of the rule that decided.
        before: fields of the target before it; of ``before`` and ``after`` only what differs is recorded.
        after: the same fields after it.
        actor_type: user, service or system.
        target_type: what kind of thing the target is, such as ``order``.
        source_address: where the request came from, ``client.address``.
        session: ``session.id``.
        tenant: the customer whose data it is.
        error_type: why it failed, a class or a code, ``error.type``.
        attributes: anything else, under its full name.

    Returns ``Delivered()`` if the endpoint has this record, else ``Pending(reason)``: it is sent again then as any
    other. Blocks at most ``events.audit_timeout`` (2 s), and not at all while nothing is answered any more. In
    asynchronous
    code use ``await event.audit.wait(...)``, which takes the same.

    Raises:
        EventError: only when the kit is strict.
    """
    current = outlet()
    wait = current.delivery.begin() if current.delivery is not None else None
    old, new = _fields(before), _fields(after)
    changed = sorted(name for name in {**(old or {}), **(new or {})} if _differs(name, old, new))
    emit(
        semconv.EVENT_AUDIT,
        category="audit",
        tier="audit",
        severity="warning" if outcome == "failure" else "info",
        outcome=outcome,
        body=sentence("audit:", action, target, outcome),
        attributes={
            semconv.AUDIT_ACTION: action,
            semconv.USER_ID: actor,
            semconv.AUDIT_ACTOR_TYPE: actor_type,
            semconv.AUDIT_TARGET: target,
            semconv.AUDIT_TARGET_TYPE: target_type,
            semconv.AUDIT_REASON: reason,
            semconv.AUDIT_CHANGED: changed or None,
            semconv.AUDIT_BEFORE: _of(changed, old),
            semconv.AUDIT_AFTER: _of(changed, new),
            semconv.CLIENT_ADDRESS: source_address,
            semconv.SESSION_ID: session,
            semconv.TENANT: tenant,
            semconv.ERROR_TYPE: error_type,
            **(attributes or {}),
        },
    )
    if wait is None:
        return _no_kit
    return functools.partial(wait, current.audit_timeout_s)


def _fields(side: Any) -> dict[str, Any] | None:
    """Return one side of a change by name; what is no mapping, as mended calls may have it, under a name of ours."""
    if side is None:
        return None
    return {text_of(name): value for name, value in side.items()} if isinstance(side, Mapping) else {"value": side}


def _differs(name: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> bool:
    """Whether a field has changed; with one side alone everything has."""
    if before is None or after is None or (name in before) != (name in after):
        return True
    return bool(before[name] != after[name])


def _of(changed: list[str], fields: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: plainer(fields[name]) for name in changed if name in fields} if fields else None
