"""Records that real instrumentation made, with values put where a mark stood.

``captured.json`` holds spans and log records of an application on FastAPI, httpx, SQLAlchemy and logging, taken from
its OTLP requests before any redaction: ``python -m benchmarks.heldout.capture`` writes it anew. The application was
driven with marks instead of values.
"""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.heldout.model import Item, Planted, Value, survives

FILE = Path(__file__).with_name("captured.json")
FIELD, FREE, KEY = "Vmarkfield", "Vmarkfree", "kmark"
"""A bare value's place, a place for any words, and the name of a field."""
_LONGEST = 400
_URLS = ("url.", "http.url", "http.target")


@cache
def records() -> tuple[dict[str, Any], ...]:
    """Return what was captured: each with ``name`` (where it comes from) and ``attributes``."""
    return tuple(json.loads(FILE.read_text()))


def captured_item(rng: random.Random, value: Value, key: str) -> Item | None:
    """Return a record that carries the value, or None where the value does not fit."""
    if "\n" in value.text or len(value.text) > _LONGEST:
        return None
    fits_field = bool(value.keys) or not value.needs_key
    record = rng.choice(records())
    text = json.dumps(record["attributes"])
    if FIELD in text and (not fits_field or value.after or (value.needs_key and KEY not in text)):
        return None
    if FREE in text and value.needs_key and not value.before:
        return None
    forms = {value.hidden}
    attributes = {
        name.replace(KEY, key): _put(entry, name, value, key, forms) for name, entry in record["attributes"].items()
    }
    planted = Planted(value.type, 0, 0, tuple(sorted(forms)), value.exact, value.detail)
    if survives(planted, text):
        return None
    name = "database error" if "IntegrityError" in text else record["name"]
    return Item(value.type, f"captured: {name}", attributes=attributes, planted=(planted,))


def _put(entry: Any, name: str, value: Value, key: str, forms: set[str]) -> Any:
    if isinstance(entry, list):
        return [_put(one, name, value, key, forms) for one in entry]
    if not isinstance(entry, str):
        return entry
    said = f"{value.before}{value.text}{value.after}"
    if name.startswith(_URLS) or entry.startswith(("http://", "HTTP Request")):
        forms.add(quote(value.hidden, safe=""))
        return entry.replace(FIELD, quote(value.text, safe="")).replace(FREE, quote(said, safe="")).replace(KEY, key)
    if name == "db.query.text":
        said, text = said.replace("'", "''"), value.text.replace("'", "''")
        forms.add(value.hidden.replace("'", "''"))
        return entry.replace(FIELD, text).replace(FREE, said).replace(KEY, key)
    return entry.replace(FIELD, value.text).replace(FREE, said).replace(KEY, key)
