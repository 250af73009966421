"""One line of JSON, redacted: what is not altered comes out as it was written, numbers and white space included."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C scanner that json itself uses
from typing import Any, NoReturn

from otel_kit.cli.redact.line import NotJson
from otel_kit.redaction.findings import Findings
from otel_kit.redaction.masks import FAILED

# Returns a parsed value redacted.
RedactValue = Callable[[Any, Findings], Any]

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBERED = re.compile(r"#[0-9]+\Z")
_LONGEST_NUMBER = 4000  # digits; Python refuses to convert more


class Doubled(Mapping[str, Any]):
    """An object that names a key twice: every member counts, as whoever reads it later may take any of them."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self._pairs = pairs

    def __getitem__(self, key: str) -> Any:
        return dict(self._pairs)[key]

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __eq__(self, other: object) -> bool:
        return self is other  # Mapping's own compares what is left of the members in a dict

    __hash__ = object.__hash__

    def items(self) -> Any:
        """Return all members, in their order."""
        return self._pairs


def redact_json_line(text: str, findings: Findings, redact: RedactValue) -> str:
    """Return ``text``, one JSON value, with ``redact`` applied to it; still one JSON value on one line.

    Raises:
        NotJson: it is no JSON, or nested so deeply that it cannot be read.
    """
    try:
        content = _DECODER.decode(text)
    except ValueError as error:
        raise NotJson("is no JSON") from error
    except RecursionError as error:
        raise NotJson("is JSON nested too deeply to be read") from error
    redacted = redact(content, findings)
    if redacted == content:
        return text
    start = _behind_space(text, 0)
    pieces: list[str] = []
    try:
        end = _Splice(text).value(start, content, redacted, pieces)
    except RecursionError:
        return _written(redacted, ascii_only=text.isascii())
    return text[:start] + "".join(pieces) + text[end:]


class _Splice:
    """Writes a redacted value over the text it was parsed from."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ascii = text.isascii()

    def value(self, start: int, was: Any, shown: Any, out: list[str]) -> int:
        """Add the text of the value at ``start`` to ``out``, as it stands if it was not altered; return its end."""
        text = self._text
        if isinstance(was, Mapping) and isinstance(shown, dict):
            return self._object(start, was, shown, out)
        if isinstance(was, list) and isinstance(shown, list) and len(was) == len(shown):
            return self._list(start, was, shown, out)
        _, end = _DECODER.raw_decode(text, start)
        written = text[start:end]
        # An integer beyond 64 bits comes back as text.
        same = shown == was if type(shown) is type(was) else shown == written and text[start] in "-0123456789"
        out.append(written if same else self._written(shown))
        return end

    def _written(self, shown: Any) -> str:
        return _written(shown, ascii_only=self._ascii)

    def _list(self, start: int, was: list[Any], shown: list[Any], out: list[str]) -> int:
        text = self._text
        position = start + 1
        for before, after in zip(was, shown, strict=True):
            value = _behind_space(text, position)
            out.append(text[position - 1 : value])  # the bracket or comma, and the space behind it
            end = self.value(value, before, after, out)
            position = _behind_space(text, end)
            out.append(text[end:position])
            position += 1
        if not was:
            position = _behind_space(text, position) + 1
            out.append(text[start : position - 1])
        out.append("]")
        return position

    def _object(self, start: int, was: Mapping[str, Any], shown: dict[str, Any], out: list[str]) -> int:
        text = self._text
        members: list[str] = []
        waiting = list(shown.items())[::-1]
        members_left = len(was)
        position = start + 1
        if not was:
            position = _behind_space(text, position) + 1
            out.append(text[start:position])
            return position
        for name, before in was.items():
            opened = _behind_space(text, position)
            _, closed = scanstring(text, opened + 1, True)
            value = _behind_space(text, _behind_space(text, closed) + 1)
            # With as many members as before each stands for its own; else those left whose name is not there.
            stays = waiting and (len(waiting) == members_left or _same_name(name, waiting[-1][0]))
            if stays:
                shown_name, after = waiting.pop()
                written = text[opened:closed] if _same_name(name, shown_name) else self._written(shown_name)
                member = [text[position:opened], written, text[closed:value]]
                end = self.value(value, before, after, member)
                position = _behind_space(text, end)
                members.append("".join([*member, text[end:position]]))
            else:
                _, end = _DECODER.raw_decode(text, value)
                position = _behind_space(text, end)
            members_left -= 1
            position += 1
        out.append("{" + ",".join(members) + "}" if not waiting else self._written(shown))
        return position


def _written(shown: Any, *, ascii_only: bool) -> str:
    try:
        return json.dumps(shown, ensure_ascii=ascii_only, separators=(",", ":"), allow_nan=False)
    except ValueError:  # 1e400 was a number in the line
        return json.dumps(FAILED)


def _same_name(name: str, shown: str) -> bool:
    """Whether ``shown`` is ``name``, numbered because it came twice."""
    return shown == name or (shown.startswith(name) and _NUMBERED.fullmatch(shown, len(name)) is not None)


def _behind_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match is not None else position


def _members(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    content = dict(pairs)
    return content if len(content) == len(pairs) else Doubled(pairs)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


# parse_int costs a call for each integer, a line with a longer one would else be no JSON.
_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refused, parse_int=_integer)
