"""The table of shipped events, read off the functions: each is called, and what it emits is looked at."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from opentelemetry._logs import LogRecord

from otel_kit import event, semconv
from otel_kit.events import emission
from otel_kit.events.value_types import shown

SHIPPED: Mapping[str, Callable[..., object]] = {
    "audit": event.audit,
    "security": event.security,
    "performance": event.performance,
    "api": event.api,
    "database": event.database,
    "business": event.business,
    "interaction": event.interaction,
    "system": event.system,
}
_BY_THEMSELVES = (
    (semconv.EVENT_SYSTEM_START, "system", "default", "the kit starts, in each process that sends something"),
    (semconv.EVENT_SYSTEM_STOP, "system", "default", "it ends, with the reason and the uptime"),
    (
        semconv.EVENT_SYSTEM_MIGRATION,
        "system",
        "default",
        "Alembic has applied a step, or `event.migration(...)` ended",
    ),
    (
        semconv.EVENT_CONFIGURATION_CHANGE,
        "system",
        "audit",
        "settings or the redaction policy were changed at run time",
    ),
    (semconv.EVENT_ALERT_RAISED, "alert", "default", "`otel_kit.alert(...)`, when that changes something"),
    (semconv.EVENT_ALERT_RESOLVED, "alert", "default", "an alert is over"),
    (semconv.EVENT_HEALTH_CHANGE, "health", "default", "a health check changes its status"),
)
_ARGUMENT = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)$", re.MULTILINE)


class _Recorder:
    def __init__(self) -> None:
        self.records: list[LogRecord] = []

    def emit(self, record: LogRecord) -> None:
        self.records.append(record)


def table() -> Iterator[str]:
    """Yield one line for each event that the kit knows."""
    yield "| event | category | tier | emitted by |"
    yield "|---|---|---|---|"
    for name, function in SHIPPED.items():
        record = _emitted(function, _needed(function))
        about = record.attributes or {}
        category, tier = about[semconv.EVENT_CATEGORY], about[semconv.RETENTION_TIER]
        yield f"| `{record.event_name}` | `{category}` | `{tier}` | `event.{name}(...)` |"
    yield f"| `{semconv.EVENT_LLM}` | `llm` | `default` | `event.llm` |"
    for event_name, category, tier, when in _BY_THEMSELVES:
        yield f"| `{event_name}` | `{category}` | `{tier}` | by itself: {when} |"


def fields() -> Iterator[str]:
    """Yield a table for each shipped event: its fields, their types, and the attributes that they become."""
    for name, function in SHIPPED.items():
        meanings = dict(_ARGUMENT.findall(inspect.cleandoc(function.__doc__ or "")))
        hints = get_type_hints(inspect.unwrap(function), include_extras=True)
        yield from ("", f"### event.{name}", "", "| field | takes | attribute | |", "|---|---|---|---|")
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name == "attributes":
                continue
            wanted = hints[parameter.name]
            attributes = ", ".join(f"`{one}`" for one in _attributes_of(function, parameter.name, wanted))
            is_needed = parameter.default is parameter.empty
            takes = shown(wanted).replace("'", "").replace("|", "or")
            yield (
                f"| `{parameter.name}`{' (needed)' * is_needed} "
                f"| {takes if is_needed else takes.removesuffix(' or None')} "
                f"| {attributes} | {_meaning(meanings[parameter.name], attributes)} |"
            )


def _meaning(text: str, attributes: str) -> str:
    """Return what a docstring says of a field, without the attribute's name, which stands beside it."""
    said = " ".join(text.split()).replace("``", "`").removesuffix(".")
    for one in attributes.split(", "):
        said = said.removesuffix(one).removesuffix(", ") if one else said
    return said.strip()


def _attributes_of(function: Callable[..., object], name: str, wanted: Any) -> list[str]:
    """Return the attributes that change with a field, those of nothing else first."""
    probes = _probes(wanted)
    seen = [_emitted(function, {**_needed(function), name: value}).attributes or {} for value in probes]
    names = dict.fromkeys(key for attributes in seen for key in attributes)
    found = [key for key in names if len({repr(attributes.get(key)) for attributes in seen}) > 1]
    return sorted(found, key=lambda key: key == semconv.EVENT_OUTCOME and len(found) > 1)


def _needed(function: Callable[..., object]) -> dict[str, Any]:
    hints = get_type_hints(inspect.unwrap(function), include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return {one.name: _probes(hints[one.name])[0] for one in parameters if one.default is one.empty}


def _probes(wanted: Any) -> list[Any]:
    """Return two values that a field takes."""
    if get_origin(wanted) is Literal:
        return list(get_args(wanted)[:2])
    if get_origin(wanted) is Annotated:
        return _probes(wanted.__origin__)
    inner = [item for item in get_args(wanted) if item is not type(None)]
    if inner and get_origin(wanted) is not None and not _is_mapping(wanted):
        return _probes(inner[0])
    if _is_mapping(wanted):
        return [{"a": 1}, {"a": 2}]
    return {int: [200, 500], float: [0.5, 0.75], bool: [True, False]}.get(wanted, ["one", "two"])


def _is_mapping(wanted: Any) -> bool:
    return isinstance(get_origin(wanted), type) and issubclass(get_origin(wanted), Mapping)


def _emitted(function: Callable[..., object], arguments: Mapping[str, Any]) -> LogRecord:
    recorder = _Recorder()
    before, emission._logger = emission._logger, recorder  # type: ignore[assignment]
    try:
        function(**arguments)
    finally:
        emission._logger = before
    (record,) = recorder.records
    return record
