"""Which labels the result of a query carries: an annotation that names another one would be empty."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from typing import Any, Final

from otel_kit.errors import OtelKitError

# In templates of Prometheus: `$labels.x`, `.Labels.x`, `index $labels "x"`.
_NAMED: Final = re.compile(r"(?:\$labels|\.Labels)\.([A-Za-z_][A-Za-z0-9_]*)|index (?:\$labels|\.Labels) \"([^\"]+)\"")
_LOGQL_BY: Final = re.compile(r"\bby\s*\(([^)]*)\)")
# Results without any label.
_BARE: Final = frozenset({"vector", "scalar", "time", "pi"})


@dataclass(frozen=True, slots=True)
class Kept:
    """``labels`` are certainly known; ``open``: there may be any others as well, but none of ``gone``."""

    labels: frozenset[str]
    open: bool = False
    gone: frozenset[str] = frozenset()

    def __contains__(self, label: str) -> bool:
        return label in self.labels or (self.open and label not in self.gone)

    def both(self, other: Kept) -> Kept:
        """Return what the results of either have."""
        if self.open and other.open:
            return Kept(self.labels | other.labels, open=True, gone=self.gone & other.gone)
        if self.open or other.open:
            return other if self.open else self
        return Kept(self.labels & other.labels)


def named_in(template: str) -> frozenset[str]:
    """Return the labels that an annotation's template names."""
    return frozenset(first or second for first, second in _NAMED.findall(template))


def kept_by_promql(query: str) -> Kept:
    """Return the labels of a query's result.

    Raises:
        ValueError: it is no PromQL.
        OtelKitError: the package ``promql-parser`` is missing.
    """
    try:
        parser = importlib.import_module("promql_parser")
    except ModuleNotFoundError as error:
        raise OtelKitError("queries cannot be read without promql-parser: pip install 'otel-kit[stack]'") from error
    return _kept(parser.parse(query))


def kept_by_logql(query: str) -> Kept:
    """Return the labels of a LogQL query's result: those of its `by (...)`; any, where there is none."""
    found = _LOGQL_BY.findall(query)
    labels = frozenset(name.strip() for names in found for name in names.split(",") if name.strip())
    return Kept(labels, open=not found)


def _kept(node: Any) -> Kept:
    match type(node).__name__:
        case "VectorSelector" | "MatrixSelector":
            return Kept(frozenset(), open=True)
        case "ParenExpr" | "UnaryExpr" | "SubqueryExpr":
            return _kept(node.expr)
        case "AggregateExpr":
            return _aggregated(node)
        case "Call":
            return _called(node)
        case "BinaryExpr":
            return _combined(node)
    return Kept(frozenset())


def _aggregated(node: Any) -> Kept:
    inner = _kept(node.expr)
    operator = str(node.op)
    if node.modifier is None:
        kept = inner if operator in {"topk", "bottomk", "limitk"} else Kept(frozenset())
    else:
        named = frozenset(node.modifier.labels)
        by = str(node.modifier.type).endswith("By")
        # `by` keeps what it names, if the inside has it; what is open may have it.
        kept = Kept(frozenset(name for name in named if name in inner)) if by else _without(inner, named)
        if operator in {"topk", "bottomk", "limitk"}:
            kept = inner
    if operator == "count_values":
        kept = _with(kept, node.param.val)
    return kept


def _called(node: Any) -> Kept:
    name = node.func.name
    if name in _BARE:
        return Kept(frozenset())
    if name in {"absent", "absent_over_time"}:
        return Kept(frozenset(_equalities(node.args[0])))
    inner = next(
        (_kept(one) for one in node.args if type(one).__name__ not in {"NumberLiteral", "StringLiteral"}), None
    )
    if inner is None:
        return Kept(frozenset())
    if name in {"label_replace", "label_join"}:
        return _with(inner, node.args[1].val)
    return _without(inner, frozenset({"le"})) if name.startswith("histogram_") else inner


def _combined(node: Any) -> Kept:
    left, right = _kept(node.lhs), _kept(node.rhs)
    operator = str(node.op)
    if operator == "or":
        return left.both(right)
    if operator in {"and", "unless"} or not _is_vector(node.rhs):
        return left
    if not _is_vector(node.lhs):
        return right
    card = str(node.modifier.card).rpartition(".")[2] if node.modifier is not None else "OneToOne"
    if card == "ManyToOne":
        return _with(left, *(node.modifier.group_labels or ()))
    if card == "OneToMany":
        return _with(right, *(node.modifier.group_labels or ()))
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is None:
        # Without `on` both sides have the same labels, whichever of them says so.
        return left if not left.open else right
    named = frozenset(matching.labels)
    if str(matching.type).endswith("Include"):
        return Kept(frozenset(name for name in named if name in left))
    return _without(left, named)


def _is_vector(node: Any) -> bool:
    kind = type(node).__name__
    if kind in {"ParenExpr", "UnaryExpr"}:
        return _is_vector(node.expr)
    if kind == "BinaryExpr":
        return _is_vector(node.lhs) or _is_vector(node.rhs)
    return kind not in {"NumberLiteral", "StringLiteral"} and not (
        kind == "Call" and node.func.name in {"scalar", "time", "pi"}
    )


def _equalities(node: Any) -> list[str]:
    while hasattr(node, "expr") or hasattr(node, "vector_selector"):
        node = getattr(node, "vector_selector", None) or node.expr
    matchers = getattr(node, "matchers", None)
    found = matchers.matchers if matchers is not None else []
    return [one.name for one in found if str(one.op).endswith("Equal") and not str(one.op).endswith("NotEqual")]


def _with(kept: Kept, *names: str) -> Kept:
    return Kept(kept.labels | frozenset(names), kept.open, kept.gone - frozenset(names))


def _without(kept: Kept, names: frozenset[str]) -> Kept:
    return Kept(kept.labels - names, kept.open, kept.gone | names)
