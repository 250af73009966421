"""Variables in the files of Prometheus and Alertmanager."""

from __future__ import annotations

import pytest

from otel_kit.errors import ConfigError
from otel_kit.stack.rendering import render

VARIABLES = {"HOST": "loki", "PORT": "3100", "EMPTY": "", "DOLLAR": "a$b${HOST}$$"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://${HOST}:${PORT}/", "http://loki:3100/"),
        ("${MISSING:-a:b-c}", "a:b-c"),
        ("${EMPTY:-default}", "default"),
        ("[${EMPTY}]", "[]"),
        ("${MISSING:-}", ""),
        ("${HOST:?run stack init}", "loki"),
        # What other programs mean by `$` stays theirs.
        ("summary: '{{ $labels.job }} ^a$ 5$'", "summary: '{{ $labels.job }} ^a$ 5$'"),
        ("replacement: $$1 $${1} $$${PORT}", "replacement: $1 ${1} $3100"),
        # A value is data: it is not looked into again.
        ("${DOLLAR}", "a$b${HOST}$$"),
        ("# ${UNKNOWN} in a comment\n  # too ${\nkey: ${PORT}\n", "# ${UNKNOWN} in a comment\n  # too ${\nkey: 3100\n"),
        ("a\r\n${PORT}\r\n", "a\r\n3100\r\n"),
        ("", ""),
    ],
)
def test_variables_are_filled_in(text: str, expected: str) -> None:
    """Each form, and nothing else."""
    assert render(text, VARIABLES, "file.yml") == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\nb: ${HOTS}\n", "file.yml:2 uses HOTS, which is not set; did you mean HOST?"),
        ("${ZZZZZZ}", "file.yml:1 uses ZZZZZZ, which is not set."),
        ("${EMPTY:?run stack init first}", "file.yml:1 needs EMPTY; run stack init first."),
        ("${1}", "file.yml:1 has '${1}', which is no variable"),
        ("${HOST", "file.yml:1 has '${HOST', which is no variable"),
        ("${}", "file.yml:1 has '${}', which is no variable"),
        ("${HOST:+x}", "file.yml:1 has '${HOST:+x}', which is no variable"),
        ("${a b}", "file.yml:1 has '${a b}', which is no variable"),
    ],
)
def test_what_cannot_be_filled_in_is_named_with_its_line(text: str, said: str) -> None:
    """File, line, variable, and the nearest name."""
    with pytest.raises(ConfigError) as error:
        render(text, VARIABLES, "file.yml")

    assert said in str(error.value)


@pytest.mark.parametrize("value", ["a\nreceivers: []", "a\r", "a\x00", "a\x85b", "a\u2028b", "\x1b[2J"])
def test_a_value_cannot_add_lines_to_a_file(value: str) -> None:
    """Otherwise one variable could write the rest of a configuration; the value is not repeated in the error."""
    with pytest.raises(ConfigError, match="line break or another control character") as error:
        render("url: ${URL}", {"URL": value}, "file.yml")

    assert value not in str(error.value)


def test_all_faults_of_a_file_come_at_once() -> None:
    """Nobody mends one to see the next."""
    with pytest.raises(ConfigError) as error:
        render("${A} ${B}\n${1}\n", {}, "f")

    assert [fault.where for fault in error.value.faults] == ["f:1", "f:1", "f:2"]


def test_a_long_line_of_dollars_takes_no_time() -> None:
    """Linear in the size of the text: this ends within the test's time limit."""
    with pytest.raises(ConfigError):
        render("${" * 200_000, {}, "f")
    assert render("$" * 400_000, {}, "f") == "$" * 200_000
