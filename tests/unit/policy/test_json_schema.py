"""The schema for editors and the loader say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from otel_kit.errors import PolicyError
from otel_kit.policy.fields import CLASS_FIELDS, KEY_FIELDS, RULE_FIELDS
from otel_kit.policy.json_schema import FILE, json_schema, rendered
from otel_kit.policy.layers import SECTIONS
from otel_kit.policy.load import load_policy, shipped_documents

VALIDATOR = jsonschema.Draft202012Validator(json_schema())

# What a schema can know.
BAD = [
    "rule: {}",
    "version: 2",
    "rules: 5",
    "rules: []",
    "rules: {Upper: {pattern: a}}",
    "rules: {a: yes}",
    "rules: {a: {pattern: a, patern: b}}",
    "rules: {a: {pattern: 5}}",
    "rules: {a: {pattern: ''}}",
    "rules: {a: {pattern: a, group: -1}}",
    "rules: {a: {pattern: a, group: true}}",
    "rules: {a: {pattern: a, action: mask}}",
    "rules: {a: {pattern: a, action: keep}}",
    "rules: {a: {pattern: a, validator: luhn}}",
    "rules: {a: {pattern: a, mode: observe}}",
    "rules: {a: {pattern: a, fallback: drop}}",
    "rules: {a: {pattern: a, keep: '3'}}",
    "rules: {a: {pattern: a, context: word}}",
    "rules: {a: {pattern: a, literals: ['']}}",
    "rules: {a: {pattern: a, encodings: [rot13]}}",
    "rules: {a: {pattern: a, examples: [a]}}",
    "rules: {a: {pattern: a, examples: {a: 5}}}",
    "rules: {a: {pattern: a, counter_examples: {b: c}}}",
    "rules: {a: {pattern: a, enabled: 'no'}}",
    "rules: {a: {pattern: a, description: ''}}",
    "rules: {a: {pattern: a, collector: {pattern: b}}}",
    "rules: {a: {pattern: a, collector: {refused: ''}}}",
    "rules: {a: {pattern: a, collector: nothing}}",
    "keys: {a: {words: salary}}",
    "keys: {a: {words: [salary], class: secret}}",
    "keys: {a: {words: [salary], scope: header}}",
    "keys: {a: {words: [salary], pattern: x}}",
    "classes: {secret: {action: replace}}",
    "classes: {confidential: []}",
    "classes: {confidential: {action: mask}}",
    "packs: {geo: maybe}",
    "minimum_class: public",
    "public: shop.note",
    "internal: [5]",
    "structured: {xml: [a]}",
    "structured: {url: a}",
    "allow: {key: [a]}",
    "allow: {keys: a}",
    "allow: {values: [1]}",
    "allow: {rules: [card]}",
    "allow: {rules: {card: a}}",
    "- a",
    "text",
]
# What only the loader can know: the schema does not see the other layers, the patterns or the examples.
BEYOND = [
    "packs: {geeo: false}",
    "rules: {a: {action: replace}}",
    "rules: {a: {pattern: 'x(?=y)'}}",
    "rules: {a: {pattern: x, group: 1}}",
    "rules: {a: {pattern: '(?:a{1,30}){1,30}b'}}",
    "keys: {a: {class: internal}}",
    "allow: {rules: {nothing: [a]}}",
]
GOOD = [
    "",
    "version: 1",
    "rules:\nkeys:\npublic:\nallow:\n",
    "rules: {email: {action: pseudonym, fallback: keep, mode: report}}",
    "rules: {a: {pattern: 'KD-[0-9]{8}', description: x, source: y, literals: [KD], context: [for]}}",
    "rules: {a: {pattern: 'KD-[0-9]{8}', keep: 2, action: truncate, validator: random, group: 0, enabled: false}}",
    "rules: {a: {pattern: a, collector: {refused: why}}, b: {pattern: b, collector: {pattern: c, differs: why}}}",
    "keys: {a: {words: [salary], endings: [lohn], exact: ['hr.*'], class: restricted, scope: query, action: keep}}",
    "classes: {internal: {action: drop}}\nminimum_class: restricted\npacks: {geo: false}\n",
    "structured: {url: [shop.link]}\nallow: {keys: [a], values: [b], rules: {card: [c], password: [d]}}",
]


def refused_by_loader(tmp_path: Path, text: str) -> bool:
    """Whether a policy file with this text cannot be loaded."""
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    try:
        load_policy(path)
    except PolicyError:
        return True
    return False


def valid(content: Any) -> bool:
    """Whether the schema accepts the content."""
    return bool(VALIDATOR.is_valid(content))


def test_the_committed_file_is_current() -> None:
    """`python -m otel_kit.policy.json_schema` would change nothing."""
    assert rendered() == FILE.read_text(encoding="utf-8")


def test_it_is_a_schema() -> None:
    """Of the draft that it names."""
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("document", shipped_documents(), ids=lambda document: document.name.rpartition("/")[2])
def test_every_shipped_pack_is_valid(document: Any) -> None:
    """They are policy files like any other."""
    assert [] == [error.message for error in VALIDATOR.iter_errors(document.data)]


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_the_loader_refuses(tmp_path: Path, text: str) -> None:
    """An editor marks nothing that would work."""
    assert not valid(yaml.safe_load(text))
    assert refused_by_loader(tmp_path, text)


@pytest.mark.parametrize("text", GOOD)
def test_what_the_loader_takes_the_schema_takes(tmp_path: Path, text: str) -> None:
    """And lets pass what does."""
    assert not refused_by_loader(tmp_path, text)
    assert valid(yaml.safe_load(text))


@pytest.mark.parametrize("text", BEYOND)
def test_what_only_the_loader_can_know(tmp_path: Path, text: str) -> None:
    """`otel-kit policy check` says it."""
    assert valid(yaml.safe_load(text))
    assert refused_by_loader(tmp_path, text)


def test_every_section_and_field_is_described() -> None:
    """An editor shows it beside the cursor."""
    sections = json_schema()["properties"]
    rules = sections["rules"]["additionalProperties"]["properties"]
    keys = sections["keys"]["additionalProperties"]["properties"]
    classes = sections["classes"]["properties"]["confidential"]["properties"]

    assert list(SECTIONS) == list(sections)
    assert (set(RULE_FIELDS), set(KEY_FIELDS), set(CLASS_FIELDS)) == (set(rules), set(keys), set(classes))
    described = [*sections.values(), *rules.values(), *keys.values(), *classes.values()]
    assert all(entry["description"].endswith(".") for entry in described)
