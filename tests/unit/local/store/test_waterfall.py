"""The order of spans on a page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otel_kit.local.store.waterfall import Node, waterfall


def node(name: str, parent: str | None = None) -> Node:
    """Return a node; its row does not matter here."""
    return Node(0, name.encode(), parent.encode() if parent else None)


def shape(nodes: list[Node]) -> str:
    """Return the waterfall as text: names, each with its depth."""
    return " ".join(f"{each.span_id.decode()}{depth}" for each, depth in waterfall(nodes))


def test_children_stand_behind_their_parents_by_start() -> None:
    """Depth first; siblings as they come."""
    assert shape([node("a"), node("b", "a"), node("c", "a"), node("d", "b"), node("e")]) == "a0 b1 d2 c1 e0"


def test_a_span_whose_parent_is_missing_begins_a_tree() -> None:
    """Its request has not arrived yet, or never will."""
    assert shape([node("b", "gone"), node("c", "b")]) == "b0 c1"


def test_a_ring_of_parents_is_shown_once() -> None:
    """From its earliest span on; a span that is its own parent, too."""
    assert shape([node("a", "b"), node("b", "a"), node("c", "c")]) == "a0 b1 c0"


def test_a_very_deep_trace_is_no_recursion() -> None:
    """Ten thousand levels."""
    nodes = [node("0"), *[node(str(n), str(n - 1)) for n in range(1, 10_000)]]

    assert waterfall(nodes)[-1][1] == 9_999


@given(st.dictionaries(st.integers(0, 20), st.none() | st.integers(0, 20), max_size=20))
def test_every_span_is_there_exactly_once(parents: dict[int, int | None]) -> None:
    """Whatever the parents say."""
    nodes = [node(str(name), None if parent is None else str(parent)) for name, parent in parents.items()]

    assert sorted(each for each, _ in waterfall(nodes)) == sorted(nodes)
