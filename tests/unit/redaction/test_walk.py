"""Limits of a record."""

from __future__ import annotations

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.redaction.walk import MAX_RECORD_BYTES


def test_a_record_is_cut_at_its_limit() -> None:
    """Many strings, each within its own limit, are together no more than 1 MiB."""
    findings = Findings()

    redacted = default_redactor().attributes({f"k{number}": "x" * 60_000 for number in range(40)}, findings)

    assert sum(len(str(value)) for value in redacted.values()) <= MAX_RECORD_BYTES
    assert findings.truncated > 0
    assert findings.errors == 0


def test_a_list_of_millions_is_cut() -> None:
    """Work on a list is bounded by what it may weigh on the wire."""
    findings = Findings()

    redacted = default_redactor().value("shop.numbers", [1] * 3_000_000, findings)

    assert isinstance(redacted, list)
    assert len(redacted) <= MAX_RECORD_BYTES // 16
    assert findings.truncated == 1


def test_a_map_of_millions_is_cut() -> None:
    """So is work on a map."""
    findings = Findings()

    redacted = default_redactor().attributes(dict.fromkeys(range(200_000), 1), findings)  # type: ignore[arg-type]

    assert len(redacted) <= MAX_RECORD_BYTES // 16
    assert findings.truncated > 0


def test_the_same_object_twice_is_no_cycle() -> None:
    """Only an object inside of itself is one."""
    shared = [1]
    findings = Findings()

    assert default_redactor().value("shop.pair", [shared, shared], findings) == [[1], [1]]
    assert findings == Findings()


def test_the_order_of_attributes_is_kept() -> None:
    """First-wins limits of the encoder depend on it."""
    assert list(default_redactor().attributes({"b": 1, "a": 2, "c": 3}, Findings())) == ["b", "a", "c"]


def test_an_option_says_what_the_next_item_is() -> None:
    """A command line as a list, as an attribute and as JSON in a text."""
    command = ["run", "--password", "hunter2", "--verbose", "--api-key", "--x", "y"]
    wanted = ["run", "--password", "[REDACTED:password]", "--verbose", "--api-key", "--x", "y"]

    for _ in range(2):
        assert default_redactor().value("process.command_args", command, Findings()) == wanted
        command = wanted
    text = default_redactor().text('["run", "--password", "hunter2"]', Findings())
    assert text == '["run","--password","[REDACTED:password]"]'


@pytest.mark.parametrize("filler", [b"x", "é".encode()], ids=["ascii", "utf-8"])
def test_bytes_are_cut_behind_the_scan(filler: bytes) -> None:
    """An address across 64 KiB leaves no half of itself; clean bytes are cut and counted once."""
    size = 1 << 16
    for offset in range(-20, 4):
        content = (filler * size)[: (size + offset) // 2 * 2] + b" jane.roe@example.com " + b"y" * 9000
        findings = Findings()

        cut = default_redactor().value("shop.blob", content, findings)

        assert isinstance(cut, bytes)
        assert len(cut) <= size
        assert b"jane.r" not in cut
        assert findings.truncated == 1
    clean = Findings()
    assert default_redactor().value("shop.blob", b"z" * 70_000, clean) == b"z" * size
    assert clean == Findings(truncated=1)
