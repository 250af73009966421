"""The database of the fast tier: the steps' first signs as hyperscan compiles them.

*Source:* intel.github.io/hyperscan/dev-reference; vectorscan is its port to other processors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from otel_kit.redaction.prefilter.byte_patterns import NotWritable, byte_patterns


@dataclass(frozen=True, slots=True)
class SignDatabase:
    """A database whose matches tell the numbers of signs, and the signs of which hyperscan refuses a pattern."""

    database: Any
    refused: frozenset[int]


def compile_signs(hyperscan: Any, signs: Sequence[str]) -> SignDatabase:
    """Return the database of ``signs``; takes seconds, most of them without the interpreter's lock.

    Raises:
        hyperscan.HyperscanError: this machine cannot run it.
    """
    numbered = [(index, way) for index, sign in enumerate(signs) for way in _written(sign)]
    database, accepted = _compiled(hyperscan, numbered)
    return SignDatabase(database, frozenset(range(len(signs))) - accepted)


def dump_signs(hyperscan: Any, compiled: SignDatabase) -> bytes:
    """Return what ``load_signs`` takes, some megabytes. Raises hyperscan.HyperscanError."""
    refused = " ".join(map(str, sorted(compiled.refused)))
    return refused.encode("ascii") + b"\n" + bytes(hyperscan.dumpb(compiled.database))


def load_signs(hyperscan: Any, dumped: bytes) -> SignDatabase:
    """Return the database that was dumped; takes some milliseconds. Hyperscan trusts it: it must be of ``dump_signs``.

    Raises:
        hyperscan.HyperscanError: it is of another version of hyperscan or needs another processor.
        ValueError: it is no such thing.
    """
    refused, newline, database = dumped.partition(b"\n")
    if not newline:
        raise ValueError("no database")
    numbers = frozenset(int(number) for number in refused.split())
    return SignDatabase(hyperscan.loadb(database, hyperscan.HS_MODE_BLOCK), numbers)


def built_for(hyperscan: Any) -> str:
    """Return the library's version, the mode and the processor's features that it uses, in its own words.

    Raises:
        hyperscan.HyperscanError: this machine cannot run it.
    """
    return str(_database(hyperscan, [(0, b"a")]).info())


def _written(sign: str) -> list[bytes]:
    try:
        return byte_patterns(sign)
    except NotWritable:
        return []


def _compiled(hyperscan: Any, numbered: Sequence[tuple[int, bytes]]) -> tuple[Any, frozenset[int]]:
    """Return the database and the numbers that are whole in it: those of which hyperscan refuses no pattern."""
    if not numbered:
        return _database(hyperscan, [(0, b"\\x00{2}")]), frozenset()  # there is no empty database
    try:
        return _database(hyperscan, numbered), frozenset(number for number, _ in numbered)
    except hyperscan.HyperscanError:
        refused = {number for number, way in numbered if not _is_accepted(hyperscan, way)}
        accepted = [(number, way) for number, way in numbered if number not in refused]
        return _database(hyperscan, accepted), frozenset(number for number, _ in accepted)


def _database(hyperscan: Any, numbered: Sequence[tuple[int, bytes]]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[sign for _, sign in numbered],
        ids=[number for number, _ in numbered],
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(numbered),
    )
    return database


def _is_accepted(hyperscan: Any, sign: bytes) -> bool:
    try:
        _database(hyperscan, [(0, sign)])
    except hyperscan.HyperscanError:
        return False
    return True
