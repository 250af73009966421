"""``otel-kit stack up --check``: that the shop's data is in all three stores, linked, and nothing that was planted."""

from __future__ import annotations

import contextlib
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import httpx

from otel_kit.cli.demo.example import SERVICES, load_planted, new_traffic
from otel_kit.cli.demo.leaks import Search
from otel_kit.cli.demo.processes import Interrupted
from otel_kit.cli.demo.proof import Carriers
from otel_kit.cli.demo.results import Result, short
from otel_kit.cli.demo.services import Services
from otel_kit.cli.stack.stores import Stores, flat, label_texts
from otel_kit.stack.native.components import TEMPO

if TYPE_CHECKING:
    from shop.planted import Planted

    from otel_kit.stack.native import Stack

_DEADLINE_S = 60.0
_DRAINED_S = 20.0
_POLL_S = 0.5
# The planted address in its masked form: where even this is not seen, not finding the address itself proves nothing.
_SEEN_AT_LEAST = b"***@body.example.com"
_GZIP = b"\x1f\x8b\x08"


def prove(stack: Stack, services: Services, stop: Event) -> list[Result]:
    """Send the shop's traffic until everything was seen or the time is up, stop services and stack, return the results.

    Raises:
        ChildDied: a service has ended.
        ComponentFailed: a component has ended.
        Interrupted: ``stop`` was set.
    """
    stores = Stores(stack.addresses)
    try:
        return _Run(stack, services, stores, load_planted()).results(stop)
    finally:
        stores.close()


