"""The JSON schema of policy files, for editors: made from the tables that the loader reads by.

``python -m otel_kit.policy.json_schema`` writes it to ``policy.schema.json``. *Source:* JSON Schema draft 2020-12.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from otel_kit.policy.fields import CLASS_FIELDS, KEY_FIELDS, RULE_FIELDS, PolicyField
from otel_kit.policy.layers import ALLOW_LISTS, SECTIONS, VERSION
from otel_kit.policy.load import PACKS
from otel_kit.policy.vocabulary import DATA_CLASSES, MINIMUM_CLASSES, STRUCTURED

FILE: Final = Path(__file__).with_name("policy.schema.json")
_TEXTS: Mapping[str, Any] = {"type": ["array", "null"], "items": {"type": "string", "minLength": 1}}
_KEYS = {**_TEXTS, "type": "array"}
_STRUCTURED = "Keys whose values are taken apart as "
_ALLOW_DOCS = {
    "keys": "Keys whose values go out as they are; a trailing * stands for any rest.",
    "values": "Values that go out as they are, whatever finds them; upper and lower case do not count.",
}
_SECTION_DOCS = {
    "version": "The version of the format.",
    "packs": "Shipped packs, each true or false.",
    "classes": "The action of each data class, where a key class names none.",
    "minimum_class": "The class of keys that no list names; confidential and restricted mask their values.",
    "rules": "Value rules by id: what is found in any text. A shipped id overrides single fields.",
    "keys": "Key classes by id: what the key says of its value. A shipped id overrides single fields.",
    "public": "Keys whose values come from a closed domain and are not scanned; a trailing * stands for any rest.",
    "internal": "Known keys that are kept and scanned, whatever minimum_class is.",
    "structured": "Keys by the structure of their values.",
    "allow": "What goes out as it is.",
}


def json_schema() -> dict[str, Any]:
    """Return the schema; every section, field and word in it is the loader's."""
    sections: dict[str, Any] = {
        "version": {"const": VERSION},
        "packs": {
            "type": ["object", "null"],
            "properties": {pack: {"type": "boolean"} for pack in PACKS},
            "additionalProperties": {"type": "boolean"},
        },
        "classes": _map(properties={name: _object(CLASS_FIELDS) for name in DATA_CLASSES}),
        "minimum_class": {"enum": list(MINIMUM_CLASSES)},
        "rules": _rows(RULE_FIELDS),
        "keys": _rows(KEY_FIELDS),
        "public": _TEXTS,
        "internal": _TEXTS,
        "structured": _map(properties={kind: {**_KEYS, "description": f"{_STRUCTURED}{kind}."} for kind in STRUCTURED}),
        "allow": _map(
            properties={
                **{name: {**_KEYS, "description": _ALLOW_DOCS[name]} for name in ALLOW_LISTS},
                "rules": {
                    "type": "object",
                    "additionalProperties": _KEYS,
                    "description": "Rules and key classes by id, each with the keys where it does nothing.",
                },
            }
        ),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "otel-kit redaction policy",
        "description": "Your own layer over the shipped redaction policy.",
        "type": ["object", "null"],
        "properties": {name: {"description": _SECTION_DOCS[name], **sections[name]} for name in SECTIONS},
        "additionalProperties": False,
    }


def rendered() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _rows(fields: Mapping[str, PolicyField]) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "propertyNames": {"pattern": r"^[a-z0-9_.-]{1,64}$"},
        "additionalProperties": _object(fields),
    }


def _object(fields: Mapping[str, PolicyField]) -> dict[str, Any]:
    properties = {name: {"description": field.doc, **field.schema} for name, field in fields.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _map(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": ["object", "null"], "properties": dict(properties), "additionalProperties": False}


if __name__ == "__main__":
    FILE.write_text(rendered(), encoding="utf-8")
