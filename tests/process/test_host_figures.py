"""One process of several speaks for the host; when it ends, another does from its next collection on."""

from __future__ import annotations

import signal

from tests.conditions import eventually
from tests.otlp_sink import OtlpSink
from tests.process.programs import Program

CODE = """
otel_kit.init("several", settings={"metrics.interval": 0.2, "metrics.machine": True})
marker()
threading.Event().wait()
"""


def _speakers(otlp: OtlpSink, since: int) -> set[str]:
    """Return the instances that sent figures of the host in requests from the given one on."""
    found = set()
    for request in otlp.requests("/v1/metrics")[since:]:
        for entry in request.message().resource_metrics:
            resource = {item.key: item.value.string_value for item in entry.resource.attributes}
            names = {metric.name for scope in entry.scope_metrics for metric in scope.metrics}
            if "system.memory.usage" in names:
                found.add(resource["service.instance.id"])
    return found


def _instances(otlp: OtlpSink) -> set[str]:
    return {str(point.resource["service.instance.id"]) for point in otlp.points("process.memory.usage")}


def test_another_process_takes_over_when_the_one_that_speaks_dies(otlp: OtlpSink) -> None:
    """Three workers: one of them has the host's figures, after its SIGKILL another, after that one's the last."""
    programs: dict[str, Program] = {}
    for _ in range(3):
        program = Program(CODE, otlp.endpoint, {"OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"})
        program.wait_for_marker()
        known = set(programs)
        eventually(lambda known=known: len(_instances(otlp)) > len(known), "it reports", 20)  # type: ignore[misc]
        (new,) = _instances(otlp) - known
        programs[new] = program
    spoke: list[str] = []
    while programs:
        since = len(otlp.requests("/v1/metrics"))
        eventually(lambda since=since: _speakers(otlp, since), "one speaks for the host", 20)  # type: ignore[misc]
        eventually(lambda since=since: len(otlp.requests("/v1/metrics")) > since + 10, "all have reported", 20)  # type: ignore[misc]
        (speaker,) = _speakers(otlp, since)
        spoke.append(speaker)
        programs.pop(speaker).send(signal.SIGKILL).end()

    assert len(set(spoke)) == 3
