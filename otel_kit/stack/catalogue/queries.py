"""Which metrics a PromQL query names, and which of them nobody sends."""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from otel_kit.errors import OtelKitError, nearest
from otel_kit.stack.catalogue.names import known

# Grafana's variables that stand where PromQL wants a duration or a number; those in strings are part of the string.
_DURATION: Final = re.compile(r"\$\{?__(?:rate_interval|interval|range|auto)\}?(?![_a-z])")
_NUMBER: Final = re.compile(r"\$\{?__(?:interval_ms|range_ms|range_s|from|to)\}?")
_CHILDREN: Final = ("expr", "lhs", "rhs", "args", "param", "vector_selector")
_NAME: Final = "__name__"


class NotPromQL(OtelKitError):
    """A query that cannot be read; the text has the query and what is wrong with it."""


def metrics_in(promql: str) -> frozenset[str]:
    """Return the metrics that a query names, by name or by ``__name__="..."``; variables of Grafana may stand in it.

    Raises:
        NotPromQL: it is none.
        OtelKitError: the package ``promql-parser`` is missing.
    """
    return frozenset(name for name, is_pattern in _named(promql) if not is_pattern)


def unknown_in(promql: str, extra: Collection[str] = ()) -> Sequence[str]:
    """Return what a query names that neither the catalogue nor ``extra`` has, each with the nearest name there is.

    ``__name__=~"..."`` has to match one name. Of a metric in ``extra`` that is a histogram the name is enough.

    Raises:
        NotPromQL: it is none.
        OtelKitError: the package ``promql-parser`` is missing.
    """
    names = known()
    own = {f"{name}{suffix}" for name in extra for suffix in ("", "_bucket", "_count", "_sum")}
    faults = []
    for name, is_pattern in sorted(_named(promql)):
        if is_pattern:
            if not any(re.fullmatch(name, one) for one in (*names, *own)):
                faults.append(f"{_NAME}=~{name!r} (no known metric)")
        elif name not in names and name not in own:
            close = nearest(name, (*names, *own))
            faults.append(f"{name} (did you mean {close}?)" if close else name)
    return faults


def _named(promql: str) -> set[tuple[str, bool]]:
    """Return the names and patterns of names (second of the pair) of all selectors."""
    try:
        parser = importlib.import_module("promql_parser")
    except ModuleNotFoundError as error:
        raise OtelKitError("queries cannot be read without promql-parser: pip install 'otel-kit[stack]'") from error
    readable = _NUMBER.sub("1", _DURATION.sub("5m", promql))
    try:
        tree = parser.parse(readable)
    except ValueError as error:
        raise NotPromQL(f"{promql.strip()!r} is no PromQL: {str(error).strip()}") from error
    return set(_selected(tree))


def _selected(node: Any) -> Iterator[tuple[str, bool]]:
    matchers = getattr(node, "matchers", None)
    if matchers is not None:
        if node.name:
            yield node.name, False
        for matcher in matchers.matchers:
            # `=` and `=~`; what is not to be matched needs not exist.
            operator = str(matcher.op).rpartition(".")[2]
            if matcher.name == _NAME and operator in {"Equal", "Re"}:
                if matcher.value in {".+", ".*"}:
                    continue
                yield matcher.value, operator == "Re"
    for attribute in _CHILDREN:
        child = getattr(node, attribute, None)
        for one in child if isinstance(child, list) else [child]:
            if one is not None:
                yield from _selected(one)
