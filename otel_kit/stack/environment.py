"""The file `.env` of a stack: written with every variable and what it does, read without a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

from otel_kit.errors import ConfigError, Fault, nearest
from otel_kit.stack.kinds import PATH, TEXT, kind_of
from otel_kit.stack.variables import PREFIXES, VARIABLES, Variable, by_name

_LINE: Final = re.compile(r"(?:export[ \t]+)?(?P<name>[^=\s]+)[ \t]*=[ \t]*(?P<value>.*)")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# 'as it stands' or "as it stands", with a comment behind it.
_QUOTED: Final = re.compile(r"(?P<quote>['\"])(?P<inside>(?:(?!(?P=quote)).)*)(?P=quote)[ \t]*(?:#.*)?")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:,@%+=*~^-]*")
_COMMENT: Final = re.compile(r"(^|[ \t])#.*")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def written(values: Mapping[str, str], *, head: str = "", in_containers: bool = False) -> str:
    """Return the text of a `.env`: every variable with its sentence, those in ``values`` set, the others commented out.

    ``in_containers``: those that docker-compose.yml fixes are left out, as a line there would do nothing. Compose reads
    the same file the same way: what could mean something to it is quoted.

    Raises:
        ConfigError: a name that is not in the table, or a value that cannot stand in the file.
    """
    known, faults = by_name(), []
    for name, value in values.items():
        if name not in known:
            faults.append(_unknown(name, name))
        elif "'" in value or "\n" in value or _CONTROL.search(value):
            faults.append(Fault(name, "has a quotation mark ' or a control character in its value"))
    if faults:
        raise ConfigError(faults)
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    # Sorting keeps the order within a group: the table's own.
    offered = [row for row in VARIABLES if not (in_containers and row.fixed) or row.name in values]
    order = list(dict.fromkeys(row.group for row in offered))
    for group, rows in groupby(sorted(offered, key=lambda row: order.index(row.group)), lambda row: row.group):
        lines += ["", f"# --- {group} ---"]
        for row in rows:
            lines.append(f"# {row.sentence}")
            if row.name in values:
                lines.append(f"{row.name}={_quoted(values[row.name])}")
            else:
                lines.append(f"#{row.name}={_quoted(row.default or '')}")
    return "\n".join(lines).lstrip("\n") + "\n"


def read(path: Path, *, in_containers: bool = False) -> dict[str, str]:
    """Return the variables that a `.env` sets; nothing is expanded or run.

    Names of the table's own kind have to be in the table, and their values of the kind that it needs; any other passes,
    for files of the user's own. ``in_containers``: what docker-compose.yml fixes is refused.

    Raises:
        ConfigError: every line that cannot be used, with its number. No value that may be a secret stands in the text.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError([Fault(str(path), f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Fault(str(path), "is not UTF-8")]) from error
    found: dict[str, tuple[int, str]] = {}
    faults: list[Fault] = []
    known = by_name()
    for number, name, value in _lines(text, str(path), faults):
        if name in found:
            where = f"{path}:{number}"
            faults.append(Fault(where, f"sets {name} again", f"line {found[name][0]} does already"))
        else:
            found[name] = (number, value)
            if name in known:
                faults += _value_faults(known[name], value, f"{path}:{number}", in_containers)
    if faults:
        raise ConfigError(faults)
    return {name: value for name, (_number, value) in found.items()}


def _value_faults(row: Variable, value: str, where: str, in_containers: bool) -> Iterator[Fault]:
    """Yield what is wrong with a variable of the table."""
    kind = kind_of(row.name)
    if in_containers and row.fixed:
        yield Fault(where, f"sets {row.name}, which docker-compose.yml fixes", "a line here would change one side only",
                    "Take the line out; what has to differ is changed in docker-compose.yml.")  # fmt: skip
    elif not value:
        # The Collector takes it as empty, and not as unset like all others.
        if row.default and row.name.startswith("OTELCOL_") and kind not in (TEXT, PATH):
            yield Fault(where, f"sets {row.name} to nothing", kind.wanted, f"Take the line out for {row.default}.")
    elif not kind.accepts(value):
        shown = "has a value of another kind" if row.secret else f"is {value[:40]!r}"
        yield Fault(where, f"sets {row.name}, which {shown}", kind.wanted)


def _lines(text: str, source: str, faults: list[Fault]) -> Iterator[tuple[int, str, str]]:
    known = by_name()
    for number, line in enumerate(text.split("\n"), start=1):
        where, stripped = f"{source}:{number}", line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            faults.append(Fault(where, "is no assignment", "NAME=value is"))
        elif not _NAME.fullmatch(match["name"]):
            faults.append(Fault(where, "has a name that no variable can have", "letters, digits and _ are allowed"))
        elif match["name"].startswith(PREFIXES) and match["name"] not in known:
            faults.append(_unknown(where, match["name"]))
        elif isinstance(value := _read_value(match["value"], where, match["name"]), Fault):
            faults.append(value)
        else:
            yield number, match["name"], value


def _read_value(text: str, where: str, name: str) -> str | Fault:
    if _CONTROL.search(text):
        return Fault(where, f"has a control character in the value of {name}")
    if text[:1] in ("'", '"'):
        quoted = _QUOTED.fullmatch(text)
        if quoted is None:
            return Fault(where, f"has a value of {name} that does not end where its quotation mark does")
        if quoted["quote"] == '"' and ("$" in quoted["inside"] or "\\" in quoted["inside"]):
            return Fault(
                where, f"has $ or \\ in the value of {name}", "", "Put the value into '...': nothing is expanded."
            )
        return quoted["inside"]
    value = _COMMENT.sub("", text).rstrip()
    if any(character in value for character in "$`'\"\\"):
        return Fault(where, f"has $, a quotation mark or \\ in the value of {name}", "", "Put the value into '...'.")
    return value


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f"'{value}'"


def _unknown(where: str, name: str) -> Fault:
    close = nearest(name, by_name())
    return Fault(where, f"sets {name}, which no part of the stack knows", f"did you mean {close}?" if close else "")
