"""The ways that data takes: nothing that a receiver took in may reach an exporter without redaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from otel_kit.errors import Fault
from otel_kit.stack.check.layers import BASE_FILES, Merged, component_type, names

RECEIVED: Final = "forward/received"
REDACTED: Final = "forward/redacted"
_UNSAMPLED: Final = "forward/unsampled"
_SAMPLED: Final = "traces/sampled"
_SAME_SIGNAL: Final = ("forward", "routing")


@dataclass(frozen=True, slots=True)
class _Graph:
    """Pipelines and what joins them. A connector of ``clean`` carries redacted data, by the base's own pipelines."""

    pipelines: Mapping[str, Mapping[str, Any]]
    receivers: frozenset[str]
    connectors: frozenset[str]
    redacting: frozenset[str]
    clean: frozenset[str]

    def feeders(self, connector: str, signal: str) -> list[str]:
        """Return the pipelines whose data comes out of ``connector`` for a signal."""
        return [
            name
            for name, pipeline in self.pipelines.items()
            if connector in names(pipeline, "exporters")
            and (component_type(connector) not in _SAME_SIGNAL or _signal(name) == signal)
        ]

    def raw_way(self, name: str, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return how unredacted data gets into a pipeline, from its receiver on; empty if none does."""
        for receiver in names(self.pipelines[name], "receivers"):
            if receiver in self.receivers:
                return (receiver,)
            # What is neither is a fault of its own.
            for feeder in self.feeders(receiver, _signal(name)) if receiver not in self.clean else ():
                if feeder in self.redacting or feeder in seen:
                    continue
                if way := self.raw_way(feeder, (*seen, name)):
                    return (*way, receiver)
        return ()


def unredacted(merged: Merged) -> Iterator[Fault]:
    """Yield a fault for each pipeline through which unredacted data leaves, or gets behind redaction."""
    base = _base_graph(merged)
    graph = _graph(merged, base.clean)
    own = set(base.pipelines)
    for name, pipeline in graph.pipelines.items():
        if name in graph.redacting:
            continue
        way = graph.raw_way(name)
        exporters = names(pipeline, "exporters")
        leaving = [one for one in exporters if one not in graph.connectors or one in graph.clean]
        if way and leaving:
            yield _past_redaction(merged, name, way, leaving)
        elif name not in own:
            yield from _into_the_middle(merged, name, base, exporters)


def counted_after_sampling(merged: Merged) -> Iterator[Fault]:
    """Yield a note where traces are sampled and nothing counts them before: rates would be those of the sample."""
    sampled = merged.pipelines().get(_SAMPLED, {})
    before = [name for name, row in merged.pipelines().items() if _UNSAMPLED in names(row, "receivers")]
    if names(sampled, "processors") and before == [_SAMPLED]:
        yield Fault(
            merged.where("service", "pipelines", _SAMPLED, "processors"),
            "traces are sampled, and nothing counts them before: rates that Tempo derives are those of the sample",
            "span metrics start at forward/unsampled",
            "Load span_metrics, with STACK_TEMPO_GENERATOR_PROCESSORS=[local-blocks].",
        )


def _past_redaction(merged: Merged, name: str, way: Sequence[str], leaving: Sequence[str]) -> Fault:
    source = way[0]
    route = f"receiver {source}" + (f" by way of {' and '.join(way[1:])}" if way[1:] else "")
    straight = "is fed straight from" if len(way) == 1 else "gets unredacted data of"
    return Fault(
        merged.where("service", "pipelines", name),
        f"pipeline {name} {straight} {route} and hands it to {' and '.join(leaving)}, past redaction",
        f"what a receiver takes in goes to {RECEIVED} and nowhere else, and destinations start at {REDACTED}",
        f"Make two of it: one with exporters [{RECEIVED}], one with receivers [{REDACTED}].",
    )


def _into_the_middle(merged: Merged, name: str, base: _Graph, exporters: Sequence[str]) -> Iterator[Fault]:
    for exporter in exporters:
        if exporter in base.connectors and exporter != RECEIVED and exporter not in base.clean:
            yield Fault(
                merged.where("service", "pipelines", name, "exporters"),
                f"pipeline {name} hands data to {exporter}, behind the point where the gateway notes who sent it",
                f"a pipeline of your own ends in exporters or in {RECEIVED}",
                f"Export to {RECEIVED}.",
            )


def _base_graph(merged: Merged) -> _Graph:
    base = merged.base
    unsettled = _graph(base, frozenset())
    # A connector is clean if each of its feeders redacts, or is fed by clean connectors only.
    clean: set[str] = set()
    while True:
        graph = _graph(base, frozenset(clean))
        grown = {
            connector
            for connector in unsettled.connectors - clean
            if (feeders := _all_feeders(graph, connector))
            and all(one in graph.redacting or not graph.raw_way(one) for one in feeders)
        }
        if not grown:
            return graph
        clean |= grown


def _all_feeders(graph: _Graph, connector: str) -> list[str]:
    return [name for name, pipeline in graph.pipelines.items() if connector in names(pipeline, "exporters")]


def _graph(merged: Merged, clean: frozenset[str]) -> _Graph:
    base_pipelines = merged.base.pipelines()
    # What the policy renders is what redacts; a pipeline of somebody else is not trusted to do it in full.
    policy = merged.layers[BASE_FILES - 1].data.get("processors") if len(merged.layers) >= BASE_FILES else None
    redacting = frozenset(
        name
        for name, pipeline in base_pipelines.items()
        if isinstance(policy, dict) and any(one in policy for one in names(pipeline, "processors"))
    )
    receivers, connectors = (frozenset(merged.section(name)) for name in ("receivers", "connectors"))
    return _Graph(merged.pipelines(), receivers, connectors, redacting, clean)


def _signal(pipeline: str) -> str:
    return pipeline.partition("/")[0]
