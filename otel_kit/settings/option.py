"""One row of the table of settings: everything the kit knows of an option stands here once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otel_kit.settings.kinds import URL, Kind, without_credentials

_ROW = "otel_kit.option"
_GROUP = "otel_kit.group"
MASK = "***"


@dataclass(frozen=True, slots=True)
class Variable:
    """A standard ``OTEL_*`` variable that sets an option; ``kind`` differs where its unit does."""

    name: str
    kind: Kind | None = None
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A setting: its key in the file, its kind, its default, and who else may set it."""

    key: str
    kind: Kind
    default: Any
    doc: str
    standard: tuple[Variable, ...] = ()
    reloadable: bool = False
    secret: bool = False

    @property
    def variable(self) -> str:
        """The kit's own environment variable for this option."""
        return "OTEL_KIT_" + self.key.upper().replace(".", "_")

    def shown(self, value: Any) -> str:
        """Return ``value`` as text for people: "-" for nothing, secrets and credentials in URLs masked."""
        if self.secret and value:
            return MASK
        text = _text(value)
        return without_credentials(text) if self.kind is URL else text


@dataclass(frozen=True, slots=True)
class Row:
    """An option at its place: ``path`` leads to the field of ``Settings`` that holds the value."""

    option: Option
    path: tuple[str, ...]


def option(
    key: str,
    kind: Kind,
    default: Any,
    doc: str,
    *,
    standard: tuple[str | Variable, ...] = (),
    reloadable: bool = False,
    secret: bool = False,
) -> Any:
    """Declare a field of a settings class as an option."""
    variables = tuple(Variable(item) if isinstance(item, str) else item for item in standard)
    row = Option(key, kind, default, doc, variables, reloadable, secret)
    # repr() of settings ends up in logs and tracebacks: neither secrets nor URLs, which may hold credentials.
    return dataclasses.field(default=default, metadata={_ROW: row}, repr=not secret and kind is not URL)


def group(key: str, variable: str, cls: type, *, doc: str) -> Any:
    """Declare a field as a group of options; ``{}`` in the group's keys and variables stands for its own name."""
    return dataclasses.field(default_factory=cls, metadata={_GROUP: (key, variable, cls, doc)})


def rows(cls: type) -> Iterator[Row]:
    """Yield every option of a settings class, groups included, in the order of declaration."""
    for field in dataclasses.fields(cls):
        if _ROW in field.metadata:
            yield Row(field.metadata[_ROW], (field.name,))
        elif _GROUP in field.metadata:
            key, variable, member, doc = field.metadata[_GROUP]
            for row in rows(member):
                yield Row(_placed(row.option, key, variable, doc), (field.name, *row.path))


def build(cls: type, values: Mapping[tuple[str, ...], Any]) -> Any:
    """Return an instance of a settings class from the value of each row's path."""
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(cls):
        if _ROW in field.metadata:
            fields[field.name] = values[(field.name,)]
        elif _GROUP in field.metadata:
            member = field.metadata[_GROUP][2]
            fields[field.name] = build(
                member, {path[1:]: value for path, value in values.items() if path[0] == field.name}
            )
    return cls(**fields)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value) or "-"
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in value.items())
    return str(value)


def _placed(row: Option, key: str, variable: str, doc: str) -> Option:
    return dataclasses.replace(
        row,
        key=f"{key}.{row.key}",
        doc=f"{row.doc} {doc}".strip(),
        standard=tuple(dataclasses.replace(item, name=item.name.format(variable)) for item in row.standard),
    )
