"""What the user promises of a service: how many of its requests have to succeed, or to be answered in time.

Read from the list ``objectives`` of the section ``alerting``. Field names follow OpenSLO where it has one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from otel_kit.errors import Fault, nearest
from otel_kit.semconv import HTTP_DURATION_BOUNDARIES
from otel_kit.settings.document import Document

Kind = Literal["availability", "latency"]
EVERY_SERVICE: Final = "*"

_KINDS: Final[tuple[Kind, ...]] = ("availability", "latency")
_FIELDS: Final = ("name", "service", "kind", "threshold", "target", "window", "environment", "namespace", "route")
_REQUIRED: Final = ("name", "service", "kind", "target")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_DURATION: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?(ms|s)", re.ASCII)
_WINDOW: Final = re.compile(r"(\d{1,3})([dw])", re.ASCII)
_SHORTEST_DAYS, _LONGEST_DAYS = 7, 90
_LONGEST_TEXT: Final = 200
# Beyond it one failure in a hundred thousand requests is too many: no alert could tell it from chance.
_LOWEST_TARGET, _HIGHEST_TARGET = 50.0, 99.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """``target`` is in percent, ``threshold_s`` the seconds within which a request has to be answered (latency only).

    ``service`` ``*``: every service that has no objective of that kind of its own. An empty filter lets all pass.
    ``declared``: somebody promised it; what is only expected by default wakes nobody up.
    """

    name: str
    service: str
    kind: Kind
    target: float
    window_days: int = 30
    threshold_s: float | None = None
    environments: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    declared: bool = True

    @property
    def ratio(self) -> float:
        """The target as a share of 1, without the noise of a division."""
        return round(self.target / 100, 7)

    @property
    def window(self) -> str:
        """The window as Prometheus writes it."""
        return f"{self.window_days}d"


DEFAULTS: Final = (
    Objective(name="availability", service=EVERY_SERVICE, kind="availability", target=99.9, declared=False),
    Objective(name="latency", service=EVERY_SERVICE, kind="latency", target=99.0, threshold_s=2.5, declared=False),
)
"""What is expected of each service of which nothing is declared."""


def read(document: Document, path: tuple[str | int, ...], faults: list[Fault]) -> tuple[Objective, ...]:
    """Return the objectives of the list at ``path``; what is wrong with any of them is added to ``faults``."""
    found: Any = document.data
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    if found is None:
        return ()
    if not isinstance(found, list):
        faults.append(Fault(document.where(*path), f"has {_shown(found)} for objectives", "a list is needed"))
        return ()
    objectives: list[Objective] = []
    first: dict[str, str] = {}
    for index, entry in enumerate(found):
        place = (*path, index)
        before = len(faults)
        if not isinstance(entry, Mapping):
            faults.append(Fault(document.where(*place), f"has {_shown(entry)} as an objective", _example()))
            continue
        faults += _faults(entry, lambda key, place=place: document.where(*place, key))  # type: ignore[misc]
        if isinstance(name := entry.get("name"), str):
            if name in first:
                faults.append(Fault(document.where(*place, "name"), f"names the objective {name} again",
                                    f"{first[name]} does already",
                                    "Choose another: records are told apart by it."))  # fmt: skip
            first.setdefault(name, document.where(*place, "name"))
        if len(faults) == before:
            objectives.append(_objective(entry))
    return tuple(objectives)


def in_force(declared: Sequence[Objective], *, defaults: bool = True) -> tuple[Objective, ...]:
    """Return what is declared, and with ``defaults`` those for every service of whose kind none is declared for all."""
    for_all = {one.kind for one in declared if one.service == EVERY_SERVICE}
    return (*declared, *(one for one in DEFAULTS if defaults and one.kind not in for_all))


def excepted(objective: Objective, among: Sequence[Objective]) -> tuple[str, ...]:
    """Return the services that an objective for every service leaves out, as they have one of that kind themselves."""
    if objective.service != EVERY_SERVICE:
        return ()
    own = {one.service for one in among if one.kind == objective.kind}
    return tuple(sorted(own - {EVERY_SERVICE}))


def seconds(text: object) -> float | None:
    """Return the seconds of ``500ms`` or ``2.5s``; None if it is neither."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _objective(entry: Mapping[str, Any]) -> Objective:
    return Objective(
        name=entry["name"],
        service=entry["service"],
        kind=entry["kind"],
        target=float(entry["target"]),
        window_days=_days(entry.get("window", "30d")) or 0,
        threshold_s=_bound(entry.get("threshold")),
        environments=_texts(entry.get("environment")),
        namespaces=_texts(entry.get("namespace")),
        routes=_texts(entry.get("route")),
    )


