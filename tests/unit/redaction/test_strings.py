"""Size limits, repair and settling of one string."""

from __future__ import annotations

import itertools

import pytest

from otel_kit.redaction.findings import Findings
from otel_kit.redaction.redactor import default_redactor
from otel_kit.redaction.strings import MAX_BYTES, Strings

MARK = "…[truncated]"


@pytest.mark.parametrize(
    "text", ["a" * 70_000, "é" * 40_000, "😀" * 20_000, "bob@example.com " * 5_000, "password=x " * 6_500]
)
def test_long_strings_are_cut_behind_the_scan(text: str) -> None:
    """At most 64 KiB of UTF-8 leave, marked, and the receiver has nothing to do."""
    findings = Findings()

    cut = default_redactor().text(text, findings)

    assert len(cut.encode()) <= MAX_BYTES
    assert cut.endswith(MARK)
    assert findings.truncated == 1
    assert "bob" not in cut
    again = Findings()
    assert default_redactor().text(cut, again) == cut
    assert again == Findings()


@pytest.mark.parametrize("offset", range(-24, 4))
def test_a_value_across_the_limit_is_seen_whole(offset: int) -> None:
    """A card that the cut would split leaves none of its middle digits."""
    text = "x" * (MAX_BYTES + offset - len(MARK.encode())) + " 4111 1111 1111 1111 " + "y" * 9_000

    cut = default_redactor().text(text, Findings())

    assert "1111 1111" not in cut
    assert "4111 1" not in cut


def test_a_long_address_across_the_limit_is_seen_whole() -> None:
    """Its at sign stands behind the limit, and still the name before it does not leave."""
    local = "very.long.name.of.a.person.with.many.given.names"

    cut = default_redactor().text("x " * (MAX_BYTES // 2 - 20) + local + "@example.com" + " y" * 9_000, Findings())

    assert "very.long" not in cut


def test_a_string_at_the_limit_is_whole() -> None:
    """Exactly 64 KiB need no cut."""
    findings = Findings()

    assert default_redactor().text("a" * MAX_BYTES, findings) == "a" * MAX_BYTES
    assert findings == Findings()


def test_work_on_a_huge_string_is_bounded() -> None:
    """Of 10 MiB only the head is looked at."""
    seen: list[int] = []

    def treat(text: str, _findings: Findings) -> str:
        seen.append(len(text))
        return text

    Strings({"text": treat}).redact("text", "a" * (10 << 20), Findings())

    assert max(seen) < 2 * MAX_BYTES


def test_what_one_pass_writes_is_scanned_again() -> None:
    """A mask that completes another value is found by the next round."""
    strings = Strings({"text": lambda text, _findings: text.replace("aa", "b").replace("bb", "c")})

    assert strings.redact("text", "aabaa", Findings()) == "cb"


def test_what_never_settles_is_dropped() -> None:
    """A treatment that finds something for ever fails closed."""
    numbers = itertools.count()
    findings = Findings()

    redacted = Strings({"text": lambda _text, _findings: str(next(numbers))}).redact("text", "x", findings)

    assert redacted == "[REDACTED:error]"
    assert findings.errors == 1


@pytest.mark.parametrize("text", ["short", "long " * 100])
def test_a_failing_treatment_drops_the_string(text: str) -> None:
    """Whatever goes wrong while scanning, the raw string does not leave."""

    def fails(_text: str, _findings: Findings) -> str:
        raise RuntimeError("broken scanner")

    findings = Findings()

    assert Strings({"text": fails}).redact("text", text, findings) == "[REDACTED:error]"
    assert findings == Findings(errors=1)


def test_only_clean_strings_are_remembered() -> None:
    """A clean string is treated once, a dirty one each time: raw values stay nowhere."""
    seen: list[str] = []

    def treat(text: str, _findings: Findings) -> str:
        seen.append(text)
        return text.replace("secret", "gone")

    strings = Strings({"text": treat})
    for _ in range(3):
        strings.redact("text", "clean", Findings())
        strings.redact("text", "a secret", Findings())

    assert seen.count("clean") == 1
    assert seen.count("a secret") > 2


def test_lone_surrogates_are_written_out_and_counted() -> None:
    """What UTF-8 cannot carry is repaired, and the rest of the string still redacted."""
    findings = Findings()

    assert default_redactor().text("\ud800 bob@example.com", findings) == "\\ud800 b***@example.com"
    assert findings == Findings(hits={"email": 1}, repaired=1)
