"""One record, one rendering: what a line says, and that it is one line whatever stands in the record."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry._logs import SeverityNumber
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from otel_kit.logs.sinks import json_lines
from otel_kit.logs.sinks.json_lines import json_line
from otel_kit.logs.sinks.text_lines import text_lines
from tests.unit.logs.sinks.records import AT, record

IN_SPAN = set_span_in_context(NonRecordingSpan(SpanContext(0xABC, 0xDEF, False, TraceFlags(1))), Context())
STACK = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\nValueError: for ada@example.com\n'
# What no terminal may get out of a value: C0, DEL, C1, line separators, marks of direction.
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
CYCLE: dict[str, Any] = {}
CYCLE["self"] = [CYCLE, CYCLE]


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError


HOSTILE = {
    "cyclic": CYCLE,
    "deep": json.loads("[" * 500 + "]" * 500),
    "huge": "x" * 3_000_000,
    "wide": {str(number): "y" * 100 for number in range(50_000)},
    "no text": Hostile(),
    "lone surrogate": "a\ud800b",
    "bytes": b"\xff\x00\x1b[31m",
    "big number": 1 << 4000,
    "nan": float("nan"),
    "not strings as keys": {1: 2, None: 3, b"\xff": 4, Hostile(): 5},
    "line ends": "one\ntwo\rthree\x0bfour\x85five\u2028six\u2029seven",
    "colours and bells": "\x1b[31mred\x1b[0m \x07 \x9b31m \x1b]0;title\x07",
    "other direction": "user\u202egpj.exe\u2066",
    "nul": "a\x00b",
}


def test_json_line_has_the_fields_in_their_order() -> None:
    """Named fields first, everything else under ``attributes``; what is absent is left out."""
    line = json_line(
        record(
            "card 4111111111111111",
            {
                "otel_kit.request_id": "r-1", "user.id": "42", "order": 17, "note": "to ada@example.com",
                "exception.type": "ValueError", "exception.stacktrace": STACK,
            },
            SeverityNumber.ERROR,
            event_name="order.paid",
            context=IN_SPAN,
        )
    )  # fmt: skip

    fields = json.loads(line)
    assert {
        "timestamp": "2026-11-21T20:15:30.123456Z",
        "level": "error",
        "service": "shop",
        "environment": "test",
        "component": "orders.payment",
        "message": "card 4111-****-****-1111",
        "event": "order.paid",
        "trace_id": f"{0xABC:032x}",
        "span_id": f"{0xDEF:016x}",
        "request_id": "r-1",
        "user": "42",
        "attributes": {
            "order": 17,
            "note": "to a***@example.com",
            "exception.type": "ValueError",
            "exception.stacktrace": STACK.replace("ada@", "a***@"),
        },
    } == fields
    assert list(fields) == [
        "timestamp", "level", "service", "environment", "component", "message", "event", "trace_id", "span_id",
        "request_id", "user", "attributes",
    ]  # fmt: skip
    assert ["timestamp", "level", "service", "environment", "component", "message"] == list(
        json.loads(json_line(record("only this", context=Context())))
    )


def test_text_is_one_line_with_the_stack_below() -> None:
    """Level, logger, message, extras, short trace id; the stack indented; without colours unless asked for."""
    made = record(
        "failed\nINFO forged line",
        {"order": 17, "note": 'a "b"', "cart": {"x": [1]}, "exception.type": "ValueError",
         "exception.message": "for ada@example.com", "exception.stacktrace": STACK, "code.file.path": "/a/x.py",
         "code.line.number": 3},
        SeverityNumber.ERROR,
        context=IN_SPAN,
    )  # fmt: skip

    assert text_lines(made, coloured=False) == (
        "20:15:30.123  ERROR     orders.payment  failed  "
        'order=17 note="a \\"b\\"" cart={"x":[1]} trace=00000000\n'
        "    | INFO forged line\n"
        "    | Traceback (most recent call last):\n"
        '    |   File "x.py", line 1, in f\n'
        "    | ValueError: for a***@example.com\n"
    )
    ids = {"otel_kit.request_id": "r-1", "user.id": "42", "event.category": "audit", "retention.tier": "audit", "n": 1}
    shown = [text_lines(record("x", ids, event_name="e", context=one), coloured=False) for one in (IN_SPAN, Context())]
    assert ["event=e user=42 n=1 trace=00000000", "event=e user=42 request_id=r-1 n=1"] == [
        line.rstrip("\n").split("  ")[-1] for line in shown
    ]
    coloured = text_lines(made, coloured=True)
    assert "\x1b[31mERROR" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text_lines(made, coloured=False)
    warning = record("w", {"code.file.path": "/a/x.py", "code.line.number": 3}, SeverityNumber.WARN, context=Context())
    assert text_lines(warning, coloured=False) == "20:15:30.123  WARNING   orders.payment  w  (x.py:3)\n"


@pytest.mark.parametrize("number", [None, *SeverityNumber])
def test_every_severity_has_a_level(number: SeverityNumber | None) -> None:
    """The data model's 24 numbers become logging's five levels; none becomes info."""
    wanted = {"T": "debug", "D": "debug", "I": "info", "W": "warning", "E": "error", "F": "critical", "U": "info"}
    level = json.loads(json_line(record(severity=number)))["level"]
    assert level == wanted[number.name[0] if number is not None else "U"]


@pytest.mark.parametrize("dumps", ["orjson", "json"])
@pytest.mark.parametrize("place", ["body", "value", "key"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_values_give_one_line(name: str, place: str, dumps: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By either encoder: valid UTF-8 and JSON, one line, nothing that steers a terminal."""
    value = HOSTILE[name]
    if dumps == "json":
        monkeypatch.setattr(json_lines, "_dumps_in_use", [json_lines._with_json])
    made = {
        "body": lambda: record(value),
        "value": lambda: record("x", {"value": value}),
        "key": lambda: record("x", {str(value)[:1000] if not isinstance(value, Hostile) else "k": 1}),
    }[place]()

    _assert_one_line(made)


