# ruff: noqa: ARG001, E501 - every place has the same signature; one place in one line
"""Attributes with values at known places: as instrumentations write them, and as applications do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from benchmarks.heldout.model import Value

Attributes = Mapping[str, Any]
# Each returns the attributes and the forms in which the secret stands there; None where it makes no sense.
Maker = Callable[[Value, str], tuple[Attributes, tuple[str, ...]] | None]
_BASE = {"http.request.method": "GET", "http.response.status_code": 200, "server.address": "shop.internal"}


def _own(value: Value, key: str) -> Any:
    return {**_BASE, key: value.text}, (value.hidden,)


def _nested(value: Value, key: str) -> Any:
    return {"order": {"id": 17, "customer": {key: value.text, "active": True}}}, (value.hidden,)


def _listed(value: Value, key: str) -> Any:
    return {key: ["first", value.text, "third"]}, (value.hidden,)


def _bytes(value: Value, key: str) -> Any:
    return {key: value.text.encode()}, (value.hidden,)


def _json(value: Value, key: str) -> Any:
    text = json.dumps({"a": 1, "b": [{key: value.text}]})
    return {"http.request.body": text}, (value.hidden, json.dumps(value.hidden)[1:-1])


def _rows(value: Value, key: str) -> Any:
    return {"rows": [{"id": 1, key: value.text}, {"id": 2, key: None}]}, (value.hidden,)


def _query(value: Value, key: str) -> Any:
    url = f"https://api.example.com/find?page=1&{key}={quote(value.text, safe='')}"
    return {**_BASE, "url.full": url}, (value.hidden, quote(value.hidden, safe=""))


def _server_query(value: Value, key: str) -> Any:
    return {**_BASE, "url.path": "/find", "url.query": f"{key}={quote(value.text, safe='')}"}, (
        value.hidden,
        quote(value.hidden, safe=""),
    )


def _path(value: Value, key: str) -> Any:
    return {**_BASE, "url.path": f"/v1/find/{quote(value.text, safe='')}/x"}, (
        value.hidden,
        quote(value.hidden, safe=""),
    )


def _statement(value: Value, key: str) -> Any:
    literal = value.text.replace("'", "''")
    return {"db.system.name": "postgresql", "db.query.text": f"SELECT * FROM t WHERE {key} = '{literal}' LIMIT 5"}, (
        value.hidden,
    )


def _parameter(value: Value, key: str) -> Any:
    return {"db.system.name": "postgresql", f"db.query.parameter.{key}": value.text}, (value.hidden,)


def _message(value: Value, key: str) -> Any:
    said = f"{value.before}{value.text}{value.after}"
    return {"exception.type": "ValueError", "exception.message": f"cannot take {said}"}, (value.hidden,)


def _stack(value: Value, key: str) -> Any:
    said = f"{value.before}{value.text}{value.after}"
    stack = f'Traceback (most recent call last):\n  File "/app/a.py", line 3, in f\n    g(x)\nValueError: cannot take {said}\n'
    return {"exception.type": "ValueError", "exception.stacktrace": stack}, (value.hidden,)


def _prompt(value: Value, key: str) -> Any:
    said = f"{value.before}{value.text}{value.after}"
    text = json.dumps([{"role": "user", "parts": [{"type": "text", "content": f"please look at {said} again"}]}])
    return {"gen_ai.input.messages": text}, (value.hidden, json.dumps(value.hidden)[1:-1])


def _header(value: Value, key: str) -> Any:
    said = f"{value.before}{value.text}{value.after}"
    return None if "\n" in said else ({"http.request.header.x-note": [said]}, (value.hidden,))


def _key(value: Value, key: str) -> Any:
    return {"counts": {value.text: 3}}, (value.hidden,)


def _number(value: Value, key: str) -> Any:
    if not value.text.isdigit() or value.text[0] == "0" or len(value.text) > 18:
        return None
    return {key: int(value.text)}, (value.hidden,)


# name -> (maker, whether the value stands under its own key, whether its words come along)
PLACES: dict[str, tuple[Maker, bool, bool]] = {
    "own attribute": (_own, True, False), "nested map": (_nested, True, False), "list": (_listed, True, False),
    "bytes": (_bytes, True, False), "JSON in a string": (_json, True, False), "rows": (_rows, True, False),
    "url.full": (_query, True, False), "url.query": (_server_query, True, False), "url.path": (_path, False, False),
    "db.query.text": (_statement, True, False), "db.query.parameter": (_parameter, True, False),
    "exception.message": (_message, False, True), "exception.stacktrace": (_stack, False, True),
    "gen_ai messages": (_prompt, False, True), "header": (_header, False, True), "key of a map": (_key, False, False),
    "number": (_number, True, False),
}  # fmt: skip
