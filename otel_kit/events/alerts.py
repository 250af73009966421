"""``otel_kit.alert``: what needs somebody's attention, raised and resolved by the application.

An event on each change, and a gauge that is 1 while an alert is active, by name and severity only: never a series per
message. The rules that notify people fire on the gauge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from otel_kit import semconv
from otel_kit.errors import Fault, nearest
from otel_kit.events.alert_state import SEVERITIES, ActiveAlert, AlertLimits, AlertState, Change
from otel_kit.events.emission import emit
from otel_kit.events.faults import report
from otel_kit.events.outlet import outlet
from otel_kit.events.security import AlertSeverity
from otel_kit.events.value_types import plainer
from otel_kit.events.wording import sentence
from otel_kit.redaction.snapshot import text_of
from otel_kit.version import __version__

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_NAME_RULE = "lower case, starting with a letter, at most 64 of a-z 0-9 _ . -"
_MAX_SHOWN = 64
_DEFAULT: AlertSeverity = "high"
_state = AlertState()


class Alert:
    """An alert that was raised; as a context manager it is resolved when the block ends without an exception."""

    def __init__(self, name: str | None, severity: AlertSeverity, attributes: Mapping[str, Any]) -> None:
        self._name = name
        self._severity = severity
        self._attributes = attributes

    @property
    def is_active(self) -> bool:
        """Whether the alert of this name is active; never when it was refused."""
        return any(one.name == self._name for one in _state.active())

    def resolve(self, reason: str | None = None) -> bool:
        """End the alert of this name; returns whether it was active. Never raises, never blocks on I/O."""
        return self._name is not None and _resolve(self._name, reason, self._attributes)

    def __enter__(self) -> Alert:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.resolve()
        elif self._name is not None and self.is_active:
            _raise(self._name, self._severity, None, {**self._attributes, semconv.ERROR_TYPE: kind.__name__})


class Alerts:
    """What ``otel_kit.alert`` is."""

    def __call__(
        self, name: str, *, severity: AlertSeverity = _DEFAULT, reason: str | None = None, **attributes: Any
    ) -> Alert:
        """Raise an alert, or change the severity of one that is active; thread-safe, never blocks on I/O.

        Args:
            name: what is wrong, such as ``payment-provider``: lower case, the same each time, no values in it.
            severity: info, low, medium, high or critical.
            reason: why, for people; on the event, not on the gauge.
            attributes: anything else for the event.

        Returns the alert: ``resolve()`` ends it, and so does the end of a ``with`` block around what it concerns; when
        an exception passes there, it stays active, with ``error.type``. A name outside the rule, or one too many
        (``alerts.names``), is refused: nothing is raised then, and that is counted.

        Raises:
            EventError: only when the kit is strict, for a name that is refused or an unknown severity.
        """
        fault = _refusal(name)
        if fault is not None:
            _suppressed.add(1, {semconv.ALERT_SUPPRESSED_REASON: "refused"})
            report(semconv.EVENT_ALERT_RAISED, [fault], place="alert_refused")
            return Alert(None, severity, attributes)
        known = _known_severity(name, severity)
        _raise(name, known, reason, attributes)
        return Alert(name, known, attributes)

    def resolve(self, name: str, reason: str | None = None, **attributes: Any) -> bool:
        """End the alert ``name`` from anywhere in this process; returns whether it was active. Never raises."""
        return _resolve(name, reason, attributes)

    def active(self) -> Sequence[ActiveAlert]:
        """Return the alerts that are active in this process."""
        return active_alerts()


alert = Alerts()


def active_alerts() -> Sequence[ActiveAlert]:
    """Return the alerts that are active in this process, in the order in which their names were first used."""
    return _state.active()


def limit(limits: AlertLimits) -> None:
    """Put other limits in force."""
    _state.limits = limits


def forget() -> None:
    """Know of no alert in a forked child: its parent's are its parent's."""
    _state.clear()


def begin() -> None:
    """Begin anew with a new start of the kit; what was raised before it stays."""
    _state.forget_inactive()


def end_all() -> None:
    """Let the gauge say 0 for all in the last collection: nobody is there to resolve them any more."""
    _state.end_all()


def _refusal(name: object) -> Fault | None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return Fault(f"alert {text_of(name)[:_MAX_SHOWN]!r}", "has no name that alerts may have", _NAME_RULE)
    if not _state.has_room_for(name):
        return Fault(
            f"alert {name!r}",
            f"is one name too many, there are {_state.limits.names}",
            "names are few and fixed (alerts.names)",
            "Put what differs into reason=.",
        )
    return None


def _known_severity(name: str, severity: Any) -> AlertSeverity:
    if severity in SEVERITIES:
        return severity  # type: ignore[no-any-return]
    near = nearest(text_of(severity)[:_MAX_SHOWN], SEVERITIES)
    mend = f"Did you mean {near!r}?" if near else ""
    wanted = "one of " + ", ".join(SEVERITIES)
    report(semconv.EVENT_ALERT_RAISED, [Fault(f"alert {name!r}", "has an unknown severity", wanted, mend)])
    return near or _DEFAULT  # type: ignore[return-value]


def _raise(name: str, severity: AlertSeverity, reason: str | None, attributes: Mapping[str, Any]) -> None:
    try:
        why = None if reason is None else text_of(reason)
        error_type = attributes.get(semconv.ERROR_TYPE)
        change = _state.raised(name, severity, why, None if error_type is None else text_of(error_type))
        if change is not None:
            _raised.add(1, {semconv.ALERT_NAME: name, semconv.ALERT_SEVERITY: severity})
            _tell(semconv.EVENT_ALERT_RAISED, change, change.alert.reason, attributes)
    except Exception as error:
        outlet().count_fault("alert", error)


def _resolve(name: str, reason: str | None, attributes: Mapping[str, Any]) -> bool:
    try:
        change = _state.resolved(name)
        if change is None:
            return False
        _tell(semconv.EVENT_ALERT_RESOLVED, change, None if reason is None else text_of(reason), attributes)
        return True
    except Exception as error:
        outlet().count_fault("alert", error)
        return False


def _tell(event: str, change: Change, reason: str | None, attributes: Mapping[str, Any]) -> None:
    one = change.alert
    if change.held is not None:
        _suppressed.add(1, {semconv.ALERT_SUPPRESSED_REASON: change.held, semconv.ALERT_NAME: one.name})
        return
    is_over = event == semconv.EVENT_ALERT_RESOLVED
    emit(
        event,
        category="alert",
        severity="info" if is_over else one.severity,
        body=sentence("alert", one.name, "is resolved" if is_over else f"({one.severity})", reason and f"- {reason}"),
        attributes={
            **{name: plainer(value) for name, value in attributes.items()},
            semconv.ALERT_NAME: one.name,
            semconv.ALERT_SEVERITY: one.severity,
            semconv.ALERT_REASON: reason,
            semconv.ALERT_SUPPRESSED_COUNT: change.left_out or None,
            semconv.ALERT_DURATION: round(change.lasted_s, 3) if is_over else None,
        },
    )


def _observe(_: CallbackOptions) -> Iterable[Observation]:
    for name, severity, active in _state.series():
        yield Observation(active, {semconv.ALERT_NAME: name, semconv.ALERT_SEVERITY: severity})


# The API's meter: without a kit it does nothing, with one its instruments are the kit's from then on.
_meter = metrics.get_meter(semconv.SCOPE_NAME, __version__, schema_url=semconv.SCHEMA_URL)
_raised = _meter.create_counter(
    semconv.ALERTS_RAISED, unit="{alert}", description="Alerts that became active, or changed."
)
_suppressed = _meter.create_counter(
    semconv.ALERTS_SUPPRESSED,
    unit="{event}",
    description="Changes of alerts that no event tells of, and refused alerts.",
)
_meter.create_observable_gauge(
    semconv.ALERT_ACTIVE, [_observe], description="1 while an alert of the application is active, by name and severity."
)