class _Run:
    """One run over a stack and a shop that are up."""

    def __init__(self, stack: Stack, services: Services, stores: Stores, planted: Sequence[Planted]) -> None:
        self._stack, self._services, self._stores = stack, services, stores
        self._planted = planted
        self._carriers = Carriers([replace(one, surface=flat(one.surface)) for one in planted])
        self._trace = ""
        self._spans: Mapping[str, int] = {}
        self._logs: dict[str, int] = {}
        self._exemplars: dict[str, int] = {}
        self._requests: dict[str, float] = {}
        self._contents: dict[str, list[bytes]] = {}

    def results(self, stop: Event) -> list[Result]:
        traffic = new_traffic(self._services.shop_url)
        traffic.start()
        try:
            self._until(
                stop, _DEADLINE_S, lambda: self._look([seen.trace_id for seen in traffic.planted_seen if seen.trace_id])
            )
        finally:
            traffic.stop()
        self._services.stop()
        self._until(stop, _DRAINED_S, lambda: not self._stores.undelivered())
        self._read_all([seen.trace_id for seen in traffic.seen if seen.trace_id])
        memory = self._stack.rss_bytes()
        killed = self._stack.stop()
        return [*self._linked(), self._masked(), *self._leaks(), _stopped(killed), _memory(memory)]

    def _until(self, stop: Event, seconds: float, is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._stack.check_alive()
            try:
                if is_done():
                    return
            except httpx.HTTPError:
                pass  # asked again; what is still missing at the end is a fault there
            if stop.wait(_POLL_S):
                raise Interrupted("interrupted")

    def _look(self, trace_ids: Sequence[str]) -> bool:
        """Look for what is still missing; return whether nothing is."""
        exemplars = self._stores.exemplars()
        for trace_id in trace_ids:
            trace = self._stores.trace(trace_id)
            if trace is None:
                continue
            self._carriers.look(text._replace(surface=flat(text.surface)) for text in trace.texts())
            records = self._stores.records(trace_id)
            for record in records:
                self._carriers.look(record.texts())
            found = {name: sum(record.service == name for record in records) for name in SERVICES}
            if set(trace.services) >= set(SERVICES) and all(found.values()):
                self._trace, self._spans, self._logs = trace_id, trace.services, found
        self._carriers.look(label_texts(self._stores.series()))
        self._exemplars = {
            name: sum(self._stores.trace(trace_id) is not None for trace_id in sorted(ids)[:3])
            for name, ids in exemplars.items()
        }
        self._requests = self._stores.requests()
        return bool(self._trace) and not self._carriers.missing and not self._lacking()

    def _lacking(self) -> list[str]:
        return [
            *[f"no exemplar of {name} leads to a trace" for name in SERVICES if not self._exemplars.get(name)],
            *[f"no requests counted by {name}" for name in SERVICES if not self._requests.get(name)],
        ]

    def _read_all(self, trace_ids: Sequence[str]) -> None:
        """Keep what the stores answer: what lies compressed in their files."""
        traces = (self._stores.trace(trace_id) for trace_id in trace_ids)
        self._contents = {
            "Tempo's answers": [trace.content for trace in traces if trace is not None],
            "Loki's answers": [
                text.value.encode("utf-8", "surrogatepass")
                for record in self._stores.records()
                for text in record.texts()
            ],
            "Prometheus' answers": [text.value.encode() for text in label_texts(self._stores.series())],
        }

    def _linked(self) -> list[Result]:
        if not self._trace:
            lacking: tuple[str, ...] = (
                f"no trace in Tempo over {', '.join(SERVICES)} has log records of each in Loki",
            )
            return [Result("traces", "nothing", lacking)]
        return [
            Result("traces", f"{self._trace} over {_counts(self._spans)} spans, in Tempo"),
            Result("logs", f"of that trace, in Loki: {_counts(self._logs)} records"),
            Result(
                "metrics",
                f"in Prometheus: {_counts(self._requests)} requests, with exemplars whose traces are in Tempo",
                tuple(self._lacking()),
            ),
        ]

    def _masked(self) -> Result:
        missing = self._carriers.missing
        seen = f"{len(self._planted) - len(missing)} of {len(self._planted)} carriers are there in masked form"
        return Result("masked", seen, short([f"not seen in masked form: {one}" for one in missing]))

    def _leaks(self) -> list[Result]:
        search = Search({one.value for one in self._planted})
        data = self._stack.layout.state / "data"
        files = {str(path.relative_to(data)): list(_readable(path)) for path in files_of(data)}
        size = sum(len(part) for parts in files.values() for part in parts)
        answers = sum(len(part) for parts in self._contents.values() for part in parts)
        seen = sum(any(_SEEN_AT_LEAST in part for part in parts) for parts in files.values())
        blind = () if seen else ("what must be there masked was not found either: the search does not see the data",)
        return [
            Result(
                "stores",
                f"{len(search)} planted values sought in what they answer, {answers / 1e6:.1f} MB",
                self._found(search, self._contents),
            ),
            Result(
                "files",
                f"... and in their {len(files)} files, {size / 1e6:.1f} MB; a masked one stands in {seen}",
                (*self._found(search, files), *blind),
            ),
        ]

    def _found(self, search: Search, places: Mapping[str, list[bytes]]) -> tuple[str, ...]:
        ids: dict[str, list[str]] = {}
        for one in self._planted:
            ids.setdefault(one.value, []).append(one.id)
        # By id, never by value: the summary may be printed anywhere.
        return short(
            [
                f"leaked: {'/'.join(ids[value])} in {', '.join(at[:3])}"
                for value, at in sorted(search.found_in(places).items())
            ]
        )


def files_of(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _readable(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and what is in it compressed by gzip, as Loki's chunks are."""
    content = path.read_bytes()
    yield content
    at = content.find(_GZIP)
    while at >= 0:
        member = zlib.decompressobj(wbits=31)
        with contextlib.suppress(zlib.error):  # it only looked like one
            yield member.decompress(content[at:])
        at = content.find(_GZIP, at + 1)


def _counts(found: Mapping[str, float]) -> str:
    return ", ".join(f"{found.get(name, 0):.0f} {name}" for name in SERVICES)


def _stopped(killed: Sequence[str]) -> Result:
    # Known of Tempo, and harmless: see the time that it is given.
    late = [name for name in killed if name != TEMPO]
    seen = "all but tempo ended by themselves" if TEMPO in killed else "every component ended by itself"
    return Result("end", seen, tuple(f"{name} had to be killed" for name in late))


def _memory(found: Mapping[str, int]) -> Result:
    parts = ", ".join(f"{name} {rss / 1e6:.0f}" for name, rss in found.items())
    return Result("memory", f"MB: {parts}; {sum(found.values()) / 1e6:.0f} in all")
