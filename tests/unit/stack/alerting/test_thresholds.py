"""Thresholds: read with their units, written for queries and for people, refused with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from otel_kit.errors import ConfigError
from otel_kit.stack.alerting.durations import duration_text, seconds_of
from otel_kit.stack.alerting.thresholds import UNITS, Threshold, load


@pytest.mark.parametrize(
    ("unit", "raw", "in_query", "in_words"),
    [
        ("ratio", 0.05, "0.05", "5 %"),
        ("ratio", "0.5%", "0.005", "0.5 %"),
        ("ratio", 1, "1", "100 %"),
        ("s", "300ms", "0.3", "300 ms"),
        ("s", 5, "5", "5 s"),
        ("s", "2m", "120", "2m"),
        ("s", 90, "90", "90 s"),
        ("s", 21600, "21600", "6h"),
        ("By", "1.5GiB", "1610612736", "1.5 GiB"),
        ("By", 512, "512", "512 B"),
        ("By", "1e9", None, None),
        ("1", "1e3", "1000", "1000"),
        ("1", 0.0000012, "0.0000012", "0.0000012"),
        ("USD", 50, "50", "50 USD"),
        ("per_second", 0.1, "0.1", "0.1 a second"),
        ("d", 90, "90", "90 days"),
        ("duration", "90s", "90s", "90s"),
        ("duration", "60m", "1h", "1h"),
        ("ratio", 5, None, None),
        ("ratio", True, None, None),
        ("ratio", -0.1, None, None),
        ("1", "nan", None, None),
        ("1", "many", None, None),
        ("duration", "0s", None, None),
        ("duration", "5 minutes", None, None),
        ("duration", 5, None, None),
    ],
)
def test_values_are_read_by_their_unit(unit: str, raw: object, in_query: str | None, in_words: str | None) -> None:
    """None: refused."""
    empty = Threshold("x", 0.0, unit, "")

    try:
        made = empty.having(raw)
    except ValueError:
        assert in_query is None
        return

    assert (in_query, in_words) == (made.in_query, made.in_words)


@pytest.mark.parametrize(("text", "seconds"), [("1h30m", 5400), ("2w", 1209600), ("250ms", 0.25), ("0s", 0)])
def test_durations_are_those_of_prometheus(text: str, seconds: float) -> None:
    """And come back as short as they can be written."""
    assert seconds == seconds_of(text)
    assert seconds == seconds_of(duration_text(seconds))


@pytest.mark.parametrize("text", ["", "5", "5 m", "30m1h", "1y", "-5m", "1.5h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Units stand in the order of Prometheus; years are none of them."""
    with pytest.raises(ValueError, match=r"^$"):
        seconds_of(text)


def test_every_fault_of_a_file_is_said_with_its_line(tmp_path: Path) -> None:
    """What is wrong with one does not hide the next."""
    file = tmp_path / "thresholds.yaml"
    file.write_text(
        "version: 1\nthresholds:\n"
        "  Errors: {value: 0.1, unit: ratio, meaning: m}\n"
        "  a: {value: 5, unit: ratio, meaning: m}\n"
        "  b: {value: 5, unit: percent, meaning: m}\n"
        "  c: {value: 5, unit: s, meaning: m, per_servcie: true}\n"
        "  d: 5\n"
        "  e: {value: 5, unit: s}\n",
        "utf-8",
    )

    with pytest.raises(ConfigError) as raised:
        load(file)

    said = [str(fault).replace(str(tmp_path), "") for fault in raised.value.faults]
    assert [
        "Errors in /thresholds.yaml:3 is no name of a threshold; small letters, digits and _ are.",
        "a in /thresholds.yaml:4 is 5; a number from 0 to 1, or 5%.",
        f"b in /thresholds.yaml:5 has the unit 'percent'; units are {', '.join(UNITS)}.",
        "c in /thresholds.yaml:6 has the unknown key per_servcie; did you mean per_service?",
        "d in /thresholds.yaml:7 is no threshold; a map with value, unit and meaning is.",
        "e in /thresholds.yaml:8 has no meaning, or a per_service that is not true or false.",
    ] == said


def test_the_shipped_ones_say_what_they_mean() -> None:
    """The values that the requirements name, and a sentence each."""
    shipped = load()

    assert ("5 %", "5 s", "95 %", "90 days") == tuple(
        shipped[name].in_words for name in ("error_ratio", "latency_p99", "availability", "key_age")
    )
    assert [] == [one.name for one in shipped.values() if len(one.meaning) < 10]
