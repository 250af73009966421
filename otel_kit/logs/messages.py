"""The text of a standard library record, whatever its message and arguments are."""

from __future__ import annotations

import logging
import re

# What colours a terminal (control sequences, ECMA-48 section 5.4) hides a key and its value from rules.
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def message_of(record: logging.LogRecord) -> str:
    """Return the formatted message; with arguments that do not fit, the template and what can be said of them."""
    return formatted(record)[0]


def formatted(record: logging.LogRecord) -> tuple[str, bool]:
    """Return the message, and whether it is the formatted one."""
    try:
        message = record.getMessage()
        if type(message) is not str:
            message = str.__str__(message)
        return without_colours(message) if "\x1b[" in message else message, True
    except Exception as error:
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        return f"{template} [arguments not formatted: {type(error).__name__}]", False


def without_colours(text: str) -> str:
    """Return ``text`` without the control sequences of terminals."""
    return _COLOURS.sub("", text) if "\x1b[" in text else text