@pytest.mark.parametrize("dumps", ["orjson", "json"])
@pytest.mark.parametrize("name", HOSTILE)
def test_values_that_were_not_redacted_give_one_line(name: str, dumps: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were redaction off, or did it leave anything: the line is made all the same."""
    if dumps == "json":
        monkeypatch.setattr(json_lines, "_dumps_in_use", [json_lines._with_json])
    made = record("x")
    made.log_record.attributes = {"value": HOSTILE[name], "otel_kit.request_id": HOSTILE[name]}
    made.log_record.body = HOSTILE[name]
    made.log_record.event_name = HOSTILE[name]
    made.log_record.timestamp = 1 << 80

    _assert_one_line(made)


@given(st.text(st.characters()), st.dictionaries(st.text(min_size=1), st.text(st.characters())))
def test_any_text_gives_one_line(body: str, extras: dict[str, str]) -> None:
    """Drawn from all of Unicode, surrogates included."""
    _assert_one_line(record(body, extras))


def test_time_has_microseconds() -> None:
    """Also where the record has only the time at which it was seen."""
    made = record()
    made.log_record.observed_timestamp, made.log_record.timestamp = AT - 1_000_000_000, None
    assert json.loads(json_line(made))["timestamp"] == "2026-11-21T20:15:29.123456Z"


def _assert_one_line(made: Any) -> None:
    line = json_line(made)
    text = line.decode("utf-8")
    assert [text.removesuffix("\n")] == text.splitlines()
    assert STEERING.search(text) is None
    fields = json.loads(text, parse_constant=pytest.fail)
    assert {"timestamp", "level"} <= set(fields)
    shown = text_lines(made, coloured=False)
    shown.encode("utf-8")
    assert STEERING.search(shown) is None
    first, *below = shown.removesuffix("\n").split("\n")
    assert re.match(r"\d\d:\d\d:\d\d\.\d{3}  [A-Z]+ +", first)
    assert all(line.startswith("    | ") for line in below)
