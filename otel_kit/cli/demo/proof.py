"""What the check looks for while the demo runs: each planted carrier in masked form, on the wire and in the store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from otel_kit.cli.demo.leaks import Search
from otel_kit.cli.demo.tap import Tap
from otel_kit.cli.demo.texts import Text, of_request, of_trace
from otel_kit.cli.demo.viewer import Viewer

if TYPE_CHECKING:
    from shop.planted import Planted

_LABEL = "metric.attributes."


class Carriers:
    """The planted carriers, and which of them were seen masked."""

    def __init__(self, planted: Sequence[Planted]) -> None:
        self._planted = planted
        self._masked = {one.id: re.compile(one.masked) for one in planted}
        self._seen: set[str] = set()

    @property
    def missing(self) -> list[str]:
        """The ids of the carriers that were not seen masked so far."""
        return [one.id for one in self._planted if one.id not in self._seen]

    def look(self, texts: Iterable[Text]) -> None:
        """Look for carriers that are still missing."""
        wanted: dict[tuple[str, str], list[str]] = {}
        for one in self._planted:
            if one.id not in self._seen:
                wanted.setdefault((one.service, one.surface), []).append(one.id)
        for text in texts:
            for identity in wanted.get((text.service, text.surface), ()):
                if self._masked[identity].search(text.value):
                    self._seen.add(identity)


class Wire:
    """What the tap heard, read piece by piece as it comes."""

    def __init__(self, tap: Tap, planted: Sequence[Planted]) -> None:
        self._tap = tap
        self._search = Search({one.value for one in planted})
        self.carriers = Carriers(planted)
        self.requests = 0
        self.bytes = 0
        self.leaks: dict[str, set[str]] = {}

    def read(self) -> None:
        """Read the requests that came since the last call."""
        for request in self._tap.requests(since=self.requests):
            self.requests += 1
            self.bytes += len(request.body)
            self.carriers.look(of_request(request))
            for value, places in self._search.found_in({request.path: [request.body]}).items():
                self.leaks.setdefault(value, set()).update(places)


class Stored:
    """What the viewer shows of the visits that carried planted values."""

    def __init__(self, viewer: Viewer, planted: Sequence[Planted]) -> None:
        self._viewer = viewer
        self._labels = [one for one in planted if one.surface.startswith(_LABEL)]
        self.carriers = Carriers(planted)

    def read(self, trace_ids: Iterable[str]) -> None:
        """Read the traces with their logs, and the metrics' labels."""
        if not self.carriers.missing:
            return
        for trace_id in trace_ids:
            trace = self._viewer.trace(trace_id)
            if trace is not None:
                self.carriers.look(of_trace(trace))
        for one in self._labels:
            labels = self._viewer.labels(one.surface.removeprefix(_LABEL))
            self.carriers.look(Text(one.service, one.surface, label) for label in labels)
