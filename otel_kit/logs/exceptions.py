"""Exceptions as text and as attributes: one text for the exported record, the application's handlers and span events.

A stack trace is the dearest part of a log call: the standard library looks up, indents and underlines each line anew.
What a frame looks like is settled by its code and the place in it, so those lines are kept. The text is the standard
library's own, character by character; what is out of the ordinary (groups, notes, suggestions of names, syntax errors)
it makes itself.
"""

from __future__ import annotations

import traceback
from types import CodeType, TracebackType
from typing import Any

from otel_kit import semconv
from otel_kit.redaction.snapshot import text_of

_MEMO = "_otel_kit_stack"
_MAX_FRAMES = 4096  # about 1 MB of text
_MAX_KINDS = 1024
_MAX_MEMO = 1 << 18
_MAX_LINKS = 50  # a loop that raises from its last failure makes chains of any length
_REPEATS_SHOWN = 3
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
_OLDER = "[older exceptions left out]\n"
# The standard library adds to their last line what depends on more than the exception's own text.
_SPECIAL = (BaseExceptionGroup, SyntaxError, NameError, AttributeError, ImportError)

_Place = tuple[str, int | None, str]
# By identity, as a code object computes its hash from all its parts each time; the entry keeps the object alive.
_frames: dict[tuple[int, int], tuple[str, _Place, CodeType]] = {}
_names: dict[type[BaseException], str | None] = {}


def exception_type(error: BaseException) -> str:
    """Return the fully qualified name of an exception's class."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def exception_attributes(error: BaseException) -> dict[str, Any]:
    """Return an exception as the conventions' attributes. Total: whatever its ``__str__`` does."""
    attributes: dict[str, Any] = {
        semconv.EXCEPTION_TYPE: exception_type(error),
        semconv.EXCEPTION_MESSAGE: None,
        semconv.EXCEPTION_STACKTRACE: stack_of(error),
    }
    try:
        text = str(error)
        attributes[semconv.EXCEPTION_MESSAGE] = text if type(text) is str else str.__str__(text)
    except Exception:
        attributes |= {semconv.EXCEPTION_MESSAGE: text_of(error), semconv.REPAIRED: True}
    return attributes


def stack_of(error: BaseException) -> str:
    """Return what ``traceback.format_exception`` makes of an exception, its causes included.

    Without its text when that cannot be had. Never raises; of more than 50 exceptions in a chain, the last ones.
    """
    try:
        links = _chain(error)
        if links is not None:
            return "".join([_link_text(*link) for link in links])
        return _formatted_once(error)
    except Exception as failure:
        return _bare(error, failure)


class _Memo:
    """The text of an exception, kept on it as long as nothing about it has changed. Not carried to other processes."""

    __slots__ = ("state", "text")

    def __init__(self, state: tuple[Any, ...], text: str) -> None:
        self.state = state
        self.text = text

    def __reduce__(self) -> tuple[Any, ...]:
        return _nothing, ()


def _nothing() -> None:
    return None


def _chain(error: BaseException) -> list[tuple[BaseException, str, str]] | None:
    """Return the exceptions to show, the oldest first, each with its last line and what stands before it.

    None where only the standard library knows what to write.
    """
    links: list[tuple[BaseException, str, str]] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None:
        line = _last_line(link)
        if line is None:
            return None
        cause, context = link.__cause__, link.__context__
        if cause is not None and context is not None and cause is not context:
            return None
        seen.add(id(link))
        older, joint = (cause, _CAUSE) if cause is not None else (context, _CONTEXT)
        if older is None or id(older) in seen or (cause is None and link.__suppress_context__):
            older, joint = None, ""
        elif len(seen) == _MAX_LINKS:
            older, joint = None, _OLDER + joint
        links.append((link, line, joint))
        link = older
    links.reverse()
    return links


def _last_line(error: BaseException) -> str | None:
    kind = type(error)
    name = _names.get(kind, "")
    if name == "":
        if len(_names) >= _MAX_KINDS:
            _names.clear()
        name = _names[kind] = _shown_name(kind)
    if name is None or getattr(error, "__notes__", None) is not None:
        return None
    try:
        text = str(error)
    except Exception:  # the standard library says so, in its own words
        return None
    if type(text) is not str:
        return None
    return f"{name}: {text}\n" if text else f"{name}\n"


def _shown_name(kind: type[BaseException]) -> str | None:
    """Return what the last line calls the class; None where only the standard library knows what to write."""
    if issubclass(kind, _SPECIAL):
        return None
    if hasattr(kind, "__len__") or hasattr(kind, "__bool__"):
        return None  # whether the standard library follows the chain of one that is false depends on its version
    module, name = kind.__module__, kind.__qualname__
    if type(module) is not str:
        return None
    return name if module in ("__main__", "builtins") else f"{module}.{name}"


def _link_text(error: BaseException, last_line: str, joint: str) -> str:
    trace = error.__traceback__
    if trace is None:
        return f"{joint}{last_line}"
    return f"{joint}Traceback (most recent call last):\n{_frames_text(trace)}{last_line}"


def _frames_text(trace: TracebackType | None) -> str:
    lines: list[str] = []
    last: _Place | None = None
    count = 0
    while trace is not None:
        code = trace.tb_frame.f_code
        text, place, _ = _frames.get((id(code), trace.tb_lasti)) or _new_frame(code, trace)
        if place != last or place[1] is None:
            if count > _REPEATS_SHOWN:
                lines.append(_repeated(count))
            last, count = place, 0
        count += 1
        if count <= _REPEATS_SHOWN:
            lines.append(text)
        trace = trace.tb_next
    if count > _REPEATS_SHOWN:
        lines.append(_repeated(count))
    return "".join(lines)


def _new_frame(code: CodeType, trace: TracebackType) -> tuple[str, _Place, CodeType]:
    summary = traceback.extract_tb(trace, limit=1)
    (frame,) = summary
    made = summary.format()[0], (frame.filename, frame.lineno, frame.name), code
    if len(_frames) >= _MAX_FRAMES:
        _frames.clear()
    _frames[id(code), trace.tb_lasti] = made
    return made


def _repeated(count: int) -> str:
    more = count - _REPEATS_SHOWN
    return f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]\n"


def _formatted_once(error: BaseException) -> str:
    """Return the standard library's text, the one from before if the exception is still as it was then."""
    trace = error.__traceback__
    place = None if trace is None else (id(trace), trace.tb_lasti, trace.tb_frame.f_code)
    linked = id(error.__cause__), id(error.__context__), error.__suppress_context__
    notes = getattr(error, "__notes__", None)
    state = (place, linked, text_of(error), len(notes) if type(notes) is list else None)
    memo = BaseException.__getattribute__(error, "__dict__").get(_MEMO)
    if isinstance(memo, _Memo) and memo.state == state:
        return memo.text
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    if len(text) <= _MAX_MEMO:
        BaseException.__setattr__(error, _MEMO, _Memo(state, text))  # past a __setattr__ that refuses or does more
    return text


def _bare(error: BaseException, failure: BaseException) -> str:
    try:
        frames = "".join(traceback.format_tb(error.__traceback__))
    except Exception:  # the "exception" of a record can be anything
        frames = ""
    return f"{frames}{type(error).__name__}: no text, {type(failure).__name__}"
