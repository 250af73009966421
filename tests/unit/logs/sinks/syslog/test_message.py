"""RFC 5424's grammar, read back by a parser that is not the one that wrote it."""

from __future__ import annotations

import os
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry._logs import SeverityNumber
from opentelemetry.context import Context

from otel_kit.logs.sinks.syslog.message import message
from tests.unit.logs.sinks.records import record
from tests.unit.logs.sinks.test_rendering import IN_SPAN, STEERING

# Section 6, as a regular expression over bytes.
NAME = rb"[\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32}"  # SD-NAME: no =, ], "
VALUE = rb'(?:[^"\\\]]|\\["\\\]])*'
GRAMMAR = re.compile(
    rb"<(?P<pri>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<host>[\x21-\x7e]{1,255}) "
    rb"(?P<app>[\x21-\x7e]{1,48}) (?P<pid>[\x21-\x7e]{1,128}) (?P<id>[\x21-\x7e]{1,32}) "
    rb"(?P<data>-|\[" + NAME + rb"(?: " + NAME + rb'="' + VALUE + rb'")*\]) \xef\xbb\xbf(?P<text>.*)',
    re.DOTALL,
)
PARAMETER = re.compile(rb"(" + NAME + rb')="(' + VALUE + rb')"')


def _parsed(data: bytes) -> tuple[dict[str, str], dict[str, str]]:
    match = GRAMMAR.fullmatch(data)
    assert match is not None, data
    parts = {name: part.decode("utf-8") for name, part in match.groupdict().items()}
    assert STEERING.search(parts["text"] + parts["data"]) is None
    parameters = {
        name.decode(): re.sub(rb'\\(["\\\]])', rb"\1", value).decode()
        for name, value in PARAMETER.findall(match["data"])
    }
    return parts, parameters


def test_message_says_what_the_record_says() -> None:
    """Header, ids in the structured data, message with its extras; redacted; no stack."""
    made = record(
        "card 4111111111111111 für ada@example.com\nline two",
        {"order": 17, "otel_kit.request_id": "r-1", "user.id": 'a"]\\b', "exception.type": "ValueError",
         "exception.message": "bad", "exception.stacktrace": "Traceback\n"},
        SeverityNumber.ERROR,
        event_name="order.failed",
        context=IN_SPAN,
    )  # fmt: skip

    parts, parameters = _parsed(message(made, "local3", 2048))

    assert parts["data"].startswith("[otel_kit@32473 ")
    del parts["data"]
    assert {
        "pri": str(19 * 8 + 3),
        "time": "2026-11-21T20:15:30.123456Z",
        "host": socket.gethostname(),
        "app": "shop",
        "pid": str(os.getpid()),
        "id": "order.failed",
        "text": "card 4111-****-****-1111 für a***@example.com\\nline two order=17 "
        "exception=ValueError exception.message=bad",
    } == parts
    assert {
        "trace_id": f"{0xABC:032x}", "span_id": f"{0xDEF:016x}", "request_id": "r-1", "user": 'a"]\\b',
        "event": "order.failed", "component": "orders.payment", "environment": "test",
    } == parameters  # fmt: skip


@pytest.mark.parametrize(
    ("severity", "number"),
    [("TRACE", 7), ("DEBUG4", 7), ("INFO", 6), ("WARN", 4), ("ERROR2", 3), ("FATAL", 2), ("UNSPECIFIED", 6)],
)
def test_priority_is_facility_and_severity(severity: str, number: int) -> None:
    """Section 6.2.1; the message id is ``-`` without an event."""
    made = record(severity=SeverityNumber[severity])
    assert [f"<{8 + number}>1", "-"] == [message(made, "user", 2048).decode().split(" ")[index] for index in (0, 5)]


@given(st.text(max_size=3000), st.text(max_size=300), st.integers(700, 3000))
def test_any_text_fits_and_is_cut_on_a_character(body: str, name: str, room: int) -> None:
    """Whatever stands in message, event and values: the grammar holds, within the limit, in valid UTF-8."""
    made = record(body, {"otel_kit.request_id": name or "r", "key": name}, event_name=name, context=Context())

    data = message(made, "user", room)

    assert len(data) <= room
    _parsed(data)


def test_cut_text_says_so() -> None:
    """Not a byte more than there is room for, and hardly fewer."""
    data = message(record("ß" * 2000), "user", 1001)
    assert 998 <= len(data) <= 1001
    assert data.decode("utf-8").endswith("ßß…")
