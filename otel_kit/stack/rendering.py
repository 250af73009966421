"""Fill variables into the files of programs that cannot do it themselves: Prometheus and Alertmanager."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from otel_kit.errors import ConfigError, Fault, nearest

# `$$` or `${...}`; a `$` before anything else (`$labels`, `^a$`) stays as it is.
_PLACE: Final = re.compile(r"\$\$|\$\{(?P<inside>[^}\n]*)(?P<end>\}?)")
# NAME, NAME:-default, NAME:?message: as Loki, Tempo and Compose understand them too.
_INSIDE: Final = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::(?P<sign>[-?])(?P<rest>.*))?")
_COMMENT: Final = re.compile(r"\s*#")
# A value with a line break would add lines, and keys, to a file.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def render(text: str, variables: Mapping[str, str], source: str) -> str:
    """Return ``text`` with its variables filled in; ``source`` names the file in errors.

    ``${NAME}`` must be known; ``${NAME:-default}`` and ``${NAME:?message}`` take effect where it is unset or empty;
    ``$$`` is one ``$``. Lines that are comments as a whole are copied as they are.

    Raises:
        ConfigError: every unknown variable, bad value and bad form, with file and line.
    """
    faults: list[Fault] = []

    def filled(line: str, where: str) -> Iterator[str]:
        at = 0
        for match in _PLACE.finditer(line):
            yield line[at : match.start()]
            at = match.end()
            if match[0] == "$$":
                yield "$"
                continue
            found = _value(match, variables, where)
            if isinstance(found, Fault):
                faults.append(found)
            else:
                yield found
        yield line[at:]

    lines = text.splitlines(keepends=True)
    rendered = [
        line if _COMMENT.match(line) else "".join(filled(line, f"{source}:{number}"))
        for number, line in enumerate(lines, start=1)
    ]
    if faults:
        raise ConfigError(faults)
    return "".join(rendered)


def names_in(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield each variable that ``text`` uses, outside of comments, with its default; None where it has none."""
    for line in text.splitlines():
        if _COMMENT.match(line):
            continue
        for match in _PLACE.finditer(line):
            if (inside := _INSIDE.fullmatch(match["inside"] or "")) is not None:
                yield inside["name"], inside["rest"] if inside["sign"] == "-" else None


def _value(match: re.Match[str], variables: Mapping[str, str], where: str) -> str | Fault:
    inside = _INSIDE.fullmatch(match["inside"])
    if inside is None or not match["end"]:
        return Fault(
            where,
            f"has {match[0]!r}, which is no variable",
            "${NAME}, ${NAME:-default} or ${NAME:?message} are",
            "Write $${ for the characters themselves.",
        )
    name, sign, rest = inside["name"], inside["sign"], inside["rest"] or ""
    value = variables.get(name)
    if not value and sign == "-":
        return rest
    if not value and sign == "?":
        return Fault(where, f"needs {name}", rest)
    if value is None:
        close = nearest(name, variables)
        return Fault(where, f"uses {name}, which is not set", f"did you mean {close}?" if close else "")
    if _CONTROL.search(value):
        return Fault(where, f"uses {name}, whose value has a line break or another control character")
    return value