def _faults(entry: Mapping[str, Any], where: Callable[[str], str]) -> Iterator[Fault]:
    for key in entry:
        if key not in _FIELDS:
            close = nearest(key, _FIELDS)
            hint = f"did you mean {close}?" if close else f"{', '.join(_FIELDS)} are"
            yield Fault(where(key), f"has {key[:40]!r}, which is no field of an objective", hint)
    for key in _REQUIRED:
        if entry.get(key) is None:
            yield Fault(where(key), f"has an objective without {key}", _example())
    yield from _field_faults(entry, where)
    yield from _threshold_faults(entry, where)


def _field_faults(entry: Mapping[str, Any], where: Callable[[str], str]) -> Iterator[Fault]:
    def wrong(key: str, wanted: str, mend: str = "") -> Fault:
        return Fault(where(key), f"has {key}: {_shown(entry[key])}", wanted, mend)

    given = {key for key in _FIELDS if entry.get(key) is not None}
    if "name" in given and not (isinstance(entry["name"], str) and _NAME.fullmatch(entry["name"])):
        yield wrong("name", "small letters, digits and - are allowed, a letter first, up to 63")
    for shipped in DEFAULTS:
        if entry.get("name") == shipped.name and (entry.get("service"), entry.get("kind")) != ("*", shipped.kind):
            yield wrong("name", f"that is the {shipped.kind} of every service", "Choose another.")
    if "service" in given and not _is_text(entry["service"]):
        yield wrong("service", "the service.name of a service is needed, or * for every service")
    if "kind" in given and entry["kind"] not in _KINDS:
        close = nearest(str(entry["kind"]), _KINDS)
        yield wrong("kind", f"did you mean {close}?" if close else f"{' or '.join(_KINDS)} is needed")
    if "target" in given and not _is_target(entry["target"]):
        share = entry["target"]
        mend = ""
        if isinstance(share, float) and 0.5 <= share < 1:
            mend = f"In percent it is {share * 100:g}."
        yield wrong(
            "target", f"a percentage from {_LOWEST_TARGET:g} to {_HIGHEST_TARGET:g} is needed, such as 99.9", mend
        )
    if "window" in given and _days(entry["window"]) is None:
        yield wrong("window", f"{_SHORTEST_DAYS}d to {_LONGEST_DAYS}d are needed, such as 30d or 4w")
    for key in ("environment", "namespace", "route"):
        if key in given and not _texts(entry[key]):
            yield wrong(key, "a text is needed, or a list of them")


def _threshold_faults(entry: Mapping[str, Any], where: Callable[[str], str]) -> Iterator[Fault]:
    threshold = entry.get("threshold")
    if entry.get("kind") == "latency" and threshold is None:
        yield Fault(
            where("threshold"), "has an objective of latency without threshold", f"one of {_bounds()} is needed"
        )
    elif entry.get("kind") == "availability" and threshold is not None:
        yield Fault(where("threshold"), "has a threshold for availability", "only latency has one",
                    "Take it out, or say kind: latency.")  # fmt: skip
    elif threshold is not None and _bound(threshold) is None:
        # Between two bounds the histogram does not tell how many there were.
        given = seconds(threshold)
        close = min(HTTP_DURATION_BOUNDARIES, key=lambda bound: abs(bound - given)) if given is not None else None
        yield Fault(where("threshold"), f"has threshold: {_shown(threshold)}",
                    f"requests are counted up to {_bounds()}",
                    f"The nearest is {_written(close)}." if close is not None else "")  # fmt: skip


def _bound(threshold: object) -> float | None:
    found = seconds(threshold)
    return next((bound for bound in HTTP_DURATION_BOUNDARIES if found is not None and math.isclose(bound, found)), None)


def _days(window: object) -> int | None:
    match = _WINDOW.fullmatch(window) if isinstance(window, str) else None
    if match is None:
        return None
    days = int(match[1]) * (7 if match[2] == "w" else 1)
    return days if _SHORTEST_DAYS <= days <= _LONGEST_DAYS else None


def _is_target(target: object) -> bool:
    is_number = isinstance(target, int | float) and not isinstance(target, bool)
    return is_number and _LOWEST_TARGET <= float(str(target)) <= _HIGHEST_TARGET


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT and not _CONTROL.search(value)


def _texts(value: object) -> tuple[str, ...]:
    """Return the texts of a filter; nothing if it is none."""
    values: list[Any] = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(values)) if values and all(map(_is_text, values)) else ()


def _bounds() -> str:
    return ", ".join(map(_written, HTTP_DURATION_BOUNDARIES))


def _written(bound: float) -> str:
    return f"{bound * 1000:g}ms" if bound < 1 else f"{bound:g}s"


def _shown(value: object) -> str:
    return repr(value)[:60] if isinstance(value, str | int | float | None) else type(value).__name__


def _example() -> str:
    return "{name: shop-availability, service: shop, kind: availability, target: 99.9, window: 30d} is one"
