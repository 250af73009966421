"""Search for planted values in whatever is bytes: requests on the wire, files, consoles, tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus


def forms_of(value: str) -> frozenset[bytes]:
    """Return ``value`` as it may stand in bytes: plain, percent-encoded once and twice, as in a form, as in JSON."""
    encoded = quote(value, safe="")
    escaped = json.dumps(value)[1:-1]
    forms = (
        value,
        encoded,
        quote(encoded, safe=""),
        quote(value),
        quote_plus(value),
        escaped,
        json.dumps(escaped)[1:-1],
    )
    return frozenset(form.encode() for form in forms)


class Search:
    """Finds values, in all their forms, without regard to case."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms = {value: tuple(form.lower() for form in forms_of(value)) for value in values}

    def __len__(self) -> int:
        return len(self._forms)

    def found_in(self, places: Mapping[str, Iterable[bytes]]) -> dict[str, list[str]]:
        """Return the places where each value was found, by value; empty when there are none."""
        found: dict[str, list[str]] = {}
        for place, contents in places.items():
            content = b"\x00".join(contents).lower()
            for value, forms in self._forms.items():
                if any(form in content for form in forms):
                    found.setdefault(value, []).append(place)
        return found


def store_contents(path: Path) -> dict[str, list[bytes]]:
    """Return all that a SQLite store holds: its files as they lie there, and the rows of every table.

    The rows are read too because a long value is cut into pieces in the file.
    """
    files = sorted(path.parent.glob(f"{path.name}*"))
    contents = {file.name: [file.read_bytes()] for file in files if file.is_file()}
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL").fetchall()
        for (name,) in names:
            quoted = name.replace('"', '""')
            rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a name that SQLite itself gave
            contents[f"table {name}"] = list(_texts(rows))
    return contents


def _texts(rows: Iterable[tuple[object, ...]]) -> Iterator[bytes]:
    for row in rows:
        for value in row:
            if isinstance(value, str):
                yield value.encode("utf-8", "surrogatepass")
            elif isinstance(value, bytes):
                yield value
