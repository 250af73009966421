"""The console: which form where, what it leaves to others, and streams that are gone."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from otel_kit.logs.sinks import elsewhere
from otel_kit.logs.sinks.console import Console
from otel_kit.logs.sinks.outcome import Outcome
from tests.unit.logs.sinks.records import record


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A pseudo-terminal; a function writes records there as standard error and returns what came out."""
    ours, theirs = os.openpty()
    stream = os.fdopen(theirs, "w", encoding="utf-8")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def written(console: Console, *records: Any) -> str:
        monkeypatch.setattr(sys, "stderr", stream)  # here: pytest sets its own before the test
        monkeypatch.setattr(sys, "__stderr__", stream)
        assert Outcome(written=len(records)) == console.write(records)
        return os.read(ours, 1 << 16).decode().replace("\r\n", "\n")

    yield written
    stream.close()
    os.close(ours)


@pytest.mark.parametrize(
    ("mode", "in_terminal", "form"),
    [
        ("auto", True, "text"), ("auto", False, None), ("on", True, "text"), ("on", False, "json"),
        ("text", False, "text"), ("text", True, "text"), ("json", True, "json"), ("json", False, "json"),
        ("off", True, None), ("off", False, None),
    ],
)  # fmt: skip
def test_form_by_mode_and_stream(
    mode: str, in_terminal: bool, form: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a terminal text, JSON lines otherwise, unless one of them is asked for."""
    stream = Terminal() if in_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    console = Console(mode, "stdout")

    assert (form is not None) == console.is_on
    assert Outcome(written=int(console.is_on)) == (console.write([_lonely()]) if console.is_on else Outcome())
    shown = stream.getvalue()
    assert (form == "json") == shown.startswith('{"timestamp":"2026-')
    assert (form == "text") == ("INFO" in shown)


def _lonely(name: str = "nobody.prints.this") -> Any:
    return record("ada@example.com", {"otel_kit.logger.name": name})


def test_terminal_gets_colours(terminal: Any) -> None:
    """A real one, past the buffer of the stream."""
    assert "\x1b[32mINFO" in terminal(Console("on", "stderr"), _lonely())


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_terminal_without_colours(terminal: Any, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By NO_COLOR (no-color.org), and where a terminal has none."""
    monkeypatch.setenv(name, value)
    shown = terminal(Console("on", "stderr"), _lonely())
    assert "20:15:30.123  INFO      nobody.prints.this  a***@example.com\n" == shown


def test_values_cannot_steer_a_terminal(terminal: Any) -> None:
    """Text and JSON alike; the only control characters are the kit's own colours and line breaks."""
    hostile = "\x1b]0;title\x07\x1b[2J \x9b31m \u202e \r overwritten"
    for mode in ("text", "json"):
        made = record(hostile, {"k": hostile, "otel_kit.logger.name": "nobody"})
        made.log_record.body = hostile  # past what the bridges take out
        shown = terminal(Console(mode, "stderr"), made)
        for colour in ("\x1b[0m", "\x1b[2m", "\x1b[32m"):
            shown = shown.replace(colour, "")
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(shown)


def test_auto_leaves_to_others_what_they_print(
    monkeypatch: pytest.MonkeyPatch, logging_state: None, request: pytest.FixtureRequest
) -> None:
    """A handler on the way to the root that takes the level; a library that prints by itself."""
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    root = logging.getLogger()
    root.handlers[:] = []
    root.setLevel(logging.DEBUG)
    console = Console("auto", "stderr")
    logging.getLogger("served").addHandler(logging.StreamHandler(io.StringIO()))
    deaf = logging.StreamHandler(io.StringIO())
    deaf.setLevel(logging.ERROR)
    logging.getLogger("errors").addHandler(deaf)
    logging.getLogger("null").addHandler(logging.NullHandler())
    logging.getLogger("alone.served").addHandler(logging.StreamHandler(io.StringIO()))
    logging.getLogger("served.apart").propagate = False
    elsewhere.library_prints("of.structlog")
    request.addfinalizer(lambda: elsewhere._by_library.discard("of.structlog"))

    shown = []
    for name in ("served", "served.below.it", "errors", "null", "alone", "served.apart", "of.structlog", "never.made"):
        before = stream.getvalue()
        outcome = console.write([_lonely(name)])
        assert (outcome.written == 1) == (stream.getvalue() != before)
        shown += [name] * outcome.written

    assert ["errors", "null", "alone", "served.apart", "never.made"] == shown
    assert "never.made" not in logging.root.manager.loggerDict
    console.use("on", "stderr")
    assert 1 == console.write([_lonely("served")]).written


def test_streams_that_are_gone_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """None, closed, a pipe whose reader has gone, one that raises anything; it goes on when there is one again."""
    console = Console("json", "stderr")
    closed = io.StringIO()
    closed.close()
    reader, writer = os.pipe()
    os.close(reader)
    broken = os.fdopen(writer, "w", buffering=1)
    streams = {"no stream": None, "ValueError": closed, "BrokenPipeError": broken, "AttributeError": object()}
    for error, stream in streams.items():
        monkeypatch.setattr(sys, "stderr", stream)
        for original in (sys.__stderr__, stream):
            monkeypatch.setattr(sys, "__stderr__", original)
            outcome = console.write([_lonely(), _lonely()])
            assert (0, 2, error) == (outcome.written, sum(outcome.dropped.values()), outcome.error)
            assert set(outcome.dropped) <= {"closed", "failed"}
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert 1 == console.write([_lonely()]).written
    with pytest.raises(BrokenPipeError):
        broken.close()  # what io still held


def test_full_pipe_that_does_not_block_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole lines come out, in blocks that a pipe takes at once."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    stream = os.fdopen(writer, "w")
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "__stderr__", stream)
    got = bytearray()

    def read() -> None:
        while data := os.read(reader, 4096):
            got.extend(data)

    import threading

    thread = threading.Thread(target=read)
    thread.start()
    assert 3000 == Console("json", "stderr").write([record("x" * 100)] * 3000).written
    stream.close()
    thread.join()
    os.close(reader)
    assert ["x" * 100] * 3000 == [json.loads(line)["message"] for line in got.splitlines()]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("mode", ["text", "json"])
def test_stream_of_another_encoding(mode: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks is escaped, by either way to the stream."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding=encoding))
    made = record("grün €", {"otel_kit.logger.name": "nobody"})
    assert 1 == Console(mode, "stderr").write([made]).written
    shown = raw.getvalue().decode(encoding)
    assert "gr" in shown
    assert ("\\u20ac" in shown) == (encoding != "utf-8")
