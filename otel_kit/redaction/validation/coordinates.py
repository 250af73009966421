"""Places on the earth in text: pairs of degrees that are in range."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"-?[0-9]{1,3}\.[0-9]{1,20}", re.ASCII)


def coordinates(text: str, start: int, end: int) -> bool:
    """Whether the first two decimals are degrees of latitude and longitude, in either order. *Source:* ISO 6709."""
    numbers = [float(number) for number in _NUMBER.findall(text[start:end])[:2]]
    if len(numbers) < 2 or text[start - 1 : start].isdigit() or text[end : end + 1].isdigit():
        return False
    first, second = sorted(map(abs, numbers))
    return first <= 90 and second <= 180 and second > 0


def degrees(text: str, start: int, end: int) -> bool:
    """Whether one angle is one of latitude or longitude: at most 180 degrees, less than 60 minutes and seconds."""
    whole, *rest = [float(number) for number in re.findall(r"[0-9]{1,3}(?:\.[0-9]+)?", text[start:end])]
    return whole <= 180 and all(part < 60 for part in rest) and not text[start - 1 : start].isdigit()
