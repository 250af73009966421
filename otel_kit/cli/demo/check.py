"""``otel-kit demo --check``: run the demo unattended and prove that its signals are linked and redacted, and seen."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

import httpx

from otel_kit.cli.demo.example import SERVICES, load_planted, new_traffic
from otel_kit.cli.demo.leaks import Search, store_contents
from otel_kit.cli.demo.operations import NOTHING, Operations, read_operations
from otel_kit.cli.demo.processes import Interrupted
from otel_kit.cli.demo.proof import Stored, Wire
from otel_kit.cli.demo.results import Result, short
from otel_kit.cli.demo.stage import Stage
from otel_kit.cli.demo.viewer import Linked, Viewer

if TYPE_CHECKING:
    from shop.planted import Planted

# 30 s in all: stopping and judging take what is left.
_DEADLINE_S = 24.0
_POLL_S = 0.25


def check(stop: Event) -> list[Result]:
    """Run the demo until everything was seen or the time is up, stop the services, and return the results.

    Raises:
        ChildDied: a process of the demo has ended.
        Interrupted: ``stop`` was set.
        OtelKitError: the demo did not start.
    """
    deadline = time.monotonic() + _DEADLINE_S
    with Stage(page_port=0, stop=stop, tapped=True) as stage:
        viewer = Viewer(stage.page_url)
        try:
            return _Run(stage, viewer, load_planted()).results(stop, deadline)
        finally:
            viewer.close()


class _Run:
    """One run of the check over a stage that is up."""

    def __init__(self, stage: Stage, viewer: Viewer, planted: Sequence[Planted]) -> None:
        assert stage.tap is not None
        self._stage, self._viewer, self._planted = stage, viewer, planted
        self._wire = Wire(stage.tap, planted)
        self._stored = Stored(viewer, planted)
        self._linked: Linked | None = None
        self._hits: dict[str, int] = {}
        self._operations: Operations = NOTHING

    def results(self, stop: Event, deadline: float) -> list[Result]:
        traffic = new_traffic(self._stage.shop_url)
        traffic.start()
        try:
            while time.monotonic() < deadline:
                if stop.wait(_POLL_S):
                    raise Interrupted("interrupted")
                self._stage.check_alive()
                self._read([seen.trace_id for seen in traffic.planted_seen])
                self._watch()
                if self._has_everything() or self._wire.leaks:
                    break
        finally:
            traffic.stop()
        self._stage.stop_services()  # each sends what it holds: the proof is over all of it
        self._read([seen.trace_id for seen in traffic.planted_seen])
        return self._judge()

    def _read(self, trace_ids: Sequence[str]) -> None:
        self._wire.read()
        try:
            self._stored.read(filter(None, trace_ids))
            if self._linked is None or not self._linked.is_complete:
                self._linked = self._viewer.linked()
            self._hits = self._viewer.redaction()["sdk"]
        except httpx.HTTPError:
            return  # not yet; what is still missing at the end is a fault there

    def _watch(self) -> None:
        """See how the services fare while they run: of those that stop one by one, each misses the next."""
        with contextlib.suppress(httpx.HTTPError):
            self._operations = read_operations(self._viewer)

    def _has_everything(self) -> bool:
        return (
            self._linked is not None
            and self._linked.is_complete
            and not self._wire.carriers.missing
            and not self._stored.carriers.missing
            and all(self._hits.get(one.rule) for one in self._planted)
            and all(result.passed for result in self._operations.results())
        )

    def _judge(self) -> list[Result]:
        search = Search({one.value for one in self._planted})
        store = store_contents(self._stage.store)
        consoles = {name: [printed] for name, printed in self._stage.console_outputs().items()}
        total, size = len(search), sum(len(b"".join(content)) for content in store.values())
        wire_text = f"{total} planted values sought in {self._wire.requests} OTLP requests, {_size(self._wire.bytes)}"
        return [
            _linked_result(self._linked),
            Result("wire", wire_text, self._leaks({value: sorted(at) for value, at in self._wire.leaks.items()})),
            Result("store", f"... in the store's files and tables, {_size(size)}", self._leaks(search.found_in(store))),
            Result("consoles", "... in what the services printed", self._leaks(search.found_in(consoles))),
            self._masked_result("masked, wire", self._wire.carriers.missing),
            self._masked_result("masked, store", self._stored.carriers.missing),
            _counted_result(self._hits, [one.rule for one in self._planted]),
            _receiver_result(self._viewer.redaction()),
            *self._operations.results(),
        ]

    def _leaks(self, found: dict[str, list[str]]) -> tuple[str, ...]:
        ids: dict[str, list[str]] = {}
        for one in self._planted:
            ids.setdefault(one.value, []).append(one.id)
        # By id, never by value: the summary may be printed anywhere.
        return short(
            [f"leaked: {'/'.join(ids[value])} in {', '.join(places)}" for value, places in sorted(found.items())]
        )

    def _masked_result(self, name: str, missing: list[str]) -> Result:
        total = len(self._planted)
        seen = f"{total - len(missing)} of {total} carriers are there in masked form"
        return Result(name, seen, short([f"not seen in masked form: {identity}" for identity in missing]))


def _linked_result(linked: Linked | None) -> Result:
    if linked is None:
        return Result("linked", "nothing", ("no trace has spans and an exemplar",))
    counts = {"spans": linked.spans, "log records": linked.logs, "exemplars": linked.exemplars}
    shown = ", ".join(f"{sum(found.values())} {signal}" for signal, found in counts.items())
    lacking = [f"no {signal} of {name}" for signal, found in counts.items() for name in SERVICES if not found[name]]
    return Result("linked", f"trace {linked.trace_id} over {', '.join(SERVICES)}: {shown}", tuple(lacking))


def _counted_result(hits: dict[str, int], wanted: Sequence[str]) -> Result:
    rules = sorted(set(wanted))
    counted = [rule for rule in rules if hits.get(rule)]
    missing = [f"the SDK counted nothing for {rule}" for rule in rules if rule not in counted]
    seen = f"the SDK redacted {sum(hits.values())} values, by {len(counted)} of {len(rules)} planted rules"
    return Result("counted", seen, short(missing))


def _receiver_result(redaction: dict[str, dict[str, int]]) -> Result:
    faults = [f"the receiver still had to redact {count} by {rule}" for rule, count in redaction["receiver"].items()]
    faults += [
        f"{count} values failed to be redacted in the {at}" for at, count in redaction["errors"].items() if count
    ]
    return Result("receiver", f"had {'nothing' if not faults else 'something'} left to redact", short(faults))


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
