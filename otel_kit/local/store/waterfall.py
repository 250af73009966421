"""The order of a trace's spans on a page: depth first, siblings by start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Node(NamedTuple):
    """A span as far as its place goes; ``row`` is its id in the store."""

    row: int
    span_id: bytes
    parent_id: bytes | None


def waterfall(nodes: Sequence[Node]) -> list[tuple[Node, int]]:
    """Return every node once with its depth, children behind their parents.

    ``nodes`` come sorted by start. A span whose parent is not there begins a tree of its own; so does the earliest span
    of a ring of parents, which only faulty senders make.
    """
    children: dict[bytes | None, list[Node]] = {}
    known = {node.span_id for node in nodes}
    for node in nodes:
        children.setdefault(node.parent_id if node.parent_id in known else None, []).append(node)
    ordered: list[tuple[Node, int]] = []
    placed: set[bytes] = set()

    def place(root: Node) -> None:
        waiting = [(root, 0)]
        while waiting:
            node, depth = waiting.pop()
            if node.span_id in placed:
                continue
            placed.add(node.span_id)
            ordered.append((node, depth))
            waiting.extend((child, depth + 1) for child in reversed(children.get(node.span_id, ())))

    for root in children.get(None, ()):
        place(root)
    for node in nodes:
        if node.span_id not in placed:
            place(node)
    return ordered
