"""Reading YAML: lines for errors, every fault at once, nothing that can hang or run code."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from otel_kit.errors import ConfigError
from otel_kit.policy.load import shipped_documents
from otel_kit.settings import document
from otel_kit.settings.document import parse_document, read_document

_BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))


def test_every_key_and_item_has_its_line() -> None:
    """Also the nearest known place for a path that is not there."""
    document = parse_document("a:\n  b: 1\n  c:\n    - x\n    - y\n", "f.yaml")

    assert document.data == {"a": {"b": 1, "c": ["x", "y"]}}
    places = [document.where(*path) for path in (("a",), ("a", "b"), ("a", "c", 1), ("a", "c", 1, "deeper"), ())]
    assert places == ["f.yaml:1", "f.yaml:2", "f.yaml:5", "f.yaml:5", "f.yaml:1"]


def test_merged_keys_have_the_line_on_which_they_stand() -> None:
    """`<<` takes in what is not there, of one mapping or several, the first one first; only if it is asked for."""
    text = "x: &x\n  a: 1\n  b: {c: 2}\ny: &y {a: 3, d: 4}\nz:\n  <<: [*x, *y]\n  b: 5\nv:\n  <<: *x\n"

    document = parse_document(text, "f", merges=True)

    assert document.data["z"] == {"a": 1, "b": 5, "d": 4}
    assert document.data["v"] == {"a": 1, "b": {"c": 2}}
    places = [("z", "a"), ("z", "b"), ("z", "d"), ("v", "b", "c")]
    assert [document.where(*place) for place in places] == ["f:2", "f:7", "f:4", "f:3"]
    with pytest.raises(ConfigError, match="merges with '<<'"):
        parse_document(text, "f")


@pytest.mark.parametrize(
    "text", ["a: &a\n  <<: *a\n", "a:\n  <<: 5\n", "a:\n  <<: [5]\n", "a: &a\n  b: &b\n    <<: *a\n  <<: *b\n"]
)
def test_merge_of_itself_or_of_no_mapping_is_a_fault(text: str) -> None:
    """It ends, with a line."""
    with pytest.raises(ConfigError, match=r"f:\d+ (merges with '<<'|is nested deeper)"):
        parse_document(text, "f", merges=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: 1\nb: 2\na: 3\n", ["f:3 names the key 'a' twice"]),
        ("a: 1\na: 2\nc:\n  d: 1\n  d: 2\n", ["f:2 names the key 'a' twice", "f:5 names the key 'd' twice"]),
        ("a: [1\n", ["f:2 is not valid YAML"]),
        ("a: 1\n---\nb: 2\n", ["f:2 is not valid YAML"]),
        ("1: a\n", ["f:1 has the key 1; keys are text"]),
        ("a: 2026-02-31\n", ["f:1 has a value that cannot be read"]),
        ("a: !!python/object/apply:os.getcwd []\n", []),
        ("a: !!python/name:os.getcwd x\n", ["f:1 has a value that cannot be read"]),
        ("a: !!timestamp x\n", ["f:1 has a value that cannot be read"]),
        ("a: &a {b: *a}\n", ["f:1 is nested deeper than 32 levels"]),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", ["f:3 merges with '<<'"]),
        (_BOMB, ["holds more than 100000 values"]),
        ("[" * 100_000, ["f is nested too deep"]),
        ("a: \x00", ["f is not valid YAML"]),
    ],
)
def test_what_cannot_be_used_is_a_fault_with_its_line(text: str, wanted: list[str]) -> None:
    """Nothing else than ConfigError comes out, and every fault is in it."""
    if not wanted:
        assert parse_document(text, "f").data["a"] == []  # a tag on a list is not run, the list is read
        return

    with pytest.raises(ConfigError) as caught:
        parse_document(text, "f")

    assert len(wanted) == len(caught.value.faults)
    for part in wanted:
        assert part in str(caught.value)


def test_a_value_that_cannot_be_read_is_not_shown() -> None:
    """It may be a secret."""
    with pytest.raises(ConfigError) as caught:
        parse_document("headers: !!int k3y", "f")

    assert "k3y" not in str(caught.value)


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!<>|'\"#%@\n \t\\0?,"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """The only exception is ConfigError."""
    with contextlib.suppress(ConfigError):
        parse_document(text, "f")


def _tree(node: Any) -> Any:
    """Return tag, value and line of a node and all below it."""
    if isinstance(node, yaml.MappingNode):
        return node.tag, node.start_mark.line, [(_tree(key), _tree(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return node.tag, node.start_mark.line, [_tree(item) for item in node.value]
    return (node.tag, node.start_mark.line, node.value) if node is not None else None


def _both(text: str) -> tuple[Any, Any]:
    """Return what libyaml and PyYAML read; "refused" for what they do not."""

    def read(loader: Any) -> Any:
        try:
            return _tree(yaml.compose(text, Loader=loader))
        except yaml.YAMLError:
            return "refused"

    assert document._Fast is not None
    return read(document._Fast), read(yaml.SafeLoader)


@given(st.text(alphabet=st.sampled_from("abc1:-[]{}'\"#\n ,_.|>"), max_size=80))
def test_the_parser_in_c_reads_what_pyyaml_reads(text: str) -> None:
    """Same values and lines for all that both take; what only one takes is no plain settings file."""
    fast, slow = _both(text)

    assert fast == slow or "refused" in (fast, slow)


def test_both_parsers_read_the_shipped_packs_alike() -> None:
    """A hundred kilobytes of quotes, escapes and non-ASCII text."""
    for each in shipped_documents():
        text = (Path(__file__).parents[3] / each.name).read_text(encoding="utf-8")
        fast, slow = _both(text)

        assert fast == slow != "refused"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [(b"\xff\xfe\x00", "is not UTF-8"), (b"#" * (1 << 20) + b"#", "at most"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, wanted: str) -> None:
    """With the reason: wrong encoding, too large, not there."""
    file = tmp_path / "kit.yaml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=wanted) as caught:
        read_document(file)

    assert str(file) in str(caught.value)
