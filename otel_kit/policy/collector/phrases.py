"""Phrases as one pattern without a choice that could go two ways: what Go's one-pass engine takes.

Keys are read as the SDK reads them: ``api key`` is ``X-Api-Key``, ``api_key``, ``apiKey`` and ``apikey``, and digits at
the end of a key do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

GAP = "[^A-Za-z0-9]*"
"""What may stand between the words of a key."""


@dataclass(slots=True)
class Node:
    """What may follow some letters: further ones, the end of a phrase, a gap before the next word."""

    children: dict[str, Node] = field(default_factory=dict)
    ends: bool = False
    gap: bool = False

    def add(self, words: Iterable[str]) -> None:
        """Add a phrase."""
        node = self
        for number, word in enumerate(words):
            if number:
                node.gap = True
            for letter in word:
                node = node.children.setdefault(letter, Node())
        node.ends = True

    def pattern(self, end: str, gap: str = GAP) -> str:
        """Return the pattern of every phrase from here on, each followed by ``end``, which begins with ``gap``."""
        ways = [letter + child.pattern(end, gap) for letter, child in sorted(self.children.items())]
        if self.ends:
            return end if not ways else f"{gap}(?:{'|'.join([*ways, end.removeprefix(gap)])})"
        inner = ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
        return gap + inner if self.gap else inner

    def phrases(self, before: tuple[str, ...] = ("",)) -> Iterator[tuple[str, ...]]:
        """Yield the words of every phrase, in alphabetical order."""
        if self.ends:
            yield before
        for letter, child in sorted(self.children.items()):
            yield from child.phrases((*before[:-1], before[-1] + letter))
            if self.gap:
                yield from child.phrases((*before, letter))


def tree(phrases: Iterable[str], *, shortest: bool = False) -> Node:
    """Return the tree of phrases; with ``shortest`` without those that end with another one of them.

    Such a phrase is still found by its end, except where its words are written together.
    """
    split = {words for phrase in phrases if (words := _words(phrase))}
    root = Node()
    for words in sorted(split):
        if not shortest or not any(words[cut:] in split for cut in range(1, len(words))):
            root.add(words)
    return root


def humps(root: Node, end: str, most: int) -> Iterator[str]:
    """Yield patterns of the phrases with a capital letter first, each of about ``most`` letters at the most."""
    ways: list[str] = []
    size = 0
    for letter, child in sorted(root.children.items()):
        if not letter.isalpha():
            continue
        way = f"{letter.upper()}(?i:{child.pattern(end)})"
        more = _letters(child)
        if ways and size + more > most:
            yield f"(?:{'|'.join(ways)})"
            ways, size = [], 0
        ways.append(way)
        size += more
    if ways:
        yield f"(?:{'|'.join(ways)})"


def titles(root: Node, end: str) -> str:
    """Return the pattern of the phrases with a capital letter first and a small one behind it."""
    ways = [
        f"{letter.upper()}{second}(?i:{after.pattern(end)})"
        for letter, child in sorted(root.children.items())
        for second, after in sorted(child.children.items())
        if letter.isalpha()
    ]
    return f"(?:{'|'.join(ways)})"


def _letters(node: Node) -> int:
    own = (6 if node.gap else 0) + (8 if node.ends else 0)
    return own + sum(1 + _letters(child) for child in node.children.values())


def _words(phrase: str) -> tuple[str, ...]:
    return tuple(word for part in phrase.lower().split() if (word := part.rstrip("0123456789")))
